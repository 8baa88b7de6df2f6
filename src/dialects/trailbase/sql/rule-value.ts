import type { Expr, Operand } from '../../../core/index.ts';
import { columnKind, targetOf } from '../column-kind.ts';
import type { Sql, SqlCall, SqlColumn } from './ast.ts';
import { blobText, plainNumber, uuidText } from './literals.ts';
import { type Place, SqlProblem, shown } from './problem.ts';
import { type FoundColumn, findColumn, type RuleScope, type Source } from './rule-scope.ts';

/**
 * What a value can be compared with: only its like, so that the core's columns and those of SQLite agree. `stored`: has no
 * order (bytes); `opaque`: only there or not there (JSON, files, geometries).
 */
export type ValueType =
  | 'number'
  | 'text'
  | 'uuid'
  | 'textId'
  | 'integerId'
  | 'any'
  | 'stored'
  | 'opaque'
  | 'now';

/** A side of a comparison. */
export interface RuleValue {
  readonly at: Place;
  readonly type: ValueType | 'literal';
  readonly origin: 'row' | 'sub' | 'request' | 'caller' | 'literal';
  /** The table of a sub-select that it is read from. */
  readonly source: Source | undefined;
  /** As another value's type needs it; undefined when it cannot be that. */
  as(type: ValueType): Operand | undefined;
  /** `''` stands for NULL. */
  readonly blankIsNull: boolean;
  /** A list, whose length tells whether it is there. */
  readonly isList: boolean;
  /** Has a fraction, which CAST(… AS INTEGER) cuts off. */
  readonly isReal?: boolean;
  /** SQLite compares it without letter case. */
  readonly noCase?: boolean;
  /** What else must hold for the value to be there, and when it is not: otherwise it is NULL, whatever the core has. */
  readonly presence?: { readonly holds: Expr; readonly fails: Expr };
}

/** A column, literal or function as a value. Throws SqlProblem for all else. */
export function readValue(scope: RuleScope, sql: Sql): RuleValue {
  switch (sql.kind) {
    case 'column':
      return columnValue(scope, sql);
    case 'call':
      return callValue(scope, sql);
    case 'number': {
      const { text } = plainNumber(sql);
      return literal(sql.at, (type) => {
        if (type === 'integerId') return /^\d+$/.test(text) ? { kind: 'text', value: text } : undefined;
        return type === 'number' || type === 'any' || type === 'now' ? { kind: 'number', text } : undefined;
      });
    }
    case 'bool':
      return literal(sql.at, (type) =>
        type === 'number' ? { kind: 'path', path: String(sql.value) } : undefined,
      );
    case 'text':
      return literal(sql.at, (type) =>
        type === 'text' || type === 'textId' || type === 'any'
          ? { kind: 'text', value: sql.value }
          : undefined,
      );
    case 'blob': {
      const uuid = uuidText(sql.hex);
      return literal(sql.at, (type) => {
        if (type === 'stored') return { kind: 'text', value: blobText(sql.hex) };
        return type === 'uuid' && uuid !== undefined ? { kind: 'text', value: uuid } : undefined;
      });
    }
    case 'null':
      throw new SqlProblem(sql.at, 'nothing is equal to NULL; write IS NULL or IS NOT NULL.');
    default:
      throw new SqlProblem(sql.at, 'a condition cannot be compared; compare columns and literals.');
  }
}

/** The value that stands for NULL. */
export const NULL: Operand = { kind: 'path', path: 'null' };

function columnValue(scope: RuleScope, column: SqlColumn): RuleValue {
  const found = findColumn(scope, column);
  const kind = columnKind(found.field);
  const type = typeOf(scope, found);
  const operand: Operand = { kind: 'path', path: pathOf(found) };
  return {
    at: column.at,
    type,
    origin: found.origin.kind,
    source: found.origin.kind === 'sub' ? found.origin.source : undefined,
    as: (wanted) => (wanted === type ? operand : undefined),
    blankIsNull: kind === 'reference' || kind === 'file' || kind === 'date',
    isList: kind === 'files' || kind === 'references' || kind === 'texts',
    isReal: kind === 'real',
    noCase: found.table.noCase.has(found.field.name),
    presence: presenceOf(found),
  };
}

