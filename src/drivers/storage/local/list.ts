import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListedObject } from '../../../core/ports/storage.ts';
import { isKeySegment } from '../../../lib/object-key.ts';
import { isAbsent, storageFault } from './faults.ts';
import { shardOf } from './paths.ts';

/** Which keys a listing names. */
export interface ListRange {
  readonly prefix: string;
  /** Only keys behind this one; empty = all. */
  readonly after: string;
}

/** What keys are made of, in the order of their bytes. A second character may also be missing. */
const FIRST = [...'-0123456789_abcdefghijklmnopqrstuvwxyz'];
const SECOND = ['', ...'-./0123456789_abcdefghijklmnopqrstuvwxyz'];

/** Files whose size is asked for at once. */
const STAT_BATCH = 64;

/**
 * The objects of a folder in ascending order of their keys' bytes, holding the names of one folder at a time. Files that no
 * key leads to are no objects.
 *
 * A shard whose name has a `_` in the place of another character holds keys that do not follow each other (`a-`, `a.` and
 * `a_` are all in `a_`, with `a0` to `a9` between them): so the walk goes by the keys' first two characters, not by shards.
 */
export async function* listObjects(objectsDir: string, range: ListRange): AsyncGenerator<ListedObject> {
  const shards = new Set((await entriesOf(objectsDir)).map(({ name }) => name));
  for (const first of FIRST) {
    for (const second of SECOND) {
      const start = first + second;
      const shard = shardOf(start);
      if (!shards.has(shard) || !isWithin(start, range)) continue;
      const isInGroup = (key: string) => (second === '' ? key === first : key.startsWith(start));
      yield* walk({ dir: join(objectsDir, shard), above: '', range, start, isInGroup });
    }
  }
}

interface Walk {
  readonly dir: string;
  /** The beginning that all keys in `dir` share, with its slash. */
  readonly above: string;
  readonly range: ListRange;
  readonly start: string;
  readonly isInGroup: (key: string) => boolean;
}

async function* walk(at: Walk): AsyncGenerator<ListedObject> {
  let files: string[] = [];
  for (const entry of ordered(await entriesOf(at.dir))) {
    const key = at.above + entry.name;
    if (entry.isFile()) {
      if (!at.isInGroup(key) || !key.startsWith(at.range.prefix) || key <= at.range.after) continue;
      files.push(key);
      if (files.length < STAT_BATCH) continue;
      yield* sized(at, files);
      files = [];
    } else if (entry.isDirectory()) {
      const above = `${key}/`;
      if (!couldBegin(above, at.start) || !isWithin(above, at.range)) continue;
      yield* sized(at, files);
      files = [];
      yield* walk({ ...at, dir: join(at.dir, entry.name), above });
    }
  }
  yield* sized(at, files);
}

/** Names in the order of the keys: a folder's keys go on with a slash. */
function ordered(entries: readonly Dirent[]): readonly Dirent[] {
  return entries
    .filter(({ name }) => isKeySegment(name))
    .map((entry) => ({ entry, sort: entry.isDirectory() ? `${entry.name}/` : entry.name }))
    .sort((a, b) => (a.sort < b.sort ? -1 : 1))
    .map(({ entry }) => entry);
}

async function* sized(at: Walk, keys: readonly string[]): AsyncGenerator<ListedObject> {
  const sizes = await Promise.all(keys.map((key) => sizeOf(join(at.dir, key.slice(at.above.length)))));
  for (const [index, key] of keys.entries()) {
    const size = sizes[index];
    if (size !== undefined) yield { key, size };
  }
}

/** Whether a key that begins with `start` may be in the range. */
function isWithin(start: string, { prefix, after }: ListRange): boolean {
  return couldBegin(start, prefix) && start >= after.slice(0, start.length);
}

function couldBegin(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one);
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storageFault(error);
  }
}

async function entriesOf(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw storageFault(error);
  }
}
