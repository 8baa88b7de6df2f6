/**
 * - `malformed`: not multipart, no usable boundary, or broken part headers.
 * - `truncated`: the body ended before the last boundary.
 * - `too_large`: the body, one text part, or all text parts together are beyond their limit.
 * - `too_many_parts`: more parts than allowed.
 * - `too_slow`: the client sends less than a body must bring (see `pace.ts`).
 * - `aborted`: the client went away, or the connection failed.
 */
export type MultipartErrorKind =
  | 'malformed'
  | 'truncated'
  | 'too_large'
  | 'too_many_parts'
  | 'too_slow'
  | 'aborted';

/** What {@link readMultipart} throws for faults of the body. */
export class MultipartError extends Error {
  readonly kind: MultipartErrorKind;

  constructor(kind: MultipartErrorKind, cause?: unknown) {
    super(`multipart body: ${kind}`, { cause });
    this.name = 'MultipartError';
    this.kind = kind;
  }
}
