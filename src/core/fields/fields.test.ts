import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createIds } from '../../lib/id.ts';
import { UploadedFile } from '../files/stored-file.ts';
import type { ValidateContext } from './field.ts';
import { type Field, fieldType, fieldTypes, parseField } from './index.ts';
import { generateFrom, generatorProblem, matchesPattern, patternProblem } from './pattern/index.ts';

const ids = createIds({ now: Date.now });
const context = { action: 'create', now: '2026-03-09 10:00:00.000Z', ids } as const;

const checking: ValidateContext = {
  ...{ action: 'create', original: undefined, recordId: 'r' },
  matchesSchema: () => true,
  isGeometry: (value) => typeof value === 'object',
};

function field(type: string, options: Record<string, unknown> = {}): Field {
  const parsed = parseField({ name: 'f', type, ...options }, 'f');
  expect(parsed.issues).toEqual([]);
  if (parsed.field === undefined) throw new Error('no field');
  return parsed.field;
}

/** The stored value of an input, and the codes of its issues. */
function put(one: Field, input: unknown, original?: unknown): unknown {
  const type = fieldType(one);
  const value = type.cast(input, one);
  const issues = type.validate(value, one, { ...checking, original });
  return issues.length > 0 ? issues.map(({ code }) => code).join() : type.fromDb(type.toDb(value, one), one);
}

const options: Record<string, Record<string, unknown>> = {
  select: { values: ['a', 'b', 'c'] },
  relation: { collectionId: 'c' },
  autodate: { onCreate: true },
};

describe('every type', () => {
  test.each(fieldTypes.map(({ type }) => [type]))(
    '%s: no input makes it throw, and what it accepts is stable',
    (type) => {
      const one = field(type, options[type]);
      const t = fieldType(one);
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), fc.string(), fc.constant(undefined)), (input) => {
          const value = t.cast(input, one);
          if (t.validate(value, one, checking).length > 0) return;
          const stored = t.fromDb(t.toDb(value, one), one);
          expect(t.fromDb(t.toDb(stored, one), one)).toEqual(stored);
        }),
        { numRuns: 150 },
      );
      expect(t.fromDb(null, one)).toEqual(t.zero(one));
    },
  );

  test('required refuses what was never set', () => {
    for (const { type } of fieldTypes) {
      if (type === 'autodate') continue;
      const one = field(type, { ...options[type], required: true });
      expect(`${type} ${put(one, fieldType(one).zero(one))}`).toBe(`${type} required`);
    }
  });
});

test.each([
  ['text', { min: 2, max: 3 }, '😀', 'min_text_constraint'],
  ['text', { min: 2, max: 3 }, '😀😀😀', '😀😀😀'],
  ['text', { max: 3 }, 'four', 'max_text_constraint'],
  ['text', { pattern: '^[a-z]+$' }, 'A', 'invalid_format'],
  ['text', {}, { a: 1 }, 'invalid_value'],
  ['text', {}, 12, '12'],
  ['number', {}, '5', 5],
  ['number', {}, 'five', 'not_a_number'],
  ['number', { min: 3 }, 0, 0],
  ['number', { min: 3 }, 2, 'min_number_constraint'],
  ['number', { onlyInt: true }, 1.5, 'only_int_constraint'],
  ['bool', {}, 'true', true],
  ['bool', {}, 'maybe', 'invalid_value'],
  ['email', {}, 'a@example.com', 'a@example.com'],
  ['email', {}, 'a@b@c', 'is_email'],
  ['email', {}, 'a@host', 'is_email'],
  ['email', {}, 'admin@localhost', 'admin@localhost'],
  ['email', { onlyDomains: ['example.com'] }, 'a@other.com', 'email_domain_not_allowed'],
  ['url', {}, 'https://example.com/a?b=c', 'https://example.com/a?b=c'],
  ['url', {}, 'javascript:alert(1)', 'invalid_url'],
  ['url', { exceptDomains: ['example.com'] }, 'example.com/x', 'url_domain_not_allowed'],
  ['editor', { maxSize: 2 }, 'äb', 'content_size_limit'],
  ['date', {}, '2026-03-09', '2026-03-09 00:00:00.000Z'],
  ['date', {}, 'soon', ''],
  ['date', { max: '2026-01-01' }, '2026-03-09', 'max_less_equal_than_required'],
  ['select', { values: ['a', 'b'] }, ['a', 'b'], 'b'],
  ['select', { values: ['a', 'b'], maxSelect: 2 }, '["a","b","a"]', ['a', 'b']],
  ['select', { values: ['a', 'b'] }, 'z', 'invalid_value'],
  ['select', { values: ['a', 'b', 'c'], maxSelect: 2 }, ['a', 'b', 'c'], 'too_many_values'],
  ['json', {}, '{"a":[1]}', { a: [1] }],
  ['json', {}, 'plain', 'plain'],
  ['json', { maxSize: 3 }, 'plain', 'json_size_limit'],
  ['relation', { collectionId: 'c', minSelect: 2, maxSelect: 3 }, ['a'], 'not_enough_values'],
  ['password', { min: 8 }, 'short', 'min_text_constraint'],
  ['password', { max: 4 }, 'longer', 'max_password_constraint'],
  ['geoPoint', {}, '{"lon":1,"lat":2}', { lon: 1, lat: 2 }],
  ['geoPoint', {}, { lon: 1, lat: 91 }, 'invalid_latitude'],
  ['geoPoint', {}, { lon: 181, lat: 1 }, 'invalid_longitude'],
  ['geoPoint', {}, 'here', 'invalid_value'],
])('%s %j takes %j as %j', (type, options, input, expected) => {
  expect(put(field(type, options), input)).toEqual(expected);
});

