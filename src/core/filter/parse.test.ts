import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { CompareOp, Expr, Operand, PathModifier } from './ast.ts';
import { FilterError } from './filter-error.ts';
import { parseFilter, RULE_LIMITS } from './parse.ts';
import { printFilter } from './print.ts';
import { parseSort } from './sort.ts';

const path = (name: string): Operand => ({ kind: 'path', path: name });
const one: Operand = { kind: 'number', text: '1' };
const is = (name: string): Expr => ({ kind: 'compare', op: '=', any: false, left: path(name), right: one });

/** The error of a text; undefined when it reads well. */
function problem(text: string): FilterError | undefined {
  try {
    parseFilter(text);
    return undefined;
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

describe('reading', () => {
  test('a comparison has two operands and an operator', () => {
    expect(parseFilter("title ?!~ 'x'")).toEqual({
      kind: 'compare',
      op: '!~',
      any: true,
      left: path('title'),
      right: { kind: 'text', value: 'x' },
    });
  });

  test('the strict operators double their sign', () => {
    for (const [text, op] of [
      ['==', '='],
      ['!==', '!='],
      ['~~', '~'],
      ['!~~', '!~'],
    ] as const) {
      for (const any of [false, true]) {
        expect(parseFilter(`a ${any ? '?' : ''}${text} 1`)).toEqual({
          kind: 'compare',
          op,
          strict: true,
          any,
          left: path('a'),
          right: one,
        });
      }
    }
  });

  test('an exclamation mark negates what stands in parentheses', () => {
    const [a, b] = ['a', 'b'].map(is);
    if (!a || !b) throw new Error('unreachable');
    expect(parseFilter('! (a=1) && !(!(a=1||b=1))')).toEqual({
      kind: 'and',
      terms: [
        { kind: 'not', term: a },
        { kind: 'not', term: { kind: 'not', term: { kind: 'or', terms: [a, b] } } },
      ],
    });
  });

  test('&& binds tighter than ||, parentheses tighter than both', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(is);
    if (!a || !b || !c || !d) throw new Error('unreachable');
    expect(parseFilter('a=1||b=1&&c=1||d=1')).toEqual({
      kind: 'or',
      terms: [a, { kind: 'and', terms: [b, c] }, d],
    });
    expect(parseFilter('(a=1||b=1)&&((c=1))&&d=1')).toEqual({
      kind: 'and',
      terms: [{ kind: 'or', terms: [a, b] }, c, d],
    });
  });

  const operands: readonly (readonly [string, Operand])[] = [
    ['-1.50', { kind: 'number', text: '-1.50' }],
    ['007', { kind: 'number', text: '007' }],
    ["''", { kind: 'text', value: '' }],
    [`'it\\'s'`, { kind: 'text', value: "it's" }],
    [`"it's \\"x\\""`, { kind: 'text', value: `it's "x"` }],
    [`'a\\b\\n'`, { kind: 'text', value: 'a\\b\\n' }],
    [`'// no comment'`, { kind: 'text', value: '// no comment' }],
    [`'a\r\nb'`, { kind: 'text', value: 'a\r\nb' }],
    ['@request.auth.id', path('@request.auth.id')],
    ['@collection.posts:p.title', path('@collection.posts:p.title')],
    ['#tag', path('#tag')],
    ['a.b.0.c', path('a.b.0.c')],
    ['tags:each', { kind: 'path', path: 'tags', modifier: 'each' }],
    ['@collection.a:b.c:lower', { kind: 'path', path: '@collection.a:b.c', modifier: 'lower' }],
    ['f()', { kind: 'call', name: 'f', args: [] }],
    ['f(1,\n a ,)', { kind: 'call', name: 'f', args: [one, path('a')] }],
    [
      "f(g('x'))",
      { kind: 'call', name: 'f', args: [{ kind: 'call', name: 'g', args: [{ kind: 'text', value: 'x' }] }] },
    ],
  ];
  for (const [text, operand] of operands) {
    test(`${JSON.stringify(text)} is an operand`, () => {
      expect(parseFilter(`${text} = 1`)).toEqual({
        kind: 'compare',
        op: '=',
        any: false,
        left: operand,
        right: one,
      });
    });
  }

  test('comments end with their line', () => {
    expect(parseFilter('// first\n\ta=1 // && b=1\n')).toEqual(is('a'));
  });
});

describe('refusing', () => {
  const wrong: readonly (readonly [text: string, position: number])[] = [
    ['', 0],
    ['  \n', 0],
    ['// only', 0],
    ['a', 1],
    ['a =', 3],
    ['= 1', 0],
    ['a = 1 b = 2', 6],
    ['a = 1 &&', 8],
    ['|| a = 1', 0],
    ['a = 1 & b = 1', 6],
    ['a = 1 &&& b = 1', 6],
    ['a === 1', 2],
    ['a !! 1', 2],
    ['a = 1 && !', 10],
    ['!a = 1', 1],
    ['!!(a = 1)', 0],
    ['a !(b = 1)', 2],
    ['a => 1', 2],
    ['a ?? 1', 2],
    ['a = 1 and b = 1', 6],
    ['()', 1],
    ['(a = 1', 6],
    ['a = 1)', 5],
    ['a = 1\r\n', 5],
    ["a = 'x", 4],
    ["a = 'x\\'", 4],
    ['a = 1.', 4],
    ['a = 1.2.3', 4],
    ['a = -', 4],
    ['a = --1', 4],
    ['a = .5', 4],
    ['a. = 1', 0],
    ['a: = 1', 0],
    ['@ = 1', 0],
    ['a:what = 1', 0],
    ['a:each:lower = 1', 0],
    ['f(,) = 1', 2],
    ['f(1 2) = 1', 4],
    ['f(a = 1) = 1', 4],
    ['f(1', 3],
    ['f(f(f(f(1)))) = 1', 6],
    ['é = 1', 0],
    ['a = `x`', 4],
    ['a = 1; b = 1', 5],
    ['a / 2', 2],
    ['a = {:x}', 4],
  ];
  for (const [text, position] of wrong) {
    test(`${JSON.stringify(text)} is wrong at ${position}`, () => {
      expect(problem(text)?.position).toBe(position);
    });
  }

  test('3,500 characters are read, 3,501 are not', () => {
    const text = (length: number) => `a = '${'x'.repeat(length - 6)}'`;
    expect(problem(text(3500))).toBeUndefined();
    expect(problem(text(3501))?.position).toBe(3500);
    expect(parseFilter(text(3501), RULE_LIMITS).kind).toBe('compare');
  });

  test('200 expressions are read, 201 are not', () => {
    const text = (count: number) => Array(count).fill('a=1').join('||');
    expect(problem(text(200))).toBeUndefined();
    expect(problem(text(201))?.message).toContain('200');
  });

  test('deep nesting is an error, not a full stack', () => {
    expect(problem(`${'('.repeat(32)}a=1${')'.repeat(32)}`)).toBeUndefined();
    expect(problem(`${'('.repeat(33)}a=1${')'.repeat(33)}`)?.position).toBe(32);
    expect(problem('('.repeat(3500))).toBeInstanceOf(FilterError);
    expect(problem('f('.repeat(1700))).toBeInstanceOf(FilterError);
  });
});

describe('printing', () => {
  const name = fc
    .stringMatching(/^[A-Za-z_@#][A-Za-z0-9_]{0,5}(\.[A-Za-z0-9_]{1,4}){0,3}$/)
    .filter((text) => /\w$/.test(text));
  const modifier = fc.constantFrom<PathModifier>('isset', 'changed', 'length', 'each', 'lower');
  const leaf: fc.Arbitrary<Operand> = fc.oneof(
    fc.stringMatching(/^-?[0-9]{1,6}(\.[0-9]{1,4})?$/).map((text): Operand => ({ kind: 'number', text })),
    fc
      .string({ unit: fc.constantFrom(...`ab '"\\%_\n\r/()é😀`), maxLength: 8 })
      .filter((value) => !value.endsWith('\\'))
      .map((value): Operand => ({ kind: 'text', value })),
    name.map(path),
    fc.tuple(name, modifier).map(([text, mod]): Operand => ({ kind: 'path', path: text, modifier: mod })),
  );
  const call = (args: fc.Arbitrary<Operand>) =>
    fc
      .tuple(fc.stringMatching(/^[a-z]\w{0,5}$/), fc.array(args, { maxLength: 3 }))
      .map(([text, list]): Operand => ({ kind: 'call', name: text, args: list }));
  const operand = fc.oneof({ weight: 5, arbitrary: leaf }, call(fc.oneof(leaf, call(call(leaf)))));
  const op = fc.constantFrom<CompareOp>('=', '!=', '~', '!~', '>', '>=', '<', '<=');
  const compare = fc
    .record({ op, strict: fc.boolean(), any: fc.boolean(), left: operand, right: operand })
    .map(({ strict, ...parts }): Expr => {
      const spelled = strict && /[=~]$/.test(parts.op) && !/[<>]/.test(parts.op);
      return { kind: 'compare', ...(spelled ? { strict } : {}), ...parts };
    });
  const { expr } = fc.letrec<{ expr: Expr }>((tie) => ({
    expr: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      compare,
      tie('expr').map((term): Expr => ({ kind: 'not', term })),
      fc
        .tuple(fc.constantFrom('and', 'or'), fc.array(tie('expr'), { minLength: 2, maxLength: 4 }))
        .map(([kind, terms]): Expr => ({ kind: kind === 'and' ? 'and' : 'or', terms })),
    ),
  }));

  test('what is printed reads as the same tree', () => {
    fc.assert(
      fc.property(expr, (tree) => {
        expect(parseFilter(printFilter(tree), RULE_LIMITS)).toEqual(tree);
      }),
      { numRuns: 300 },
    );
  });

  test('a test that the process answers cannot be written', () => {
    const tree: Expr = { kind: 'match', test: 'regexp', path: 'a', value: '^x' };
    expect(() => printFilter({ kind: 'not', term: tree })).toThrow(FilterError);
  });

  test('text that ends in a backslash cannot be written', () => {
    const tree: Expr = {
      kind: 'compare',
      op: '=',
      any: false,
      left: path('a'),
      right: { kind: 'text', value: '\\' },
    };
    expect(() => printFilter(tree)).toThrow(FilterError);
  });

  test('any text either reads or throws a FilterError', () => {
    const noise = fc.string({ unit: fc.constantFrom(...`ab1.'"\\()&|=!~<>?,:@#_/- \n\r`), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(noise, fc.string({ unit: 'binary' })), (text) => {
        expect([undefined, text].includes(problem(text) === undefined ? text : undefined)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('sorts', () => {
  test('keys have directions and may stand apart', () => {
    expect(parseSort(' -created , +title,@random, a.b:lower')).toEqual([
      { path: 'created', descending: true },
      { path: 'title', descending: false },
      { path: '@random', descending: false },
      { path: 'a.b:lower', descending: false },
    ]);
    expect(parseSort('  ')).toEqual([]);
  });

  test('eight keys of 255 characters are read, more are not', () => {
    const keys = (count: number, length: number) => Array(count).fill('a'.repeat(length)).join(',');
    expect(parseSort(keys(8, 255)).length).toBe(8);
    expect(() => parseSort(keys(9, 1))).toThrow(FilterError);
    expect(() => parseSort(keys(1, 256))).toThrow(FilterError);
  });

  for (const text of ['a,', ',a', '-', 'a b', 'a;b', "a'", '`a`', '"a"', 'a desc', '(a)', '--a', 'a,,b']) {
    test(`${JSON.stringify(text)} is no sort`, () => {
      expect(() => parseSort(text)).toThrow(FilterError);
    });
  }
});
