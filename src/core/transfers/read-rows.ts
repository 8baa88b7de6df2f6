import { MAX_COLUMNS, unreadableFile } from './bounds.ts';
import type { Cell } from './cells.ts';
import { createCsvReader } from './csv-reader.ts';
import { type CsvLayout, detectFormat, detectLayout } from './detect.ts';
import { createJsonReader } from './json-reader.ts';
import type { ReadOptions, TransferFormat, TransferSource } from './transfers.ts';

/** One row of a file. */
export interface SourceRow {
  /** From 1, without the header. */
  readonly row: number;
  readonly cells: ReadonlyMap<string, Cell>;
  /** There are more cells than columns. */
  readonly problem?: 'too_many_cells';
}

/** A file whose beginning was looked at. */
export interface SourceTable {
  readonly format: TransferFormat;
  readonly layout: CsvLayout | undefined;
  /** Of CSV; JSON tells its own with every row. */
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<SourceRow>;
}

/** Characters that formats, delimiters and headers are found out from. */
const BEGINNING = 64 * 1024;

/** Reads a file of any format; bad bytes and bad text throw as they are reached. */
export async function readTable(source: TransferSource, options: ReadOptions): Promise<SourceTable> {
  const texts = decoded(source);
  let beginning = '';
  let isWhole = false;
  while (beginning.length < BEGINNING && !isWhole) {
    const step = await texts.next();
    if (step.done === true) isWhole = true;
    else beginning += step.value;
  }
  const format = options.format ?? detectFormat(beginning);
  const all = join(beginning, texts);
  if (format !== 'csv') return { format, layout: undefined, columns: [], rows: jsonRows(all) };
  const layout = detectLayout(beginning, isWhole, options);
  if (layout.columns.length === 0) throw unreadableFile('no_columns', { row: 1 });
  return { format, layout, columns: layout.columns, rows: csvRows(all, layout) };
}

async function* decoded(source: TransferSource): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw unreadableFile('not_utf8');
    }
  };
  for await (const bytes of source) yield decode(bytes);
  yield decode();
  return undefined;
}

async function* join(beginning: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield beginning;
  yield* rest;
}

async function* csvRows(texts: AsyncIterable<string>, layout: CsvLayout): AsyncGenerator<SourceRow> {
  const { columns, delimiter, header } = layout;
  const reader = createCsvReader(delimiter);
  let skips = header ? 1 : 0;
  let row = 0;
  function* rowsOf(found: ReturnType<typeof reader.push>): Generator<SourceRow> {
    for (const cells of found) {
      if (skips > 0) {
        skips--;
        continue;
      }
      const [first] = cells;
      // An empty line; where there is one column, it may be a row.
      if (cells.length === 1 && columns.length > 1 && first?.text === '' && !first.quoted) continue;
      const values = new Map(
        columns.flatMap((name, at) => {
          const cell = cells[at];
          return cell === undefined ? [] : [[name, { kind: 'text', ...cell } as const] as const];
        }),
      );
      const problem = cells.length > columns.length ? ({ problem: 'too_many_cells' } as const) : {};
      yield { row: ++row, cells: values, ...problem };
    }
  }
  for await (const text of texts) yield* rowsOf(reader.push(text));
  yield* rowsOf(reader.end());
}

async function* jsonRows(texts: AsyncIterable<string>): AsyncGenerator<SourceRow> {
  const reader = createJsonReader();
  let row = 0;
  for await (const text of texts) {
    for (const value of reader.push(text)) {
      const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
      if (entries.length > MAX_COLUMNS) throw unreadableFile('too_many_columns', { row: row + 1 });
      const cells = new Map(entries.map(([name, each]) => [name, { kind: 'json', value: each } as const]));
      yield { row: ++row, cells };
    }
  }
  reader.end();
}
