import { describe, expect, test } from 'bun:test';
import type { GeoJson } from '../ports/geometry.ts';
import type { Field, FieldTools } from './field.ts';
import { jsonType } from './json.ts';

const base: Field = {
  ...{ id: 'f', name: 'data', type: 'json', help: '' },
  ...{ system: false, hidden: false, presentable: false, required: false },
};

describe('the default of a json field', () => {
  test('is what a new record starts with, each its own copy', () => {
    const { field, issues } = jsonType.parse({ default: { tags: ['a'] } }, base);
    expect(issues).toEqual([]);
    expect(jsonType.zero(field)).toEqual({ tags: ['a'] });
    expect(jsonType.zero(field)).not.toBe(jsonType.zero(field));
  });

  test('is null where nothing is said, and then is no part of the definition', () => {
    for (const input of [{}, { default: null }]) {
      const { field } = jsonType.parse(input, base);
      expect(field).not.toHaveProperty('default');
      expect(jsonType.zero(field)).toBeNull();
    }
  });

  test('is no longer than values may be', () => {
    const { issues } = jsonType.parse({ default: 'x'.repeat(20), maxSize: 10 }, base);
    expect(issues).toEqual([{ path: 'default', code: 'json_size_limit', params: { max: 10 } }]);
  });

  test('meets the schema', () => {
    const tools: FieldTools = {
      jsonSchemas: { problem: () => undefined, matches: (_, value) => Array.isArray(value) },
      geometry: {
        isValid: (_value): _value is GeoJson => false,
        fromWkt: () => undefined,
        relates: () => false,
        effort: () => 0,
      },
    };
    const check = (start: unknown) =>
      jsonType.check?.(jsonType.parse({ schema: { type: 'array' }, default: start }, base).field, tools);
    expect(check([])).toEqual([]);
    expect(check({})).toEqual([{ path: 'default', code: 'json_schema' }]);
  });
});
