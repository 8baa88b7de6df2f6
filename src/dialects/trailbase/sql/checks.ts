import type { Sql, SqlCall, SqlOp } from './ast.ts';
import { numberValue, plainNumber } from './literals.ts';
import { type Place, SqlProblem, shown } from './problem.ts';
import { readRustPattern } from './rust-pattern.ts';

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a CHECK makes of a column beyond its type. */
export type CheckedKind = 'uuid' | 'email' | 'json' | 'file' | 'files' | 'geometry';

/** What the CHECKs of a column say. Bounds are inclusive. */
export interface ColumnChecks {
  kind?: CheckedKind;
  schema?: JsonSchema;
  mimeTypes?: readonly string[];
  values?: readonly (string | number)[];
  min?: number;
  max?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  notNull?: boolean;
}

/** The column that CHECKs are about, and the schemas that the configuration names. */
export interface CheckedColumn {
  readonly name: string;
  readonly type: string;
  readonly schemas: ReadonlyMap<string, JsonSchema>;
}

const KIND_CALLS: ReadonlyMap<string, CheckedKind> = new Map([
  ['is_uuid', 'uuid'],
  ['is_uuid_v4', 'uuid'],
  ['is_uuid_v7', 'uuid'],
  ['is_email', 'email'],
  ['is_json', 'json'],
  ['json_valid', 'json'],
  ['is_file_upload', 'file'],
  ['is_file_uploads', 'files'],
  ['st_isvalid', 'geometry'],
]);
const TYPE_PATHS = new Set(['$.content_type', '$.mime_type']);
const FLIPPED: Readonly<Record<SqlOp, SqlOp>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/**
 * Reads the CHECKs of one column (specs/trailbase.md 3 and 10).
 *
 * @throws SqlProblem for what the core cannot check in the same way
 */
export function readChecks(tests: readonly Sql[], column: CheckedColumn): ColumnChecks {
  const checks: ColumnChecks = {};
  for (const test of tests) readCheck(test, column, checks);
  return checks;
}

function readCheck(test: Sql, column: CheckedColumn, checks: ColumnChecks): void {
  switch (test.kind) {
    case 'and':
      for (const term of test.terms) readCheck(term, column, checks);
      return;
    case 'or':
      readCheck(withoutNullTest(test, column), column, checks);
      return;
    case 'is':
      if (test.negated && test.right.kind === 'null' && isColumn(test.left, column)) checks.notNull = true;
      else throw strange(test.at);
      return;
    case 'call':
      readCall(test, column, checks);
      return;
    case 'in':
      if (test.negated) throw strange(test.at);
      readList(test.left, test.items, test.at, column, checks);
      return;
    case 'between':
      if (test.negated) throw strange(test.at);
      bound(test.left, '>=', test.low, test.at, column, checks);
      bound(test.left, '<=', test.high, test.at, column, checks);
      return;
    case 'regexp':
      if (test.negated) throw strange(test.at);
      readPattern(test, column, checks);
      return;
    case 'compare': {
      const isFlipped = isLiteral(test.left);
      const [left, right] = isFlipped ? [test.right, test.left] : [test.left, test.right];
      const op = isFlipped ? FLIPPED[test.op] : test.op;
      if (op === '=' && left.kind !== 'call') {
        readList(left, [right], test.at, column, checks);
        return;
      }
      if (op === '=' && left.kind === 'call' && left.name === 'json_extract') {
        readList(left, [right], test.at, column, checks);
        return;
      }
      bound(left, op, right, test.at, column, checks);
      return;
    }
    default:
      throw strange(test.at);
  }
}

/** `col IS NULL OR …`: a CHECK lets NULL through anyway. */
function withoutNullTest(test: Extract<Sql, { kind: 'and' | 'or' }>, column: CheckedColumn): Sql {
  const rest = test.terms.filter(
    (term) =>
      !(term.kind === 'is' && !term.negated && term.right.kind === 'null' && isColumn(term.left, column)),
  );
  const [only] = rest;
  if (only === undefined || rest.length > 1)
    throw new SqlProblem(
      test.at,
      `a CHECK with OR is not supported, except ${shown(`${column.name} IS NULL OR …`)}.`,
    );
  return only;
}

