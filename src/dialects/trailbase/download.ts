import {
  type Actor,
  AppError,
  type ByteRange,
  type Core,
  type Field,
  type StoredFile,
} from '../../core/index.ts';
import { download, type FileBody } from '../../http/download.ts';
import type { DialectOptions } from '../dialect.ts';
import { judged } from './access.ts';
import { type ApiColumn, getApi } from './api.ts';
import { requestFacts } from './caller.ts';
import { TrailBaseError } from './errors.ts';
import { downloadType } from './files.ts';
import { idFromPath } from './ids.ts';
import { readRecord } from './read.ts';
import { COMMON_HEADERS } from './respond.ts';
import { type FilePlace, readLink } from './signed-links.ts';

/** A file that the caller may read. */
export interface FoundFile {
  readonly file: StoredFile;
  readonly field: Field;
  /** Whether a rule decides who may read it. */
  readonly isPrivate: boolean;
}

/** The parts of a file's path, decoded. */
export interface FileParams {
  readonly name: string;
  readonly record: string;
  readonly column: string;
  /** Undefined for the only file of a column. */
  readonly file: string | undefined;
}

/** The name of the parameter that a signed link has. */
export const SIGNATURE = 'signature';

/** No address of a file leaves with it: its query may hold a token. Whoever keeps a copy asks before using it again. */
const HEADERS = { ...COMMON_HEADERS, 'referrer-policy': 'no-referrer' };
const CACHE = 'private, no-cache';

/** The place that a path names; 405 for an unknown API, 400 for an id that cannot be one. */
export function placeOf(core: Core, { name, record, column, file }: FileParams): FilePlace {
  const { collection } = getApi(core, name);
  return { api: name, record: idFromPath(collection.idKind, record), column, file };
}

/**
 * Whom the query of a request for a file speaks for, be it by a signed link or an access token (specs/trailbase.md 10).
 * Undefined where it says nothing, or the Authorization header does; 403 for a link that does not hold.
 */
export async function actorOfQuery(
  core: Core,
  options: DialectOptions,
  request: Request,
  place: FilePlace,
): Promise<Actor | undefined> {
  if (request.headers.has('authorization')) return undefined;
  const { searchParams } = new URL(request.url);
  const facts = requestFacts(options, request);
  const signature = searchParams.get(SIGNATURE);
  if (signature !== null) {
    const actor = await readLink(core, signature, place, facts);
    if (actor === undefined) throw new TrailBaseError(403);
    return actor;
  }
  const token = searchParams.get('token');
  return token ? (await core.auth.sessions.identify(token, facts)).actor : undefined;
}

/**
 * The file of a place, for who may read its record: 403 otherwise. 404 for an unknown column, a column without a file and a
 * name that no file has; 405 for a column that holds none.
 */
export async function findFile(core: Core, actor: Actor, place: FilePlace): Promise<FoundFile> {
  const api = getApi(core, place.api);
  const { values } = await judged(core, actor, { api, action: 'view' }, () =>
    readRecord(core, actor, api, place.record),
  );
  const column = api.byName.get(place.column);
  if (column === undefined || column.writeOnly) throw new TrailBaseError(404);
  const isFile = column.kind === 'file' || (column.kind === 'files' && place.file !== undefined);
  if (!isFile) throw new TrailBaseError(405);
  const name = await nameOf(core, place, api.collection, column, values[column.field.name]);
  if (name === undefined) throw new TrailBaseError(404);
  const found = await core.files.find(actor, api.collection, place.record, name);
  return { ...found, isPrivate: api.collection.rules.view !== '' };
}

/** Answers with a file. Nothing of it runs in this origin: it is always an attachment. */
export function sendFile(
  core: Core,
  request: Request,
  { file, field, isPrivate }: FoundFile,
): Promise<Response> {
  const type = downloadType(file);
  const disposition = 'attachment';
  const answer = { contentType: type, disposition, isPrivate };
  return download(request, {
    ...{ disposition, type, size: file.size, modified: file.created, cache: CACHE, headers: HEADERS },
    etag: `"${file.sha256}"`,
    redirect: async () => (await core.files.redirect(file, field, answer))?.address,
    read: (range) => readFile(core, file, range),
  });
}

/** The public name of the file that a path means: by that name, or by an original name that no other file of the column has. */
async function nameOf(
  core: Core,
  { record, file }: FilePlace,
  collection: Parameters<Core['files']['describe']>[0],
  { field }: ApiColumn,
  value: unknown,
): Promise<string | undefined> {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (file === undefined) return typeof value === 'string' && value !== '' ? value : undefined;
  if (file !== '' && names.includes(file)) return file;
  const described = (await core.files.describe(collection, [record])).get(record) ?? [];
  const wanted = file.normalize('NFC');
  const [found, ...more] = described.filter(
    ({ fieldId, originalName }) => fieldId === field.id && originalName === wanted,
  );
  return more.length === 0 ? found?.name : undefined;
}

/** An object that the storage has lost was logged by the core; for the client it is not there. */
async function readFile(core: Core, file: StoredFile, range: ByteRange | undefined): Promise<FileBody> {
  try {
    return await core.files.read(file, range);
  } catch (error) {
    const isLost = error instanceof AppError && error.reason === 'missing_object';
    throw isLost ? new TrailBaseError(404) : error;
  }
}
