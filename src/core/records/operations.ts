import type { Collection } from '../collections/collection.ts';
import type { Intake } from '../files/files.ts';
import type { RecordInput, RecordValues, RecordView } from './record.ts';

/** Options of a single record's operation. */
export interface RecordOptions {
  readonly expand?: string;
  /** The uploads of this request; attached inside the writing transaction. */
  readonly intake?: Intake;
}

/** Options of an update. */
export interface UpdateOptions extends RecordOptions {
  /**
   * The {@link Records.revision} that the change was made for: `conflict` reason `changed_meanwhile` when the record is another
   * one by now. Superusers only.
   */
  readonly ifUnchanged?: string;
}

/** Options of a create that is one operation of several. */
export interface CreateOptions extends RecordOptions {
  /**
   * What happens when there is a record of this id; other unique values that are taken always refuse. The create rule must
   * admit the new record and its values must validate in any case. Default `abort`.
   *
   * - `abort`: `invalid` with issue `not_unique` at `id`;
   * - `ignore`: nothing, and the result is `ignored`;
   * - `replace`: every writable field that is not hidden takes the value that it has in the new record, be it a default; the
   *   record's update rule must admit that, or the answer is `invalid` reason `rule_failed`. Subscribers hear of an update.
   *   Accounts are replaced only by those who manage them.
   */
  readonly onConflict?: 'abort' | 'ignore' | 'replace';
  /** Names of fields that a replacement leaves as they are unless they were sent. */
  readonly keeps?: readonly string[];
}

/** One of several operations of a batch. */
export type Operation =
  | {
      readonly kind: 'create';
      readonly collection: Collection;
      readonly input: RecordInput;
      readonly options?: CreateOptions;
    }
  | {
      readonly kind: 'update';
      readonly collection: Collection;
      readonly id: string;
      readonly input: RecordInput;
      readonly options?: UpdateOptions;
    }
  | { readonly kind: 'delete'; readonly collection: Collection; readonly id: string };

/** What one operation of a batch came to. */
export type OperationResult =
  /** `view` is the record right after this operation, as the actor may see it; a deleted one has none. */
  | { readonly kind: 'done'; readonly id: string; readonly view?: RecordView }
  /** The id was taken, and nothing happened. */
  | { readonly kind: 'ignored' };

/** A record that is taken over from elsewhere. */
export interface ImportRow {
  /**
   * Values in the form that `findStored` gives them, hashes of passwords included, by field name. What is missing gets what
   * a create gives it. File fields hold what {@link ImportRow.intake} received.
   */
  readonly values: RecordValues;
  /** Where the row's files came in: `admit(actor, collection, undefined)`, one for each row that has any. */
  readonly intake?: Intake;
}
