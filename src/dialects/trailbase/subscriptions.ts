import type { Actor, Core, Topic } from '../../core/index.ts';
import { createEventStream, DEFAULT_EVENT_BUFFER, type EventPool, type EventStream } from '../../http/sse.ts';
import type { DialectOptions, Socket } from '../dialect.ts';
import { judged, refuseDenied } from './access.ts';
import { type Api, getApi } from './api.ts';
import { requestFacts } from './caller.ts';
import { readCredentials } from './credentials.ts';
import { TrailBaseError } from './errors.ts';
import { createEventTexts, frameOf, textOf } from './event-text.ts';
import { filterTree } from './filter.ts';
import { idFromPath } from './ids.ts';
import { readFilter, readParameter } from './query.ts';
import { readRecord } from './read.ts';
import { COMMON_HEADERS } from './respond.ts';
import { readInit } from './socket-init.ts';
import { type Subscriber, subscribe } from './subscriber.ts';

/** Subscriptions to changes of records (specs/trailbase.md 9). */
export interface Subscriptions {
  /**
   * Answers a request for the events of a table (`*`) or a record: a stream, or with `ws=true` a WebSocket. 405 for names that
   * are no API and for views, 403 without subscriptions or rights, 404 for a missing record, 400 for a wrong filter, 429 for a
   * client that has as many as it may.
   */
  open(actor: Actor, request: Request, name: string, record: string): Promise<Response>;
}

/** Times in milliseconds (specs/trailbase.md 9). */
export interface SubscriptionTimes {
  /** Of silence, after which a stream says that it is still there. */
  readonly silence: number;
  /** How late it may say so. */
  readonly sweep: number;
  /** In which a client must take something of what waits for it (SECURITY-REQUIREMENTS 8.2). */
  readonly stuck: number;
  /** In which the client of a WebSocket must say who it is. */
  readonly init: number;
}

const TIMES: SubscriptionTimes = { silence: 15_000, sweep: 1000, stuck: 60_000, init: 10_000 };
/** Events that may wait for one client, and characters that may wait for all. */
const MAX_WAITING_EVENTS = 64;
const MAX_WAITING = 64_000_000;

const UNAUTHORIZED = 1008;
const FAILED = 1011;

