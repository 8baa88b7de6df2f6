import type { Expr, Operand } from '../../../core/index.ts';
import type { Sql, SqlOp, SqlSelect } from './ast.ts';
import { readExpression } from './expression.ts';
import { plainNumber } from './literals.ts';
import { SqlProblem, shown } from './problem.ts';
import { compareValues, constantly, matchText, testNull, testTruth } from './rule-compare.ts';
import { checkSpecial, enter, type RuleAction, type RuleScope, type Source } from './rule-scope.ts';
import { fieldOfColumn, type RuleSchema, type RuleTable } from './rule-table.ts';
import { NULL, type RuleValue, readValue } from './rule-value.ts';
import { TokenReader } from './token-reader.ts';
import { tokenize } from './tokens.ts';

/** UTF-16 units of one rule. */
const MAX_RULE = 10_000;

/** What a rule is about. */
export interface RuleContext {
  readonly schema: RuleSchema;
  readonly table: RuleTable;
  readonly action: RuleAction;
}

/**
 * Reads an access rule (specs/trailbase.md 11): the expression holds exactly where SQLite would find the rule true. NULL and
 * false both deny, so NOT is moved to the comparisons, which keeps all three values apart, and is left around EXISTS.
 *
 * @throws SqlProblem for what is wrong, and for what cannot be said exactly
 */
export function readRule(text: string, { schema, table, action }: RuleContext): Expr {
  if (text.length > MAX_RULE)
    throw new SqlProblem({ line: 1, column: 1 }, `the rule is longer than ${MAX_RULE} characters.`);
  const reader = new TokenReader(tokenize(text));
  const sql = readExpression(reader);
  if (!reader.isEnd()) throw reader.unexpected('the end of the rule');
  const scope: RuleScope = { schema, table, action, alias: undefined, frames: [], count: { aliases: 0 } };
  return translate(scope, sql, true);
}

/** The WHERE of a view over a table that goes by `alias`. Throws SqlProblem. */
export function readViewCondition(sql: Sql, schema: RuleSchema, table: RuleTable, alias: string): Expr {
  return translate({ schema, table, action: undefined, alias, frames: [], count: { aliases: 0 } }, sql, true);
}

const OPPOSITE: Readonly<Record<SqlOp, SqlOp>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/** True where the expression is true, or where it is false (`wanted`); not true where it is NULL. */
function translate(scope: RuleScope, sql: Sql, wanted: boolean): Expr {
  const { at } = sql;
  switch (sql.kind) {
    case 'and':
    case 'or':
      return {
        kind: (sql.kind === 'and') === wanted ? 'and' : 'or',
        terms: sql.terms.map((term) => translate(scope, term, wanted)),
      };
    case 'not':
      return translate(scope, sql.term, !wanted);
    case 'compare':
      return compareValues(
        wanted ? sql.op : OPPOSITE[sql.op],
        readValue(scope, sql.left),
        readValue(scope, sql.right),
        at,
      );
    case 'is':
      return isTest(scope, sql, wanted !== sql.negated);
    case 'in': {
      const left = readValue(scope, sql.left);
      const isIn = wanted !== sql.negated;
      return joined(
        isIn ? 'or' : 'and',
        sql.items.map((item) => compareValues(isIn ? '=' : '<>', left, readValue(scope, item), at)),
      );
    }
    case 'between': {
      const left = readValue(scope, sql.left);
      const isIn = wanted !== sql.negated;
      const low = compareValues(isIn ? '>=' : '<', left, readValue(scope, sql.low), at);
      const high = compareValues(isIn ? '<=' : '>', left, readValue(scope, sql.high), at);
      return { kind: isIn ? 'and' : 'or', terms: [low, high] };
    }
    case 'like':
      return matchText(wanted === sql.negated, readValue(scope, sql.left), readValue(scope, sql.right), at);
    case 'regexp':
      throw new SqlProblem(at, 'REGEXP is not supported in a rule.');
    case 'exists':
      return wanted ? some(scope, sql.select) : none(scope, sql.select);
    case 'in_select':
      return inSelect(scope, sql, wanted !== sql.negated);
    case 'in_table':
      return inTable(scope, sql, wanted !== sql.negated);
    case 'bool':
      return constantly(sql.value === wanted);
    case 'number':
      return constantly((Number(plainNumber(sql).text) !== 0) === wanted);
    default:
      return testTruth(readValue(scope, sql), wanted, at);
  }
}

