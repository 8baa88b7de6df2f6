import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { isObjectKey } from '../../../lib/object-key.ts';

/**
 * Refuses keys that are not made of `[a-z0-9/_.-]` segments: empty ones, those with a leading dot (so `.` and `..`), and
 * those longer than file systems take. Keys are the server's own, so a bad one is `internal` reason `bad_key`.
 */
export function checkKey(key: string): void {
  if (!isObjectKey(key)) throw new AppError('internal', { reason: 'bad_key' });
}

/** The folder of a key's shard: its first two characters, so that a million objects make some 800 entries in each. */
export function shardOf(key: string): string {
  return key
    .slice(0, 2)
    .replace(/[^a-z0-9]/g, '_')
    .padEnd(2, '_');
}

/** Where an object lies under the folder of objects. The key must be checked. */
export function pathOf(objectsDir: string, key: string): string {
  return join(objectsDir, shardOf(key), key);
}
