import type { Collection } from './collections/collection.ts';
import type { RecordValues } from './records/record.ts';

/** Why a rule is asked; visible to rules as `@request.context` (specs/pocketbase.md 1.9). */
export type RequestContext =
  | 'default'
  | 'expand'
  | 'realtime'
  | 'protectedFile'
  | 'batch'
  | 'oauth2'
  | 'otp'
  | 'password';

/** What a rule may see of the request. Look-ups are functions so that nothing is copied for rules that ask nothing. */
export interface RequestFacts {
  readonly context: RequestContext;
  /** Upper case. */
  readonly method: string;
  /** The first value of a query parameter. */
  query(name: string): string | undefined;
  /** A header by its lower snake-case name (`x_token`). */
  header(name: string): string | undefined;
  /** The caller's address as the server sees it, for limits; undefined where no request came over the network. */
  readonly address?: string;
  /** Told who asks, as `<collection>/<record id>`, as soon as that is known: for the request log. */
  readonly identified?: (account: string) => void;
}

/** Somebody who is not identified. */
export interface Guest {
  readonly kind: 'guest';
  readonly request: RequestFacts;
}

/** A record of an auth collection. `record` holds its stored values, hidden ones included. */
export interface Account {
  readonly kind: 'account';
  readonly collection: Collection;
  readonly record: RecordValues;
  readonly request: RequestFacts;
}

/** A record of `_superusers`, or the product itself (`record` undefined: start-up, command line, jobs). Skips every rule. */
export interface Superuser {
  readonly kind: 'superuser';
  readonly collection: Collection | undefined;
  readonly record: RecordValues | undefined;
  readonly request: RequestFacts;
}

/** Whoever asks. Every core operation on records or files takes one and applies the rules itself. */
export type Actor = Guest | Account | Superuser;

const nothing = () => undefined;

/** Facts of a call that no request caused. */
export const internalRequest: RequestFacts = {
  context: 'default',
  method: 'GET',
  query: nothing,
  header: nothing,
};

/** The product itself. */
export const systemActor: Superuser = {
  kind: 'superuser',
  collection: undefined,
  record: undefined,
  request: internalRequest,
};

/** The same actor, asking for another reason. */
export function inContext<A extends Actor>(actor: A, context: RequestContext): A {
  if (actor.request.context === context) return actor;
  const { request } = actor;
  const { method, query, header } = request;
  const asked = {
    ...{ context, method, query, header },
    get address() {
      return request.address;
    },
  };
  return { ...actor, request: asked };
}
