import { createWriteStream, openSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, fromFd, type ZipFile } from 'yauzl';
import {
  type BackendLookup,
  checkDatabase,
  checkMigrations,
  countRecords,
  liveObjects,
  openBackendLookup,
} from './catalogue.ts';
import { DATABASE, FILES, MANIFEST, type Manifest, OBJECT_KEY, parseManifest } from './format.ts';

/** What an archive was found to hold. */
export interface ArchiveFacts {
  readonly objects: number;
  readonly bytes: number;
  /** Of the objects alone. */
  readonly objectBytes: number;
  /** Live objects that were damaged when it was taken, and are not in it. */
  readonly missing: number;
  /** ISO 8601. */
  readonly created: string;
  /** The version of the product that took it; '' where it does not say. */
  readonly version: string;
  /** Of every collection that is not the product's own. */
  readonly records: number;
}

/** How an archive is read. */
export interface ReadOptions {
  /** Migrations that this version knows: an archive of a newer one is refused. Left out: any. */
  readonly migrations?: readonly string[];
  /**
   * Says where each object goes, by its key and the storage that the database names (not known while the database has not
   * come); what has no place is read and hashed only.
   */
  readonly placeOf?: (key: string, backend: string | undefined) => string | undefined;
  /** Files are not read: what they are is taken from the archive's list of them. */
  readonly isQuick?: boolean;
}

/** What was seen of one object entry. */
interface SeenObject {
  readonly size: number;
  readonly sha256: string;
}

const MAX_MANIFEST = 8 * 1024 * 1024;
/** What objects shrink to at most: they are stored as they are, but some pack archives anew. */
const MOST_SHRUNK = 200;
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;

/**
 * Reads a whole archive and checks everything before it says yes: names (no links, no foreign paths, none twice), room, the
 * database's integrity, and size and SHA-256 of every object that the database calls live, neither one missing nor one too
 * many; what its manifest calls missing may be. Throws with one sentence.
 *
 * `into` is an empty folder for the database (SQLite needs a file).
 */
export async function readArchive(
  path: string,
  into: string,
  { placeOf, migrations, isQuick = false }: ReadOptions = {},
): Promise<ArchiveFacts> {
  const zip = await openZip(path);
  const seen = new Map<string, SeenObject>();
  const names = new Set<string>();
  let objects = 0;
  let bytes = 0;
  let objectBytes = 0;
  let packed = 0;
  let manifest: Manifest | undefined;
  let lookup: BackendLookup | undefined;
  try {
    for await (const entry of entries(zip)) {
      if (isFolder(entry)) continue;
      checkEntry(entry, names);
      packed += entry.compressedSize;
      // Entries that share their bytes unpack to more than anybody has room for.
      if (packed > zip.fileSize) throw new Error('its entries overlap');
      bytes += entry.uncompressedSize;
      if (entry.fileName.startsWith(FILES)) {
        objects++;
        objectBytes += entry.uncompressedSize;
        if (isQuick) continue;
      }
      const stream = await entryStream(zip, entry);
      if (entry.fileName === MANIFEST) manifest = parseManifest(await text(stream, entry));
      else if (entry.fileName === DATABASE) {
        await requireRoom(into, entry.uncompressedSize);
        await copy(stream, join(into, DATABASE), entry);
      } else {
        const key = entry.fileName.slice(FILES.length);
        if (placeOf && names.has(DATABASE)) lookup ??= openBackendLookup(join(into, DATABASE));
        seen.set(key, await copy(stream, placeOf?.(key, lookup?.backendOf(key)), entry));
      }
    }
  } finally {
    lookup?.[Symbol.dispose]();
    zip.close();
  }
  if (manifest === undefined) throw new Error('manifest.json is missing');
  if (!names.has(DATABASE)) throw new Error('data.db is missing');
  const database = join(into, DATABASE);
  checkDatabase(database);
  if (migrations !== undefined) checkMigrations(database, migrations);
  const missing = isQuick ? 0 : compare(database, seen, new Set(manifest.missing));
  const { created, by: version = '' } = manifest;
  return { ...{ objects, bytes, objectBytes, missing, created, version }, records: countRecords(database) };
}

async function requireRoom(folder: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (size > bavail * bsize) throw new Error('there is no room for its database');
}

/** The objects of an archive that {@link readArchive} found whole, one at a time; the body must be read, or destroyed. */
export async function* readObjects(
  path: string,
): AsyncGenerator<{ readonly key: string; readonly size: number; body(): Promise<Readable> }> {
  const zip = await openZip(path);
  try {
    for await (const entry of entries(zip)) {
      if (!entry.fileName.startsWith(FILES) || isFolder(entry)) continue;
      yield {
        key: entry.fileName.slice(FILES.length),
        size: entry.uncompressedSize,
        body: () => entryStream(zip, entry),
      };
    }
  } finally {
    zip.close();
  }
}