describe('modifiers', () => {
  test.each([
    ['select', { values: ['a', 'b', 'c'], maxSelect: 3 }, ['a', 'b'], 'append', 'c', ['a', 'b', 'c']],
    ['select', { values: ['a', 'b', 'c'], maxSelect: 3 }, ['a', 'b'], 'prepend', ['c', 'b'], ['c', 'b', 'a']],
    ['select', { values: ['a', 'b', 'c'], maxSelect: 3 }, ['a', 'b'], 'subtract', 'a', ['b']],
    ['file', { maxSelect: 3 }, ['a', 'b'], 'subtract', ['a'], ['b']],
    ['number', {}, 5, 'append', '2', 7],
    ['number', {}, 5, 'subtract', 2, 3],
  ] as const)('%s %j: %j %s %j is %j', (type, options, current, modifier, input, expected) => {
    const one = field(type, options);
    expect<unknown>(fieldType(one).modify?.(current, modifier, input, one, context)).toEqual(expected);
  });

  test('autogenerate puts a random text behind what was sent', () => {
    const one = field('text', { autogeneratePattern: '[A-F]{4}' });
    expect(fieldType(one).modify?.('', 'autogenerate', 'x-', one, context)).toMatch(/^x-[A-F]{4}$/);
    expect(fieldType(one).autofill?.('', one, context)).toMatch(/^[A-F]{4}$/);
    expect(fieldType(one).autofill?.('kept', one, context)).toBe('kept');
  });
});

describe('files', () => {
  const upload = new UploadedFile({
    ...{ objectId: 'o', name: 'cat_1.png', originalName: 'cat.png', declaredType: '' },
    ...{ size: 10, type: 'image/png', ext: '.png', sha256: '', width: 1, height: 1 },
  });
  const single = field('file', { maxSize: 100, mimeTypes: ['image/png'] });
  const several = field('file', { maxSelect: 2 });

  test('names that the record does not hold are refused', () => {
    expect(put(several, ['old', 'evil'], ['old'])).toBe('invalid_file');
    expect(put(several, ['old'], ['old'])).toEqual(['old']);
    expect(put(single, '../x', '')).toBe('invalid_file');
  });

  test('uploads are checked for count, size and type', () => {
    expect(put(single, [upload], 'old')).toBe('cat_1.png');
    expect(put(several, ['a', 'b', upload], ['a', 'b'])).toBe('too_many_files');
    expect(put(field('file', { maxSize: 5 }), upload)).toBe('file_size_limit');
    expect(put(field('file', { mimeTypes: ['text/plain'] }), upload)).toBe('invalid_mime_type');
  });

  test('what is no file is no upload', () => {
    expect(put(single, { objectId: 'o', name: 'n' })).toBe('invalid_value');
    expect(put(field('json'), upload)).toBe('invalid_json');
    expect(put(field('text'), upload)).toBe('invalid_value');
  });
});

describe('the primary key', () => {
  const key = parseField({ name: 'id', type: 'text', primaryKey: true, pattern: '^[^x]+$' }, 'f').field;
  test.each(['a/b', 'a\\b', 'a b', 'a\0b', "a'b", 'a`b', 'a%b', 'a.b'])('never holds %j', (id) => {
    expect(key && put(key, id)).toBe('forbidden_pk_character');
  });
  test('is no name of a device', () => expect(key && put(key, 'COM1')).toBe('reserved_pk'));
});

describe('patterns', () => {
  test.each([
    ['^(a+)+$', 'aaaa', true],
    ['^(a+)+$', 'aab', false],
    ['b', 'abc', true],
    ['^(foo|ba[rz])-\\d{2,3}$', 'baz-123', true],
    ['^(foo|ba[rz])-\\d{2,3}$', 'baz-1', false],
    ['(?i)^straße$', 'STRASSE', false],
    ['(?i)^abc$', 'aBC', true],
    ['^\\p{L}+$', 'žluť', true],
    ['\\bcat\\b', 'a cat.', true],
    ['\\bcat\\b', 'concat', false],
    ['^[^a-c]$', 'b', false],
    ['^.$', '😀', true],
    ['', 'anything', true],
  ])('%s on %j: %p', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  test('agree with JavaScript where both know the syntax', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '(a|b)',
      '(ab)',
      '\\d',
      'a?',
      'b*',
      '(a|ab)+',
      'a{1,2}',
    );
    const pattern = fc.array(atom, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join(''));
    const anchored = fc
      .tuple(fc.boolean(), pattern, fc.boolean())
      .map(([s, p, e]) => `${s ? '^' : ''}${p}${e ? '$' : ''}`);
    fc.assert(
      fc.property(anchored, fc.stringMatching(/^[ab1]{0,8}$/), (source, text) => {
        expect(matchesPattern(source, text)).toBe(new RegExp(source, 'u').test(text));
      }),
      { numRuns: 500 },
    );
  });

  test('that would take a backtracking engine years take no time', () => {
    const started = performance.now();
    expect(matchesPattern('^(a|a?)+$', `${'a'.repeat(5000)}b`)).toBe(false);
    expect(matchesPattern('^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(5000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test.each([
    '(?=a)',
    '(?<!a)b',
    '(a)\\1',
    '(',
    '[a',
    'a**',
    '((((a{1000}){1000}){1000}){1000})',
    'a{2,1}',
    '\\p{Nope}',
  ])('%s is refused', (pattern) => expect(patternProblem(pattern)).toBeString());

  test('generate what they match', () => {
    const pattern = '[a-z]{3}(-|_)[0-9A-F]{2,4}(x|yz)?';
    for (let i = 0; i < 50; i++) expect(generateFrom(pattern, ids)).toMatch(new RegExp(`^${pattern}$`));
    expect(generatorProblem('^a$')).toBeString();
  });
});
