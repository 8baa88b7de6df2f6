import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createIds } from '../../../lib/id.ts';
import { columnFacts } from '../../filter/columns.ts';
import { checksOf, type ValueContext } from '../field.ts';
import { type Field, fieldType, parseField } from '../index.ts';
import { isWriteOnly } from '../write-only.ts';
import { castUuid, decodeBytes, encodeBytes } from './binary.ts';

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const context: ValueContext = {
  ...{ action: 'create', now: '2030-01-02 03:04:05.678Z' },
  ids: createIds({ now: () => Date.UTC(2030, 0, 2) }),
};
const checking = { action: 'create', original: undefined, recordId: 'r', ...checksOf({}) } as const;

function parse(type: string, options: Record<string, unknown> = {}) {
  const { field, issues } = parseField({ name: 'f', type, ...options }, 'f');
  if (field === undefined) throw new Error('no field');
  return { field, problems: issues.map(({ path, code }) => `${path.slice(2)} ${code}`) };
}

function column(type: string, options: Record<string, unknown> = {}): Field {
  const { field, problems } = parse(type, options);
  expect(problems).toEqual([]);
  return field;
}

/** The value of an input, or the codes of what is wrong with it. */
function put(field: Field, input: unknown): unknown {
  const type = fieldType(field);
  const value = type.cast(input, field);
  const issues = type.validate(value, field, checking);
  return issues.length > 0 ? issues.map(({ code }) => code).join() : value;
}

const start = (field: Field) => {
  const type = fieldType(field);
  return type.autofill?.(type.zero(field), field, context);
};

describe('inputs', () => {
  const bad = 'invalid_value';
  const rows: [string, unknown, unknown][] = [
    ['integer', 5, 5],
    ['integer', '5', 5],
    ['integer', ' -7 ', -7],
    ['integer', '+7', 7],
    ['integer', '1e3', 1000],
    ['integer', -0, 0],
    ['integer', true, 1],
    ['integer', '', null],
    ['integer', null, null],
    ['integer', undefined, null],
    ['integer', 9007199254740993n, 9007199254740993n],
    ['integer', '9223372036854775807', MOST],
    ['integer', '-9223372036854775808', LEAST],
    ['integer', 2n, 2],
    ['integer', '9223372036854775808', 'out_of_range'],
    ['integer', '-9223372036854775809', 'out_of_range'],
    ['integer', 1e19, 'out_of_range'],
    ['integer', 1e300, 'out_of_range'],
    ['integer', '9'.repeat(41), bad],
    ['integer', '9'.repeat(1e6), bad],
    ['integer', 1.5, bad],
    ['integer', '1.5', bad],
    ['integer', 'five', bad],
    ['integer', Number.NaN, bad],
    ['integer', Number.POSITIVE_INFINITY, bad],
    ['integer', '1e400', bad],
    ['integer', {}, bad],
    ['integer', [5], bad],
    ['real', 1.5, 1.5],
    ['real', '1.5', 1.5],
    ['real', 5n, 5],
    ['real', -0, 0],
    ['real', '', null],
    ['real', 'x', bad],
    ['real', '1e400', bad],
    ['real', Number.NaN, bad],
    ['real', Number.POSITIVE_INFINITY, bad],
    ['real', '0x10', bad],
    ['string', 'a', 'a'],
    ['string', '', ''],
    ['string', 5, '5'],
    ['string', 9007199254740993n, '9007199254740993'],
    ['string', null, null],
    ['string', 'a\0b', 'a\0b'],
    ['string', '\ud800', bad],
    ['string', ['a'], bad],
    ['string', { toString: 'a' }, bad],
    ['bytes', '_-8=', '_-8='],
    ['bytes', '/+8', '_-8='],
    ['bytes', new Uint8Array([255, 239]), '_-8='],
    ['bytes', [255, 239], '_-8='],
    ['bytes', new Uint8Array(0), ''],
    ['bytes', '', ''],
    ['bytes', '=', bad],
    ['bytes', 'a', bad],
    ['bytes', 'a b=', bad],
    ['bytes', 'YQ=', bad],
    ['bytes', [256], bad],
    ['bytes', [1.5], bad],
    ['bytes', ['1'], bad],
    ['bytes', 5, bad],
    ['uuid', '01930F7B-0000-7000-8000-000000000001', '01930f7b-0000-7000-8000-000000000001'],
    ['uuid', '01930f7b000070008000000000000001', '01930f7b-0000-7000-8000-000000000001'],
    ['uuid', 'AZMPewAAcACAAAAAAAAAAQ==', '01930f7b-0000-7000-8000-000000000001'],
    ['uuid', 'AZMPewAAcACAAAAAAAAAAQ', '01930f7b-0000-7000-8000-000000000001'],
    ['uuid', '', null],
    ['uuid', '01930f7b-0000-7000-8000-00000000000', bad],
    ['uuid', '01930f7b-0000-7000-8000-00000000000g', bad],
    ['uuid', "01930f7b-0000-7000-8000-000000000001'", bad],
    ['any', 'a', 'a'],
    ['any', '', ''],
    ['any', 5, 5],
    ['any', 1e300, 1e300],
    ['any', false, 0],
    ['any', MOST, MOST],
    ['any', MOST + 1n, 'out_of_range'],
    ['any', Number.POSITIVE_INFINITY, bad],
    ['any', {}, bad],
    ['any', '\udfff', bad],
    ['geometry', '', null],
    ['geometry', 'POINT(1 1)', bad],
    ['geometry', 'null', null],
  ];
  for (const [type, input, expected] of rows) {
    const shown =
      typeof input === 'string' && input.length > 50 ? `${input.length} characters` : Bun.inspect(input);
    test(`${type} ${shown} is ${Bun.inspect(expected)}`, () => {
      expect(put(column(type), input)).toEqual(expected);
    });
  }

  test('a list of bytes is a BLOB in a column of anything', () => {
    expect(put(column('any'), [1, 255])).toEqual(Buffer.from([1, 255]));
    expect(put(column('any'), [1, 256])).toBe(bad);
  });
});

