import type { Actor, Core, Listener, RecordEvent, Topic } from '../../core/index.ts';
import { escapeMarkup, stringifyJson } from '../../http/json.ts';
import {
  createEventStream,
  DEFAULT_EVENT_BUFFER,
  dataLines,
  type EventPool,
  type EventStream,
  eventFrame,
  oneLine,
} from '../../http/sse.ts';
import type { DialectOptions } from '../dialect.ts';
import { WireError } from './errors.ts';
import { pickFields } from './fields-picker.ts';
import { readTopic } from './realtime-topic.ts';
import { COMMON_HEADERS } from './respond.ts';
import { recordShape } from './shape.ts';

/** When a stream ends by itself, in milliseconds (specs/pocketbase.md 9). Clients connect anew. */
export interface RealtimeLimits {
  /** Without a message. */
  readonly idle: number;
  /** In all. */
  readonly life: number;
}

/** The open streams of this dialect's clients. */
export interface Realtime {
  /** A new one, whose first message tells the client its id. Throws 429 when its address has as many as it may. */
  connect(request: Request): Response;
  /** Replaces what the client is told of, in the name of the actor. Throws as specs/pocketbase.md 9 says. */
  subscribe(
    actor: Actor,
    request: Request,
    clientId: string,
    subscriptions: readonly string[],
  ): Promise<void>;
}

interface Connection {
  readonly address: string;
  readonly listener: Listener;
  readonly stream: EventStream;
  readonly opened: number;
  /** When the last message was sent. */
  used: number;
  /** Pickers of those subscriptions that have one. */
  fields: ReadonlyMap<string, string>;
}

const LIMITS: RealtimeLimits = { idle: 5 * 60_000, life: 30 * 60_000 };
/** Characters that may wait for all clients together. */
const MAX_WAITING = 64_000_000;
/** How late a stream may end. */
const SWEEP_MS = 5000;
const NO_FIELDS: ReadonlyMap<string, string> = new Map();

const STREAM_HEADERS = {
  ...COMMON_HEADERS,
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-frame-options': 'SAMEORIGIN',
};

/** Makes the {@link Realtime} of one server. Nothing runs while no client is connected. */
export function createRealtime(core: Core, options: DialectOptions, limits = LIMITS): Realtime {
  const connections = new Map<string, Connection>();
  const frameOf = createFrames();
  const pool: EventPool = { waiting: 0, most: MAX_WAITING };
  let sweeping: ReturnType<typeof setInterval> | undefined;

  function sweep(): void {
    const now = core.clock.now();
    for (const { opened, used, stream } of [...connections.values()]) {
      if (now - used >= limits.idle || now - opened >= limits.life) stream.close();
    }
  }

  function send(id: string, tag: string, event: RecordEvent): void {
    const connection = connections.get(id);
    if (!connection) return;
    connection.used = core.clock.now();
    connection.stream.send(
      `id:${id}\nevent:${oneLine(tag)}\n${frameOf(event, connection.fields.get(tag) ?? '')}\n\n`,
    );
  }

  function forget(id: string): void {
    connections.delete(id);
    if (connections.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  return {
    connect(request) {
      const listener = core.changes.listen({
        event: (tag, event) => send(listener.id, tag, event),
        end: () => stream.close(),
      });
      const { id } = listener;
      const leave = options.openStream(request, () => stream.close());
      if (!leave) {
        listener.close();
        throw new WireError(429);
      }
      const stream = createEventStream({
        buffer: DEFAULT_EVENT_BUFFER,
        pool,
        onClose() {
          forget(id);
          listener.close();
          leave();
        },
      });
      const now = core.clock.now();
      const address = options.clientAddress(request);
      connections.set(id, { address, listener, stream, opened: now, used: now, fields: NO_FIELDS });
      sweeping ??= setInterval(sweep, Math.min(SWEEP_MS, limits.idle));
      stream.send(eventFrame({ id, event: 'PB_CONNECT', data: JSON.stringify({ clientId: id }) }));
      return new Response(stream.body, { headers: STREAM_HEADERS });
    },

    async subscribe(actor, request, clientId, subscriptions) {
      const connection = connections.get(clientId);
      if (!connection) throw new WireError(404, 'Missing or invalid client id.');
      if (options.clientAddress(request) !== connection.address) {
        throw new WireError(400, 'Invalid realtime client.');
      }
      const bound = await connection.listener.account();
      if (bound && !isOf(actor, bound.collectionId, bound.recordId)) {
        throw new WireError(403, "The current and the previous request authorization don't match.");
      }
      const topics: Topic[] = [];
      const pickers = new Map<string, string>();
      for (const text of new Set(subscriptions)) {
        const { topic, fields } = readTopic(text);
        if (topic) topics.push(topic);
        if (fields !== undefined) pickers.set(text, fields);
      }
      connection.listener.replace(actor, topics);
      connection.fields = pickers.size > 0 ? pickers : NO_FIELDS;
    },
  };
}

function isOf(actor: Actor, collectionId: string, recordId: string): boolean {
  return (
    actor.kind !== 'guest' &&
    actor.collection?.id === collectionId &&
    String(actor.record?.id ?? '') === recordId
  );
}

/** The data of an event as its lines in a frame. Those who see the same event get the same text, written once. */
function createFrames(): (event: RecordEvent, fields: string) => string {
  const written = new WeakMap<RecordEvent, Map<string, string>>();

  return (event, fields) => {
    const known = written.get(event) ?? new Map<string, string>();
    written.set(event, known);
    let lines = known.get(fields);
    if (lines === undefined) {
      const whole = recordShape(event.view);
      const picked = fields === '' ? undefined : pickFields(whole, fields);
      const record = picked?.ok ? picked.value : whole;
      lines = dataLines(escapeMarkup(stringifyJson({ record, action: event.kind }) ?? ''));
      known.set(fields, lines);
    }
    return lines;
  };
}
