import type { TableDraft } from './draft.ts';
import { SqlProblem, shown } from './problem.ts';

/**
 * The tables in an order in which each refers to earlier ones, or to itself.
 *
 * @throws SqlProblem when tables refer to each other in a circle
 */
export function orderTables(tables: readonly TableDraft[]): readonly TableDraft[] {
  const byName = new Map(tables.map((table) => [table.name.toLowerCase(), table]));
  const waitsFor = new Map(
    tables.map((table) => {
      const names = table.columns.flatMap(({ refersTo }) => refersTo?.table.toLowerCase() ?? []);
      return [
        table,
        names.flatMap((name) => byName.get(name) ?? []).filter((other) => other !== table),
      ] as const;
    }),
  );
  const ordered: TableDraft[] = [];
  const left = new Set(tables);
  while (left.size > 0) {
    const ready = [...left].filter((table) => !waitsFor.get(table)?.some((other) => left.has(other)));
    const [stuck] = left;
    if (ready.length === 0 && stuck !== undefined) {
      const names = [...left].map(({ name }) => shown(name)).join(', ');
      throw new SqlProblem(
        stuck.at,
        `the tables ${names} refer to each other in a circle; leave one reference out.`,
      );
    }
    for (const table of ready) {
      ordered.push(table);
      left.delete(table);
    }
  }
  return ordered;
}