function readCall(call: SqlCall, column: CheckedColumn, checks: ColumnChecks): void {
  const kind = KIND_CALLS.get(call.name);
  if (kind !== undefined) {
    const [arg] = call.args;
    if (call.args.length !== 1 || arg === undefined)
      throw new SqlProblem(call.at, `${call.name} takes one column.`);
    ownColumn(arg, column);
    setKind(checks, kind, call.at);
    return;
  }
  if (call.name === 'jsonschema') {
    readNamedSchema(call, column, checks);
    return;
  }
  if (call.name === 'jsonschema_matches') {
    readOwnSchema(call, column, checks);
    return;
  }
  throw new SqlProblem(call.at, `the function ${shown(call.name)} is not supported in a CHECK.`);
}

/** `jsonschema('name', col [, 'type, type'])`. */
function readNamedSchema(call: SqlCall, column: CheckedColumn, checks: ColumnChecks): void {
  const [name, arg, types] = call.args;
  if (name?.kind !== 'text' || arg === undefined || call.args.length > 3)
    throw new SqlProblem(call.at, 'jsonschema takes the name of a schema and a column.');
  ownColumn(arg, column);
  const isFile = name.value === 'std.FileUpload';
  if (types !== undefined) {
    if (types.kind !== 'text' || !isFile)
      throw new SqlProblem(call.at, 'a third argument of jsonschema is a text of types for std.FileUpload.');
    setTypes(checks, types.value.split(','), call.at);
  }
  if (isFile || name.value === 'std.FileUploads') {
    setKind(checks, isFile ? 'file' : 'files', call.at);
    return;
  }
  const schema = column.schemas.get(name.value);
  if (schema === undefined)
    throw new SqlProblem(
      call.at,
      `there is no JSON schema ${shown(name.value)}; name it in the configuration.`,
    );
  setKind(checks, 'json', call.at);
  checks.schema = schema;
}

/** `jsonschema_matches('{…}', col)`. */
function readOwnSchema(call: SqlCall, column: CheckedColumn, checks: ColumnChecks): void {
  const [text, arg] = call.args;
  if (text?.kind !== 'text' || arg === undefined || call.args.length > 2)
    throw new SqlProblem(call.at, 'jsonschema_matches takes the text of a schema and a column.');
  ownColumn(arg, column);
  const schema = readJsonSchema(text.value);
  if (schema === undefined) throw new SqlProblem(call.at, 'the JSON schema is no JSON object.');
  setKind(checks, 'json', call.at);
  checks.schema = schema;
}

/** The JSON Schema in a text; undefined when there is none. */
export function readJsonSchema(text: string): JsonSchema | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** `col IN (…)`, and the types of files. */
function readList(
  left: Sql,
  items: readonly Sql[],
  at: Place,
  column: CheckedColumn,
  checks: ColumnChecks,
): void {
  if (left.kind === 'call' && left.name === 'json_extract') {
    const [arg, path] = left.args;
    if (arg === undefined || path?.kind !== 'text' || left.args.length !== 2 || !TYPE_PATHS.has(path.value))
      throw new SqlProblem(
        left.at,
        "json_extract is supported for '$.content_type' and '$.mime_type' of a file only.",
      );
    ownColumn(arg, column);
    setTypes(
      checks,
      items.map((item) => (item.kind === 'text' ? item.value : '')),
      at,
    );
    return;
  }
  ownColumn(left, column);
  if (checks.values !== undefined) throw new SqlProblem(at, 'one list of values is enough for a column.');
  checks.values = items.map((item) => {
    if (item.kind === 'text' && column.type === 'TEXT') return item.value;
    if (item.kind === 'bool' && column.type === 'INTEGER') return item.value ? 1 : 0;
    if (item.kind === 'number' && column.type !== 'TEXT') return numberValue(plainNumber(item));
    throw new SqlProblem(
      item.at,
      `the values of the column ${shown(column.name)} must be literals of its type.`,
    );
  });
}

