import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { guest, superuser } from '../../../test/support/records.ts';
import { createIds } from '../../lib/id.ts';
import type { Collection } from '../collections/collection.ts';
import { parseField } from '../fields/index.ts';
import { readInput } from './input.ts';
import { createShapes } from './shape.ts';

const fields = [
  { name: 'id', type: 'text', primaryKey: true, pattern: '^[a-z0-9]+$', autogeneratePattern: '[a-z0-9]{15}' },
  { name: 'title', type: 'text' },
  { name: 'views', type: 'number' },
  { name: 'tags', type: 'select', values: ['a', 'b', 'c'], maxSelect: 3 },
  { name: 'data', type: 'json' },
  { name: 'secret', type: 'text', hidden: true },
].flatMap((input) => parseField(input, 'field').field ?? []);

const collection: Collection = {
  ...{ id: 'c', name: 'things', type: 'base', system: false, idKind: 'text', fields, indexes: [] },
  rules: { list: '', view: '', create: '', update: '', delete: '' },
  ...{ auth: undefined, dialects: {}, created: '', updated: '', version: 1 },
};
const shape = createShapes()(collection);
const context = {
  action: 'create',
  now: '2030-01-01 00:00:00.000Z',
  ids: createIds({ now: () => 0 }),
} as const;
const names = ['data', 'id', 'secret', 'tags', 'title', 'views'];

describe('input', () => {
  test('is applied plain keys first, then modifiers as they come', () => {
    const { values } = readInput(
      shape,
      guest,
      { 'views+': 2, views: 5, 'views-': 1, '+tags': 'b', tags: ['a'] },
      undefined,
      context,
    );
    expect(values).toMatchObject({ views: 6, tags: ['b', 'a'] });
  });

  test('shows rules final values of fields, other keys as they came, and nothing hidden', () => {
    const input = {
      'views+': 2,
      captcha: 'x',
      'title+': 'no such modifier',
      secret: 's',
      passwordConfirm: 'p',
    };
    const { body, sent } = readInput(shape, guest, input, undefined, context);
    expect({ ...body }).toEqual({ views: 2, captcha: 'x', passwordConfirm: 'p' });
    expect([...sent]).toEqual(['views']);
    expect(readInput(shape, superuser, input, undefined, context).body.secret).toBe('s');
  });

  test('of any shape sets the collection’s fields and nothing else', () => {
    const key = fc.oneof(
      fc.constantFrom(
        'title',
        'views+',
        '+tags',
        'tags-',
        'secret',
        'title:autogenerate',
        '__proto__',
        'constructor',
        '+',
        '',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue(), { maxKeys: 8 }), (input) => {
        const { values, body } = readInput(shape, guest, input, undefined, context);
        expect(Object.keys(values).sort()).toEqual(names);
        expect(values.secret).toBe('');
        expect(Object.getPrototypeOf(body)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});