const STREAM_HEADERS = {
  ...COMMON_HEADERS,
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

/** A client's stream, and when it was last written to. */
interface Open {
  readonly stream: EventStream;
  used: number;
  /** When the client last was seen to take something, or to have nothing to take. */
  moved: number;
  taken: number;
}

/** What a client wants to hear of. */
interface Wanted {
  readonly api: Api;
  readonly topic: Topic;
}

/** Makes the {@link Subscriptions} of one server. Nothing runs while nobody listens. */
export function createSubscriptions(core: Core, options: DialectOptions, times = TIMES): Subscriptions {
  const eventText = createEventTexts();
  const pool: EventPool = { waiting: 0, most: MAX_WAITING };
  const streams = new Set<Open>();
  let sweeping: ReturnType<typeof setInterval> | undefined;

  function sweep(): void {
    const now = core.clock.now();
    for (const open of [...streams]) {
      const { stream } = open;
      if (!stream.isWaiting || stream.taken !== open.taken) {
        open.moved = now;
        open.taken = stream.taken;
      }
      if (now - open.moved >= times.stuck) stream.close();
      else if (now - open.used >= times.silence && !stream.isWaiting && stream.send(':\n\n')) open.used = now;
    }
  }

  function forget(open: Open): void {
    streams.delete(open);
    if (streams.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function openStream(actor: Actor, request: Request, { api, topic }: Wanted): Response {
    const leave = options.openStream(request, () => stream.close());
    if (!leave) throw new TrailBaseError(429);
    let sequence = 0;
    let subscriber: Subscriber | undefined;
    const stream = createEventStream({
      ...{ buffer: DEFAULT_EVENT_BUFFER, frames: MAX_WAITING_EVENTS, pool },
      drops: { onRoom: () => subscriber?.roomy() },
      onClose() {
        forget(open);
        subscriber?.close();
        leave();
      },
    });
    const now = core.clock.now();
    const open: Open = { stream, used: now, moved: now, taken: 0 };
    streams.add(open);
    // At once, so that the head goes out.
    stream.send(': ping\n\n');
    try {
      subscriber = subscribe({
        ...{ core, eventText, actor, api, topic },
        outlet: {
          write(message) {
            open.used = core.clock.now();
            if (!stream.send(frameOf(message, sequence + 1))) return false;
            sequence++;
            return true;
          },
          finish: () => stream.finish(),
        },
      });
    } catch (error) {
      stream.close();
      throw error;
    }
    sweeping ??= setInterval(sweep, times.sweep);
    return new Response(stream.body, { headers: STREAM_HEADERS });
  }

  /** The rules before the first event: who may see nothing is told so. */
  async function admit(actor: Actor, { api, topic }: Wanted): Promise<void> {
    const { record } = topic;
    if (record === undefined) await refuseDenied(core, actor, { api, action: 'list' });
    else await judged(core, actor, { api, action: 'view' }, () => readRecord(core, actor, api, record));
  }

  function openSocket(actor: Actor, request: Request, wanted: Wanted): Response {
    const isKnown = actor.kind !== 'guest' || request.headers.has('authorization');
    let socket: Socket | undefined;
    let subscriber: Subscriber | undefined;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;

    function start(caller: Actor, own: Socket): void {
      try {
        subscriber = subscribe({
          ...{ core, eventText, actor: caller, ...wanted },
          outlet: {
            write: (message) => own.send(textOf(message)),
            finish: (reason) => own.close(reason === 'forbidden' ? UNAUTHORIZED : FAILED, reason),
          },
        });
      } catch {
        own.close(FAILED, 'unavailable');
      }
    }

    async function init(text: string, own: Socket): Promise<void> {
      const token = readInit(text);
      if (token === undefined) return own.close(UNAUTHORIZED, 'unauthorized');
      const facts = requestFacts(options, request);
      const { actor: caller } = await core.auth.sessions.identify(token ?? undefined, facts);
      if (token !== null && caller.kind === 'guest') return own.close(UNAUTHORIZED, 'unauthorized');
      await admit(caller, wanted);
      if (!isOver) start(caller, own);
    }

    const { from } = readCredentials(request);
    const answer = options.openSocket(
      request,
      {
        opened(own) {
          socket = own;
          if (isKnown) start(actor, own);
          else waiting = setTimeout(() => own.close(FAILED, 'timeout'), times.init);
        },
        message(text) {
          if (text === undefined) socket?.close(FAILED, 'text expected');
          if (text === undefined || waiting === undefined || !socket) return;
          const own = socket;
          clearTimeout(waiting);
          waiting = undefined;
          init(text, own).catch(() => own.close(UNAUTHORIZED, 'unauthorized'));
        },
        roomy: () => subscriber?.roomy(),
        closed() {
          isOver = true;
          clearTimeout(waiting);
          subscriber?.close();
        },
      },
      { cookies: from === 'cookie' },
    );
    if (answer === 'full') throw new TrailBaseError(429);
    if (answer === 'foreign') throw new TrailBaseError(403);
    if (answer === 'unsupported') throw new TrailBaseError(400, 'ws unsupported');
    return answer;
  }

  return {
    async open(actor, request, name, record) {
      const api = getApi(core, name);
      if (api.isView) throw new TrailBaseError(405);
      if (!api.subscriptions) throw new TrailBaseError(403);
      const wanted: Wanted = { api, topic: await readTopic(core, actor, api, request, record) };
      const isSocket = readParameter(request, 'ws') === 'true';
      // A guest of a WebSocket may yet say who it is.
      const maySay = isSocket && actor.kind === 'guest' && !request.headers.has('authorization');
      if (!maySay) await admit(actor, wanted);
      return isSocket ? openSocket(actor, request, wanted) : openStream(actor, request, wanted);
    },
  };
}

async function readTopic(
  core: Core,
  actor: Actor,
  api: Api,
  request: Request,
  record: string,
): Promise<Topic> {
  const { collection } = api;
  const place = { collection: collection.id, tag: '' };
  if (record !== '*') return { ...place, record: idFromPath(collection.idKind, record) };
  const filter = filterTree(api, readFilter(request));
  // Tests that cannot be made are told now rather than never met.
  if (filter !== undefined) await core.records.meets(actor, collection, {}, { filter });
  return { ...place, filter };
}
