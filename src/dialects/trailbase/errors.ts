import { AppError, type Issue } from '../../core/index.ts';
import { BodyError } from '../../http/body.ts';
import { MultipartError } from '../../http/multipart.ts';
import { emptyAnswer, textAnswer } from './respond.ts';

/** An error with this dialect's own status; a text only where clients are told one (specs/trailbase.md 1). */
export class TrailBaseError extends Error {
  constructor(
    readonly status: number,
    /** The body, as plain text. */
    readonly text = '',
    /** Seconds, for 503 and 429. */
    readonly retryAfter = 1,
  ) {
    super(text === '' ? String(status) : text);
    this.name = 'TrailBaseError';
  }
}

/** Text of a 400 for values that no column can hold. */
export const INVALID_PARAMETERS = 'Invalid Parameters';
/** Text of a 413. */
export const TOO_LONG = 'length limit exceeded';

const STATUS = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  busy: 503,
  unavailable: 503,
  storage_full: 507,
  not_configured: 403,
  internal: 500,
} as const satisfies Record<AppError['code'], number>;

/** Statuses of failures that this dialect tells otherwise than by their code. */
const BY_REASON: Readonly<Record<string, readonly [status: number, text?: string]>> = {
  rule_failed: [403],
  superusers_only: [403],
  superusers_filter: [400, 'Invalid filter params'],
  bad_filter: [400, 'Invalid filter params'],
  view: [405],
  required_reference: [400, 'db constraint: fk'],
  last_superuser: [403],
  too_many_attempts: [429],
  mail: [424],
};

/** Texts of constraint failures by the code of their issue (specs/trailbase.md 4). Every other issue is a wrong parameter. */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  not_unique: 'unique',
  pk_invalid: 'pk',
  not_null: 'not null',
  required: 'not null',
  missing_rel_records: 'fk',
  out_of_range: 'data type',
  min_number_constraint: 'check',
  max_number_constraint: 'check',
  min_text_constraint: 'check',
  max_text_constraint: 'check',
  in_invalid: 'check',
  invalid_format: 'check',
  not_the_id: 'check',
  only_int_constraint: 'check',
  not_enough_values: 'check',
  too_many_values: 'check',
};

/** Any thrown thing as this dialect's error. Unknown ones become a bare 500; `report` gets to see them. */
export function toTrailBaseError(error: unknown, report: (error: unknown) => void): TrailBaseError {
  if (error instanceof TrailBaseError) return error;
  if (error instanceof BodyError || error instanceof MultipartError) return bodyFault(error.kind);
  if (!(error instanceof AppError)) {
    report(error);
    return new TrailBaseError(500);
  }
  if (error.code === 'internal') report(error);
  return fromCore(error);
}

/** The answer to an error. 503 and 429 carry Retry-After (SECURITY-REQUIREMENTS 9.11). */
export function errorResponse({ status, text, retryAfter }: TrailBaseError): Response {
  const response = text === '' ? emptyAnswer(status) : textAnswer(text, status);
  if (status === 503 || status === 429) response.headers.set('retry-after', String(retryAfter));
  return response;
}

function fromCore({ code, reason, params, issues }: AppError): TrailBaseError {
  const { retryAfter } = params;
  const pause = typeof retryAfter === 'number' ? retryAfter : 1;
  const known = reason === undefined ? undefined : BY_REASON[reason];
  if (known !== undefined) return new TrailBaseError(known[0], known[1], pause);
  const status = STATUS[code];
  if (code === 'invalid') return new TrailBaseError(status, inputText(issues));
  return new TrailBaseError(status, code === 'too_large' ? TOO_LONG : '', pause);
}

/** A wrong parameter is told before a constraint that another one breaks, as the original binds values before it runs SQL. */
function inputText(issues: readonly Issue[]): string {
  const texts = issues.map(({ code, path }) => constraintText(code, path));
  if (texts.length === 0 || texts.includes(undefined)) return INVALID_PARAMETERS;
  return `db constraint: ${texts[0]}`;
}

function constraintText(code: string, path: string): string | undefined {
  if (code === 'not_unique' && path === 'id') return 'pk';
  return Object.hasOwn(CONSTRAINTS, code) ? CONSTRAINTS[code] : undefined;
}

function bodyFault(kind: (BodyError | MultipartError)['kind']): TrailBaseError {
  if (kind === 'too_large') return new TrailBaseError(413, TOO_LONG);
  if (kind === 'too_slow') return new TrailBaseError(408);
  return new TrailBaseError(400, INVALID_PARAMETERS);
}
