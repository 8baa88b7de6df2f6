import type { Sniffer } from '../../lib/sniff.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Field } from '../fields/field.ts';
import type { Queryable, Tx } from '../ports/database.ts';
import type { ImageTransform } from '../ports/images.ts';
import type { ByteRange } from '../ports/storage.ts';
import type { FileFacts, StoredFile, UploadedFile } from './stored-file.ts';

/** One file of a request, as it arrives. */
export interface IncomingFile {
  readonly filename: string;
  /** The media type that the client claims. Kept as a hint when it looks like one. */
  readonly declaredType?: string;
  /** The public name that the file has elsewhere and keeps, for imports: letters, digits, `_`, `-` and `.`. Default: a new one. */
  readonly publicName?: string;
  readonly stream: AsyncIterable<Uint8Array>;
  /** The same bytes as a file that is durable already; a storage that can takes it over, and the stream is not read. */
  readonly staged?: StagedContent;
}

/** A finished file of this machine. */
export interface StagedContent {
  readonly size: number;
  /** The SHA-256 in lower-case hex, and a sniffer that saw the beginning. */
  examine(): Promise<{ readonly sha256: string; readonly sniffer: Sniffer }>;
  /** Gives the file a second name, which a storage takes over while the first stays; undefined where that cannot be. */
  link(): Promise<string | undefined>;
  /** Removes that name again, where it is still there. */
  unlink(path: string): Promise<void>;
}

/** New files of one field of a record. */
export interface Placement {
  readonly fieldId: string;
  /** The field's complete names after the change, in order. */
  readonly names: readonly string[];
  /** Those of them that are new. */
  readonly uploads: readonly UploadedFile[];
}

/** The uploads of one request (DESIGN.md 5, steps 1 to 4). */
export interface Intake {
  /**
   * Reserves a catalogue row (committed before the first byte), writes the bytes durably, sniffs the type and checks the
   * field's limits: `invalid` with an issue at the field's name, code `file_size_limit` `{ name, max }` or
   * `invalid_mime_type` `{ name, types }`. A failed upload is already discarded when it throws.
   */
  receive(field: Field, file: IncomingFile): Promise<UploadedFile>;
  /** A received file under the name and type that its client told only after its bytes. Takes the place of `upload`. */
  rename(upload: UploadedFile, to: Pick<IncomingFile, 'filename' | 'declaredType'>): UploadedFile;
  /**
   * Throws `storage_full` reason `quota_exceeded` when so many bytes have no room for certain (SECURITY-REQUIREMENTS 3.8);
   * `receive` throws the same as soon as that shows, and `attach` decides.
   */
  expect(bytes: number): Promise<void>;
  /**
   * Inside the writing transaction, before the row that may release files is written: what the quotas compare with. Without
   * it `attach` takes nothing for released.
   */
  weigh(tx: Tx): Promise<void>;
  /**
   * Inside the writing transaction, as its last step: turns exactly the placed uploads from pending to live, or throws
   * `internal`; throws `storage_full` reason `quota_exceeded` when more would be stored than the quotas allow.
   */
  attach(tx: Tx, collection: Collection, recordId: string, placements: readonly Placement[]): Promise<void>;
  /** Dooms what was received and not attached. Call it in `finally`; after a commit it does nothing. */
  discard(): Promise<void>;
}

/** A picture made from a stored file, or the file itself where none can be made. */
export interface Derivative {
  readonly body: Blob | Uint8Array<ArrayBuffer>;
  readonly size: number;
  readonly type: string;
  /** Strong, without quotes. */
  readonly etag: string;
}

/** An address outside this server that gives a file's bytes for a short while; a secret of the client's. */
export interface FileRedirect {
  readonly address: string;
}

/** Reading and removal of stored files. */
export interface Files {
  /**
   * A place for uploads to a record that is there, or to a new one (undefined). They count for the actor. Only
   * `Records.admit` calls it, after its checks.
   */
  intake(collection: Collection, actor: Actor, recordId: string | undefined): Intake;
  /** Bytes that the actor may still store; `Number.MAX_SAFE_INTEGER` where there is no quota. */
  room(actor: Actor): Promise<number>;
  /**
   * A live file by its public name in a record. `not_found` reason `file` on any miss. When its field is protected the
   * collection's view rule is asked for the actor in context `protectedFile`; a refusal is `not_found`, too.
   */
  find(
    actor: Actor,
    collection: Collection,
    recordId: string,
    name: string,
  ): Promise<{ file: StoredFile; field: Field }>;
  /**
   * What is known of the live files of these records, by record id, in no order; records without files are left out. One
   * statement. It asks no rule: for records that the actor was shown. `q`: the transaction to ask in. Default: the last commit.
   */
  describe(
    collection: Collection,
    recordIds: readonly string[],
    q?: Queryable,
  ): Promise<ReadonlyMap<string, readonly FileFacts[]>>;
  /** The bytes. Small files come from a bounded memory cache. `internal` reason `missing_object` when the store lost it. */
  read(
    file: StoredFile,
    range?: ByteRange,
  ): Promise<Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>>;
  /**
   * Where the client may read the file for a short while without passing through this server. Undefined unless that is
   * configured, for files that are large enough, in storages that can do it. The actor was asked by {@link Files.find}.
   */
  redirect(
    file: StoredFile,
    field: Field,
    answer: {
      readonly contentType: string;
      readonly disposition: string;
      /** Not everybody may read it, whether its field says so or not: the address works for a minute. */
      readonly isPrivate?: boolean;
    },
  ): Promise<FileRedirect | undefined>;
  /**
   * The transformed picture: cached beside the original by (object, transform), made once for identical concurrent
   * requests. Throws as `Images.transform` does.
   */
  derive(file: StoredFile, transform: ImageTransform): Promise<Derivative>;
  /** Wakes the worker that erases doomed objects. Called after every commit that released something. */
  wakeEraser(): void;
  /** DESIGN.md 5.8, before listening, under the lock of the data folder. */
  recover(): Promise<{ readonly doomed: number; readonly swept: number }>;
  /** Keeps every object that is live now from being erased until the returned function is called. */
  pin(): () => void;
  /** Stops the eraser after its current object. */
  close(): Promise<void>;
}
