import { visible } from '../lib/text.ts';
import { OperatorError } from '../server/operator-error.ts';

/** The fields of an item of an operation. */
export function fieldsOf(item: object): Readonly<Record<string, unknown>> {
  return { ...item };
}

/** A number, or 0. */
export function countOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Where commands write; replaced in tests. */
export interface Terminal {
  readonly out: (text: string) => void;
  /** For what is no result: progress. */
  readonly err: (text: string) => void;
  /** Whether progress may be drawn over itself. */
  readonly drawn: boolean;
  readonly now: () => number;
}

/** Standard output and standard error. */
export const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  drawn: Boolean(process.stderr.isTTY),
  now: () => performance.now(),
};

/** Milliseconds between lines of progress where it is not drawn. */
const LINE_EVERY = 5000;
const DRAW_EVERY = 100;

const GO_ON = 'Stopped; run the same command again to go on.';

/** How {@link printItems} prints. */
interface PrintOptions {
  readonly json: boolean;
  /** Said to people when there are no items. */
  readonly empty?: string;
  /** Said when the operator interrupts. */
  readonly stopped?: string;
  readonly at?: Terminal;
  readonly interrupted?: Promise<void>;
}

/**
 * Prints items until they end: as NDJSON, or each as `words` puts it, with progress on standard error. `undefined` words print
 * nothing; `empty` stands for no item at all. Throws {@link OperatorError} when the operator interrupts; the work ends, and can be begun again.
 */
export async function printItems(
  items: AsyncIterable<object>,
  words: (item: Readonly<Record<string, unknown>>) => string | undefined,
  { json, empty, stopped = GO_ON, at = terminal, interrupted }: PrintOptions,
): Promise<void> {
  const progress = progressOn(at);
  const iterator = items[Symbol.asyncIterator]();
  const signal = interrupted ? { asked: interrupted, forget: () => undefined } : interruption();
  const asked = signal.asked.then(() => 'stopped' as const);
  let isEmpty = true;
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), asked]);
      if (step === 'stopped') throw new OperatorError(stopped);
      if (step.done === true) {
        if (isEmpty && !json && empty !== undefined) at.out(`${empty}\n`);
        return;
      }
      isEmpty = false;
      const item = fieldsOf(step.value);
      if (json) at.out(`${JSON.stringify(step.value)}\n`);
      else if (item.kind === 'progress') progress.show(item);
      else {
        const line = words(item);
        if (line !== undefined) {
          progress.clear();
          at.out(`${visible(line)}\n`);
        }
      }
    }
  } finally {
    progress.clear();
    signal.forget();
    // Not awaited: it resolves only after the step that is under way.
    void iterator.return?.().catch(() => undefined);
  }
}

/** The first ctrl-C; a second one ends the process as usual. */
function interruption(): { readonly asked: Promise<void>; readonly forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onSignal = () => resolve();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  return {
    asked: promise,
    forget() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

function progressOn(at: Terminal): {
  show(item: Readonly<Record<string, unknown>>): void;
  clear(): void;
} {
  let last = at.drawn ? Number.NEGATIVE_INFINITY : at.now();
  let drawn = false;
  return {
    show(item) {
      if (at.now() - last < (at.drawn ? DRAW_EVERY : LINE_EVERY)) return;
      last = at.now();
      const text = progressText(item);
      at.err(at.drawn ? `\r\x1b[K${text}` : `${text}\n`);
      drawn = at.drawn;
    },
    clear() {
      if (drawn) at.err('\r\x1b[K');
      drawn = false;
    },
  };
}

const WIDTH = 24;

/** Of files and their bytes, unless the item names another unit. */
function progressText(item: Readonly<Record<string, unknown>>): string {
  const { total, unit } = item;
  const done = countOf(item.done);
  const what = typeof unit === 'string' ? unit : `files, ${bytesText(countOf(item.bytes))}`;
  if (typeof total !== 'number') return `${done} ${what}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * WIDTH);
  const bar = `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`;
  return `${bar} ${Math.floor(share * 100)} %  ${done} of ${total} ${what}`;
}

/** Bytes for people: `12.3 MB` (1 MB = 1,048,576 bytes, as in the configuration). */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${unit === 0 ? bytes : (bytes / 1024 ** unit).toFixed(1)} ${units[unit]}`;
}
