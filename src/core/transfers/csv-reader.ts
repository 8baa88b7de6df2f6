import { MAX_COLUMNS, MAX_ROW, unreadableFile } from './bounds.ts';
import type { CsvCell } from './csv-text.ts';

/** Reads CSV piece by piece. */
export interface CsvReader {
  /** The rows that a piece of text completes. */
  push(text: string): readonly (readonly CsvCell[])[];
  /** The last row, where no line end came after it. */
  end(): readonly (readonly CsvCell[])[];
}

/**
 * Makes a {@link CsvReader}. Lines end with LF, CR LF or CR. A quote opens a cell only at its beginning; what follows the
 * closing quote is taken as it is. Throws `row_too_long` and `too_many_columns`.
 */
export function createCsvReader(delimiter: string): CsvReader {
  let cells: CsvCell[] = [];
  let parts = '';
  let size = 0;
  let rows = 0;
  let state: 'start' | 'plain' | 'quoted' | 'closing' = 'start';
  let quoted = false;
  let swallowsLf = false;

  function take(text: string): void {
    size += text.length;
    if (size > MAX_ROW) throw unreadableFile('row_too_long', { row: rows + 1 });
    parts += text;
  }

  function endCell(): void {
    if (cells.length >= MAX_COLUMNS) throw unreadableFile('too_many_columns', { row: rows + 1 });
    cells.push({ text: parts, quoted });
    [parts, quoted, state] = ['', false, 'start'];
  }

  function endRow(): readonly CsvCell[] {
    endCell();
    const row = cells;
    [cells, size] = [[], 0];
    rows++;
    return row;
  }

  /** Where the cell, or its quoted part, ends at the earliest. */
  function stopOf(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      const char = text[at];
      if (char === delimiter || char === '\n' || char === '\r') return at;
    }
    return text.length;
  }

  return {
    push(text) {
      const done: (readonly CsvCell[])[] = [];
      let at = 0;
      while (at < text.length) {
        if (state === 'quoted') {
          const quote = text.indexOf('"', at);
          take(text.slice(at, quote < 0 ? text.length : quote));
          at = quote < 0 ? text.length : quote + 1;
          if (quote >= 0) state = 'closing';
          continue;
        }
        const char = text[at];
        if (swallowsLf) {
          swallowsLf = false;
          if (char === '\n') {
            at++;
            continue;
          }
        }
        if (char === '"' && (state === 'start' || state === 'closing')) {
          if (state === 'closing') take('"');
          [state, quoted] = ['quoted', true];
          at++;
        } else if (char === delimiter) {
          endCell();
          at++;
        } else if (char === '\n' || char === '\r') {
          done.push(endRow());
          swallowsLf = char === '\r';
          at++;
        } else {
          const stop = stopOf(text, at);
          take(text.slice(at, stop));
          state = 'plain';
          at = stop;
        }
      }
      return done;
    },
    end: () => (cells.length > 0 || parts !== '' || quoted ? [endRow()] : []),
  };
}
