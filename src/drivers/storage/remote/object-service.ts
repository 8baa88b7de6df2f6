import type { ByteRange, ListedObject, ObjectHead, PresignOptions } from '../../../core/ports/storage.ts';

/** Bytes to send: whole in memory, or a slice of a file on this machine. They can be read again for another attempt. */
export type SendBody = Uint8Array<ArrayBuffer> | Blob;

/** What is known of bytes before they are sent, so that the service can refuse what was damaged on the way. */
export interface SendFacts {
  readonly size: number;
  /** Of these bytes, as {@link ObjectService.checksum} wants it. */
  readonly digest: string;
}

/** One part of a multipart upload. */
export interface PartFacts extends SendFacts {
  /** From 1, without gaps. */
  readonly number: number;
  /** Of its first byte in the object. */
  readonly offset: number;
  /** No other follows. All others have {@link ObjectService.partSize} bytes. */
  readonly last: boolean;
}

/** A part that the service has. */
export interface SentPart {
  readonly number: number;
  readonly size: number;
  /** What the service answered, where it needs it to complete the upload. */
  readonly tag: string;
}

/** An object's bytes as they arrive; `etag` names this very content. */
export interface ServiceBody {
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes that `body` has when it is whole. */
  readonly size: number;
  readonly etag: string;
}

/** What is known of an object, with the tag that names its content. */
export interface ServiceHead extends ObjectHead {
  readonly etag: string;
}

/**
 * One remote object service, as thin as its SDK allows: each call is one request, without retries, pauses or state of its
 * own; `createRemoteStorage` adds those. Keys are complete (with the configured prefix). Every call takes a signal that ends
 * it, and rejects with a {@link ServiceError}, or with the signal's reason when that ended it.
 */
export interface ObjectService {
  readonly type: 's3' | 'gcs' | 'azure';
  /** Where it is, for logs and operators, e.g. `s3://bucket at https://host`. No secrets. */
  readonly place: string;
  /**
   * What the service compares the bytes of a request with: `md5` in base64, as Content-MD5 has it (RFC 1864), or `sha256` in
   * lower-case hex, as a signed payload has it.
   */
  readonly checksum: 'md5' | 'sha256';
  /** Bytes of every part but the last; objects of at most this many are sent whole. */
  readonly partSize: number;
  /** Parts of one object that may be on their way at once; 1 = strictly in order. */
  readonly parallelParts: number;
  putWhole(key: string, body: SendBody, facts: SendFacts, signal: AbortSignal): Promise<void>;
  /** Begins an upload in parts; the id that `abortMultipart` takes. Empty where the service has none to abort. */
  startMultipart(key: string, signal: AbortSignal): Promise<string>;
  putPart(
    key: string,
    upload: string,
    body: SendBody,
    facts: PartFacts,
    signal: AbortSignal,
  ): Promise<SentPart>;
  /** Makes the object appear, whole. `parts` in order of their numbers. */
  completeMultipart(
    key: string,
    upload: string,
    parts: readonly SentPart[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Succeeds when there is no such upload (any more). */
  abortMultipart(key: string, upload: string, signal: AbortSignal): Promise<void>;
  /** Ids of unfinished uploads of exactly this key; for what was started and never journalled. */
  listMultiparts(key: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The object, or the range of it; only while its content is still that of `etag`, when one is given. */
  get(
    key: string,
    range: ByteRange | undefined,
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<ServiceBody>;
  head(key: string, signal: AbortSignal): Promise<ServiceHead | undefined>;
  /** Succeeds when there is no such object. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  copy(from: string, to: string, signal: AbortSignal): Promise<void>;
  /** One page of at most 1,000, in ascending order; `after` is the last key of the page before. */
  list(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly objects: readonly ListedObject[]; readonly more: boolean }>;
  /** One harmless request that needs the bucket and the credentials. */
  check(signal: AbortSignal): Promise<void>;
  /** Undefined where the credentials cannot sign addresses. */
  presign?(key: string, options: PresignOptions): Promise<string>;
  close(): void;
}

/**
 * How a request failed.
 *
 * - `missing`: no such object (or upload). `no_bucket`: no such bucket or container.
 * - `denied`: credentials are wrong or may not do this.
 * - `changed`: the content is not that of the etag any more (412).
 * - `damaged`: the service refused the checksum; sending again may help.
 * - `throttled`: 429, 503 or the service's own "slow down".
 * - `failed`: any other 5xx, an error in the body of a 200, an answer that cannot be read.
 * - `unreachable`: no connection, a reset, a timeout: whether the request took effect is not known.
 * - `rejected`: any other 4xx; sending again will not help.
 */
export type ServiceFault =
  | 'missing'
  | 'no_bucket'
  | 'denied'
  | 'changed'
  | 'damaged'
  | 'throttled'
  | 'failed'
  | 'unreachable'
  | 'rejected';

/** The only error that an {@link ObjectService} rejects with. */
export class ServiceError extends Error {
  constructor(
    readonly fault: ServiceFault,
    options: { readonly cause?: unknown; readonly status?: number; readonly retryAfter?: number } = {},
  ) {
    super(options.status === undefined ? fault : `${fault} (${options.status})`, { cause: options.cause });
    this.name = 'ServiceError';
    this.status = options.status;
    this.retryAfter = options.retryAfter;
  }

  readonly status: number | undefined;
  /** Seconds that the service asked to wait. */
  readonly retryAfter: number | undefined;
}
