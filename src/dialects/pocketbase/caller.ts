import { type Actor, AppError, type Collection, type Core, type RequestFacts } from '../../core/index.ts';
import type { DialectOptions } from '../dialect.ts';
import { WireError } from './errors.ts';

/** The parts of a route's path. Elysia gives null for one whose escapes are no UTF-8, whatever its types say. */
type PathParams = Readonly<Record<string, string | null>>;

/**
 * Who asks, from the Authorization header: a bare token or `Bearer <token>` (specs/pocketbase.md 1.2). A path that cannot be
 * read names nothing: 404.
 */
export function identify(
  core: Core,
  options: DialectOptions,
  request: Request,
  query: Readonly<Record<string, string>>,
  params: PathParams,
): Promise<Actor> {
  refuseUnreadable(params);
  return core.auth.identify(authToken(request), 'auth', requestFacts(options, request, query));
}

/** Answers 404 to a path with a part that is no text. */
export function refuseUnreadable(params: PathParams): void {
  for (const name in params) if (params[name] === null) throw new WireError(404);
}

/** The token of the Authorization header. */
export function authToken(request: Request): string | undefined {
  const header = request.headers.get('authorization');
  if (header === null) return undefined;
  return /^bearer /i.test(header) ? header.slice(7).trim() : header.trim();
}

/** What rules may see of a request, and the address that limits count by. */
export function requestFacts(
  options: DialectOptions,
  request: Request,
  query: Readonly<Record<string, string>>,
  context: RequestFacts['context'] = 'default',
): RequestFacts {
  return {
    context,
    method: request.method,
    query: (name) => (Object.hasOwn(query, name) ? query[name] : undefined),
    header: (name) => request.headers.get(name.replaceAll('_', '-')) ?? undefined,
    // Few ask, and finding it out costs as much as reading a record.
    get address() {
      return options.clientAddress(request);
    },
    identified: (account) => options.identified?.(request, account),
  };
}

/** Refuses all but superusers: 401 for guests, 403 for accounts. */
export function requireSuperuser(actor: Actor): void {
  if (actor.kind === 'guest') throw new WireError(401, NEEDS_TOKEN);
  if (actor.kind !== 'superuser') {
    throw new WireError(403, 'The authorized record is not allowed to perform this action.');
  }
}

/** Refuses guests and accounts of other collections. */
export function requireSameCollection(actor: Actor, collection: Collection): void {
  if (actor.kind === 'guest') throw new WireError(401, NEEDS_TOKEN);
  const own = actor.collection;
  if (own?.id !== collection.id) {
    throw new WireError(403, `The request requires auth record from ${own?.name ?? ''} collection.`);
  }
}

/** Refuses guests. */
export function requireAccount(actor: Actor): void {
  if (actor.kind === 'guest') throw new WireError(401, NEEDS_TOKEN);
}

/**
 * Refuses texts of `filter` and `sort` that only superusers may use, also where no list is asked for
 * (specs/pocketbase.md 1.9).
 */
export function refuseRuleFields(actor: Actor, query: Readonly<Record<string, string>>): void {
  if (actor.kind === 'superuser') return;
  for (const path of ['@collection.', '@request.']) {
    if (query.filter?.includes(path) || query.sort?.includes(path)) {
      throw new AppError('forbidden', { reason: 'superusers_filter', params: { path } });
    }
  }
}

/** The auth collection of a path; 404 in this dialect's words otherwise. */
export function authCollection(core: Core, idOrName: string): Collection {
  const collection = core.collections.schema.find(idOrName);
  if (collection?.type !== 'auth') throw new WireError(404, 'Missing or invalid auth collection context.');
  return collection;
}

/** The collection of a path; throws `not_found` reason `collection`. */
export function recordCollection(core: Core, idOrName: string): Collection {
  const collection = core.collections.schema.find(idOrName);
  if (collection === undefined) throw new AppError('not_found', { reason: 'collection' });
  return collection;
}

const NEEDS_TOKEN = 'The request requires valid record authorization token.';
