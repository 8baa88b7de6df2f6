import { printFilter } from '../../../core/index.ts';
import type { ApiAlias } from '../api-options.ts';
import type { SqlResult } from './ast.ts';
import { columnOf, type TableDraft } from './draft.ts';
import { SqlProblem, shown } from './problem.ts';
import { readViewCondition } from './rule.ts';
import type { RuleSchema, RuleTable } from './rule-table.ts';
import type { ViewStatement } from './statements.ts';

/** What a view is made from. */
export interface ViewContext {
  readonly draft: TableDraft;
  readonly table: RuleTable;
  readonly schema: RuleSchema;
}

/**
 * A view over one table as one more name of its collection, read-only (specs/trailbase.md 3).
 *
 * @throws SqlProblem
 */
export function draftView(
  { name, at, select }: ViewStatement,
  { draft, table, schema }: ViewContext,
): ApiAlias {
  if (!/^[A-Za-z0-9_]+$/.test(name) || name.startsWith('_'))
    throw new SqlProblem(
      at,
      `the view ${shown(name)} cannot be made: its name may have letters, digits and "_", which is not the first.`,
    );
  const alias = select.from[0]?.alias ?? draft.name;
  const columns = new Map<string, string>();
  const results =
    select.columns?.map((result) => named(result, draft, alias)) ??
    draft.columns
      .filter((column) => !column.name.startsWith('_'))
      .map((column) => [column.name, idOf(column.field)] as const);
  for (const [wire, id] of results) {
    if (columns.has(wire))
      throw new SqlProblem(at, `the view ${shown(name)} has two columns ${shown(wire)}.`);
    columns.set(wire, id);
  }
  if (![...columns.values()].includes('id'))
    throw new SqlProblem(
      at,
      `the view ${shown(name)} has to have the key of its table, ${shown(draft.key)}.`,
    );
  const where =
    select.where === undefined
      ? undefined
      : printFilter(readViewCondition(select.where, schema, table, alias));
  return {
    name,
    readOnly: true,
    columns: Object.fromEntries(columns),
    ...(where === undefined ? {} : { where }),
  };
}

function named(
  { value, alias }: SqlResult,
  draft: TableDraft,
  tableAlias: string,
): readonly [wire: string, fieldId: string] {
  if (value.kind !== 'column') throw new SqlProblem(value.at, 'a view has columns of its table only.');
  if (value.table !== undefined && value.table.toLowerCase() !== tableAlias.toLowerCase())
    throw new SqlProblem(value.at, `there is no table ${shown(value.table)} here.`);
  const column = columnOf(draft, value.name);
  if (column === undefined)
    throw new SqlProblem(value.at, `the table ${shown(draft.name)} has no column ${shown(value.name)}.`);
  const wire = alias ?? column.name;
  if (!/^\w+$/.test(wire))
    throw new SqlProblem(value.at, `the column ${shown(wire)} may have letters, digits and "_" only.`);
  if (column.name.startsWith('_'))
    throw new SqlProblem(value.at, `the column ${shown(column.name)} is write-only and cannot be in a view.`);
  return [wire, idOf(column.field)];
}

function idOf(field: { readonly id: string } | undefined): string {
  return field?.id ?? 'id';
}
