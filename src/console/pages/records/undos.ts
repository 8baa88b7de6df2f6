import { createHash, randomBytes } from 'node:crypto';
import type { Collection, Core, Field, RecordInput, RecordView } from '../../../core/index.ts';
import { stringifyJson } from '../../../lib/lossless-json.ts';

/** How a changed record was before, and as what the change left it. */
export interface ChangedRecord {
  readonly id: string;
  /** Input that puts the previous values back. */
  readonly before: RecordInput;
  /** The {@link contentMark} of the record after the change. */
  readonly written: string;
}

/** A change that can be undone. */
export interface UndoableChange {
  /** Whose it is: the `csrf` of their session. */
  readonly owner: string;
  readonly collectionId: string;
  readonly records: readonly ChangedRecord[];
}

/** The changes of the last minutes, in memory: a restart forgets them. */
export interface Undos {
  /** An id under which {@link take} finds it for ten minutes; undefined for what is too large to be kept. */
  keep(change: UndoableChange): string | undefined;
  /** The number of records of a change that is kept. */
  count(owner: string, collection: Collection, id: string): number | undefined;
  /** Gives it to its owner, once. */
  take(owner: string, collection: Collection, id: string): UndoableChange | undefined;
}

const KEPT_MS = 10 * 60_000;
const MOST_CHANGES = 100;
/** Characters of previous values: of one change, and of all that are kept. */
const LONGEST = 2_000_000;
const LONGEST_ALL = 16_000_000;

/** Makes {@link Undos}. What is oldest goes first when there is too much. */
export function createUndos(clock: Core['clock']): Undos {
  const kept = new Map<string, UndoableChange & { readonly until: number; readonly size: number }>();

  function forget(): void {
    const now = clock.now();
    let size = [...kept.values()].reduce((sum, one) => sum + one.size, 0);
    for (const [id, one] of kept) {
      if (one.until > now && kept.size <= MOST_CHANGES && size <= LONGEST_ALL) return;
      kept.delete(id);
      size -= one.size;
    }
  }

  function find(owner: string, collection: Collection, id: string): UndoableChange | undefined {
    forget();
    const found = kept.get(id);
    return found?.owner === owner && found.collectionId === collection.id ? found : undefined;
  }

  return {
    keep(change) {
      const size = stringifyJson(change.records)?.length ?? 0;
      if (size > LONGEST) return undefined;
      const id = randomBytes(16).toString('base64url');
      kept.set(id, { ...change, size, until: clock.now() + KEPT_MS });
      forget();
      return id;
    },
    count: (owner, collection, id) => find(owner, collection, id)?.records.length,
    take(owner, collection, id) {
      const found = find(owner, collection, id);
      if (found !== undefined) kept.delete(id);
      return found;
    },
  };
}

/** A short text that differs when anything of a record does, as a superuser sees it. */
export function contentMark({ values }: RecordView): string {
  const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(stringifyJson(sorted) ?? '')
    .digest('base64url')
    .slice(0, 22);
}

/** Input that puts values of a record back as they are. */
export function inputToRestore({ values }: RecordView, fields: readonly Field[]): RecordInput {
  return Object.fromEntries(fields.map((field) => [field.name, inputOf(values[field.name], field)]));
}

/** JSON goes in as its text: a text among the values of JSON would be read as one otherwise. */
function inputOf(value: unknown, { type }: Field): unknown {
  if (type !== 'json' && type !== 'geometry') return value;
  return value === null || value === undefined ? null : stringifyJson(value);
}
