import { MAX_COLUMNS } from './bounds.ts';
import { createCsvReader } from './csv-reader.ts';
import { type CsvCell, restore } from './csv-text.ts';
import { guessText } from './guess.ts';
import type { ReadOptions, TransferFormat } from './transfers.ts';

/** How CSV is laid out. */
export interface CsvLayout {
  readonly delimiter: string;
  readonly header: boolean;
  readonly columns: readonly string[];
}

const DELIMITERS = [',', ';', '\t', '|'];
const SAMPLE_ROWS = 20;

/** What begins like JSON is JSON. */
export function detectFormat(beginning: string): TransferFormat {
  const [first = ''] = beginning.trimStart();
  if (first === '[') return 'json';
  return first === '{' ? 'jsonl' : 'csv';
}

/** The layout of CSV by its first rows; what the options say is taken as it is. `isWhole`: nothing comes after the text. */
export function detectLayout(beginning: string, isWhole: boolean, options: ReadOptions): CsvLayout {
  const wanted = options.delimiter;
  const delimiter =
    wanted?.length === 1 && !/["\r\n]/.test(wanted) ? wanted : detectDelimiter(beginning, isWhole);
  const rows = sampleOf(beginning, isWhole, delimiter);
  const [first = []] = rows;
  const header = options.header ?? looksLikeHeader(first);
  const width = Math.min(MAX_COLUMNS, Math.max(0, ...rows.map((row) => row.length)));
  const columns = header ? namesOf(first) : Array.from({ length: width }, (_, at) => String(at + 1));
  return { delimiter, header, columns };
}

/** The delimiter that cuts the most rows into as many cells as the first, and into the most. */
function detectDelimiter(beginning: string, isWhole: boolean): string {
  let best = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const rows = sampleOf(beginning, isWhole, delimiter);
    const width = rows[0]?.length ?? 0;
    if (width < 2) continue;
    const alike = rows.filter((row) => row.length === width).length / rows.length;
    const score = alike * 1000 + Math.min(width, 100);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

/** Text that is cut off may end within a row, which is left out. */
function sampleOf(beginning: string, isWhole: boolean, delimiter: string): readonly (readonly CsvCell[])[] {
  const reader = createCsvReader(delimiter);
  const rows = [...reader.push(beginning)];
  if (isWhole || rows.length === 0) rows.push(...reader.end());
  return rows.slice(0, SAMPLE_ROWS);
}

/** Names are there, differ, and are nothing but text. */
function looksLikeHeader(cells: readonly CsvCell[]): boolean {
  const names = cells.map(({ text }) => text.trim().toLowerCase());
  return new Set(names).size === names.length && names.every((name) => guessText(name) === 'text');
}

/** Names that are missing or there already are told apart by their numbers. */
function namesOf(cells: readonly CsvCell[]): readonly string[] {
  const names: string[] = [];
  for (const [at, { text }] of cells.entries()) {
    const name = restore(text).trim();
    names.push(name === '' || names.includes(name) ? `${name}${name === '' ? '' : ' '}${at + 1}` : name);
  }
  return names;
}
