/** The states of a stored object (DESIGN.md 5). */
export type ObjectState = 'pending' | 'live' | 'doomed' | 'abandoned';

/** A live file of a record, as the catalogue has it. */
export interface StoredFile {
  readonly objectId: string;
  /** Name of the storage that holds it. */
  readonly backend: string;
  readonly key: string;
  readonly size: number;
  readonly sha256: string;
  /** Sniffed from the content, with charset where text. */
  readonly type: string;
  /** The media type that the client claimed: a hint that decides nothing. Empty when it claimed none. */
  readonly declaredType: string;
  readonly width: number;
  readonly height: number;
  /** The client's name, cleaned. */
  readonly originalName: string;
  /** The public name, e.g. `photo_k3v9x0q2ab.png`. */
  readonly name: string;
  readonly collectionId: string;
  readonly recordId: string;
  readonly fieldId: string;
  /** Milliseconds since the epoch when it became live. */
  readonly created: number;
}

/** What is known of bytes that were received, beside the names that their client gave them. */
export interface ReceivedContent {
  readonly objectId: string;
  readonly size: number;
  /** Sniffed from the content, with charset where text. */
  readonly type: string;
  /** The usual extension of that type with its dot, or ''. */
  readonly ext: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

/** {@link ReceivedContent} with its names; see {@link StoredFile}. */
export interface UploadFacts extends ReceivedContent {
  readonly name: string;
  readonly originalName: string;
  readonly declaredType: string;
}

/**
 * Bytes that were received and are durable, but belong to nothing yet: a `pending` row of the catalogue. Only an intake
 * makes one, so that no client can name an object into a record.
 */
export class UploadedFile implements UploadFacts {
  readonly objectId: string;
  readonly size: number;
  readonly type: string;
  readonly ext: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly name: string;
  readonly originalName: string;
  readonly declaredType: string;

  constructor(facts: UploadFacts) {
    this.objectId = facts.objectId;
    this.size = facts.size;
    this.type = facts.type;
    this.ext = facts.ext;
    this.sha256 = facts.sha256;
    this.width = facts.width;
    this.height = facts.height;
    this.name = facts.name;
    this.originalName = facts.originalName;
    this.declaredType = facts.declaredType;
  }
}

/** What the catalogue says of a live file beside its place: for those who show a record. */
export type FileFacts = Pick<
  StoredFile,
  'objectId' | 'fieldId' | 'name' | 'originalName' | 'size' | 'type' | 'declaredType' | 'sha256'
>;
