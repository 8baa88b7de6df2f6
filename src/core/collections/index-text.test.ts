import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Index, type IndexCondition, IndexError, parseIndex, printIndex } from './index-text.ts';

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((text) => !/^sqlite_/i.test(text));
const literal = fc.oneof(
  fc.integer().map((number) => String(number)),
  fc.constantFrom("''", "'it''s'", "'; DROP'", 'TRUE'),
);
const operand = fc.oneof(
  name.map((column) => ({ kind: 'column' as const, name: column })),
  literal.map((text) => ({ kind: 'literal' as const, text })),
);
const { condition } = fc.letrec<{ condition: IndexCondition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.record({
      kind: fc.constant('compare' as const),
      op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
      left: operand,
      right: operand,
    }),
    fc.record({ kind: fc.constant('null' as const), operand, negated: fc.boolean() }),
    fc.record({
      kind: fc.constant('in' as const),
      operand,
      negated: fc.boolean(),
      items: fc.array(
        literal.map((text) => ({ kind: 'literal' as const, text })),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('condition') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));
const index: fc.Arbitrary<Index> = fc.record({
  name,
  unique: fc.boolean(),
  columns: fc.array(
    fc.record({
      name,
      collate: fc.constantFrom('', 'NOCASE', 'BINARY'),
      order: fc.constantFrom('' as const, 'ASC' as const, 'DESC' as const),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  where: fc.option(condition, { nil: undefined }),
});

describe('index statements', () => {
  test('printing and parsing give the same index', () => {
    fc.assert(
      fc.property(index, (one) => {
        expect(parseIndex(printIndex(one, 'posts'))).toEqual(one);
      }),
      { numRuns: 300 },
    );
  });

  test('only the table may be blank, because it is not read', () => {
    expect(parseIndex('CREATE INDEX `one` ON `` (`a`)').name).toBe('one');
    const blanks = [
      'CREATE INDEX `` ON `t` (`a`)',
      'CREATE INDEX `one` ON `t` (``)',
      'CREATE INDEX `one` ON `t` (`a` COLLATE ``)',
      'CREATE INDEX `one` ON `t` (`a`) WHERE `` = 1',
      'CREATE INDEX `one` ON `t` (`a`) WHERE `a` = ""',
      'CREATE INDEX `one` ON (`a`)',
    ];
    for (const text of blanks) expect(() => parseIndex(text)).toThrow(IndexError);
  });

  test('nothing but its own error is thrown', () => {
    const word = fc.constantFrom(
      'CREATE',
      'INDEX',
      'UNIQUE',
      'ON',
      '(',
      ')',
      'a',
      '`b`',
      "'",
      'WHERE',
      '=',
      'NOT',
      ',',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 25 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          parseIndex(input);
        } catch (error) {
          expect(error).toBeInstanceOf(IndexError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      'create unique index if not exists "i" on [t] (a collate nocase desc, b)',
      'CREATE UNIQUE INDEX `i` ON `p` (`a` COLLATE NOCASE DESC, `b`)',
    ],
    [
      "CREATE INDEX i ON t (a) WHERE a <> '' AND (b = 1 OR c IS NOT NULL);",
      "CREATE INDEX `i` ON `p` (`a`) WHERE `a` != '' AND (`b` = 1 OR `c` IS NOT NULL)",
    ],
  ])('%s is rewritten to the own table', (input, expected) => {
    expect(printIndex(parseIndex(input), 'p')).toBe(expected);
  });

  test.each([
    'CREATE INDEX i ON t (lower(a))',
    'CREATE INDEX i ON t (a); DROP TABLE t',
    'CREATE INDEX i ON t (a) WHERE load_extension(1)',
    'CREATE INDEX i ON t (a) WHERE a = (SELECT 1)',
    'CREATE INDEX main.i ON t (a)',
    'CREATE INDEX `a``b` ON t (a)',
    'CREATE INDEX i ON t (a) -- more',
    "CREATE INDEX i ON t (a) WHERE a = '\0'",
    'CREATE INDEX sqlite_i ON t (a)',
    'CREATE INDEX i ON t (a COLLATE evil)',
    `CREATE INDEX i ON t (a) WHERE ${'('.repeat(2000)}`,
  ])('%s is refused', (input) => {
    expect(() => parseIndex(input)).toThrow(IndexError);
  });
});
