import type { Database } from 'bun:sqlite';
import {
  type Actor,
  AppError,
  type Collection,
  type Core,
  type Field,
  type Intake,
} from '../../../core/index.ts';
import { readOptions } from '../api-options.ts';
import { shown } from '../sql/problem.ts';
import type { DepotFiles } from './files.ts';
import { type DepotFile, type DepotValue, idValue, readFiles, readValue, ValueProblem } from './values.ts';

/** A record on its way into the core. */
export interface IncomingRow {
  readonly values: Readonly<Record<string, unknown>>;
  readonly intake?: Intake;
}

/** A row that cannot be taken. The message is a whole sentence. */
export class RowProblem extends Error {}

/** What came of some rows. */
export interface Taken {
  readonly records: number;
  readonly files: number;
}

/** Rows of one transaction: quick, and few enough to let others in between. */
const CHUNK = 200;
/** Rows with files hold their uploads open. */
const CHUNK_WITH_FILES = 20;

/** What {@link importTable} works with. */
export interface TableImport {
  readonly core: Core;
  readonly actor: Actor;
  readonly depot: DepotFiles;
  readonly db: Database;
  /** As the depot calls it. */
  readonly table: string;
  readonly collection: Collection;
  /** Rows that cannot be taken are told here and left out; without it they end the import. */
  readonly leaveOut: ((sentence: string) => void) | undefined;
  /** Told of files that the depot has lost. */
  readonly lost: (sentence: string) => void;
}

/** Takes over the rows of a table with their files. Yields after each transaction. Throws {@link RowProblem}. */
export async function* importTable(wish: TableImport): AsyncGenerator<Taken> {
  const { db, table, collection, core } = wish;
  const key = readOptions(collection.dialects.trailbase).key ?? 'id';
  const hasFiles = collection.fields.some((field) => core.holdsFiles(field));
  // Uploads of a chunk are discarded together, so rows that may be left out go one by one.
  const withFiles = wish.leaveOut === undefined ? CHUNK_WITH_FILES : 1;
  const size = hasFiles ? withFiles : CHUNK;
  let chunk: Readonly<Record<string, DepotValue>>[] = [];
  const rows = db.query<Record<string, DepotValue>, []>(`SELECT * FROM ${quoted(table)}`).iterate();
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < size) continue;
    yield await importChunk(wish, key, chunk);
    chunk = [];
  }
  if (chunk.length > 0) yield await importChunk(wish, key, chunk);
}

/** The number of rows of a table. */
export function countRows(db: Database, table: string): number {
  const row = db.query<{ n: bigint }, []>(`SELECT count(*) AS n FROM ${quoted(table)}`).get();
  return Number(row?.n ?? 0n);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function importChunk(
  wish: TableImport,
  key: string,
  rows: readonly Readonly<Record<string, DepotValue>>[],
): Promise<Taken> {
  const incoming: IncomingRow[] = [];
  let files = 0;
  try {
    for (const row of rows) {
      const read = await attempt(wish, () => readRow(wish, key, row));
      if (read === undefined) continue;
      incoming.push(read.row);
      files += read.files;
    }
  } catch (error) {
    await Promise.all(incoming.map(({ intake }) => intake?.discard()));
    throw error;
  }
  return { records: await importRows(wish, incoming), files };
}

/** All of them at once, or one by one when some cannot be taken and may be left out. */
async function importRows(wish: TableImport, rows: readonly IncomingRow[]): Promise<number> {
  const { core, actor, collection, leaveOut } = wish;
  const [first] = rows;
  if (first === undefined) return 0;
  try {
    await core.records.import(actor, collection, rows);
    return rows.length;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const at = Number(error.params.operation ?? 0);
    const sentence = refusal(wish, rows[at]?.values.id, error);
    if (leaveOut === undefined) throw new RowProblem(sentence);
    leaveOut(sentence);
    const before = at > 0 ? await importRows(wish, rows.slice(0, at)) : 0;
    return before + (await importRows(wish, rows.slice(at + 1)));
  }
}

async function attempt<T>({ leaveOut }: TableImport, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RowProblem) || leaveOut === undefined) throw error;
    leaveOut(error.message);
    return undefined;
  }
}

