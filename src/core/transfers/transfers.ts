import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { IssueParam } from '../errors.ts';
import type { Expr } from '../filter/ast.ts';

/** CSV (RFC 4180), one JSON object a line, or one JSON array of objects. */
export type TransferFormat = 'csv' | 'jsonl' | 'json';

/** Which records leave, and how. */
export interface ExportQuery {
  readonly format: TransferFormat;
  /** As for a list; default: all that the actor may list, in the order of their ids. */
  readonly filter?: string | Expr;
  readonly sort?: string;
  /** Names of fields in the order wanted; default: all that the actor sees. Unknown ones are left out. */
  readonly fields?: readonly string[];
}

/** Bytes of a file with records. */
export type TransferSource = AsyncIterable<Uint8Array>;

/** How a file is read. What is left out is found out from its beginning. */
export interface ReadOptions {
  readonly format?: TransferFormat;
  /** One character between the cells of CSV. */
  readonly delimiter?: string;
  /** Whether the first row of CSV has the names of the columns; without one they are called `1`, `2` and so on. */
  readonly header?: boolean;
}

/** What the values of a column look like. */
export type ColumnGuess = 'empty' | 'number' | 'bool' | 'date' | 'email' | 'url' | 'json' | 'text';

/** The beginning of a file. */
export interface ImportPreview {
  readonly format: TransferFormat;
  readonly delimiter: string | undefined;
  readonly header: boolean;
  readonly columns: readonly {
    readonly name: string;
    readonly guess: ColumnGuess;
    /** The field of that name, without regard to case, where one can be imported. */
    readonly field: string | undefined;
  }[];
  /** At most 20, as the beginnings of texts in the order of the columns; undefined where a row has nothing in a column. */
  readonly rows: readonly (readonly (string | undefined)[])[];
}

/** How a file becomes records. */
export interface ImportOptions extends ReadOptions {
  /** Names of fields by those of columns; others are not looked at. */
  readonly mapping: Readonly<Record<string, string>>;
  /** What happens to a row whose id is taken; see `CreateOptions.onConflict`. Default `abort`. */
  readonly onConflict?: 'abort' | 'ignore' | 'replace';
  /** After a row that cannot be taken: `stop` (default; what was written before it stays), or go on without it. */
  readonly onError?: 'stop' | 'skip';
  /**
   * Everything is tried and nothing kept, and all errors are told whatever `onError` says. Rows are tried together with some hundred others: one that needs, or clashes with, a
   * row further away is found out only in earnest.
   */
  readonly dryRun?: boolean;
  /** Told now and then how many rows were read. */
  readonly progress?: (read: number) => void;
}

/** Why a row was not taken. */
export interface RowError {
  /** From 1, without the header. */
  readonly row: number;
  /** The column that the value came from, else the field; '' where the row as a whole is refused. */
  readonly column: string;
  /** Of an `Issue`, or the reason or code of an `AppError`. */
  readonly code: string;
  readonly params: Readonly<Record<string, IssueParam>>;
}

/** What an import came to. */
export interface ImportResult {
  readonly read: number;
  /** Created or replaced; in a dry run: would have been. */
  readonly written: number;
  /** Their ids were taken, and nothing happened. */
  readonly ignored: number;
  readonly failed: number;
  /** Those of the first 1,000 rows that failed. */
  readonly errors: readonly RowError[];
  /** It ended at an error, and rows may be left. */
  readonly stopped: boolean;
}

/**
 * Records as files, and back. Rules and validations hold as for lists and creates of the actor; memory does not grow with
 * the number of records.
 *
 * - A cell of CSV that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a line end; numbers
 *   of number fields aside) gets an apostrophe before it, and so does one that has apostrophes before such a character; an
 *   import takes one away again. Nothing between two delimiters is null; `""` is an empty text.
 * - Values of several choices, JSON, points and geometries are JSON in a cell.
 * - Passwords, and what the server keeps of accounts for itself, do not leave. Files leave as their names and are not imported,
 *   nor are dates that the server sets.
 *
 * What cannot be read at all is `invalid` with reason `not_utf8`, `bad_json`, `row_too_long`, `too_many_columns` or
 * `no_columns`, and `params.row`. A mapping that cannot be is `invalid` with issues at `mapping.<column>`: `field_unknown`,
 * `field_not_importable`, `field_mapped_twice`.
 */
export interface Transfers {
  /** Throws what the first page of the list throws; the rest is read as the text is asked for. */
  export(actor: Actor, collection: Collection, query: ExportQuery): Promise<AsyncIterable<string>>;
  /** Reads only the beginning. */
  preview(collection: Collection, source: TransferSource, options?: ReadOptions): Promise<ImportPreview>;
  import(
    actor: Actor,
    collection: Collection,
    source: TransferSource,
    options: ImportOptions,
  ): Promise<ImportResult>;
}
