import { sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import type { Storage } from '../ports/storage.ts';

/**
 * The key of the object that says whose a storage is. It is no stored file: listings name it, and whoever compares them with
 * the catalogue passes over it.
 */
export const CLAIM_KEY = '_dossier';

/** What {@link checkClaim} found. */
export type Claim =
  /** It says that the storage is this one of this installation, from before or from now on. */
  | { readonly kind: 'ours' }
  /** It belongs to another installation, or to another storage of this one. */
  | { readonly kind: 'foreign'; readonly storage: string; readonly sameInstallation: boolean }
  /** It does not say whose it is, and has none of the objects that the catalogue keeps in it: it is another place. */
  | { readonly kind: 'lost'; readonly objects: number };

/** Whose storage is asked about. */
export interface ClaimDeps {
  readonly db: Database;
  readonly storage: Storage;
  /** The id of this installation: {@link installationOf}. */
  readonly installation: string;
  /** Ids that it had before a backup with another was restored. */
  readonly former?: readonly string[];
}

/**
 * Looks whose the storage is, so that no two installations erase each other's objects, and a wrong bucket or a volume that is
 * not mounted is noticed before anything is read or written. One that says nothing is claimed, unless the catalogue keeps
 * objects in it and none of several that are looked for is there. Faults of the storage are passed on.
 */
export async function checkClaim(deps: ClaimDeps): Promise<Claim> {
  const { storage, installation } = deps;
  const owner = await readOwner(storage);
  if (owner === undefined) {
    const objects = await countObjects(deps.db, storage.name);
    if (objects > 0 && !(await hasAny(deps))) return { kind: 'lost', objects };
    await writeClaim(deps);
    return { kind: 'ours' };
  }
  const isFormer = deps.former?.includes(owner.installation) === true;
  const sameInstallation = isFormer || owner.installation === installation;
  if (sameInstallation && owner.storage === storage.name) {
    if (owner.installation !== installation) await takeOver(deps);
    return { kind: 'ours' };
  }
  return { kind: 'foreign', storage: owner.storage, sameInstallation };
}

/** Makes the storage this installation's, whoever had it. */
export async function takeOver(deps: ClaimDeps): Promise<void> {
  await deps.storage.remove(CLAIM_KEY);
  await writeClaim(deps);
}

/** Live objects that the catalogue keeps in a storage. */
export async function countObjects(db: Database, storage: string): Promise<number> {
  const row = await db.get<{ n: number }>(
    db.prepare(sql`SELECT count(*) AS n FROM _objects WHERE backend = ${storage} AND state = 'live'`),
  );
  return row?.n ?? 0;
}

/**
 * Storages that the catalogue has objects in, or that an erasure waits for. Steps through the index a name at a time, so that
 * no start waits for a reader process, as one statement with a recursion would.
 */
export async function storagesInUse(db: Database): Promise<readonly string[]> {
  const waiting = await db.all<{ name: string }>(
    db.prepare(sql`SELECT DISTINCT backend AS name FROM _file_deletions`),
  );
  const names = new Set(waiting.map(({ name }) => name));
  const next = db.prepare(
    sql`SELECT backend AS name FROM _objects WHERE backend > ${sql.placeholder('after')} ORDER BY backend LIMIT 1`,
  );
  let found = await db.get<{ name: string }>(next, { after: '' });
  while (found !== undefined) {
    names.add(found.name);
    found = await db.get<{ name: string }>(next, { after: found.name });
  }
  return [...names];
}

/** The id of this installation; made by `newId` when there is none yet. Backups have it in them. */
export async function installationOf(db: Database, newId: () => string): Promise<string> {
  const read = sql`SELECT value FROM _settings WHERE key = 'installation'`;
  const known = await db.get<{ value: string }>(db.prepare(read));
  if (known) return parseText(known.value);
  const insert = db.prepare(
    sql`INSERT INTO _settings (key, value) VALUES ('installation', ${JSON.stringify(newId())}) ON CONFLICT (key) DO NOTHING`,
  );
  const made = await db.write(async (tx) => {
    await tx.run(insert);
    return tx.get<{ value: string }>(db.prepare(read));
  });
  return parseText(made?.value ?? '""');
}

function parseText(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : '';
}

interface Owner {
  readonly installation: string;
  readonly storage: string;
}

/** Undefined when nothing is there. What cannot be read is somebody else's. */
async function readOwner(storage: Storage): Promise<Owner | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await storage.bytes(CLAIM_KEY);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  }
  const stranger = { installation: '', storage: '' };
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== 'object' || value === null || !('installation' in value) || !('storage' in value))
      return stranger;
    return { installation: String(value.installation), storage: String(value.storage) };
  } catch {
    return stranger;
  }
}

async function writeClaim({ storage, installation }: ClaimDeps): Promise<void> {
  const claim: Owner = { installation, storage: storage.name };
  const text = `${JSON.stringify({ about: 'The files here belong to a Dossier server.', ...claim })}\n`;
  await storage.put(CLAIM_KEY, once(new TextEncoder().encode(text)));
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Where objects are looked for: keys are random, so these are spread evenly. */
const PIVOTS = ['', '4', '8', 'c', 'g', 'k', 'o', 's'];

async function hasAny({ db, storage }: ClaimDeps): Promise<boolean> {
  const next = db.prepare(
    sql`SELECT key FROM _objects WHERE backend = ${storage.name} AND state = 'live' AND key >= ${sql.placeholder('pivot')} ORDER BY key LIMIT 1`,
  );
  const keys = new Set<string>();
  for (const pivot of PIVOTS) {
    const found = await db.get<{ key: string }>(next, { pivot });
    if (found) keys.add(found.key);
  }
  for (const key of keys) if ((await storage.head(key)) !== undefined) return true;
  return false;
}
