import type { Actor, Guest, RequestFacts } from '../actor.ts';
import { type Collection, SUPERUSERS } from '../collections/collection.ts';
import type { RecordValues } from '../records/record.ts';

/** Nobody, with these facts. */
export function guestOf(request: RequestFacts): Guest {
  return { kind: 'guest', request };
}

/** The actor that an account is: a superuser where its collection says so. */
export function accountActor(collection: Collection, record: RecordValues, request: RequestFacts): Actor {
  request.identified?.(`${collection.name}/${String(record.id)}`);
  return collection.name === SUPERUSERS
    ? { kind: 'superuser', collection, record, request }
    : { kind: 'account', collection, record, request };
}
