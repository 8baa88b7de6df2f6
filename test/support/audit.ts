import { Database } from 'bun:sqlite';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CLAIM_KEY } from '../../src/core/storages/claim.ts';
import { QUARANTINE } from '../../src/core/storages/reserved.ts';

/**
 * Compares records, catalogue and stores of a data folder, from outside: by SQL and the file system alone. `services` has what
 * lies in storages that are not the folder's own.
 * Gives a sentence for each breach; none when all is well. Work in progress (an upload, an erasure) counts as a breach:
 * use {@link settledAudit} while a server runs.
 */
export function auditFolder(dir: string, services: Stores = new Map()): string[] {
  const stores: Stores = new Map([['local', objectsOnDisk(dir)], ...services]);
  const breaches: string[] = [];
  const db = new Database(join(dir, 'data.db'), { readonly: true });
  try {
    // One read transaction: all queries see the same commit.
    db.run('BEGIN');
    const integrity = db.query<{ integrity_check: string }, []>('PRAGMA integrity_check').all();
    if (integrity[0]?.integrity_check !== 'ok') breaches.push(`integrity: ${JSON.stringify(integrity)}`);
    const objects = db.query<ObjectRow, []>('SELECT * FROM _objects').all();
    const derivatives = db
      .query<DerivativeRow, []>(
        'SELECT d.object, d.key, o.backend FROM _derivatives d LEFT JOIN _objects o ON o.id = d.object',
      )
      .all();
    const aside = db
      .query<PlaceRow, [string]>('SELECT storage AS backend, ? || key AS key FROM _quarantine')
      .all(QUARANTINE);
    const deletions = db.query<{ object: string }, []>('SELECT object FROM _file_deletions').all();
    for (const object of objects) breaches.push(...objectBreaches(object, stores));
    for (const { object } of deletions) breaches.push(`the deletion of ${object} is still queued`);
    breaches.push(...strayBreaches([...objects, ...derivatives, ...aside], stores));
    for (const { backend, key } of aside) {
      if (!stores.get(backend ?? '')?.has(key)) breaches.push(`${key} is not in quarantine`);
    }
    // A derivative is a cache: a row whose bytes never came is forgotten when it is asked for.
    for (const row of derivatives) {
      if (row.backend === null) breaches.push(`the derivative ${row.key} has no original`);
    }
    breaches.push(...referenceBreaches(db, objects), ...temporaries(dir));
  } finally {
    db.close();
  }
  return breaches;
}

/** An object that a store has, whatever the catalogue says. */
export interface StoredObject {
  readonly size: number;
  /** SHA-256 of its bytes. */
  digest(): Buffer;
}

/** What a store has, by key. */
export type StoredObjects = ReadonlyMap<string, StoredObject>;

/** What each of some storages has, by the name that the catalogue has for it. */
export type Stores = ReadonlyMap<string, StoredObjects>;

/**
 * {@link auditFolder}, repeated until it finds nothing or `milliseconds` have passed. `look` answers what is in the storages
 * besides the folder's own, and sentences about what should not be there.
 */
export async function settledAudit(
  dir: string,
  milliseconds = 10_000,
  look: () => Promise<Looked> = async () => ({ stores: new Map(), leftovers: [] }),
): Promise<string[]> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const { stores, leftovers } = await look();
    const breaches = [...auditFolder(dir, stores), ...leftovers];
    if (breaches.length === 0 || Date.now() > deadline) return breaches;
    await Bun.sleep(25);
  }
}

/** What a look at storages from outside shows. */
export interface Looked {
  readonly stores: Stores;
  readonly leftovers: readonly string[];
}

/** How many objects, derivatives included, lie on the disk. */
export function countObjects(dir: string): number {
  return objectsOnDisk(dir).size;
}

interface ObjectRow {
  readonly id: string;
  readonly backend: string;
  readonly key: string;
  readonly state: string;
  readonly size: number;
  readonly sha256: string;
  readonly name: string;
  readonly collection: string | null;
  readonly record: string | null;
  readonly field: string | null;
}

/** Where the catalogue has something; without a backend when it does not know. */
interface PlaceRow {
  readonly backend: string | null;
  readonly key: string;
}

