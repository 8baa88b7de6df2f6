import { AppError } from '../errors.ts';
import type { Log } from '../ports/log.ts';

/** Work that mail asks for, done after the answer: so the answer tells nothing of it, and a slow mail server delays nobody. */
export interface Postbox {
  /** Throws `busy` reason `mail_queue` when too many tasks wait. */
  requireRoom(): void;
  /** Queues a task; what it throws is logged. Refused as by {@link Postbox.requireRoom}. */
  later(task: () => Promise<void>): void;
  /** Tasks that are queued or under way. */
  readonly waiting: number;
  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void>;
  /** Gives what is queued a few seconds; then drops it, and says how much that was. */
  close(): Promise<void>;
}

const MOST_WAITING = 500;
const AT_ONCE = 4;
const LAST_MS = 5000;

/** Makes a {@link Postbox}. */
export function createPostbox(log: Log): Postbox {
  const waiting: (() => Promise<void>)[] = [];
  const idlers: (() => void)[] = [];
  let running = 0;

  async function work(): Promise<void> {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      try {
        await task();
      } catch (cause) {
        log.error('mail.failed', { cause });
      }
    }
    running--;
    if (running === 0) for (const wake of idlers.splice(0)) wake();
  }

  const idle = () =>
    running === 0 ? Promise.resolve() : new Promise<void>((resolve) => idlers.push(resolve));

  function requireRoom(): void {
    if (waiting.length >= MOST_WAITING) throw new AppError('busy', { reason: 'mail_queue' });
  }

  return {
    idle,
    get waiting() {
      return waiting.length + running;
    },
    requireRoom,
    later(task) {
      requireRoom();
      waiting.push(task);
      if (running === AT_ONCE) return;
      running++;
      setImmediate(() => void work());
    },
    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LAST_MS);
      });
      await Promise.race([idle(), late]);
      clearTimeout(timer);
      const dropped = waiting.splice(0).length + running;
      if (dropped > 0) log.warn('mail.dropped', { messages: dropped });
    },
  };
}