/** `left IS right`, which is never NULL. */
function isTest(scope: RuleScope, { left, right, at }: Extract<Sql, { kind: 'is' }>, wanted: boolean): Expr {
  if (right.kind === 'bool') return truthTest(scope, left, right.value, wanted);
  if (right.kind === 'null') return testNull(readValue(scope, left), wanted, at);
  const [l, r] = [readValue(scope, left), readValue(scope, right)];
  const columns = [l, r].filter(({ type }) => type !== 'literal');
  if (wanted) {
    const same = compareValues('=', l, r, at);
    if (columns.length < 2) return same;
    return {
      kind: 'or',
      terms: [same, { kind: 'and', terms: columns.map((each) => testNull(each, true, at)) }],
    };
  }
  const differ = compareValues('<>', l, r, at);
  const [first, second] = columns;
  if (first === undefined) return differ;
  if (second === undefined) return { kind: 'or', terms: [differ, testNull(first, true, at)] };
  const oneOf = (a: RuleValue, b: RuleValue): Expr => ({
    kind: 'and',
    terms: [testNull(a, true, at), testNull(b, false, at)],
  });
  return { kind: 'or', terms: [differ, oneOf(first, second), oneOf(second, first)] };
}

/** `left IS [NOT] TRUE` and `left IS [NOT] FALSE`. */
function truthTest(scope: RuleScope, left: Sql, value: boolean, wanted: boolean): Expr {
  if (wanted) return translate(scope, left, value);
  if (left.kind !== 'column')
    throw new SqlProblem(left.at, 'IS NOT TRUE and IS NOT FALSE are supported after a column only.');
  const column = readValue(scope, left);
  return { kind: 'or', terms: [testNull(column, true, left.at), testTruth(column, !value, left.at)] };
}

/** EXISTS: one choice of rows for which the whole condition holds. */
function some(scope: RuleScope, select: SqlSelect): Expr {
  const inner = enter(scope, select.from);
  checkResults(inner, select);
  return holding(
    inner,
    conditions(select.where).map((term) => translate(inner, term, true)),
    false,
  );
}

/** NOT EXISTS. */
function none(scope: RuleScope, select: SqlSelect): Expr {
  if (scope.frames.length > 0)
    throw new SqlProblem(
      select.at,
      'NOT EXISTS and NOT IN (SELECT …) are not supported within a sub-select.',
    );
  const inner = enter(scope, select.from);
  checkResults(inner, select);
  const terms = conditions(select.where).map((term) => translate(inner, term, true));
  return { kind: 'not', term: holding(inner, terms, true) };
}

function inSelect(
  scope: RuleScope,
  { left, select, at }: Extract<Sql, { kind: 'in_select' }>,
  wanted: boolean,
): Expr {
  if (!wanted && scope.frames.length > 0)
    throw new SqlProblem(at, 'NOT EXISTS and NOT IN (SELECT …) are not supported within a sub-select.');
  const inner = enter(scope, select.from);
  const [result] = select.columns ?? [];
  if (result === undefined || select.columns?.length !== 1)
    throw new SqlProblem(select.at, 'a SELECT after IN has one column.');
  const value = readValue(inner, result.value);
  if (value.source === undefined || !inner.frames.at(-1)?.includes(value.source))
    throw new SqlProblem(result.value.at, 'a SELECT after IN gives a column of its table.');
  const outer = readValue(scope, left);
  if (value.noCase === true || outer.noCase === true)
    throw new SqlProblem(at, 'columns without letter case cannot be looked up by IN (SELECT …); use EXISTS.');
  const terms = conditions(select.where).map((term) => translate(inner, term, true));
  const same = compareValues('=', value, outer, at);
  if (wanted) return holding(inner, [same, ...terms], false);
  // NOT IN is NULL, not true, next to a NULL on either side: unless there is nothing to be in.
  const nulls = [value, outer]
    .filter(({ type }) => type !== 'literal')
    .map((each) => testNull(each, true, at));
  return { kind: 'not', term: holding(inner, [{ kind: 'or', terms: [same, ...nulls] }, ...terms], true) };
}