describe('constraints', () => {
  const rows: [string, Record<string, unknown>, unknown, unknown][] = [
    ['integer', { nullable: false }, null, 'not_null'],
    ['integer', { nullable: false }, '', 'not_null'],
    ['string', { nullable: false }, '', ''],
    ['string', { required: true }, '', 'required'],
    ['string', { required: true, nullable: false }, null, 'required'],
    ['integer', { min: 0, max: 9 }, -1, 'min_number_constraint'],
    ['integer', { min: 0, max: 9 }, MOST, 'max_number_constraint'],
    ['integer', { min: 0, max: 9 }, null, null],
    ['real', { min: 0.5 }, 0.25, 'min_number_constraint'],
    ['string', { minLength: 2 }, '😀', 'min_text_constraint'],
    ['string', { maxLength: 2 }, '😀😀', '😀😀'],
    ['string', { maxLength: 2 }, 'abc', 'max_text_constraint'],
    ['string', { values: ['a', 'b'] }, 'c', 'in_invalid'],
    ['string', { values: ['a', 'b'] }, 'b', 'b'],
    ['integer', { values: [1, '9223372036854775807'] }, MOST, MOST],
    ['integer', { values: [1, '9223372036854775807'] }, 2, 'in_invalid'],
    ['any', { values: ['5'] }, 5, 'in_invalid'],
  ];
  test.each(rows)('%s %p: %p gives %p', (type, options, input, expected) => {
    expect(put(column(type, options), input)).toEqual(expected);
  });
});

