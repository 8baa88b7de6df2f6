import { isObjectKey } from '../../lib/object-key.ts';
import type { Database } from '../ports/database.ts';
import type { ListedObject, Storage } from '../ports/storage.ts';
import { joinByKey } from './join.ts';
import { pagesOf } from './pages.ts';
import { isReserved } from './reserved.ts';
import type { CareStatements, ObjectRow } from './statements.ts';

/** What is said of one key. `fine`: a live object whose bytes are as many as they should be. */
export type Compared =
  | { readonly kind: 'fine' | 'missing' | 'wrong_size'; readonly row: ObjectRow }
  | { readonly kind: 'unknown'; readonly key: string; readonly size: number };

/** A key that the catalogue has; derivatives are a cache, and nobody misses them. */
type Known = { readonly key: string; readonly row: ObjectRow | undefined };

/** Looks after one storage. */
export interface CompareContext {
  readonly db: Database;
  readonly statements: CareStatements;
  readonly storage: Storage;
}

/**
 * Compares the listing of a storage with the catalogue, key by key, while both change.
 *
 * Whatever does not fit is looked at again before it is reported, in the order that makes it true: the catalogue knows a key
 * from before its first byte until after its last, and an object that is not live any more never becomes so again.
 */
export async function* compare(context: CompareContext): AsyncGenerator<Compared> {
  for await (const { left, right } of joinByKey(listed(context.storage), known(context))) {
    const found = await judge(context, left, right);
    if (found !== undefined) yield found;
  }
}

async function judge(
  context: CompareContext,
  left: ListedObject | undefined,
  right: Known | undefined,
): Promise<Compared | undefined> {
  if (right === undefined) return left && (await judgeUnknown(context, left));
  const { row } = right;
  if (row === undefined || row.state !== 'live') return undefined;
  if (left?.size === row.size) return { kind: 'fine', row };
  const head = await context.storage.head(row.key);
  if (head?.size === row.size) return { kind: 'fine', row };
  if (!(await isLive(context, row.key))) return undefined;
  return { kind: head === undefined ? 'missing' : 'wrong_size', row };
}

async function judgeUnknown(
  context: CompareContext,
  { key, size }: ListedObject,
): Promise<Compared | undefined> {
  // Somebody put it into the bucket by hand, under a name that none of ours can have.
  if (!isObjectKey(key)) return { kind: 'unknown', key, size };
  if (await isKnown(context, key)) return undefined;
  const head = await context.storage.head(key);
  return head && { kind: 'unknown', key, size: head.size };
}

/** Whether a live object lies under the key now. */
export async function isLive({ db, statements, storage }: CompareContext, key: string): Promise<boolean> {
  return (await db.get(statements.isLive, { key, storage: storage.name })) !== undefined;
}

/** Whether the catalogue has the key in any way: also as what is being written or waits for its erasure. */
export async function isKnown({ db, statements, storage }: CompareContext, key: string): Promise<boolean> {
  return (await db.get(statements.isKnown, { key, storage: storage.name })) !== undefined;
}

async function* listed(storage: Storage): AsyncGenerator<ListedObject> {
  for await (const object of storage.list('')) if (!isReserved(object.key)) yield object;
}

async function* known({ db, statements, storage }: CompareContext): AsyncGenerator<Known> {
  const objects = pagesOf<ObjectRow>(db, statements.objects, { storage: storage.name });
  const derivatives = pagesOf<{ key: string; backend: string }>(db, statements.derivatives);
  for await (const { left, right } of joinByKey(objects, derivatives)) {
    if (left !== undefined) yield { key: left.key, row: left };
    else if (right?.backend === storage.name) yield { key: right.key, row: undefined };
  }
}
