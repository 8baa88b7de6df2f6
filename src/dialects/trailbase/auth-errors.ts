import { AppError, type Issue } from '../../core/index.ts';
import { isHead } from '../../http/head.ts';
import { TrailBaseError } from './errors.ts';

/** The answer of an account route; what the core refuses becomes the status and text of specs/trailbase.md 12. */
export async function told(work: Promise<Response>): Promise<Response> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof AppError ? (toAuthError(error) ?? error) : error;
  }
}

/** Some routes do by GET what HEAD must not do (RFC 9110, 9.2.1): 405. */
export function refuseHead(request: Request): void {
  if (isHead(request)) throw new TrailBaseError(405);
}

/** Statuses and texts of refusals that only account routes meet; undefined for what is told as everywhere. */
function toAuthError({ code, reason, issues }: AppError): TrailBaseError | undefined {
  const known = reason === undefined ? undefined : BY_REASON[`${code} ${reason}`];
  if (known !== undefined) return new TrailBaseError(...known);
  const [issue] = issues;
  return code === 'invalid' && issue !== undefined ? new TrailBaseError(400, textOf(issue)) : undefined;
}

const BY_REASON: Readonly<Record<string, readonly [status: number, text?: string]>> = {
  'forbidden auth_rule': [401],
  'invalid credentials': [401],
  'invalid token': [400, 'invalid token'],
  'invalid totp': [400, 'invalid totp'],
  'conflict totp_on': [400, 'TOTP already enabled'],
  'conflict totp_not_begun': [400, 'TOTP not registered'],
  'conflict totp_off': [400, 'TOTP not enabled'],
  'conflict not_anonymous': [424],
  'not_configured otp': [404],
  'not_configured anonymous': [404],
};

type Words = Readonly<Record<string, string>>;

/** By the issue's path, then its code; `''` for any other code. */
const TEXTS: Readonly<Record<string, Words>> = {
  password: {
    required: 'Password too short',
    min_text_constraint: 'Password too short',
    max_text_constraint: 'Password too long',
    max_password_constraint: 'Password too long',
    common_password: 'Password too common',
    '': 'Password not allowed',
  },
  email: { required: 'Missing email', '': 'Invalid email' },
  username: {
    required: 'Missing username',
    min_text_constraint: 'username too short',
    max_text_constraint: 'username too long',
    invalid_username: 'username contains invalid characters',
    '': 'username not allowed',
  },
  oldPassword: { '': 'invalid `old_password`' },
};

function textOf({ path, code }: Issue): string {
  const words = Object.hasOwn(TEXTS, path) ? TEXTS[path] : undefined;
  if (words === undefined) return 'Invalid Parameters';
  return (Object.hasOwn(words, code) ? words[code] : words['']) ?? 'Invalid Parameters';
}
