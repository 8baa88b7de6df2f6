import { internalRequest } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Queryable, Tx } from '../ports/database.ts';
import { ALPHANUMERIC, type Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { RecordValues, RecordView } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { createCallers } from './callers.ts';
import type { ChangeKind, ChangeReports, Changes, Listener, RecordEvent, Sink, Topic } from './changes.ts';
import { createJudge, type Verdicts } from './judge.ts';
import { createTopics, type Group } from './topics.ts';
import { createTurns } from './turns.ts';

/** What {@link createChanges} needs. */
export interface ChangesParts {
  readonly database: Database;
  readonly schema: () => Schema;
  /** Records need the feed and the feed needs them. */
  readonly records: () => Pick<Records, 'findStored' | 'meets' | 'present'>;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
}

/** The feed, and the end of it that records report to. */
export interface OpenChanges extends Changes {
  readonly reports: ChangeReports;
  /** Ends all listeners. */
  close(): void;
}

/** A committed change on its way. */
interface Change {
  readonly kind: ChangeKind;
  readonly collection: Collection;
  readonly id: string;
  readonly values: RecordValues;
  /** Of a deletion: judged already. */
  readonly judged: { readonly verdicts: Verdicts; readonly admitted: readonly Group[] } | undefined;
}

/** Changes that wait, and about how many characters their values have. */
const WAITING = { items: 10_000, weight: 32_000_000 };
/** Deletions of one collection in one transaction that are told, and questions to rules that they may cost. */
const MAX_DELETIONS = 1000;
const MAX_QUESTIONS = 20_000;
/** About how many bytes the topics of all listeners may take. */
const MAX_TOPICS = 64_000_000;

/** Makes a {@link Changes}. */
export function createChanges(parts: ChangesParts): OpenChanges {
  const { database, schema, records, ids, log } = parts;
  const topics = createTopics();
  const findStored: Records['findStored'] = (...asked) => records().findStored(...asked);
  const callers = createCallers({ ...parts, findStored });
  const judge = createJudge({ database, callers, records, log });
  const turns = createTurns<Change>(WAITING, tellQuietly);
  const listeners = new Set<() => void>();
  let topicsWeight = 0;
  let sequence = 0;
  let closed = false;

  /** What goes wrong with one change is no reason to be silent about the next. */
  async function tellQuietly(change: Change, breathe: () => Promise<void> | undefined): Promise<void> {
    try {
      await tell(change, breathe);
    } catch (error) {
      log.error('realtime.failed', { cause: error });
    }
  }

  async function tell(change: Change, breathe: () => Promise<void> | undefined): Promise<void> {
    const { kind, id, judged } = change;
    // Rules that were changed since count (SECURITY-REQUIREMENTS 1.7).
    const collection = schema().byId(change.collection.id);
    if (!collection) return;
    const number = ++sequence;
    const verdicts = judged?.verdicts ?? judge(collection, change.values);
    const events = new Map<RecordView, RecordEvent>();
    for (const group of judged?.admitted ?? topics.groupsOf(collection, id)) {
      const pause = breathe();
      if (pause) await pause;
      if (group.subscriptions.size === 0) continue;
      if (!judged && !(await verdicts.admits(database, group))) continue;
      const view = await verdicts.view(group);
      if (!view) continue;
      const event = events.get(view) ?? { sequence: number, kind, collection, id, view };
      events.set(view, event);
      for (const { sink, tag } of group.subscriptions) {
        sink.event(tag, event);
        const rest = breathe();
        if (rest) await rest;
      }
    }
  }

  function publish(change: Change): void {
    callers.changed(change.collection.id, change.id);
    if (!topics.covers(change.collection, change.id)) return;
    if (turns.add(change, weightOf(change.values))) return;
    log.warn('realtime.overrun', { listeners: listeners.size });
    turns.clear();
    endAll();
  }

  function endAll(): void {
    for (const end of [...listeners]) end();
  }

  function report(tx: Tx, kind: ChangeKind, collection: Collection, values: RecordValues): void {
    const id = String(values.id);
    tx.afterCommit(() => publish({ kind, collection, id, values, judged: undefined }));
  }

  const hears: ChangeReports['hears'] = (collection, id) =>
    topics.covers(collection, id) || callers.watches(collection.id, id);

  async function readHeard(q: Queryable, collection: Collection, wanted: Iterable<string>, most: number) {
    const found: RecordValues[] = [];
    for (const id of wanted) {
      if (found.length >= most) break;
      if (!hears(collection, id)) continue;
      const values = await findStored(collection, id, q);
      if (values) found.push(values);
    }
    return found;
  }

  const reports: ChangeReports = {
    hears,
    created: (tx, collection, values) => report(tx, 'create', collection, values),
    updated: (tx, collection, _before, after) => report(tx, 'update', collection, after),
    readHeard: (q, collection, wanted) => readHeard(q, collection, wanted, MAX_DELETIONS),
    async removing(tx, collection, wanted) {
      if (collection.type === 'auth') {
        tx.afterCommit(() => {
          for (const id of wanted) callers.changed(collection.id, id);
        });
      }
      if (!topics.touches(collection)) return;
      let questions = 0;
      for (const values of await readHeard(tx, collection, wanted, MAX_DELETIONS)) {
        const id = String(values.id);
        const verdicts = judge(collection, values);
        const admitted: Group[] = [];
        for (const group of topics.groupsOf(collection, id)) {
          if (++questions > MAX_QUESTIONS) break;
          if (await verdicts.admits(tx, group)) admitted.push(group);
        }
        const change: Change = { kind: 'delete', collection, id, values, judged: { verdicts, admitted } };
        tx.afterCommit(() => publish(change));
      }
    },
  };

  function listen(sink: Sink): Listener {
    if (closed) throw new AppError('unavailable', { reason: 'closed' });
    let caller = callers.hold({ kind: 'guest', request: internalRequest });
    let exits: (() => void)[] = [];
    let weight = 0;

    function leave(): void {
      for (const exit of exits) exit();
      exits = [];
      callers.release(caller);
      topicsWeight -= weight;
      weight = 0;
    }

    function close(): void {
      if (listeners.delete(end)) leave();
    }

    function end(): void {
      close();
      sink.end();
    }

    listeners.add(end);
    return {
      id: ids.random(40, ALPHANUMERIC),
      async account() {
        await callers.refresh(database, caller);
        return caller.who.kind === 'guest' ? undefined : caller.account;
      },
      replace(actor, wanted) {
        if (!listeners.has(end)) return;
        const asked = wanted.reduce((sum, topic) => sum + weightOfTopic(topic), 0);
        if (topicsWeight - weight + asked > MAX_TOPICS) {
          throw new AppError('busy', { reason: 'too_many_topics' });
        }
        const next = callers.hold(actor);
        const entries = wanted.map((topic) => topics.add(next, topic, sink));
        leave();
        caller = next;
        exits = entries;
        weight = asked;
        topicsWeight += asked;
      },
      close,
    };
  }

  return {
    listen,
    reports,
    settled: turns.idle,
    close() {
      closed = true;
      turns.clear();
      endAll();
    },
  };
}

/** What a value takes in memory, about. */
function weightOf(values: RecordValues): number {
  let weight = 200;
  for (const name in values) {
    const value = values[name];
    if (typeof value === 'string') weight += value.length;
    else if (typeof value === 'object' && value !== null) weight += JSON.stringify(value).length;
  }
  return weight;
}

/** A topic is kept as its text, its parts and the place where it is found. */
function weightOfTopic({ tag }: Topic): number {
  return 500 + 4 * tag.length;
}
