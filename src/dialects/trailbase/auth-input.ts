import type { AccountNames } from '../../core/index.ts';
import { type BodyKind, queryValues, readBody, type Values } from './body.ts';
import { TrailBaseError } from './errors.ts';

/** Members of a request to an account route (specs/trailbase.md 12). */
export interface AuthInput {
  readonly kind: BodyKind;
  /** Text of a member; undefined when it is absent, null or empty, 400 when it is no text, or an endless one. */
  text(name: string): string | undefined;
  /** Text that must be there: 400 with the given text otherwise. */
  need(name: string, missing?: string): string;
  /** Text of a member that null takes away (an empty one in forms); 400 when it is absent. */
  textOrNull(name: string, missing: string): string | null;
}

/** Most characters of a member: tokens are the longest. Limits and mail that waits remember names. */
const LONGEST = 4096;

/** Parameters that say how a sign-in goes on. A query may have them as well as a body; no secret is taken from a query. */
const FLOW = ['redirect_uri', 'mfa_redirect_uri', 'response_type', 'pkce_code_challenge'];

/**
 * Reads a body in any of the three formats, and from the query what says how a sign-in goes on, and `alsoInQuery`. Where
 * both have a member, that of the query counts.
 */
export async function readAuthInput(
  request: Request,
  alsoInQuery: readonly string[] = [],
): Promise<AuthInput> {
  const query = queryValues(request);
  const { kind, values } = await readBody(request);
  const taken = [...FLOW, ...alsoInQuery].filter((name) => Object.hasOwn(query, name));
  return createInput(kind, { ...values, ...Object.fromEntries(taken.map((name) => [name, query[name]])) });
}

/** The parameters of a query alone. */
export function queryInput(request: Request): AuthInput {
  return createInput('form', queryValues(request));
}

/** The names that an account is looked for by, under any of the wire's three members; 400 where there are none. */
export function readNames(input: AuthInput): AccountNames {
  const either = input.text('email_or_username');
  const email = input.text('email') ?? (either?.includes('@') ? either : undefined);
  if (email !== undefined) return { email };
  return { username: input.text('username') ?? either ?? input.need('email', 'Missing email') };
}

function createInput(kind: BodyKind, values: Values): AuthInput {
  const text = (name: string) => textValue(values, name) || undefined;
  return {
    kind,
    text,
    need: (name, missing = `missing '${name}'`) => text(name) ?? refuse(missing),
    textOrNull(name, missing) {
      if (!Object.hasOwn(values, name)) refuse(missing);
      return text(name) ?? null;
    },
  };
}

function textValue(values: Values, name: string): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' && value.length <= LONGEST ? value : refuse(`invalid '${name}'`);
}

function refuse(text: string): never {
  throw new TrailBaseError(400, text);
}
