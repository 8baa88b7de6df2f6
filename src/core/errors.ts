/**
 * The closed list of ways an operation can fail. Dialects map each to their own status and words.
 *
 * - `invalid`: the input is wrong; see {@link AppError.issues}.
 * - `unauthorized`: nobody is identified, and somebody must be.
 * - `forbidden`: somebody is identified, or nobody may.
 * - `not_found`: does not exist, or must look so to this caller.
 * - `conflict`: true of the stored state, not of the input (references, a name in use by a running job).
 * - `too_large`: a body, file or field beyond its limit.
 * - `busy`: a bounded queue is full, or the work was stopped for taking too long; try again.
 * - `unavailable`: a resource outside the process does not answer.
 * - `storage_full`: no room for the bytes.
 * - `not_configured`: the feature exists but is switched off or not set up.
 * - `internal`: anything unknown; logged, never shown.
 */
export const errorCodes = [
  'invalid',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'busy',
  'unavailable',
  'storage_full',
  'not_configured',
  'internal',
] as const;

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

/** A value that an issue's wording may need (a bound, a name). */
export type IssueParam = string | number | boolean | readonly string[];

/**
 * One thing wrong with the input.
 *
 * `path` is dotted (`passwordAuth.identityFields`, `fields.3.name`); `code` is the validator's name without a
 * dialect's prefix, e.g. `required`, `min_text_constraint`, `not_unique` (the names of specs/pocketbase.md 1.3 and 4
 * without `validation_`).
 */
export interface Issue {
  readonly path: string;
  readonly code: string;
  readonly params?: Readonly<Record<string, IssueParam>>;
}

/** What {@link AppError} may carry beside its code. */
export interface AppErrorOptions {
  readonly issues?: readonly Issue[];
  /** A finer, stable name for the cause, e.g. `superusers_only`, `rule_failed`, `required_reference`. */
  readonly reason?: string;
  /** Facts for the dialect's wording, e.g. `{ collection: 'posts' }`. Never secrets, SQL or paths. */
  readonly params?: Readonly<Record<string, IssueParam>>;
  readonly cause?: unknown;
}

/** The only error that core and drivers throw on purpose. It has no status and no sentence for users. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly issues: readonly Issue[];
  readonly reason: string | undefined;
  readonly params: Readonly<Record<string, IssueParam>>;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.reason ? `${code}: ${options.reason}` : code, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.issues = options.issues ?? [];
    this.reason = options.reason;
    this.params = options.params ?? {};
  }
}

/** An `invalid` error with the given issues. */
export function invalid(...issues: readonly Issue[]): AppError {
  return new AppError('invalid', { issues });
}

/** A `not_found` error; `reason` says what was looked for. */
export function notFound(reason: string): AppError {
  return new AppError('not_found', { reason });
}
