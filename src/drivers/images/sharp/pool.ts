import { AppError } from '../../../core/errors.ts';
import type { Frame } from './frames.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** How many workers, and how long anybody waits. */
export interface PoolOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Workers at the same time. */
  readonly size: number;
  /** Jobs that may wait for a worker. */
  readonly queueLimit: number;
  /** Milliseconds that a job may run; and, before that, wait. */
  readonly timeoutMs: number;
  /** Milliseconds after which a worker without a job ends. */
  readonly idleMs: number;
}

/** A bounded number of workers behind a bounded queue. */
export interface WorkerPool {
  /**
   * Runs one job on a free worker, in the order asked.
   *
   * Throws `busy` (`queue_full`; `timeout`: the job took or waited too long; `closed`) and `internal`
   * (`worker_died`: this job's worker ended before it answered).
   */
  run(header: unknown, bytes?: Uint8Array): Promise<Frame>;
  /** Processes that there are, and jobs that wait for one. */
  readonly workers: number;
  readonly waiting: number;
  /** Ends all workers, refuses what waits and what runs; settles when every process is gone. */
  close(): Promise<void>;
}

interface Job {
  readonly header: unknown;
  readonly bytes: Uint8Array | undefined;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: AppError) => void;
  waitingTimer?: ReturnType<typeof setTimeout>;
}

/** Makes a pool; a worker is started when a job needs one. */
export function createWorkerPool(options: PoolOptions): WorkerPool {
  const workers = new Set<WorkerProcess>();
  /** Free workers, the last used at the end, each with the timer that ends it. */
  const idle: { worker: WorkerProcess; timer: ReturnType<typeof setTimeout> }[] = [];
  const queue: Job[] = [];
  let closed = false;

  return {
    run(header, bytes) {
      return new Promise<Frame>((resolve, reject) => {
        const job: Job = { header, bytes, resolve, reject };
        if (closed) return reject(new AppError('busy', { reason: 'closed' }));
        if (idle.length > 0 || workers.size < options.size) return void work(job);
        if (queue.length >= options.queueLimit) return reject(new AppError('busy', { reason: 'queue_full' }));
        job.waitingTimer = setTimeout(() => giveUp(job), options.timeoutMs);
        queue.push(job);
      });
    },

    get workers() {
      return workers.size;
    },
    get waiting() {
      return queue.length;
    },

    async close() {
      closed = true;
      for (const job of queue.splice(0)) settle(job).reject(new AppError('busy', { reason: 'closed' }));
      const ending = [...workers];
      for (const worker of ending) worker.kill();
      await Promise.all(ending.map((worker) => worker.exited));
    },
  };

  async function work(job: Job): Promise<void> {
    settle(job);
    let late = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const worker = takeWorker();
      timer = setTimeout(() => {
        late = true;
        discard(worker);
      }, options.timeoutMs);
      const frame = await worker.run(job.header, job.bytes);
      job.resolve(frame);
      if (workers.has(worker)) putBack(worker);
    } catch (cause) {
      const busy = closed ? 'closed' : late ? 'timeout' : undefined;
      job.reject(
        busy
          ? new AppError('busy', { reason: busy })
          : new AppError('internal', { reason: 'worker_died', cause }),
      );
    } finally {
      clearTimeout(timer);
      next();
    }
  }

  function takeWorker(): WorkerProcess {
    const free = idle.pop();
    if (free) {
      clearTimeout(free.timer);
      return free.worker;
    }
    const { command, environment } = options;
    const worker = startWorkerProcess({ command, environment, onExit: forget });
    workers.add(worker);
    return worker;
  }

  function putBack(worker: WorkerProcess): void {
    const timer = setTimeout(() => {
      forget(worker);
      worker.retire();
    }, options.idleMs);
    timer.unref();
    idle.push({ worker, timer });
  }

  function next(): void {
    if (idle.length === 0 && workers.size >= options.size) return;
    const job = closed ? undefined : queue.shift();
    if (job) void work(job);
  }

  /** The killed worker no longer counts: the next job need not wait for its end. */
  function discard(worker: WorkerProcess): void {
    forget(worker);
    worker.kill();
  }

  function forget(worker: WorkerProcess): void {
    workers.delete(worker);
    const at = idle.findIndex((free) => free.worker === worker);
    if (at >= 0) clearTimeout(idle.splice(at, 1)[0]?.timer);
  }

  function giveUp(job: Job): void {
    const at = queue.indexOf(job);
    if (at >= 0) queue.splice(at, 1);
    job.reject(new AppError('busy', { reason: 'timeout' }));
  }

  function settle(job: Job): Job {
    clearTimeout(job.waitingTimer);
    return job;
  }
}
