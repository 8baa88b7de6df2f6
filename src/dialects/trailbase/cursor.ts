import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readBase64 } from './bytes.ts';
import { TrailBaseError } from './errors.ts';

const NONCE = 12;
const TAG = 16;
/** Longer ones were not made here. */
const LONGEST = 1024;

/** What a cursor belongs to: it is of no use for another API or the other order. */
export interface CursorScope {
  readonly api: string;
  readonly descending: boolean;
}

/**
 * The place after a record, for the next page (specs/trailbase.md 5): its id, sealed by AES-256-GCM so that it tells nothing
 * and cannot be made up. `key` has 32 bytes and stays the same over restarts, and so do cursors.
 */
export function sealCursor(key: Uint8Array, scope: CursorScope, id: string): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(scopeBytes(scope));
  const sealed = Buffer.concat([nonce, cipher.update(id, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('base64url');
}

/** The id in a cursor. 400 `Bad cursor: b64` for text that is no base64, `Bad cursor` for what was not sealed for this scope. */
export function openCursor(key: Uint8Array, scope: CursorScope, cursor: string): string {
  const sealed = cursor.length > LONGEST ? undefined : readBase64(cursor);
  if (sealed === undefined) throw new TrailBaseError(400, 'Bad cursor: b64');
  if (sealed.length < NONCE + TAG) throw badCursor();
  const nonce = sealed.subarray(0, NONCE);
  const opening = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
    .setAAD(scopeBytes(scope))
    .setAuthTag(sealed.subarray(-TAG));
  try {
    return opening.update(sealed.subarray(NONCE, -TAG), undefined, 'utf8') + opening.final('utf8');
  } catch {
    throw badCursor();
  }
}

function scopeBytes({ api, descending }: CursorScope): Buffer {
  return Buffer.from(`${descending ? '-' : '+'}${api}`);
}

function badCursor(): TrailBaseError {
  return new TrailBaseError(400, 'Bad cursor');
}
