import { stringifyJson } from '../../lib/lossless-json.ts';
import { internalRequest } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import { fieldType } from '../fields/index.ts';
import type { Files } from '../files/files.ts';
import type { FileFacts } from '../files/stored-file.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Queryable, Tx } from '../ports/database.ts';
import { ALPHANUMERIC, type Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { RecordValues, RecordView } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { createCallers } from './callers.ts';
import type { ChangeKind, ChangeReports, Changes, Listener, RecordEvent, Sink, Topic } from './changes.ts';
import { createJudge, type Verdicts } from './judge.ts';
import { createLanes } from './lanes.ts';
import { createTopics, type Group } from './topics.ts';
import { createTurns } from './turns.ts';

/** What {@link createChanges} needs. */
export interface ChangesParts {
  readonly database: Database;
  readonly schema: () => Schema;
  /** Records need the feed and the feed needs them. */
  readonly records: () => Pick<Records, 'findStored' | 'meets' | 'present'>;
  readonly files: Pick<Files, 'describe'>;
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

/** What was decided inside the transaction. */
interface Judged {
  readonly verdicts: Verdicts;
  readonly admitted: readonly Group[];
  readonly refused: readonly Group[];
}

/** A committed change on its way. */
interface Change {
  readonly kind: ChangeKind;
  readonly collection: Collection;
  readonly id: string;
  readonly values: RecordValues;
  /** About how many characters the values have. */
  readonly weight: number;
  /** Of a deletion: judged already. */
  readonly judged: Judged | undefined;
  /** Undefined where it has none. */
  readonly files: readonly FileFacts[] | undefined;
}

/** Changes that wait, and about how many characters their values have. */
const WAITING = { items: 10_000, weight: 32_000_000 };
/** Events that wait for one slow filter or expand, for all of them, and how many of these work at once. */
const SLOW = { items: 1000, weight: 64_000_000, atOnce: 16 };
/** Deletions of one collection in one transaction that are told. */
const MAX_DELETIONS = 1000;
/** What judging them may hold up the writer: questions to rules, and milliseconds. Who is left over is ended. */
const MAX_QUESTIONS = 20_000;
const MAX_JUDGING_MS = 250;
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
  const lanes = createLanes(SLOW);
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
    const { kind, id, judged, weight, files } = change;
    // Rules that were changed since count (SECURITY-REQUIREMENTS 1.7).
    const collection = schema().byId(change.collection.id);
    if (!collection) return;
    const number = ++sequence;
    const verdicts = judged?.verdicts ?? judge(collection, change.values);
    const events = new Map<RecordView, RecordEvent>();

    const send = async (group: Group): Promise<void> => {
      const view = await verdicts.view(group);
      if (!view) return;
      const event = events.get(view) ?? { sequence: number, kind, collection, id, view, files };
      events.set(view, event);
      for (const { sink, tag } of group.subscriptions) {
        sink.event(tag, event);
        const pause = breathe();
        if (pause) await pause;
      }
    };

    const deny = async ({ action, subscriptions }: Group): Promise<void> => {
      if (action !== 'view') return;
      for (const { sink, tag } of [...subscriptions]) {
        sink.denied?.(tag);
        const pause = breathe();
        if (pause) await pause;
      }
    };

    for (const group of judged?.refused ?? []) await deny(group);
    for (const group of judged?.admitted ?? topics.groupsOf(collection, id)) {
      const pause = breathe();
      if (pause) await pause;
      if (group.subscriptions.size === 0) continue;
      await orEnd(group, async () => {
        if (!judged && !(await verdicts.admits(database, group))) return deny(group);
        // What clients ask for may take long, and is then long for nobody but them.
        if (group.filter === undefined && group.expand === undefined) await send(group);
        else if (!lanes.add(group, weight, () => orEnd(group, () => send(group)))) endGroup(group);
      });
    }
  }

  /** Whose event could not be judged or shown now has missed one, and must know. */
  async function orEnd(group: Group, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn('realtime.missed', { cause: error });
      endGroup(group);
    }
  }

  function endGroup({ subscriptions }: Group): void {
    for (const { end } of [...subscriptions]) end();
  }

  function publish(change: Change): void {
    callers.changed(change.collection.id, change.id);
    if (!topics.covers(change.collection, change.id)) return;
    if (turns.add(change, change.weight)) return;
    log.warn('realtime.overrun', { listeners: listeners.size });
    turns.clear();
    lanes.clear();
    endAll();
  }

  function endAll(): void {
    for (const end of [...listeners]) end();
  }

  async function report(
    tx: Tx,
    kind: ChangeKind,
    collection: Collection,
    values: RecordValues,
  ): Promise<void> {
    const id = String(values.id);
    const files = (await filesOf(tx, collection, [values]))?.get(id);
    const told = { values, weight: weightOf(values), judged: undefined, files };
    tx.afterCommit(() => publish({ kind, collection, id, ...told }));
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

  /** What is known of their files now; undefined where none of them has any. */
  async function filesOf(tx: Tx, collection: Collection, heard: readonly RecordValues[]) {
    const columns = collection.fields.filter((field) => fieldType(field).holdsFiles);
    const wanted = heard.filter((values) => columns.some(({ name }) => String(values[name] ?? '') !== ''));
    if (wanted.length === 0) return undefined;
    return parts.files.describe(
      collection,
      wanted.map(({ id }) => String(id)),
      tx,
    );
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
      const until = performance.now() + MAX_JUDGING_MS;
      const heard = await readHeard(tx, collection, wanted, MAX_DELETIONS);
      const files = await filesOf(tx, collection, heard);
      for (const values of heard) {
        const id = String(values.id);
        const verdicts = judge(collection, values);
        const admitted: Group[] = [];
        const refused: Group[] = [];
        for (const group of topics.groupsOf(collection, id)) {
          if (++questions > MAX_QUESTIONS || performance.now() > until) {
            tx.afterCommit(() => endGroup(group));
          } else {
            const admits = await admitsNow(tx, verdicts, group);
            if (admits !== undefined) (admits ? admitted : refused).push(group);
          }
        }
        const judged = { verdicts, admitted, refused };
        const told = { values, weight: weightOf(values), judged, files: files?.get(id) };
        tx.afterCommit(() => publish({ kind: 'delete', collection, id, ...told }));
      }
    },
  };

  /** Undefined where it cannot be said; the group is ended then. */
  async function admitsNow(tx: Tx, verdicts: Verdicts, group: Group): Promise<boolean | undefined> {
    try {
      return await verdicts.admits(tx, group);
    } catch {
      tx.afterCommit(() => endGroup(group));
      return undefined;
    }
  }

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
        const entries = wanted.map((topic) => topics.add(next, topic, { sink, end }));
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
    async settled() {
      await turns.idle();
      await lanes.idle();
    },
    close() {
      closed = true;
      turns.clear();
      lanes.clear();
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
    else if (typeof value === 'object' && value !== null) weight += stringifyJson(value)?.length ?? 0;
  }
  return weight;
}

/** A topic is kept as its text, its parts and the place where it is found. */
function weightOfTopic({ tag, filter }: Topic): number {
  // Text is part of the tag, more or less; a tree is not.
  const tree = typeof filter === 'object' ? JSON.stringify(filter).length : 0;
  return 500 + 4 * (tag.length + tree);
}
