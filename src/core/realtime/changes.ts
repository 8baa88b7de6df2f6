import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { FileFacts } from '../files/stored-file.ts';
import type { Expr } from '../filter/ast.ts';
import type { Queryable, Tx } from '../ports/database.ts';
import type { RecordValues, RecordView } from '../records/record.ts';

/** What happened to a record. */
export type ChangeKind = 'create' | 'update' | 'delete';

/** A committed change as some subscribers may see it. All who may see the same get the same object. */
export interface RecordEvent {
  /** Grows from event to event; events come in the order of their commits. */
  readonly sequence: number;
  readonly kind: ChangeKind;
  readonly collection: Collection;
  readonly id: string;
  /** The record after the change; a deleted one as it was last. */
  readonly view: RecordView;
  /** The files of {@link view}, some of which may be forgotten by the time it is told. Absent for none. */
  readonly files?: readonly FileFacts[];
}

/** What a subscription may tell rules of itself, as `@request.query.*` and `@request.headers.*`. */
export interface TopicFacts {
  readonly query: Readonly<Record<string, string>>;
  /** By lower snake-case name (`x_token`). */
  readonly headers: Readonly<Record<string, string>>;
}

/** The records that a subscription is about. */
export interface Topic {
  /** Id or name, as written; the collection need not exist yet. */
  readonly collection: string;
  /** One record, whose events the view rule admits. Undefined: all, by the list rule. */
  readonly record?: string;
  /** Narrows the events further; a client's text or tree, which reaches no further than in a list. */
  readonly filter?: string | Expr;
  readonly expand?: string;
  readonly facts?: TopicFacts;
  /** Comes back with each event. */
  readonly tag: string;
}

/** Takes the events of one listener. None of the functions may throw; all return at once. */
export interface Sink {
  event(tag: string, event: RecordEvent): void;
  /** A change of the one record of a topic was not for this listener: it may not see the record, or no longer. */
  denied?(tag: string): void;
  /** There will be no more: events were lost, or the core stops. The listener is closed already. */
  end(): void;
}

/** The account that a listener speaks for. */
export interface ListenerAccount {
  readonly collectionId: string;
  readonly recordId: string;
}

/** Somebody who waits for events. */
export interface Listener {
  /** 40 characters that nobody guesses. */
  readonly id: string;
  /**
   * Whom it speaks for now; undefined for guests, and once the account is gone, has a new token key, or its collection a new
   * secret: from then on events are judged as for a guest.
   */
  account(): Promise<ListenerAccount | undefined>;
  /**
   * Takes the place of all topics so far and of who asked for them. Throws `busy` reason `too_many_topics` when those of all
   * listeners together would take too much memory; nothing is changed then.
   */
  replace(actor: Actor, topics: readonly Topic[]): void;
  /** Ends it; the sink hears no more. */
  close(): void;
}

/**
 * The change feed: committed changes of records become events, in the order of the commits, after them (DESIGN.md 3).
 *
 * Each event is judged for each subscriber by the rule of the collection as it is then, and for the account as it is then: the
 * list rule for all records, the view rule for one, on the values that the event carries. What was deleted is judged inside
 * its transaction, while everything that rules may reach is still there. Hidden fields and withheld e-mails leave as they do
 * in a read. Subscribers who are equal to the rule are judged once.
 *
 * At most 1,000 deletions of a collection in one transaction are told, so that emptying a large collection does not stop the writer.
 */
export interface Changes {
  /** Throws `unavailable` reason `closed` once the core stops. */
  listen(sink: Sink): Listener;
  /** Resolves when every change that was committed so far has been told. */
  settled(): Promise<void>;
}

/** Where records say what they change. */
export interface ChangeReports {
  /** Whether anybody waits for changes of this record; costs next to nothing while nobody does. */
  hears(collection: Collection, id: string): boolean;
  /** To be called once the record's files are attached, as is `updated`. */
  created(tx: Tx, collection: Collection, values: RecordValues): Promise<void>;
  updated(tx: Tx, collection: Collection, before: RecordValues, after: RecordValues): Promise<void>;
  /** To be called before the first row is removed. */
  removing(tx: Tx, collection: Collection, ids: Iterable<string>): Promise<void>;
  /** Values of those of the records that somebody waits for; empty when nobody does. */
  readHeard(q: Queryable, collection: Collection, ids: Iterable<string>): Promise<readonly RecordValues[]>;
}

/** For records that nobody can wait for. */
export const noReports: ChangeReports = {
  hears: () => false,
  created: async () => undefined,
  updated: async () => undefined,
  removing: async () => undefined,
  readHeard: async () => [],
};
