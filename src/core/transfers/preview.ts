import type { Collection } from '../collections/collection.ts';
import { showCell } from './cells.ts';
import { guessColumn } from './guess.ts';
import { suggestField } from './mapping.ts';
import { readTable, type SourceRow } from './read-rows.ts';
import type { ImportPreview, ReadOptions, TransferSource } from './transfers.ts';

const PREVIEW_ROWS = 20;

/** The beginning of a file; the rest is not read. */
export async function previewTable(
  collection: Collection,
  source: TransferSource,
  options: ReadOptions,
): Promise<ImportPreview> {
  const table = await readTable(source, options);
  const rows: SourceRow[] = [];
  for await (const row of table.rows) {
    rows.push(row);
    if (rows.length === PREVIEW_ROWS) break;
  }
  const { format, layout } = table;
  const columns = layout ? table.columns : [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))];
  return {
    ...{ format, delimiter: layout?.delimiter, header: layout?.header ?? true },
    columns: columns.map((name) => ({
      name,
      guess: guessColumn(rows.map(({ cells }) => cells.get(name))),
      field: suggestField(collection, name)?.name,
    })),
    rows: rows.map(({ cells }) => columns.map((name) => showCell(cells.get(name)))),
  };
}