describe('definitions', () => {
  test('say what a column is when nothing else is said', () => {
    expect(column('integer')).toMatchObject({
      ...{ nullable: true, default: null, writeOnly: false, hidden: false, values: [] },
      ...{ min: null, max: null, minLength: null, maxLength: null },
    });
  });

  const value = (constant: unknown) => ({ kind: 'value', value: constant });
  const rows: [string, Record<string, unknown>, string[]][] = [
    ['integer', { nullable: 'yes' }, ['nullable invalid_value']],
    ['integer', { min: 'a' }, ['min invalid_value']],
    ['integer', { min: 5, max: 4 }, ['max min_greater_equal_than_required']],
    ['string', { minLength: -1 }, ['minLength min_greater_equal_than_required']],
    ['string', { minLength: 3, maxLength: 2 }, ['maxLength min_greater_equal_than_required']],
    ['integer', { values: ['x'] }, ['values.0 invalid_value']],
    ['integer', { values: ['9223372036854775808'] }, ['values.0 invalid_value']],
    ['integer', { values: 'x' }, ['values invalid_value']],
    ['string', { values: [{}] }, ['values.0 invalid_value']],
    ['string', { values: Array(1001).fill('a') }, ['values invalid_value']],
    ['geometry', { values: ['a'] }, ['values invalid_value']],
    ['integer', { default: 5 }, ['default invalid_value']],
    ['integer', { default: value('x') }, ['default invalid_value']],
    ['integer', { default: value(Number.POSITIVE_INFINITY) }, ['default invalid_value']],
    ['integer', { default: { kind: 'now', form: 'text' } }, ['default invalid_value']],
    ['integer', { default: { kind: 'uuid', version: 4 } }, ['default invalid_value']],
    ['string', { default: value('a\0b') }, ['default invalid_value']],
    ['string', { default: value('\ud800') }, ['default invalid_value']],
    ['string', { default: { kind: 'constructor' } }, ['default invalid_value']],
    ['uuid', { default: value('x') }, ['default invalid_value']],
    ['uuid', { default: { kind: 'uuid', version: 1 } }, ['default invalid_value']],
    ['geometry', { default: value('x') }, ['default invalid_value']],
  ];
  test.each(rows)('%s %p: %p', (type, options, expected) => {
    expect(parse(type, options).problems).toEqual(expected);
  });

  test('survive being stored', () => {
    const options = {
      default: value('9223372036854775807'),
      values: ['9223372036854775807', 5],
      nullable: false,
    };
    const field = column('integer', options);
    expect(parseField(JSON.parse(JSON.stringify(field)), 'f')).toEqual({ field, issues: [] });
  });

  test('write-only columns are hidden, and read by nobody', () => {
    const field = column('string', { writeOnly: true });
    expect(field.hidden).toBe(true);
    expect(isWriteOnly(field)).toBe(true);
    expect(columnFacts(field).readable).toBe(false);
    expect(isWriteOnly(column('string'))).toBe(false);
  });
});

describe('defaults', () => {
  test('constants, moments and UUIDs are what a new record starts with', () => {
    const rows: [string, unknown, unknown][] = [
      ['integer', { kind: 'value', value: '9223372036854775807' }, MOST],
      ['string', { kind: 'value', value: '' }, ''],
      ['integer', { kind: 'now', form: 'unix' }, 1_893_553_445],
      ['string', { kind: 'now', form: 'text' }, '2030-01-02 03:04:05'],
      ['uuid', { kind: 'uuid', version: 7 }, expect.stringMatching(/^.{14}7.{4}[89ab].{16}$/)],
      ['uuid', { kind: 'uuid', version: 4 }, expect.stringMatching(/^.{14}4.{4}[89ab].{16}$/)],
      ['bytes', { kind: 'uuid', version: 7 }, expect.stringMatching(/^[\w-]{22}==$/)],
      ['any', null, null],
    ];
    for (const [type, made, expected] of rows) {
      const field = column(type, { default: made });
      expect(start(field)).toEqual(expected);
      expect(put(field, start(field))).toEqual(expected);
    }
  });

  test('do not replace a null that was sent, nor what is stored', () => {
    const field = column('uuid', { default: { kind: 'uuid', version: 7 } });
    const { autofill } = fieldType(field);
    expect(autofill?.(null, field, context)).toBeNull();
    expect(autofill?.(null, field, { ...context, action: 'update' })).toBeNull();
  });
});

