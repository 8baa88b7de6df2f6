import { AppError, type Issue } from '../../core/index.ts';
import { sentence } from '../../lib/text.ts';
import { messageOf, type WireMessage } from './messages.ts';
import { json } from './respond.ts';

/** The `data` member of an error: entries by field, nested along dots. */
export interface WireData {
  [key: string]: WireData | WireMessage;
}

/** An error with this dialect's own status and words (specs/pocketbase.md 1.3). */
export class WireError extends Error {
  constructor(
    readonly status: number,
    message = DEFAULT_MESSAGES[status] ?? GENERIC,
    readonly data: WireData = {},
    /** Seconds, for 503 and 429. */
    readonly retryAfter = 1,
  ) {
    super(message);
    this.name = 'WireError';
  }
}

const GENERIC = 'Something went wrong while processing your request.';

const DEFAULT_MESSAGES: Readonly<Record<number, string>> = {
  400: GENERIC,
  401: 'Missing or invalid authentication.',
  403: 'You are not allowed to perform this request.',
  404: "The requested resource wasn't found.",
  408: 'The request body came too slowly.',
  413: 'Request entity too large.',
  429: 'Too Many Requests.',
  500: GENERIC,
};

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
  not_configured: 403,
  internal: 500,
} as const satisfies Record<AppError['code'], number>;

/** Words for an `AppError` by its reason; everything else has the default words of its status. */
const REASONS: Readonly<Record<string, (params: AppError['params']) => string>> = {
  superusers_only: () => 'Only superusers can perform this action.',
  superusers_filter: ({ path }) => `Only superusers can filter by ${String(path)}`,
  collection: () => 'Missing collection context.',
  create: () => 'Failed to create record.',
  update: () => 'Failed to update record.',
  rule_failed: () => 'Failed to create record.',
  required_reference: () =>
    'Failed to delete record. Make sure that the record is not part of a required relation reference.',
  last_superuser: () => "You can't delete the only existing superuser.",
  view: () => 'Unsupported collection type.',
  auth_rule: () => "The request doesn't satisfy the collection requirements to authenticate.",
  second_factor: () => 'The account signs in with a second factor, which this API cannot ask for.',
  password_auth: () => 'The collection is not configured to allow password authentication.',
  credentials: () => 'Failed to authenticate.',
  system_collection: () => 'Failed to delete collection.',
  referenced: ({ by }) => `Failed to delete collection probably due to existing reference in ${String(by)}.`,
  quota_exceeded: () => 'There is not enough storage left for these files.',
  backup_running: () => 'Try again later - another backup/restore process has already been started.',
  backup_in_use: () => 'The backup is currently being used and cannot be deleted.',
};

/** Any thrown thing as this dialect's error. Unknown ones become a bare 500; `report` gets to see them. */
export function toWireError(error: unknown, report: (error: unknown) => void): WireError {
  if (error instanceof WireError) return error;
  if (!(error instanceof AppError)) {
    report(error);
    return new WireError(500);
  }
  if (error.code === 'internal') report(error);
  if (error.code === 'busy' && error.reason === 'too_many_attempts') return new WireError(429);
  if (error.code === 'busy' && error.reason === 'backup_running') return new WireError(400, wording(error));
  const { retryAfter } = error.params;
  const pause = typeof retryAfter === 'number' ? retryAfter : 1;
  return new WireError(STATUS[error.code], wording(error), wireData(error.issues), pause);
}

/** The response of a wire error. 503 carries Retry-After (SECURITY-REQUIREMENTS 9.11). */
export function errorResponse(error: WireError): Response {
  const response = json(
    { data: error.data, message: sentence(error.message), status: error.status },
    error.status,
  );
  if (error.status === 503 || error.status === 429) {
    response.headers.set('retry-after', String(error.retryAfter));
  }
  return response;
}

/** Runs a core call whose invalid input this route reports under its own message. */
export async function failingWith<T>(message: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    // Without issues the reason has words of its own.
    const isInput =
      error instanceof AppError &&
      error.code === 'invalid' &&
      (error.issues.length > 0 || error.reason === undefined);
    if (isInput) {
      throw new WireError(400, message, wireData(error.issues));
    }
    throw error;
  }
}

function wording(error: AppError): string | undefined {
  return error.reason === undefined ? undefined : REASONS[error.reason]?.(error.params);
}

/** Issues as nested `data` (1.3): list elements nest by decimal index. */
export function wireData(issues: readonly Issue[]): WireData {
  const root: WireData = {};
  for (const issue of issues) place(root, issue);
  return root;
}

function place(root: WireData, issue: Issue): void {
  const keys = issue.path.split('.').filter((key) => key !== '' && key !== '__proto__');
  const last = keys.pop();
  if (last === undefined) return;
  let node = root;
  for (const key of keys) {
    const next = Object.hasOwn(node, key) ? node[key] : undefined;
    if (next !== undefined && !isIssue(next)) node = next;
    else {
      const made: WireData = {};
      node[key] = made;
      node = made;
    }
  }
  if (!Object.hasOwn(node, last)) node[last] = messageOf(issue);
}

function isIssue(node: WireData | WireMessage): node is WireMessage {
  return typeof node.code === 'string' && typeof node.message === 'string';
}
