import { AppError, type Issue } from '../../core/index.ts';
import { BodyError } from '../../http/body.ts';

/** A refusal in the protocol's own statuses. */
export class TusError extends Error {
  readonly status: number;
  readonly issues: readonly Issue[];

  constructor(status: number, message: string, issues: readonly Issue[] = []) {
    super(message);
    this.name = 'TusError';
    this.status = status;
    this.issues = issues;
  }
}

const STATUS = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 400,
  too_large: 413,
  busy: 503,
  unavailable: 503,
  storage_full: 507,
  not_configured: 503,
  internal: 500,
} satisfies Record<AppError['code'], number>;

/** Reasons with a status or with words of their own (tus 1.0.0; 423 as its servers and clients use it). */
const REASONS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  offset: [409, 'The upload stands at another offset.'],
  upload: [404, 'There is no such upload.'],
  upload_expired: [410, 'The upload has expired.'],
  upload_complete: [403, 'The upload is complete.'],
  upload_size: [413, 'The file is larger than it may be, or the bytes go beyond its end.'],
  upload_locked: [423, 'The upload is being finished by another request.'],
  interrupted: [423, 'Another request has taken the upload over.'],
  too_many_uploads: [429, 'Too many uploads are open.'],
  too_many_attempts: [429, 'Too many requests.'],
  checksum: [460, 'The bytes do not match their checksum.'],
  bad_target: [400, 'The metadata must name a collection, and a field of it that takes files.'],
  bad_size: [400, 'The length of the upload cannot be that.'],
  bad_pieces: [400, 'The uploads to join are not named rightly.'],
  size_known: [400, 'The length of the upload is known already.'],
  incomplete_piece: [400, 'Only complete partial uploads can be joined.'],
  quota_exceeded: [507, 'There is not enough storage left for this file.'],
  staging: [507, 'There is no room for this upload now.'],
  rule_failed: [400, 'The record cannot be created.'],
  superusers_only: [403, 'Only superusers can perform this action.'],
  no_target: [403, 'Nothing can be uploaded by this caller.'],
  schema_changed: [503, 'The collection was changed meanwhile.'],
};

const WORDS: Readonly<Record<number, string>> = {
  401: 'The token is not valid any more.',
  400: 'The file or its record was refused.',
  404: 'The target of the upload does not exist.',
  503: 'The upload cannot go on now; try again later.',
  507: 'There is no room for this upload now.',
};

/** Any thrown thing as an answer of this protocol. Unknown ones become a bare 500; `report` gets to see them. */
export function toTusError(error: unknown, report: (error: unknown) => void): TusError {
  if (error instanceof TusError) return error;
  if (error instanceof BodyError) {
    return error.kind === 'too_slow'
      ? new TusError(408, 'The bytes come too slowly.')
      : new TusError(400, 'The body broke off.');
  }
  if (error instanceof AppError) {
    if (error.code === 'internal') report(error);
    const known = error.code === 'unavailable' ? undefined : REASONS[error.reason ?? ''];
    const status = known?.[0] ?? STATUS[error.code];
    return new TusError(status, known?.[1] ?? WORDS[status] ?? 'Something went wrong.', error.issues);
  }
  if (isLibraryError(error)) return new TusError(error.status_code, error.body.trim());
  report(error);
  return new TusError(500, 'Something went wrong.');
}

/** The body of an error answer. */
export function errorBody({ status, message, issues }: TusError): string {
  return JSON.stringify({ status, message, issues: issues.map(({ path, code }) => ({ path, code })) });
}

/** `@tus/server` throws plain objects. */
function isLibraryError(error: unknown): error is { status_code: number; body: string } {
  if (typeof error !== 'object' || error === null || !('status_code' in error) || !('body' in error))
    return false;
  return typeof error.status_code === 'number' && typeof error.body === 'string';
}
