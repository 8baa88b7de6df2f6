import { type Actor, AppError, type Core } from '../../../core/index.ts';

type Item<K extends 'verify' | 'migrate' | 'collect'> =
  ReturnType<Core['storages'][K]> extends AsyncIterable<infer One> ? One : never;
type Step = Item<'verify'> | Item<'migrate'> | Item<'collect'>;

/** Something wrong between catalogue and bytes. */
export type Finding = Extract<Step, { kind: 'finding' }>;

/** A file that nothing knows, and what was or would be done with it. */
export type Collected = Extract<Step, { kind: 'collected' }>;

/** What is to be done with all files of the storages. */
export type Order =
  | { readonly kind: 'verification'; readonly content: boolean }
  | { readonly kind: 'migration'; readonly to: string; readonly from: string | undefined }
  | { readonly kind: 'collection'; readonly keepDays: number; readonly dryRun: boolean };

/** How such a work stands. Times in milliseconds since the epoch. */
export interface StorageWork {
  readonly order: Order;
  readonly started: number;
  /** Undefined while it runs. */
  readonly ended: number | undefined;
  /** `stopped`: somebody wanted no more of it. `broken`: a storage does not answer, or other work on it runs. */
  readonly end: 'done' | 'stopped' | 'broken' | undefined;
  readonly done: number;
  readonly total: number | undefined;
  /** The first of them. */
  readonly findings: readonly Finding[];
  readonly found: number;
  /** The first of them. */
  readonly collected: readonly Collected[];
  /** Files put in quarantine and erased, or that would be; bytes of both. */
  readonly tidied: { readonly quarantined: number; readonly erased: number; readonly bytes: number };
}

/** Runs works on storages, one at a time, and remembers the last of each kind until the server stops. */
export interface StorageWorks {
  readonly running: StorageWork | undefined;
  last(kind: Order['kind']): StorageWork | undefined;
  /** Begins one, whoever looks at it; false where one runs. */
  start(actor: Actor, order: Order): boolean;
  /** Ends the one that runs after what it is at; it can be begun again and goes on with what is left. */
  stop(): void;
}

const MOST_SHOWN = 100;

/** Makes {@link StorageWorks}. */
export function createStorageWorks({
  storages,
  clock,
  log,
}: Pick<Core, 'storages' | 'clock' | 'log'>): StorageWorks {
  const last = new Map<Order['kind'], StorageWork>();
  let running: StorageWork | undefined;
  let isStopping = false;

  function begin(actor: Actor, order: Order): AsyncIterable<Step> {
    if (order.kind === 'verification') return storages.verify(actor, order);
    if (order.kind === 'migration') return storages.migrate(actor, order);
    return storages.collect(actor, order);
  }

  async function run(actor: Actor, begun: StorageWork): Promise<void> {
    let now = begun;
    const set = (change: Partial<StorageWork>) => {
      now = { ...now, ...change };
      last.set(now.order.kind, now);
      running = now.ended === undefined ? now : undefined;
    };
    set({});
    let end: StorageWork['end'] = 'done';
    try {
      for await (const step of begin(actor, begun.order)) {
        set(changeBy(now, step));
        if (!isStopping || step.kind === 'summary') continue;
        end = 'stopped';
        break;
      }
    } catch (cause) {
      end = 'broken';
      // Somebody else's work is nothing wrong.
      const isBusy = cause instanceof AppError && cause.code === 'busy';
      if (!isBusy) log.warn('storage.work_failed', { work: begun.order.kind, cause });
    }
    set({ end, ended: clock.now() });
  }

  return {
    get running() {
      return running;
    },
    last: (kind) => last.get(kind),
    start(actor, order) {
      if (running !== undefined) return false;
      isStopping = false;
      void run(actor, {
        ...{ order, started: clock.now(), ended: undefined, end: undefined, done: 0, total: undefined },
        ...{ findings: [], found: 0, collected: [], tidied: { quarantined: 0, erased: 0, bytes: 0 } },
      });
      return true;
    },
    stop() {
      isStopping = true;
    },
  };
}

function changeBy(work: StorageWork, step: Step): Partial<StorageWork> {
  switch (step.kind) {
    case 'progress':
      return { done: step.done, total: step.total };
    case 'finding':
      return { findings: grown(work.findings, step), found: work.found + 1 };
    case 'collected':
      return { collected: grown(work.collected, step), tidied: tidiedBy(work.tidied, step) };
    case 'summary':
      if ('objects' in step) return { done: step.objects, total: step.objects };
      return 'moved' in step ? { done: step.moved } : {};
  }
}

function grown<T>(list: readonly T[], one: T): readonly T[] {
  return list.length < MOST_SHOWN ? [...list, one] : list;
}

function tidiedBy(
  { quarantined, erased, bytes }: StorageWork['tidied'],
  { action, size }: Collected,
): StorageWork['tidied'] {
  const isAside = action === 'quarantined' || action === 'would_quarantine';
  const isErased = action === 'erased' || action === 'would_erase';
  return {
    quarantined: quarantined + Number(isAside),
    erased: erased + Number(isErased),
    bytes: bytes + (isAside || isErased ? size : 0),
  };
}