/** It lies beside its original, whose place it has. */
interface DerivativeRow extends PlaceRow {
  readonly object: string;
}

function objectsOnDisk(dir: string): Map<string, StoredObject> {
  const found = new Map<string, StoredObject>();
  const root = join(dir, 'storage', 'objects');
  if (!existsSync(root)) return found;
  for (const shard of readdirSync(root)) {
    for (const entry of readdirSync(join(root, shard), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      // Says whose the storage is; no stored file.
      if (entry.name === CLAIM_KEY) continue;
      // It may be erased while it is looked at.
      if (!existsSync(path)) continue;
      found.set(path.slice(join(root, shard).length + 1), {
        size: statSync(path).size,
        digest: () => createHash('sha256').update(readFileSync(path)).digest(),
      });
    }
  }
  return found;
}

function objectBreaches({ id, backend, key, state, size, sha256 }: ObjectRow, stores: Stores): string[] {
  if (state !== 'live') return [`the object ${id} is ${state}`];
  const found = stores.get(backend)?.get(key);
  if (found === undefined) return [`the live object ${id} has no file`];
  if (found.size !== size) return [`the file of ${id} has another size`];
  const digest = found.digest();
  const same = sha256 === digest.toString('hex') || sha256 === digest.toString('base64url');
  return same ? [] : [`the file of ${id} has other bytes`];
}

/** What lies somewhere without the catalogue having it there. */
function strayBreaches(known: readonly PlaceRow[], stores: Stores): string[] {
  const places = new Set(known.map(({ backend, key }) => `${backend}/${key}`));
  const breaches: string[] = [];
  for (const [backend, stored] of stores) {
    for (const [key] of stored) {
      if (places.has(`${backend}/${key}`)) continue;
      const other = known.find((row) => row.key === key);
      const place = `lies in ${backend} and not in ${other?.backend} alone`;
      breaches.push(other === undefined ? `nobody knows the file ${key}` : `the file ${key} ${place}`);
    }
  }
  return breaches;
}

/** Every name in a file field is a live object of that record, and the other way round. */
function referenceBreaches(db: Database, objects: readonly ObjectRow[]): string[] {
  const breaches: string[] = [];
  const unclaimed = new Map(
    objects.filter(({ state }) => state === 'live').map((row) => [ownerKey(row), row.id]),
  );
  const collections = db
    .query<{ id: string; name: string; fields: string }, []>('SELECT id, name, fields FROM _collections')
    .all();
  for (const collection of collections) {
    for (const field of fileFields(collection.fields)) {
      const rows = db
        .query<{ id: string; names: string | null }, []>(
          `SELECT id, "${field.name}" AS names FROM "${collection.name}"`,
        )
        .all();
      for (const row of rows) {
        for (const name of namesOf(row.names)) {
          const owner = { collection: collection.id, record: row.id, field: field.id, name };
          if (!unclaimed.delete(ownerKey(owner)))
            breaches.push(`${collection.name}/${row.id} names ${name}, which is no live object of it`);
        }
      }
    }
  }
  for (const [owner, id] of unclaimed) breaches.push(`no record names the live object ${id} (${owner})`);
  return breaches;
}

function ownerKey(row: Pick<ObjectRow, 'collection' | 'record' | 'field' | 'name'>): string {
  return [row.collection, row.record, row.field, row.name].join('/');
}

function fileFields(json: string): { id: string; name: string }[] {
  const fields: unknown = JSON.parse(json);
  if (!Array.isArray(fields)) throw new Error('fields are no list');
  return fields.filter((field: { type: string }) => field.type === 'file');
}

function namesOf(value: string | null): string[] {
  if (value === null || value === '') return [];
  if (!value.startsWith('[')) return [value];
  const names: unknown = JSON.parse(value);
  return Array.isArray(names) ? names.map(String) : [];
}

/** What an upload that was broken off may leave on this machine. */
function temporaries(dir: string): string[] {
  return [join(dir, 'storage', 'tmp'), join(dir, 'spool')].flatMap((folder) => {
    if (!existsSync(folder)) return [];
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => `the temporary ${relative(folder, join(entry.parentPath, entry.name))} is left`);
  });
}
