import type { Actor } from '../actor.ts';
import type { RecordInput } from '../records/record.ts';

/** Where an upload goes when it is complete. */
export interface UploadTarget {
  /** Id or name of the collection. */
  readonly collection: string;
  /** Name of a field that holds files. */
  readonly field: string;
  /** The record that gets the file; undefined = a new record. */
  readonly record?: string;
  /** Values of the new record's other fields. */
  readonly data?: RecordInput;
}

/** What begins an upload. */
export interface NewUpload {
  /** May be left out for a partial upload, whose bytes go where the upload that joins it says. */
  readonly target?: UploadTarget;
  /** The client's name of the file. */
  readonly filename: string;
  /** Kept and given back as it is. */
  readonly metadata: string;
  /** Bytes; undefined = told later, by {@link Uploads.declareSize}. */
  readonly size?: number;
  /** A piece of a file, to be joined with others by {@link Uploads.join}. */
  readonly partial?: boolean;
}

/** An upload as its creator sees it. */
export interface Upload {
  readonly id: string;
  readonly metadata: string;
  /** Bytes in all; undefined while they are not known. */
  readonly size: number | undefined;
  /**
   * Bytes that the client need not send again. It reaches `size` only when the file is attached to its record (or the piece
   * is whole): clients take the full offset for success. Until then one byte is asked for again.
   */
  readonly offset: number;
  /** Whether every byte is there, attached or not. */
  readonly complete: boolean;
  readonly part: 'whole' | 'partial' | 'joined';
  /** Ids of the pieces that were joined. */
  readonly pieces: readonly string[];
  /** The record that has the file, once it is attached. */
  readonly record: { readonly collection: string; readonly id: string } | undefined;
  /** Milliseconds since the epoch; later with every byte. */
  readonly expires: number;
}

/** An upload that waits for more of its bytes, and where it goes. */
export interface OpenUpload extends Upload {
  readonly filename: string;
  /** Names; '' where the collection or the field is gone. */
  readonly collection: string;
  readonly field: string;
  /** Undefined: a new record. */
  readonly target: string | undefined;
}

/** How the bytes of one {@link Uploads.append} can be checked. */
export interface ChunkChecksum {
  readonly algorithm: 'sha256' | 'sha1' | 'md5';
  readonly digest: Uint8Array;
}

/** Bytes that go on with an upload. */
export interface Chunk {
  /** Where the client thinks that they begin. */
  readonly offset: number;
  /** Bytes as declared; undefined when they were not. */
  readonly length: number | undefined;
  /** What it yields is given away, and may be freed. */
  readonly source: AsyncIterable<Uint8Array>;
  readonly checksum?: ChunkChecksum;
}

/**
 * Uploads that may be interrupted: sessions whose bytes wait in a staging file until they are complete and become a record's
 * file by the normal life cycle (DESIGN.md 5).
 *
 * An upload belongs to the actor who began it: to all others, and after its end, it is `not_found` reason `upload`; past its
 * time `not_found` reason `upload_expired`. What a guest began belongs to whoever knows its id, as a guest. The rule and the
 * limits of the target are checked at the beginning and again, as of the finishing request's actor, when the file is attached;
 * refusals are those of `Records` and `Intake`.
 *
 * Others: `conflict` reason `offset` (not where the upload stands), `upload_complete`, `incomplete_piece` or `size_known`;
 * `too_large` reason `upload_size` (beyond its own size or a limit); `invalid` reason `checksum` (nothing of the chunk is
 * kept), `bad_target` or `bad_size`, or with an issue for the field (`not_resumable`: a password, which would lie about in
 * the database until the upload ends); `busy` reason `upload_locked` (another request is finishing it),
 * `interrupted` (another request took over) or `too_many_uploads`; `storage_full` reason `staging`.
 */
export interface Uploads {
  /** Most bytes of one upload; undefined = what each field says. */
  readonly maxSize: number | undefined;
  /** Begins an upload. One of no bytes is complete, and still to be finished. */
  create(actor: Actor, upload: NewUpload): Promise<Upload>;
  /** Ends a request that is sending, so that what it brought counts. */
  find(actor: Actor, id: string): Promise<Upload>;
  /** The first 200 uploads of an account that wait for bytes, the oldest first. Guests have none to be told of: `unauthorized`. */
  open(actor: Actor): Promise<readonly OpenUpload[]>;
  /** Says how many bytes it will be, once; the same may be said again. */
  declareSize(actor: Actor, id: string, size: number): Promise<Upload>;
  /**
   * Takes bytes, durable when it resolves. When the source fails, what came is kept and counts, and the error is passed on.
   * Another request that is sending is ended first. A chunk that goes beyond the size is refused.
   */
  append(actor: Actor, id: string, chunk: Chunk): Promise<Upload>;
  /**
   * Attaches a complete upload to its record; does nothing when that was done. After a refusal it stays complete until it
   * expires, and this may be called again.
   */
  finish(actor: Actor, id: string): Promise<Upload>;
  /**
   * Attaches complete pieces of the same creator, one after the other, as one file; then they are gone. Asked again with the
   * same pieces it answers what it made before.
   */
  join(actor: Actor, pieces: readonly string[], upload: NewUpload): Promise<Upload>;
  /** Ends an upload and removes its bytes. An attached file stays. */
  remove(actor: Actor, id: string): Promise<void>;
}
