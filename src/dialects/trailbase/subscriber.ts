import type { Actor, Core, RecordEvent, Topic } from '../../core/index.ts';
import { type Api, findApi } from './api.ts';
import { FORBIDDEN, LOSS, type Message } from './event-text.ts';

/** Where a subscriber's messages go. */
export interface Outlet {
  /** False when it was dropped, because too much waits for the client. */
  write(message: Message): boolean;
  /** Ends the connection once what was written has gone out. */
  finish(reason: 'forbidden' | 'loss'): void;
}

/** One subscription of one client. */
export interface Subscriber {
  /** Tells of what was lost, as soon as there is room to. */
  roomy(): void;
  /** Hears no more. */
  close(): void;
}

/** What {@link subscribe} needs. */
export interface SubscriberParts {
  readonly core: Core;
  readonly eventText: (event: RecordEvent, api: Api) => Message;
  readonly actor: Actor;
  /** The name that the client asked for. */
  readonly api: Api;
  readonly topic: Topic;
  readonly outlet: Outlet;
}

/**
 * Sends events in their order (specs/trailbase.md 9). What the client does not take in time is dropped, and it is told so
 * before anything else. Throws `unavailable` once the core stops, `busy` when all subscriptions take too much memory.
 */
export function subscribe({ core, eventText, actor, api, topic, outlet }: SubscriberParts): Subscriber {
  let lost = false;
  let closed = false;

  function write(message: Message): void {
    // What was lost came before this.
    if (lost && !outlet.write(LOSS)) return;
    lost = !outlet.write(message);
  }

  function roomy(): void {
    if (lost && !closed) lost = !outlet.write(LOSS);
  }

  function end(reason: 'forbidden' | 'loss'): void {
    listener.close();
    if (closed) return;
    if (reason === 'forbidden') write(FORBIDDEN);
    else outlet.write(LOSS);
    closed = true;
    outlet.finish(reason);
  }

  const listener = core.changes.listen({
    event(_tag, event) {
      // Options may have changed since, and the collection's place may be another's now.
      const current = findApi(core, api.name);
      if (current?.collection.id !== api.collection.id || current.isView || !current.subscriptions) {
        end('forbidden');
      } else write(eventText(event, current));
    },
    denied: () => end('forbidden'),
    end: () => end('loss'),
  });

  function close(): void {
    closed = true;
    listener.close();
  }

  try {
    listener.replace(actor, [topic]);
  } catch (error) {
    close();
    throw error;
  }
  return { roomy, close };
}
