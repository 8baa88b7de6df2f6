import type { FilterField } from './filter-fields.ts';
import { type FilterRow, type FindField, opsOf, type RowOp } from './filter-rows.ts';
import { readTree } from './filter-tree.ts';

/** What is wrong with what a row holds. */
export type RowProblem = 'required' | 'number' | 'date' | 'backslash';

/** A row as it stands in the form. */
export interface TypedRow {
  readonly path: string;
  readonly op: string;
  readonly values: readonly string[];
  readonly problem?: RowProblem;
}

/** The rows of a filter, or of a group in it, as they stand in the form. */
export interface TypedGroup {
  readonly mode: 'all' | 'any';
  readonly rows: readonly TypedRow[];
}

/** Most rows of a group, and groups. */
const MOST = 30;
/** Characters of a moment in any spelling. */
const LONGEST_MOMENT = 100;

/** The groups of a form that was sent, the filter's own rows first; undefined where none was. */
export function readForm(query: URLSearchParams): readonly TypedGroup[] | undefined {
  const groups: TypedGroup[] = [];
  for (let group = 0; group < MOST && query.has(`mode.${group}`); group++) {
    const rows: TypedRow[] = [];
    for (let row = 0; row < MOST && query.has(`path.${group}.${row}`); row++) {
      const at = `${group}.${row}`;
      // Forms send line ends in two characters.
      const sent = query.getAll(`value.${at}`).map((value) => value.replaceAll('\r\n', '\n'));
      const path = query.get(`path.${at}`) ?? '';
      // What was typed for another field says nothing of this one.
      const values = path === (query.get(`was.${at}`) ?? path) ? sent : [];
      rows.push({ path, op: query.get(`op.${at}`) ?? '', values });
    }
    groups.push({ mode: query.get(`mode.${group}`) === 'any' ? 'any' : 'all', rows });
  }
  return groups.length > 0 ? groups : undefined;
}

/** The form for a filter; undefined where rows cannot show it, or a form would change it. Throws FilterError for what is none. */
export function formOf(filter: string, find: FindField): readonly TypedGroup[] | undefined {
  const tree = readTree(filter, find);
  if (tree === undefined) return undefined;
  const groups = [{ mode: tree.mode, rows: tree.rows }, ...tree.groups];
  const isCarried = groups.every(({ rows }) =>
    rows.every(({ op, values }) => values.every((one) => fits(op, one))),
  );
  return isCarried ? groups : undefined;
}

function fits(op: RowOp, value: string): boolean {
  const isList = op === 'oneOf' || op === 'noneOf';
  return value.isWellFormed() && !/[\0\r]/.test(value) && !(isList && value.includes('\n'));
}

/** The form after a button: `add.G`, `group` and `remove.G.R` change it, others do not. */
export function afterStep(
  groups: readonly TypedGroup[],
  step: string,
  fresh: TypedRow,
): readonly TypedGroup[] {
  const [verb = '', group = '', row = ''] = step.split('.');
  if (verb === 'group')
    return groups.length < MOST ? [...groups, { mode: 'any', rows: [fresh, fresh] }] : groups;
  return groups
    .map((one, index) => {
      if (String(index) !== group) return one;
      if (verb === 'add' && one.rows.length < MOST) return { ...one, rows: [...one.rows, fresh] };
      if (verb !== 'remove') return one;
      return { ...one, rows: one.rows.filter((_, at) => String(at) !== row) };
    })
    .filter(({ rows }, index) => index === 0 || rows.length > 0);
}

/** What a row asks, or the row with what is wrong with it. */
export function takeRow(typed: TypedRow, find: FindField): FilterRow | TypedRow {
  const field = find(typed.path);
  if (field === undefined) return { ...typed, problem: 'required' };
  const op = opOf(field, typed.op);
  const values = valuesOf(field, op, typed);
  const problem = problemOf(field, op, values);
  if (problem !== undefined) return { ...typed, problem };
  const single = op === 'oneOf' ? 'is' : op === 'noneOf' ? 'isnt' : op;
  return { path: field.path, op: values.length === 1 ? single : op, values: values.map((one) => one ?? '') };
}

/** Whether a row was taken. */
export function isTaken(row: FilterRow | TypedRow): row is FilterRow {
  return !('problem' in row);
}

/** The comparison of a row: its field's first where the field has another kind. */
export function opOf(field: FilterField, op: string): RowOp {
  const ops = opsOf(field);
  return ops.find((one) => one === op) ?? ops[0] ?? 'is';
}

/** Undefined for each value that is none of the field's kind. */
function valuesOf(field: FilterField, op: RowOp, { values }: TypedRow): readonly (string | undefined)[] {
  if (op === 'empty' || op === 'filled') return [];
  const isList = op === 'oneOf' || op === 'noneOf';
  const texts = isList
    ? values.flatMap((value) => value.split('\n')).filter((one) => one !== '')
    : values.slice(0, 1);
  return [...new Set(texts.map((text) => readValue(field, text)))];
}

function readValue({ kind }: FilterField, text: string): string | undefined {
  if (text === '') return '';
  if (kind === 'number') return numberOf(text.trim());
  if (kind !== 'date') return text;
  const local = localForm(text);
  return local === '' ? undefined : `${local.replace('T', ' ')}Z`;
}

/** As the language spells numbers: without exponents, and with a digit before the point. */
function numberOf(text: string): string | undefined {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return text;
  const value = text === '' ? Number.NaN : Number(text);
  return /^-?\d+(?:\.\d+)?$/.test(String(value)) ? String(value) : undefined;
}

/** A moment as the browser's own control has it; '' for what is none. */
export function localForm(text: string): string {
  const iso = text.replace(' ', 'T');
  // The pattern below takes time by the square of the length.
  if (iso.length > LONGEST_MOMENT) return '';
  const ms = Date.parse(/[zZ]$|T.*[+-]\d\d:?\d\d$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, -1);
}

function problemOf(
  field: FilterField,
  op: RowOp,
  values: readonly (string | undefined)[],
): RowProblem | undefined {
  if (op === 'empty' || op === 'filled') return undefined;
  if (values.length === 0 || values.includes('')) return 'required';
  if (values.includes(undefined)) return field.kind === 'date' ? 'date' : 'number';
  const isPattern = op === 'contains' || op === 'lacks' || op === 'starts';
  return !isPattern && values.some((value) => value?.endsWith('\\')) ? 'backslash' : undefined;
}
