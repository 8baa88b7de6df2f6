import type { Actor } from '../actor.ts';
import { AppError, notFound } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { EventEntry, LogEntry, LogFilter, RequestLog } from '../ports/request-log.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Logs, TailListener } from './logs.ts';
import { matchesFilter } from './matches.ts';
import { createRing } from './ring.ts';

/** How much of the log is kept. */
export interface LogLimits {
  /** Milliseconds. */
  readonly keep: number;
  /** Bytes. */
  readonly maxSize: number;
}

/** What {@link createLogs} needs. */
export interface LogsOptions {
  /** Undefined = nothing is kept. */
  readonly store: RequestLog | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked each time, so that a change counts at once. */
  readonly limits: () => LogLimits;
}

/** {@link Logs}, and what fills them. */
export interface OpenLogs extends Logs {
  /**
   * Whether there is room for a request that was answered with this status; where there is none it counts as dropped. Asked
   * first, so that under load a request costs no more than this.
   */
  admits(status: number): boolean;
  /** Takes a request that was admitted; the function makes its entry later. */
  request(status: number, entry: () => LogEntry): void;
  event(entry: EventEntry): void;
  /** Stores what waits, and forgets what is too old. */
  flush(): Promise<void>;
  /** Entries that wait to be stored. */
  readonly waiting: number;
  close(): Promise<void>;
}

/** Requests that may wait; bursts are absorbed by it. */
const ROOM = 2000;
/** Events that may wait, and as many failures of the server: there must be room for those under any load. */
const EVENT_ROOM = 200;
const FAILURE = 500;
/** Entries stored at a time: how long one flush keeps the event loop. */
const PIECE = 250;
const FLUSH_AFTER_MS = 250;
const TRIM_EVERY_MS = 60_000;
/** Milliseconds between two reports of entries that were dropped. */
const REPORT_EVERY_MS = 10_000;
const MOST_TAILS = 50;
const MOST_LISTED = 200;
const MOST_BUCKETS = 1000;

/** Makes {@link OpenLogs}. */
export function createLogs({ store, clock, log, limits }: LogsOptions): OpenLogs {
  const requests = createRing<() => LogEntry>(ROOM);
  const failures = createRing<() => LogEntry>(EVENT_ROOM);
  const events = createRing<EventEntry>(EVENT_ROOM);
  const tails = new Map<TailListener, LogFilter>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let flushing: Promise<void> | undefined;
  let trimAt = 0;
  let reportAt = 0;
  let lost = 0;
  let failing = false;
  let closed = false;

  const waiting = () => requests.size + failures.size + events.size;

  function need(actor: Actor): RequestLog {
    requireSuperuser(actor);
    if (store === undefined) throw new AppError('not_configured', { reason: 'request_log' });
    return store;
  }

  function flushLater(): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void flushOnce();
    }, FLUSH_AFTER_MS);
    timer.unref();
  }

  function flushOnce(): Promise<void> {
    flushing ??= work().finally(() => {
      flushing = undefined;
      if (!closed && waiting() > 0) flushLater();
    });
    return flushing;
  }

  async function work(): Promise<void> {
    if (store === undefined) return;
    const makers = [...failures.take(EVENT_ROOM), ...requests.take(PIECE)];
    const entries: LogEntry[] = [...events.take(EVENT_ROOM), ...makers.map((make) => make())];
    entries.push(...reportOfLoss());
    entries.sort((a, b) => a.time - b.time);
    try {
      if (entries.length > 0) {
        tell(await store.append(entries));
        failing = false;
      }
    } catch (cause) {
      lost += entries.length;
      // Once per trouble: it is an event itself.
      if (!failing) log.warn('logs.not_stored', { error: String(cause) });
      failing = true;
    }
    await trim(store);
  }

  function reportOfLoss(): EventEntry[] {
    lost += failures.takeDropped() + events.takeDropped();
    const time = clock.now();
    if (lost === 0 || (time < reportAt && !closed)) return [];
    const facts = JSON.stringify({ count: lost });
    lost = 0;
    reportAt = time + REPORT_EVERY_MS;
    return [{ kind: 'event', time, request: '', level: 'warn', event: 'logs.dropped', facts }];
  }

  function tell(stored: Awaited<ReturnType<RequestLog['append']>>): void {
    for (const [listener, filter] of tails) {
      const items = stored.filter((entry) => matchesFilter(entry, filter));
      if (items.length > 0) listener(items.slice(-MOST_LISTED), items.length);
    }
  }

  async function trim(from: RequestLog): Promise<void> {
    const now = clock.now();
    if (now < trimAt) return;
    const { keep, maxSize } = limits();
    try {
      const more = await from.trim({ before: now - keep, bytes: maxSize });
      trimAt = more ? 0 : now + TRIM_EVERY_MS;
      if (more && !closed) flushLater();
    } catch (cause) {
      trimAt = now + TRIM_EVERY_MS;
      log.warn('logs.not_trimmed', { error: String(cause) });
    }
  }

  const ticker = store && setInterval(flushLater, TRIM_EVERY_MS);
  ticker?.unref();

  return {
    admits(status) {
      if (store === undefined || closed) return false;
      if (requests.size < ROOM || status >= FAILURE) return true;
      lost++;
      return false;
    },
    request(status, entry) {
      if (status >= FAILURE) failures.push(entry);
      else requests.push(entry);
      flushLater();
    },
    event(entry) {
      if (store === undefined || closed) return;
      events.push(entry);
      flushLater();
    },
    async flush() {
      await flushing;
      while (waiting() > 0) await flushOnce();
      trimAt = 0;
      await flushOnce();
    },
    get waiting() {
      return waiting();
    },
    async list(actor, filter, { before, limit = 50 } = {}) {
      const most = Math.min(Math.max(1, limit), MOST_LISTED);
      const found = await need(actor).list(filter, { before, limit: most + 1 });
      const items = found.slice(0, most);
      return { items, next: found.length > most ? items.at(-1)?.id : undefined };
    },
    async get(actor, id) {
      const from = need(actor);
      const entry = await from.find(id);
      if (entry === undefined) throw notFound('log_entry');
      const same = entry.request === '' ? [] : await from.sameRequest(entry);
      return { entry, related: same.filter((other) => other.id !== id) };
    },
    async buckets(actor, filter, width) {
      const from = need(actor);
      const first = filter.from - (filter.from % width);
      const count = Math.ceil((filter.to - first) / width);
      if (!(width >= 1 && count >= 1 && count <= MOST_BUCKETS))
        throw new AppError('invalid', { reason: 'bad_range' });
      const found = new Map((await from.buckets(filter, width)).map((bucket) => [bucket.time, bucket]));
      return Array.from({ length: count }, (_, index) => {
        const time = first + index * width;
        return found.get(time) ?? { time, count: 0, errors: 0, p95: 0 };
      });
    },
    tail(actor, filter, listener) {
      need(actor);
      if (tails.size >= MOST_TAILS) throw new AppError('busy', { reason: 'too_many_tails' });
      // Its own, so that one listener may have several views.
      const own: TailListener = (items, count) => listener(items, count);
      tails.set(own, filter);
      return () => void tails.delete(own);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(ticker);
      tails.clear();
      await flushing;
      for (let pieces = ROOM / PIECE; pieces > 0 && waiting() > 0; pieces--) await flushOnce();
      await store?.close();
    },
  };
}
