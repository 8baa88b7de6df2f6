import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import { isObjectKey } from '../../lib/object-key.ts';
import type { Storage } from '../ports/storage.ts';
import type { Care } from './care.ts';
import { isKnown } from './compare.ts';
import { joinByKey } from './join.ts';
import { pagesOf } from './pages.ts';
import { QUARANTINE } from './reserved.ts';
import type { Collected } from './storages.ts';

/** Something in quarantine: its bytes, what is noted of it, or both. */
interface Quarantined {
  /** The key that it had. */
  readonly key: string;
  /** Undefined: the bytes are gone. */
  readonly size: number | undefined;
  /** When it was put there; undefined: it is not noted. */
  readonly found: number | undefined;
}

/** What lies in a storage's quarantine, in order of keys. */
export async function* quarantineOf(care: Care, storage: Storage): AsyncGenerator<Quarantined> {
  const noted = pagesOf<{ key: string; size: number; found: number }>(care.db, care.statements.quarantined, {
    storage: storage.name,
  });
  for await (const { left, right } of joinByKey(bytesIn(storage), noted)) {
    const key = left?.key ?? right?.key ?? '';
    yield { key, size: left?.size, found: right?.found };
  }
}

/** The size of the live object of this key in this storage, if there is one. */
async function liveSize(
  { db, statements }: Care,
  storage: Storage,
  key: string,
): Promise<number | undefined> {
  const row = await db.get<{ size: number }>(statements.isLive, { storage: storage.name, key });
  return row?.size;
}

/** Whether the storage can name it in quarantine; what cannot be is not one of ours, whose keys are short and plain. */
export function canLieAside(key: string): boolean {
  return isObjectKey(key) && isObjectKey(QUARANTINE + key);
}

/**
 * Puts an object aside: copied, noted, and only then removed where it lay, so that whatever ends the process, the bytes are
 * in one of the two places and the next collection goes on. False when the storage cannot name it aside.
 */
export async function putAside(care: Care, storage: Storage, key: string, size: number): Promise<boolean> {
  const { db, statements, log } = care;
  if (!canLieAside(key)) {
    log.warn('storages.not_quarantined', { storage: storage.name, key });
    return false;
  }
  await storage.copy(key, QUARANTINE + key);
  if (FAILPOINTS) failpoint('collect.copied');
  await db.write((tx) => tx.run(statements.putAside, { storage: storage.name, key, size, found: tx.now }));
  if (FAILPOINTS) failpoint('collect.recorded');
  await storage.remove(key);
  if (FAILPOINTS) failpoint('collect.removed');
  log.warn('storages.quarantined', { storage: storage.name, key, size });
  return true;
}

/** Notes an object that lies in quarantine without a note, as found now. */
export async function note(care: Care, storage: Storage, key: string, size: number): Promise<void> {
  const { db, statements } = care;
  await db.write((tx) => tx.run(statements.putAside, { storage: storage.name, key, size, found: tx.now }));
}

/** Forgets a note. */
export async function forget({ db, statements }: Care, storage: Storage, key: string): Promise<void> {
  await db.write((tx) => tx.run(statements.forget, { storage: storage.name, key }), { frees: true });
}

/** Erases an object in quarantine, unless the catalogue has its key again. */
export async function eraseAside(care: Care, storage: Storage, key: string): Promise<boolean> {
  if (await isKnown({ ...care, storage }, key)) return false;
  await storage.remove(QUARANTINE + key);
  await forget(care, storage, key);
  care.log.info('storages.quarantine_erased', { storage: storage.name, key });
  return true;
}

/**
 * Puts an object back whose key is live again, as after the restore of a backup; true when it lies where it belongs now, and
 * no longer in quarantine. What has another size than the catalogue says stays where it is.
 */
export async function putBack(care: Care, storage: Storage, { key, size }: Quarantined): Promise<boolean> {
  if (size === undefined || (await liveSize(care, storage, key)) !== size) return false;
  const head = await storage.head(key);
  if (head === undefined) await storage.copy(QUARANTINE + key, key);
  else if (head.size !== size) return false;
  await storage.remove(QUARANTINE + key);
  await forget(care, storage, key);
  if (head === undefined) care.log.warn('storages.put_back', { storage: storage.name, key, size });
  return head === undefined;
}

/** Puts back whatever is live again. */
export async function putBackKnown(care: Care, storage: Storage): Promise<void> {
  for await (const each of quarantineOf(care, storage)) await putBack(care, storage, each);
}

/** What `collect` says of a key. */
export function collected(
  action: Collected['action'],
  storage: Storage,
  key: string,
  size: number,
): Collected {
  return { kind: 'collected', action, storage: storage.name, key, size };
}

async function* bytesIn(storage: Storage): AsyncGenerator<{ key: string; size: number }> {
  for await (const object of storage.list(QUARANTINE)) {
    const key = object.key.slice(QUARANTINE.length);
    if (canLieAside(key)) yield { key, size: object.size };
  }
}
