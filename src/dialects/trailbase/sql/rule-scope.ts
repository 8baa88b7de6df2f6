import type { Field } from '../../../core/index.ts';
import type { SqlColumn, SqlSource } from './ast.ts';
import { SqlProblem, shown } from './problem.ts';
import { fieldOfColumn, type RuleSchema, type RuleTable } from './rule-table.ts';

/** What an access rule is asked for. */
export type RuleAction = 'create' | 'read' | 'update' | 'delete' | 'schema';

/** Where a column's value comes from. `sub`: a row of a sub-select, under the alias of the native language. */
export type Origin =
  | { readonly kind: 'row' | 'request' | 'caller' }
  | { readonly kind: 'sub'; readonly source: Source };

/** A table of a sub-select. `prefix` stands before the names of its fields, e.g. `@collection.members:e1`. */
export interface Source {
  readonly alias: string;
  readonly table: RuleTable;
  readonly prefix: string;
}

/** A column that was found. */
export interface FoundColumn {
  readonly origin: Origin;
  readonly field: Field;
  readonly table: RuleTable;
}

/** What names of an expression can mean. */
export interface RuleScope {
  readonly schema: RuleSchema;
  /** Whose records the rule is about. */
  readonly table: RuleTable;
  /** Undefined for the WHERE of a view, whose columns are those of its table. */
  readonly action: RuleAction | undefined;
  /** Name of the table in a view. */
  readonly alias: string | undefined;
  /** Tables of the sub-selects around, the innermost last. */
  readonly frames: readonly (readonly Source[])[];
  readonly count: { aliases: number };
}

const SPECIAL = ['_USER_', '_REQ_', '_REQ_FIELDS_', '_ROW_'];
const ALLOWED: Readonly<Record<string, ReadonlySet<RuleAction>>> = {
  _USER_: new Set<RuleAction>(['create', 'read', 'update', 'delete', 'schema']),
  _REQ_: new Set<RuleAction>(['create', 'update']),
  _REQ_FIELDS_: new Set<RuleAction>(['create', 'update']),
  _ROW_: new Set<RuleAction>(['read', 'update', 'delete']),
};

/** Finds what a column means. Throws SqlProblem when it means nothing, or is nobody's business. */
export function findColumn(scope: RuleScope, column: SqlColumn): FoundColumn {
  const { table: name, at } = column;
  if (name === undefined) return findBare(scope, column);
  const lower = name.toLowerCase();
  for (const frame of scope.frames.toReversed()) {
    const source = frame.find(({ alias }) => alias.toLowerCase() === lower);
    if (source !== undefined) return ofTable({ kind: 'sub', source }, source.table, column);
  }
  if (scope.alias?.toLowerCase() === lower) return ofTable({ kind: 'row' }, scope.table, column);
  checkSpecial(scope, name, at);
  switch (name) {
    case '_ROW_':
      return ofTable({ kind: 'row' }, scope.table, column);
    case '_REQ_':
      return ofTable({ kind: 'request' }, scope.table, column);
    case '_USER_':
      return ofCaller(scope, column);
    default:
      throw new SqlProblem(at, `there is no table ${shown(name)} here.`);
  }
}

/** Checks one of the names with underscores on both sides. Throws SqlProblem. */
export function checkSpecial({ action }: RuleScope, name: string, at: SqlColumn['at']): void {
  const upper = name.toUpperCase();
  if (!SPECIAL.includes(upper)) return;
  if (name !== upper) throw new SqlProblem(at, `${shown(name)} must be written ${upper}.`);
  if (action === undefined) throw new SqlProblem(at, `${upper} means nothing in a view.`);
  if (ALLOWED[upper]?.has(action) !== true)
    throw new SqlProblem(at, `${upper} means nothing in a ${action} rule.`);
}

function findBare(scope: RuleScope, column: SqlColumn): FoundColumn {
  for (const frame of scope.frames.toReversed()) {
    const having = frame.filter(({ table }) => fieldOfColumn(table, column.name) !== undefined);
    if (having.length > 1)
      throw new SqlProblem(column.at, `${shown(column.name)} is a column of two tables; name the one.`);
    const [source] = having;
    if (source !== undefined) return ofTable({ kind: 'sub', source }, source.table, column);
  }
  if (scope.action === undefined) return ofTable({ kind: 'row' }, scope.table, column);
  const advice =
    scope.frames.length > 0 ? 'no table here has it' : 'write _ROW_, _REQ_ or _USER_ and a dot before it';
  throw new SqlProblem(column.at, `the column ${shown(column.name)} is of no table: ${advice}.`);
}

function ofTable(origin: Origin, table: RuleTable, { name, at }: SqlColumn): FoundColumn {
  const field = fieldOfColumn(table, name);
  if (field === undefined)
    throw new SqlProblem(at, `the table ${shown(table.name)} has no column ${shown(name)}.`);
  if (!/^[A-Za-z_]/.test(field.name))
    throw new SqlProblem(
      at,
      `the column ${shown(name)} cannot be used in a rule: its name starts with a digit.`,
    );
  return { origin, field, table };
}

function ofCaller({ schema }: RuleScope, column: SqlColumn): FoundColumn {
  const table = schema.table('_user');
  if (column.name.toLowerCase() !== 'id')
    throw new SqlProblem(column.at, '_USER_ has the column id, and no other.');
  if (table === undefined) throw new SqlProblem(column.at, 'there is no collection "users" for _USER_.');
  return ofTable({ kind: 'caller' }, table, { ...column, name: table.key });
}

/** The scope inside of a sub-select. Throws SqlProblem for tables that are none, or the system's. */
export function enter(scope: RuleScope, from: readonly SqlSource[]): RuleScope {
  const frame: Source[] = [];
  for (const { at, table: name, alias } of from) {
    const table = scope.schema.table(name);
    if (SPECIAL.includes(name.toUpperCase()))
      throw new SqlProblem(at, `${shown(name)} cannot be selected from.`);
    if (SPECIAL.includes(alias.toUpperCase()))
      throw new SqlProblem(at, `a table cannot be called ${shown(alias)} here.`);
    if (table === undefined)
      throw new SqlProblem(at, `there is no collection ${shown(name)} to select from.`);
    if (frame.some((other) => other.alias.toLowerCase() === alias.toLowerCase()))
      throw new SqlProblem(at, `two tables are called ${shown(alias)}.`);
    scope.count.aliases++;
    frame.push({ alias, table, prefix: `@collection.${table.name}:e${scope.count.aliases}` });
  }
  return { ...scope, frames: [...scope.frames, frame] };
}
