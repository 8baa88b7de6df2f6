import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Actor, accountActor, type Core, guestOf, type RequestFacts } from '../../core/index.ts';

/** A file of a record as a path names it. */
export interface FilePlace {
  /** Name of the API. */
  readonly api: string;
  /** The core's id. */
  readonly record: string;
  readonly column: string;
  /** Undefined for the only file of a column. */
  readonly file: string | undefined;
}

/** Longer than any that is issued. */
const LONGEST = 1024;
const FORM = /^([1-9]\d{0,11})\.([\w-]*)\.([\w-]{43})$/;

/**
 * A signature with which a GET of this place speaks for the actor until then, in Unix seconds (SECURITY-REQUIREMENTS 3.6). It
 * opens nothing by itself: the read rule is asked again at each use, as the actor whom it names. A new token key of the
 * account, or a new secret of its collection, ends it.
 */
export function signLink(core: Core, actor: Actor, place: FilePlace, expires: number): string {
  const account = accountOf(actor);
  const subject = account === undefined ? '' : JSON.stringify([account.collection.id, account.record.id]);
  const name = Buffer.from(subject).toString('base64url');
  return `${expires}.${name}.${mac(core, place, expires, name, keyOf(actor))}`;
}

/** Whom a signature speaks for at this place now; undefined for anything that was not signed so. */
export async function readLink(
  core: Core,
  signature: string,
  place: FilePlace,
  request: RequestFacts,
): Promise<Actor | undefined> {
  const [, until = '', name = '', sent = ''] = (signature.length <= LONGEST && FORM.exec(signature)) || [];
  const expires = Number(until);
  if (sent === '' || expires * 1000 <= core.clock.now()) return undefined;
  const subject = Buffer.from(name, 'base64url').toString();
  const actor = await actorOf(core, subject, request);
  if (actor === undefined) return undefined;
  const expected = mac(core, place, expires, name, keyOf(actor));
  // Both have 43 characters.
  return timingSafeEqual(Buffer.from(sent), Buffer.from(expected)) ? actor : undefined;
}

function mac(
  core: Core,
  { api, record, column, file }: FilePlace,
  expires: number,
  account: string,
  key: string,
): string {
  const signed = JSON.stringify(['GET', api, record, column, file ?? null, expires, account, key]);
  return createHmac('sha256', core.auth.derivedKey('trailbase.signed-url'))
    .update(signed)
    .digest('base64url');
}

async function actorOf(core: Core, subject: string, request: RequestFacts): Promise<Actor | undefined> {
  if (subject === '') return guestOf(request);
  const [collectionId, id] = readSubject(subject);
  const collection = collectionId === undefined ? undefined : core.collections.schema.byId(collectionId);
  if (collection?.auth === undefined || id === undefined) return undefined;
  const record = await core.records.findStored(collection, id);
  const actor = record && accountActor(collection, record, request);
  // Without a key, nothing would end the link.
  return actor === undefined || keyOf(actor) === '' ? undefined : actor;
}

function readSubject(subject: string): readonly (string | undefined)[] {
  try {
    const parts: unknown = JSON.parse(subject);
    return Array.isArray(parts) ? parts.map((part) => (typeof part === 'string' ? part : undefined)) : [];
  } catch {
    return [];
  }
}

function accountOf(actor: Actor) {
  if (actor.kind === 'guest' || actor.collection === undefined || actor.record === undefined)
    return undefined;
  return { collection: actor.collection, record: actor.record };
}

/** What ends everything that was issued to an account when it changes. */
function keyOf(actor: Actor): string {
  const account = accountOf(actor);
  const key = account?.record.tokenKey;
  const secret = account?.collection.auth?.authToken.secret;
  return typeof key === 'string' && key !== '' && secret ? `${key}\n${secret}` : '';
}