function setTypes(checks: ColumnChecks, types: readonly string[], at: Place): void {
  const trimmed = types.map((type) => type.trim().toLowerCase());
  if (checks.mimeTypes !== undefined)
    throw new SqlProblem(at, 'one list of content types is enough for a column.');
  if (trimmed.length === 0 || !trimmed.every((type) => /^[\w.+-]+\/[\w.+-]+$/.test(type)))
    throw new SqlProblem(at, 'content types look like image/png.');
  checks.mimeTypes = trimmed;
}

function readPattern(
  { at, left, right }: Extract<Sql, { kind: 'like' | 'regexp' }>,
  column: CheckedColumn,
  checks: ColumnChecks,
): void {
  ownColumn(left, column);
  if (column.type !== 'TEXT') throw new SqlProblem(at, 'REGEXP is supported for TEXT columns only.');
  if (right.kind !== 'text') throw new SqlProblem(right.at, 'a REGEXP is a literal text.');
  if (checks.pattern !== undefined) throw new SqlProblem(at, 'one REGEXP is enough for a column.');
  checks.pattern = readRustPattern(right.value, right.at);
}

/** A bound of the column, or of its length. */
function bound(
  left: Sql,
  op: SqlOp,
  right: Sql,
  at: Place,
  column: CheckedColumn,
  checks: ColumnChecks,
): void {
  if (op === '<>') throw strange(at);
  const isLength = left.kind === 'call' && left.name === 'length';
  const [arg] = left.kind === 'call' ? left.args : [];
  if (isLength && arg !== undefined && left.args.length === 1) ownColumn(arg, column);
  else ownColumn(left, column);
  if (right.kind !== 'number') throw new SqlProblem(right.at, 'a CHECK compares with a number here.');
  const plain = plainNumber(right);
  const value = numberValue(plain);
  if (typeof value !== 'number') throw new SqlProblem(right.at, 'the bound is beyond 2^53.');
  if (isLength ? column.type !== 'TEXT' : column.type !== 'INTEGER' && column.type !== 'REAL')
    throw new SqlProblem(
      at,
      isLength
        ? 'length is supported for TEXT columns only.'
        : 'bounds are supported for INTEGER and REAL columns only.',
    );
  const whole = isLength || column.type === 'INTEGER';
  if (!whole && (op === '<' || op === '>'))
    throw new SqlProblem(at, 'a REAL column can be bounded by <= and >= only.');
  if (op === '=' || op === '>=' || op === '>') {
    const least = whole ? (op === '>' ? Math.floor(value) + 1 : Math.ceil(value)) : value;
    if (isLength) checks.minLength = Math.max(checks.minLength ?? 0, least);
    else checks.min = Math.max(checks.min ?? least, least);
  }
  if (op === '=' || op === '<=' || op === '<') {
    const most = whole ? (op === '<' ? Math.ceil(value) - 1 : Math.floor(value)) : value;
    if (most < 0 && isLength) throw new SqlProblem(at, 'no text has such a length.');
    if (isLength) checks.maxLength = Math.min(checks.maxLength ?? most, most);
    else checks.max = Math.min(checks.max ?? most, most);
  }
}

function setKind(checks: ColumnChecks, kind: CheckedKind, at: Place): void {
  if (checks.kind !== undefined && checks.kind !== kind)
    throw new SqlProblem(at, 'the CHECKs of a column make two different things of it.');
  checks.kind = kind;
}

function isColumn(value: Sql, column: CheckedColumn): boolean {
  return value.kind === 'column' && value.name.toLowerCase() === column.name.toLowerCase();
}

function ownColumn(value: Sql, column: CheckedColumn): void {
  if (isColumn(value, column)) return;
  if (value.kind === 'column')
    throw new SqlProblem(
      value.at,
      `a CHECK over the column ${shown(value.name)} cannot stand at the column ${shown(column.name)}; keep one column per CHECK.`,
    );
  throw new SqlProblem(value.at, 'a CHECK of this form is not supported.');
}

function isLiteral({ kind }: Sql): boolean {
  return kind === 'number' || kind === 'text' || kind === 'bool' || kind === 'null' || kind === 'blob';
}

function strange(at: Place): SqlProblem {
  return new SqlProblem(at, 'a CHECK of this form is not supported.');
}
