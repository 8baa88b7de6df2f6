import { createWriteStream } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { AppError } from '../../../core/errors.ts';
import { VERSION } from '../../../lib/version.ts';
import type { CatalogueObject } from './catalogue.ts';
import { DATABASE, FILES, MANIFEST, type Manifest } from './format.ts';

/** What goes into an archive. */
export interface ArchiveContent {
  /** Path of the snapshot. */
  readonly database: string;
  /** ISO 8601. */
  readonly created: string;
  objects(): AsyncIterable<CatalogueObject>;
  /** Leaves out damaged objects and says so in the manifest; each is read twice for that. */
  readonly skipDamaged?: boolean;
  read(object: CatalogueObject): Promise<AsyncIterable<Uint8Array>>;
  /** Undefined when it is not there. */
  sizeOf(object: CatalogueObject): Promise<number | undefined>;
}

/** Objects that an error names; an operator sees all of them by `dossier storage verify`. */
const MOST_NAMED = 5;

/**
 * Writes an archive to a new file and makes it durable. Pictures and documents are stored as they are (they do not shrink);
 * the database is deflated. One object is open at a time. Throws `internal` reason `backup_damaged` for objects that are missing
 * or are not what the catalogue says; those behind the first are only asked for their sizes.
 */
export async function writeArchive(
  path: string,
  content: ArchiveContent,
): Promise<{ readonly missing: number }> {
  const missing = content.skipDamaged ? await findDamaged(content) : new Set<string>();
  const zip = new ZipFile();
  const output = Readable.from(zip.outputStream, { objectMode: false });
  const failure = createFailure();
  // The archiver reports an object of another size than it was promised as an event, which nobody else would catch.
  zip.on('error', failure.note);
  const written = pipeline(output, createWriteStream(path, { mode: 0o600, flags: 'wx' }));
  // A full disk ends the taking of bytes, too: nobody would ask for the rest of an object.
  written.catch(failure.note);
  try {
    await addAll(zip, content, failure, missing);
    zip.end();
    await failure.or(written);
  } catch (error) {
    // While the archiver has no more to say, only its own stream can end what waits for it.
    zip.outputStream.on('error', () => {});
    if (zip.outputStream instanceof Readable) zip.outputStream.destroy();
    output.destroy();
    await written.catch(() => {});
    throw error;
  }
  await syncFile(path);
  return { missing: missing.size };
}

/** Keys of the objects that cannot be read as the catalogue says. A storage that does not answer is an error. */
async function findDamaged(content: ArchiveContent): Promise<ReadonlySet<string>> {
  const damaged = new Set<string>();
  for await (const object of content.objects()) {
    try {
      for await (const _ of checked(await open(content, object), object));
    } catch (error) {
      if (!(error instanceof DamagedObject)) throw error;
      damaged.add(object.key);
    }
  }
  return damaged;
}

/** What went wrong beside the step that is being waited for. */
interface Failure {
  note(error: unknown): void;
  /** The promise's outcome, or a rejection as soon as something is noted. One at a time. */
  or<T>(work: Promise<T>): Promise<T>;
}

function createFailure(): Failure {
  let noted: { readonly error: unknown } | undefined;
  let giveUp: ((error: unknown) => void) | undefined;
  return {
    note(error) {
      noted ??= { error };
      giveUp?.(noted.error);
    },
    or: (work) =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        work.then(resolve, reject);
        if (noted) reject(noted.error);
      }),
  };
}

async function addAll(
  zip: ZipFile,
  content: ArchiveContent,
  failure: Failure,
  missing: ReadonlySet<string>,
): Promise<void> {
  const manifest: Manifest = {
    ...{ format: 'dossier-backup', version: 1, created: content.created, by: VERSION },
    ...(missing.size > 0 ? { missing: [...missing] } : {}),
  };
  zip.addBuffer(Buffer.from(JSON.stringify(manifest)), MANIFEST);
  zip.addFile(content.database, DATABASE);
  const damaged: string[] = [];
  for await (const object of content.objects()) {
    if (missing.has(object.key)) continue;
    if (damaged.length > MOST_NAMED) break;
    if (damaged.length > 0) {
      // What cannot be asked now is not known to be damaged.
      const size = await content.sizeOf(object).catch(() => object.size);
      if (size !== object.size) damaged.push(nameOf(object));
      continue;
    }
    try {
      await addOne(zip, object, content, failure);
    } catch (error) {
      if (!(error instanceof DamagedObject)) throw error;
      damaged.push(nameOf(object));
    }
  }
  if (damaged.length === 0) return;
  const params = { objects: damaged.slice(0, MOST_NAMED), more: damaged.length > MOST_NAMED };
  throw new AppError('internal', { reason: 'backup_damaged', params });
}

/** Its bytes are missing, or are not what the catalogue says. */
class DamagedObject extends Error {}

function nameOf({ label, backend, key }: CatalogueObject): string {
  return `${label} (${backend}:${key})`;
}

async function addOne(
  zip: ZipFile,
  object: CatalogueObject,
  content: ArchiveContent,
  failure: Failure,
): Promise<void> {
  const body = await open(content, object);
  const stream = Readable.from(checked(body, object), { objectMode: false });
  try {
    await failure.or(added(zip, stream, object));
  } catch (error) {
    stream.on('error', () => {});
    stream.destroy();
    throw error;
  }
}

/** Its bytes, to be {@link checked}. */
function open(content: ArchiveContent, object: CatalogueObject): Promise<AsyncIterable<Uint8Array>> {
  return content.read(object).catch((error: unknown) => {
    throw isAbsence(error) ? new DamagedObject() : error;
  });
}

/** The object is not there, as opposed to a storage that does not answer. */
function isAbsence(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'not_found' || error.code === 'not_configured');
}

/** The bytes, and {@link DamagedObject} as soon as they cannot be the object's. */
async function* checked(
  body: AsyncIterable<Uint8Array>,
  object: CatalogueObject,
): AsyncGenerator<Uint8Array> {
  const hasher = new Bun.CryptoHasher('sha256');
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > object.size) throw new DamagedObject();
    hasher.update(chunk);
    yield chunk;
  }
  if (size !== object.size || hasher.digest('hex') !== object.sha256) throw new DamagedObject();
}

/** Resolves when the entry's bytes were taken, so that the next object is opened only then. */
function added(zip: ZipFile, stream: Readable, object: CatalogueObject): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
    zip.addReadStream(stream, FILES + object.key, { compress: false, size: object.size, mode: 0o100600 });
  });
}

async function syncFile(path: string): Promise<void> {
  const handle = await openFile(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