describe('declarations', () => {
  const rows: [string, Record<string, unknown>, string, boolean][] = [
    ['integer', {}, 'INTEGER', false],
    ['integer', { nullable: false }, 'INTEGER', false],
    [
      'integer',
      { nullable: false, default: { kind: 'value', value: -5 } },
      'INTEGER DEFAULT -5 NOT NULL',
      true,
    ],
    [
      'integer',
      { default: { kind: 'value', value: '-9223372036854775808' } },
      'INTEGER DEFAULT -9223372036854775808',
      false,
    ],
    ['string', { nullable: false, default: { kind: 'now', form: 'text' } }, 'TEXT', false],
    [
      'string',
      { default: { kind: 'value', value: "it's NOT NULL" } },
      "TEXT DEFAULT 'it''s NOT NULL'",
      false,
    ],
    ['string', { default: { kind: 'value', value: 'NOT NULL' } }, "TEXT DEFAULT 'NOT NULL'", false],
    ['any', {}, '', false],
    ['any', { nullable: false, default: { kind: 'value', value: 1 } }, 'DEFAULT 1 NOT NULL', true],
    ['real', {}, 'REAL', false],
    ['uuid', {}, 'TEXT', false],
  ];
  test.each(rows)('%s %p: %s', (type, options, expected, notNull) => {
    const field = column(type, options);
    expect(fieldType(field).column(field)).toBe(expected);
    expect(columnFacts(field).notNull).toBe(notNull);
  });
});

describe('adding to a number', () => {
  const rows: [string, unknown, 'append' | 'subtract', unknown, unknown][] = [
    ['integer', 5, 'append', 2, 7],
    ['integer', 5, 'subtract', '2', 3],
    ['integer', null, 'append', 2, 2],
    ['integer', 9007199254740991, 'append', 2, 9007199254740993n],
    ['integer', 9007199254740993n, 'subtract', 2, 9007199254740991],
    ['integer', MOST, 'append', 1, 'out_of_range'],
    ['integer', 5, 'append', 1.5, 'invalid_value'],
    ['integer', 5, 'append', 'x', 'invalid_value'],
    ['real', 1.5, 'subtract', 0.5, 1],
    ['real', null, 'append', 'x', 'invalid_value'],
  ];
  test.each(rows)('%s %p %s %p is %p', (type, current, modifier, input, expected) => {
    const field = column(type);
    const changed = fieldType(field).modify?.(current, modifier, input, field, context);
    const issues = fieldType(field).validate(changed, field, checking);
    expect(issues[0]?.code ?? changed).toEqual(expected);
  });

  test('is nothing that text knows', () => {
    const field = column('string');
    expect(fieldType(field).modify).toBeUndefined();
  });
});

test('bytes and UUIDs survive their text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = encodeBytes(bytes);
      expect(text).toMatch(/^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/);
      expect(new Uint8Array(decodeBytes(text) ?? [1])).toEqual(bytes);
      expect(new Uint8Array(decodeBytes(Buffer.from(bytes).toString('base64')) ?? [1])).toEqual(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
      expect(castUuid(bytes)).toBe(uuid);
      expect(castUuid(encodeBytes(bytes))).toBe(uuid);
      expect(castUuid(uuid.toUpperCase())).toBe(uuid);
    }),
  );
});

describe('a pattern of a string', () => {
  test('is searched for, in what is there', () => {
    const text = column('string', { pattern: 'b+' });
    expect(put(text, 'abba')).toBe('abba');
    expect(put(text, null)).toBe(null);
    expect([put(text, 'aa'), put(text, '')]).toEqual(['invalid_format', 'invalid_format']);
  });

  test('must be one that is searched for in linear time', () => {
    expect(parse('string', { pattern: '(a)\\1' }).problems).toEqual(['pattern invalid_regex']);
    expect(parse('bytes', { pattern: '(a)\\1' }).field).toMatchObject({ pattern: '' });
  });
});
