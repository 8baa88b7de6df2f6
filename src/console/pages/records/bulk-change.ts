import {
  AppError,
  type Collection,
  type Field,
  type Operation,
  type RecordInput,
} from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import type { Visit } from '../../visit.ts';
import { type ChangedRecord, contentMark, inputToRestore, type Undos } from './undos.ts';

/** Records that are changed all or none. */
export const AT_ONCE = 1000;
/** More are changed in portions of so many. */
const PORTION = 500;

/** Records that are read before others get their turn. */
const A_TURN = 100;

/** A change of many records to the same values. */
export interface BulkChange {
  readonly collection: Collection;
  readonly ids: readonly string[];
  readonly fields: readonly Field[];
  readonly input: RecordInput;
}

/** What a change came to. */
export interface BulkOutcome {
  readonly changed: number;
  /** What undoes all of it; undefined where there is too much of it. */
  readonly undo: string | undefined;
  /** Where and why it stopped: of up to 1,000 records, nothing was changed then. */
  readonly failure?: { readonly id: string; readonly error: AppError };
}

/**
 * Changes many records: up to 1,000 all or none, more in portions, until one fails. Those that are gone are left out. One that
 * somebody else changes at that moment fails.
 */
export async function changeMany(
  { core }: Console,
  undos: Undos,
  { actor, csrf }: Visit,
  { collection, ids, fields, input }: BulkChange,
): Promise<BulkOutcome> {
  const size = ids.length > AT_ONCE ? PORTION : AT_ONCE;
  const records: ChangedRecord[] = [];
  let changed = 0;
  for (let from = 0; from < ids.length; from += size) {
    const operations: (Operation & { readonly kind: 'update' })[] = [];
    const before = new Map<string, RecordInput>();
    for (const [at, id] of ids.slice(from, from + size).entries()) {
      if (at % A_TURN === A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
      const found = await read(id);
      if (found === undefined) continue;
      before.set(id, found.before);
      operations.push({ kind: 'update', collection, id, input, options: { ifUnchanged: found.revision } });
    }
    try {
      const results = operations.length === 0 ? [] : await core.records.batch(actor, operations);
      for (const result of results) {
        if (result.kind !== 'done' || result.view === undefined) continue;
        const was = before.get(result.id);
        if (ids.length <= AT_ONCE && was !== undefined) {
          records.push({ id: result.id, before: was, written: contentMark(result.view) });
        }
      }
      changed += operations.length;
    } catch (error) {
      if (!(error instanceof AppError) || !['invalid', 'conflict', 'not_found', 'busy'].includes(error.code))
        throw error;
      const id = operations[Number(error.params.operation ?? 0)]?.id ?? '';
      return { changed, undo: undefined, failure: { id, error } };
    }
  }
  const undo =
    records.length === 0 ? undefined : undos.keep({ owner: csrf, collectionId: collection.id, records });
  return { changed, undo };

  /** The revision is asked for first: a change in between then fails. */
  async function read(id: string): Promise<{ revision: string; before: RecordInput } | undefined> {
    try {
      const revision = await core.records.revision(actor, collection, id);
      return { revision, before: inputToRestore(await core.records.view(actor, collection, id), fields) };
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}