/** Other programs note the folder itself, which holds nothing. */
function isFolder({ fileName, uncompressedSize }: Entry): boolean {
  return fileName === FILES && uncompressedSize === 0;
}

function checkEntry(entry: Entry, names: Set<string>): void {
  const name = entry.fileName;
  const mode = entry.externalFileAttributes >>> 16;
  if ((mode & FILE_TYPE) === SYMLINK) throw new Error(`${JSON.stringify(name)} is a link`);
  if (names.has(name)) throw new Error(`${JSON.stringify(name)} is there twice`);
  const known =
    name === MANIFEST ||
    name === DATABASE ||
    (name.startsWith(FILES) && OBJECT_KEY.test(name.slice(FILES.length)));
  if (!known) throw new Error(`${JSON.stringify(name.slice(0, 200))} does not belong in a backup`);
  if (name === MANIFEST && entry.uncompressedSize > MAX_MANIFEST)
    throw new Error('manifest.json is too large');
  const isBomb =
    name.startsWith(FILES) && entry.uncompressedSize > MOST_SHRUNK * (entry.compressedSize + 4096);
  if (isBomb) throw new Error(`${JSON.stringify(name)} unpacks to far more than it holds`);
  if (entry.isEncrypted()) throw new Error(`${JSON.stringify(name)} is encrypted`);
  names.add(name);
}

/** Throws unless the objects are those of the database; resolves to how many of the missing ones it names. */
function compare(
  database: string,
  seen: ReadonlyMap<string, SeenObject>,
  missing: ReadonlySet<string>,
): number {
  let live = 0;
  let left = 0;
  for (const object of liveObjects(database)) {
    const found = seen.get(object.key);
    if (found === undefined && missing.has(object.key)) {
      left++;
      continue;
    }
    if (found === undefined) throw new Error(`the file ${object.key} is missing`);
    if (found.size !== object.size || found.sha256 !== object.sha256) {
      throw new Error(`the file ${object.key} is not what the database says`);
    }
    live++;
  }
  if (live !== seen.size) throw new Error('it holds files that the database does not know');
  return left;
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Opened here, because yauzl's own open leaks the descriptor when the file is not an archive.
    const fd = openSync(path, 'r');
    fromFd(
      fd,
      { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true },
      (error, zip) => {
        if (error) reject(new Error(`it is not a zip archive (${error.message})`, { cause: error }));
        else resolve(zip);
      },
    );
  });
}

/** Entries one at a time, in the archive's order. */
async function* entries(zip: ZipFile): AsyncGenerator<Entry> {
  while (true) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      const done = (settle: () => void) => {
        zip.off('entry', onEntry);
        zip.off('end', onEnd);
        zip.off('error', onError);
        settle();
      };
      const onEntry = (next: Entry) => done(() => resolve(next));
      const onEnd = () => done(() => resolve(undefined));
      const onError = (error: Error) => done(() => reject(error));
      zip.once('entry', onEntry);
      zip.once('end', onEnd);
      zip.once('error', onError);
      zip.readEntry();
    });
    if (entry === undefined) return;
    yield entry;
  }
}

function entryStream(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

async function text(stream: Readable, entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  checkContent(entry, whole.byteLength, crc32(whole));
  return whole.toString('utf8');
}

/** Hashes an entry on its way to a file, or to nowhere. */
async function copy(stream: Readable, target: string | undefined, entry: Entry): Promise<SeenObject> {
  const hasher = new Bun.CryptoHasher('sha256');
  let size = 0;
  let checksum = 0;
  async function* hashed() {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hasher.update(chunk);
      checksum = crc32(chunk, checksum);
      size += chunk.byteLength;
      yield chunk;
    }
  }
  if (target === undefined) {
    for await (const _ of hashed());
  } else {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await pipeline(hashed(), createWriteStream(target, { mode: 0o600, flags: 'wx', flush: true }));
  }
  checkContent(entry, size, checksum);
  return { size, sha256: hasher.digest('hex') };
}

/** yauzl leaves the checksum to its callers; of the database nothing else would show a changed value. */
function checkContent(entry: Entry, size: number, checksum: number): void {
  const name = JSON.stringify(entry.fileName);
  if (size !== entry.uncompressedSize) throw new Error(`${name} is cut short`);
  if (checksum !== entry.crc32) throw new Error(`${name} is damaged`);
}