/** An id that is sent as `''` is none, and an e-mail address that is not verified is not its account's. */
function presenceOf({ origin, field, table }: FoundColumn): RuleValue['presence'] {
  if (origin.kind === 'request') {
    if (field.name !== 'id') return undefined;
    const left: Operand = { kind: 'path', path: '@request.body.id' };
    return oppositeTests({ any: false, left, right: { kind: 'text', value: '' } });
  }
  if (!table.isAccounts || field.name !== 'email') return undefined;
  const prefix = origin.kind === 'sub' ? `${origin.source.prefix}.` : '';
  const left: Operand = { kind: 'path', path: `${prefix}verified` };
  return oppositeTests({ any: origin.kind === 'sub', left, right: { kind: 'number', text: '0' } });
}

function oppositeTests(sides: { any: boolean; left: Operand; right: Operand }): RuleValue['presence'] {
  return {
    holds: { kind: 'compare', op: '!=', strict: true, ...sides },
    fails: { kind: 'compare', op: '=', strict: true, ...sides },
  };
}

function pathOf({ origin, field }: FoundColumn): string {
  switch (origin.kind) {
    case 'row':
      return field.name;
    case 'request':
      return `@request.body.${field.name}`;
    case 'caller':
      return '@request.auth.id';
    case 'sub':
      return `${origin.source.prefix}.${field.name}`;
  }
}

function typeOf({ schema }: RuleScope, { field, table }: FoundColumn): ValueType {
  switch (columnKind(field)) {
    case 'key':
      return idType(table.idKind);
    case 'reference':
      return idType(schema.byId(targetOf(field) ?? '')?.idKind);
    case 'integer':
    case 'real':
    case 'bool':
      return 'number';
    case 'text':
    case 'date':
      return 'text';
    case 'uuid':
      return 'uuid';
    case 'any':
      return 'any';
    case 'bytes':
      return 'stored';
    default:
      return 'opaque';
  }
}

/** Ids of an unknown collection can be compared with nothing. */
function idType(kind: 'text' | 'integer' | 'uuid' | undefined): ValueType {
  if (kind === 'text') return 'textId';
  if (kind === 'integer') return 'integerId';
  return kind === 'uuid' ? 'uuid' : 'opaque';
}

function callValue(scope: RuleScope, call: SqlCall): RuleValue {
  const [arg] = call.args;
  if (call.name === 'lower' && arg !== undefined && call.args.length === 1) return lowered(scope, call, arg);
  if (call.name === 'unixepoch' && call.args.length === 0) {
    const now: Operand = {
      kind: 'call',
      name: 'strftime',
      args: [
        { kind: 'text', value: '%s' },
        { kind: 'path', path: '@now' },
      ],
    };
    return {
      ...literal(call.at, () => undefined),
      type: 'now',
      as: (type) => (type === 'now' ? now : undefined),
    };
  }
  if (call.name === 'uuid_parse' && arg?.kind === 'text' && call.args.length === 1) {
    const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(arg.value)
      ? arg.value.toLowerCase()
      : undefined;
    if (uuid === undefined) throw new SqlProblem(arg.at, `${shown(arg.value)} is no UUID.`);
    return literal(call.at, (type) => (type === 'uuid' ? { kind: 'text', value: uuid } : undefined));
  }
  throw new SqlProblem(call.at, `the function ${shown(call.name)} is not supported in a rule.`);
}

function lowered(scope: RuleScope, call: SqlCall, arg: Sql): RuleValue {
  if (arg.kind === 'text') {
    return readValue(scope, { ...arg, value: lowerAscii(arg.value) });
  }
  const value = readValue(scope, arg);
  const operand = value.as('text');
  // What is sent is made lower by other means, which know more letters than SQLite's do.
  if (value.type !== 'text' || operand?.kind !== 'path' || value.origin === 'request' || value.blankIsNull)
    throw new SqlProblem(call.at, 'lower is supported for text columns of records only.');
  return folded(value, operand);
}

/** The value in lower case. */
export function folded(value: RuleValue, operand: Extract<Operand, { kind: 'path' }>): RuleValue {
  const lower: Operand = { ...operand, modifier: 'lower' };
  return { ...value, noCase: false, as: (type) => (type === 'text' ? lower : undefined) };
}

/** As SQLite's `lower` has it. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function literal(at: Place, as: RuleValue['as']): RuleValue {
  return { at, type: 'literal', origin: 'literal', source: undefined, as, blankIsNull: false, isList: false };
}
