import { stringifyJson } from '../../lib/lossless-json.ts';
import type { RequestFacts } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Expr } from '../filter/ast.ts';
import type { Caller } from './callers.ts';
import type { Sink, Topic } from './changes.ts';

/** Subscriptions that are judged as one: the same caller asks the same with the same facts. */
export interface Group {
  readonly key: string;
  /** Whose rule decides. */
  readonly action: 'list' | 'view';
  readonly caller: Caller;
  readonly facts: RequestFacts;
  /** The facts as text: equal where they are. */
  readonly factsKey: string;
  readonly filter: string | Expr | undefined;
  readonly expand: string | undefined;
  readonly subscriptions: Set<Subscription>;
}

/** One topic of one listener. */
export interface Subscription {
  readonly sink: Sink;
  readonly tag: string;
  /** Ends its listener. */
  end(): void;
}

/** All topics of all listeners, by what they are about. */
export interface Topics {
  /** The way out of the group. */
  add(caller: Caller, topic: Topic, listener: Omit<Subscription, 'tag'>): () => void;
  /** Whether some topic is about this record. */
  covers(collection: Collection, id: string): boolean;
  /** Whether some topic is about the collection or a record of it. */
  touches(collection: Collection): boolean;
  /** The groups that an event of this record is for. */
  groupsOf(collection: Collection, id: string): readonly Group[];
}

interface Place {
  readonly all: Map<string, Group>;
  readonly one: Map<string, Map<string, Group>>;
}

/** Makes an empty {@link Topics}. Collections are found as they were written, by id or by name, when an event comes. */
export function createTopics(): Topics {
  const places = new Map<string, Place>();

  function groupsAt(place: Place, record: string | undefined): Map<string, Group> {
    if (record === undefined) return place.all;
    const found = place.one.get(record) ?? new Map<string, Group>();
    place.one.set(record, found);
    return found;
  }

  function forget(name: string, place: Place, record: string | undefined, group: Group): void {
    const groups = groupsAt(place, record);
    if (groups.get(group.key) === group) groups.delete(group.key);
    if (record !== undefined && groups.size === 0) place.one.delete(record);
    if (place.all.size + place.one.size === 0 && places.get(name) === place) places.delete(name);
  }

  return {
    add(caller, topic, { sink, end }) {
      const { collection: name, record } = topic;
      const place = places.get(name) ?? { all: new Map(), one: new Map() };
      places.set(name, place);
      const groups = groupsAt(place, record);
      const made = makeGroup(caller, topic);
      const group = groups.get(made.key) ?? made;
      groups.set(group.key, group);
      const subscription = { sink, tag: topic.tag, end };
      group.subscriptions.add(subscription);
      return () => {
        group.subscriptions.delete(subscription);
        if (group.subscriptions.size === 0) forget(name, place, record, group);
      };
    },
    covers({ id: collectionId, name }, id) {
      if (places.size === 0) return false;
      return isAbout(places.get(collectionId), id) || isAbout(places.get(name), id);
    },
    touches: ({ id, name }) => places.size > 0 && (places.has(id) || places.has(name)),
    groupsOf({ id: collectionId, name }, id) {
      const found: Group[] = [];
      for (const place of [places.get(collectionId), places.get(name)]) {
        if (!place) continue;
        found.push(...place.all.values());
        found.push(...(place.one.get(id)?.values() ?? []));
      }
      return found;
    },
  };
}

function isAbout(place: Place | undefined, id: string): boolean {
  return place !== undefined && (place.all.size > 0 || place.one.has(id));
}

function makeGroup(caller: Caller, { record, filter, expand, facts }: Topic): Group {
  const factsKey = facts ? JSON.stringify([facts.query, facts.headers]) : '';
  const filterKey = typeof filter === 'string' ? filter : stringifyJson(filter ?? '');
  return {
    key: JSON.stringify([caller.key, factsKey, filterKey, expand ?? '']),
    action: record === undefined ? 'list' : 'view',
    caller,
    facts: requestOf(facts),
    factsKey,
    filter: filter === '' ? undefined : filter,
    expand: expand === '' ? undefined : expand,
    subscriptions: new Set(),
  };
}

function requestOf(facts: Topic['facts']): RequestFacts {
  return {
    context: 'realtime',
    method: 'GET',
    query: (name) => own(facts?.query, name),
    header: (name) => own(facts?.headers, name),
  };
}

function own(values: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return values && Object.hasOwn(values, name) ? values[name] : undefined;
}