async function readRow(
  wish: TableImport,
  key: string,
  row: Readonly<Record<string, DepotValue>>,
): Promise<{ readonly row: IncomingRow; readonly files: number }> {
  const { core, actor, collection } = wish;
  const values: Record<string, unknown> = {};
  const wanted = new Map<Field, readonly DepotFile[]>();
  let name = key;
  try {
    values.id = idValue(collection.idKind, row[key] ?? null);
    for (const field of collection.fields) {
      name = field.name;
      const value = row[name];
      if (name === 'id' || value === undefined) continue;
      if (core.holdsFiles(field)) wanted.set(field, readFiles(value));
      else values[name] = readValue(core, field, value);
    }
  } catch (error) {
    if (!(error instanceof ValueProblem)) throw error;
    throw new RowProblem(
      `The row ${shown(String(values.id ?? '?'))} of ${shown(wish.table)} cannot be taken: its column ${shown(name)} ${error.message}.`,
    );
  }
  const count = [...wanted.values()].reduce((sum, files) => sum + files.length, 0);
  if (count === 0) return { row: { values }, files: 0 };
  const intake = await core.records.admit(actor, collection, undefined);
  try {
    let files = 0;
    for (const [field, each] of wanted) {
      const uploads = await receiveFiles(wish, { intake, field, files: each, id: String(values.id) });
      values[field.name] = isList(field) ? uploads : (uploads[0] ?? '');
      files += uploads.length;
    }
    return { row: { values, intake }, files };
  } catch (error) {
    await intake.discard();
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    throw new RowProblem(refusal(wish, values.id, error));
  }
}

/** Takes over the files of one field; those that the depot has lost are told and left out. */
export async function receiveFiles(
  { depot, table, lost }: Pick<TableImport, 'depot' | 'table' | 'lost'>,
  { intake, field, files, id }: { intake: Intake; field: Field; files: readonly DepotFile[]; id: string },
) {
  const uploads: unknown[] = [];
  for (const file of files) {
    const found = depot.upload(file.id);
    if (found === undefined) {
      lost(
        `The file ${shown(file.original ?? file.filename ?? file.id)} of the row ${shown(id)} of ${shown(table)} is left out: the depot has lost it.`,
      );
      continue;
    }
    uploads.push(
      await intake.receive(field, {
        filename: file.original ?? file.filename ?? 'file',
        declaredType: file.contentType,
        publicName: file.filename,
        stream: Bun.file(found.path).stream(),
      }),
    );
  }
  return uploads;
}

function isList(field: Field): boolean {
  return 'maxSelect' in field && Number(field.maxSelect) > 1;
}

function refusal({ table }: Pick<TableImport, 'table'>, id: unknown, error: AppError): string {
  return `The row ${shown(String(id ?? '?'))} of ${shown(table)} cannot be taken: ${issuesOf(error)}.`;
}

/** What is wrong with a record, in words that follow "cannot be taken: ". */
export function issuesOf({ issues }: AppError): string {
  const said = issues.map(({ path, code }) => `${shown(path)} ${ISSUES[code] ?? `is not valid (${code})`}`);
  return said.join(', ') || 'it is not valid';
}

const ISSUES: Readonly<Record<string, string>> = {
  not_null: 'is NULL and may not be',
  not_unique: 'is taken',
  required: 'is empty and may not be',
  json_schema: 'is not as its JSON schema says',
  file_size_limit: 'is larger than the server allows',
  too_many_files: 'holds more files than a column may have',
  invalid_format: 'has not the form that it must have',
  not_the_id: 'is not the id of its row',
  is_email: 'is no e-mail address',
  invalid_mime_type: 'is of a type that the column does not allow',
};
