import { expect, test } from 'bun:test';
import { checksOf } from './field.ts';
import { fieldType, fieldTypes, parseField } from './index.ts';
import { sampleValue } from './sample.ts';

const context = {
  action: 'create',
  original: undefined,
  recordId: '',
  ...checksOf({}),
  isGeometry: () => true,
} as const;

function sampleOf(definition: Readonly<Record<string, unknown>>): unknown {
  const { field, issues } = parseField({ name: 'x', ...definition }, 'x');
  if (field === undefined) throw new Error('no field');
  expect(issues).toEqual([]);
  const value = sampleValue(field);
  expect(fieldType(field).validate(value, field, context)).toEqual([]);
  return value;
}

test('every type of field but those of the server, files and relations has a sample that is valid', () => {
  for (const { type } of fieldTypes) {
    if (['autodate', 'file', 'relation'].includes(type)) continue;
    expect(sampleOf({ type, required: true, ...(type === 'select' && { values: ['a'] }) })).toBeDefined();
  }
});

test('a sample respects the options of its field', () => {
  expect(sampleOf({ type: 'select', values: ['red', 'blue'], maxSelect: 2 })).toEqual(['red']);
  expect(sampleOf({ type: 'text', pattern: '^[a-z]+(-[a-z0-9]+)*$' })).toBe('example');
  expect(sampleOf({ type: 'text', min: 100 })).toHaveLength(100);
  expect(sampleOf({ type: 'number', min: 2000, max: 2001 })).toBe(2000);
  expect(sampleOf({ type: 'email', onlyDomains: ['firm.test'] })).toBe('someone@firm.test');
  expect(sampleOf({ type: 'url', onlyDomains: ['firm.test'] })).toBe('https://firm.test/page');
  expect(sampleOf({ type: 'date', min: '2040-01-01 00:00:00.000Z' })).toBe('2040-01-01 00:00:00.000Z');
  expect(sampleOf({ type: 'string', values: ['low', 'high'] })).toBe('low');
});