function checkResults(scope: RuleScope, { columns = [] }: SqlSelect): void {
  for (const { value } of columns) {
    if (value.kind === 'call')
      throw new SqlProblem(value.at, 'functions in the place of columns are not supported.');
    if (value.kind !== 'null') readValue(scope, value);
  }
}

function conditions(where: Sql | undefined): readonly Sql[] {
  if (where === undefined) return [];
  return where.kind === 'and' ? where.terms.flatMap(conditions) : [where];
}

/**
 * The terms of a sub-select, with a row of each of its tables. `closed`: true or false, never NULL, because every term is asked
 * inside of the sub-select; around it, NULL denies anyway.
 */
function holding(scope: RuleScope, terms: readonly Expr[], closed: boolean): Expr {
  const sources = scope.frames.at(-1) ?? [];
  const [first] = sources;
  const inside = terms.map((term): Expr => {
    if (!closed || first === undefined || sources.some((source) => speaksOf(term, source))) return term;
    return { kind: 'or', terms: [term, idTest(first, '=')] };
  });
  const unsaid = sources.filter((source) => closed || !terms.some((term) => ties(term, source)));
  return joined('and', [...inside, ...unsaid.map((source) => idTest(source, '!='))]);
}

/** `id == null` is never true of a row, `id !== null` of every one. */
function idTest(source: Source, op: '=' | '!='): Expr {
  const left: Operand = { kind: 'path', path: `${source.prefix}.id` };
  return { kind: 'compare', op, strict: true, any: true, left, right: NULL };
}

/** Whether the term can only be true of a row of the table. */
function ties(term: Expr, source: Source): boolean {
  if (term.kind !== 'compare' || term.op !== '=' || term.strict !== true) return false;
  const isNull = [term.left, term.right].some((side) => side.kind === 'path' && side.path === 'null');
  return !isNull && speaksOf(term, source);
}

function speaksOf(expr: Expr, { prefix }: Pick<Source, 'prefix'>): boolean {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.terms.some((term) => speaksOf(term, { prefix }));
    case 'not':
      return false;
    case 'compare':
      return [expr.left, expr.right].some(
        (side) => side.kind === 'path' && side.path.startsWith(`${prefix}.`),
      );
    default:
      return false;
  }
}

/** `'f' IN _REQ_FIELDS_`. */
function inTable(
  scope: RuleScope,
  { left, table, at }: Extract<Sql, { kind: 'in_table' }>,
  wanted: boolean,
): Expr {
  checkSpecial(scope, table, at);
  if (table !== '_REQ_FIELDS_')
    throw new SqlProblem(at, `IN ${shown(table)} is not supported; write IN (SELECT … FROM …).`);
  if (left.kind !== 'text')
    throw new SqlProblem(left.at, 'a literal name is expected before IN _REQ_FIELDS_.');
  const field = fieldOfColumn(scope.table, left.value);
  if (field === undefined)
    throw new SqlProblem(left.at, `the table ${shown(scope.table.name)} has no column ${shown(left.value)}.`);
  const path: Operand = { kind: 'path', path: `@request.body.${field.name}`, modifier: 'isset' };
  return {
    kind: 'compare',
    op: '=',
    strict: true,
    any: false,
    left: path,
    right: { kind: 'path', path: String(wanted) },
  };
}

function joined(kind: 'and' | 'or', terms: readonly Expr[]): Expr {
  const [only] = terms;
  return only !== undefined && terms.length === 1 ? only : { kind, terms };
}
