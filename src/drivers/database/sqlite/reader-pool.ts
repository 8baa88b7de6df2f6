import { AppError } from '../../../core/errors.ts';
import { type ReaderProcess, type ReaderStart, startReaderProcess } from './reader-process.ts';
import type { ReaderReply, ReaderRequest } from './reader-protocol.ts';

/** How a pool of reader processes is set up. */
export interface ReaderPoolOptions {
  readonly path: string;
  readonly start: ReaderStart;
  /** Most processes at a time. */
  readonly size: number;
  /** Most reads that wait; one more is refused with `busy`, reason `queue_full`. */
  readonly queueLimit: number;
  /** Milliseconds without work after which a process is ended. */
  readonly idle: number;
}

/** How one read is to be treated. */
export interface PoolJobOptions {
  /** Milliseconds from now, waiting included, after which it is given up: `busy`, reason `timeout`. */
  readonly timeout: number;
  /** True for reads known to take long: they never hold the last process, so that short ones go on. */
  readonly slow: boolean;
}

/** Reader processes, started when needed. */
export interface ReaderPool {
  run(request: ReaderRequest, options: PoolJobOptions): Promise<ReaderReply>;
  /** True when a read would have to wait for a process. */
  readonly crowded: boolean;
  /** Lets running reads end, starts no others meanwhile, then calls `task`, which must not throw, and goes on. */
  whenQuiet(task: () => void): void;
  close(): Promise<void>;
}

/** Makes a pool; no process is started yet. */
export function createReaderPool(options: ReaderPoolOptions): ReaderPool {
  const seats: Seat[] = [];
  const queue: Job[] = [];
  const quietTasks: (() => void)[] = [];
  let closed = false;

  function run(request: ReaderRequest, { timeout, slow }: PoolJobOptions): Promise<ReaderReply> {
    if (closed) return Promise.reject(new AppError('unavailable', { reason: 'closed' }));
    if (queue.length >= options.queueLimit) {
      return Promise.reject(new AppError('busy', { reason: 'queue_full' }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<ReaderReply>();
    const job: Job = { request, slow, resolve, reject, seat: undefined, timer: undefined };
    job.timer = setTimeout(() => giveUp(job), timeout);
    queue.push(job);
    dispatch();
    return promise;
  }

  function dispatch(): void {
    if (quietTasks.length > 0) {
      callWhenQuiet();
      return;
    }
    while (!closed) {
      const at = nextJob();
      if (at < 0) return;
      const seat = seats.find((s) => !s.job) ?? takeSeat();
      if (!seat) return;
      const [job] = queue.splice(at, 1);
      if (job) serve(seat, job);
    }
  }

  /** The first in the queue that may run now, or -1. A slow one leaves a process to the others. */
  function nextJob(): number {
    const slowRunning = seats.filter((seat) => seat.job?.slow).length;
    const room = options.size === 1 || slowRunning < options.size - 1;
    return queue.findIndex((job) => room || !job.slow);
  }

  function takeSeat(): Seat | undefined {
    if (seats.length >= options.size) return undefined;
    const seat: Seat = { process: undefined, job: undefined, idleTimer: undefined };
    seats.push(seat);
    return seat;
  }

  function serve(seat: Seat, job: Job): void {
    clearTimeout(seat.idleTimer);
    seat.job = job;
    job.seat = seat;
    answerOf(seat, job.request).then(
      (reply) => settle(seat, job, () => job.resolve(reply)),
      (error) => {
        dismiss(seat);
        settle(seat, job, () => job.reject(error));
      },
    );
  }

  async function answerOf(seat: Seat, request: ReaderRequest): Promise<ReaderReply> {
    if (!seat.process) {
      const process = startReaderProcess(options.start, options.path);
      seat.process = process;
      process.ended.then(() => {
        if (seat.process === process) dismiss(seat);
      });
    }
    return seat.process.ask(request);
  }

  function settle(seat: Seat, job: Job, finish: () => void): void {
    clearTimeout(job.timer);
    if (seat.job === job) {
      seat.job = undefined;
      seat.idleTimer = setTimeout(() => dismiss(seat), options.idle);
      seat.idleTimer.unref();
    }
    finish();
    dispatch();
  }

  function giveUp(job: Job): void {
    const waitingAt = queue.indexOf(job);
    if (waitingAt >= 0) queue.splice(waitingAt, 1);
    job.reject(new AppError('busy', { reason: 'timeout' }));
    // The process ends without an answer, which frees the seat.
    job.seat?.process?.kill();
  }

  /** Gives up a seat's process, and the seat itself when nothing runs on it. */
  function dismiss(seat: Seat): void {
    clearTimeout(seat.idleTimer);
    seat.process?.kill();
    seat.process = undefined;
    const at = seats.indexOf(seat);
    if (!seat.job && at >= 0) seats.splice(at, 1);
  }

  function callWhenQuiet(): void {
    if (seats.some((seat) => seat.job)) return;
    for (const task of quietTasks.splice(0)) task();
    dispatch();
  }

  return {
    run,
    get crowded() {
      return queue.length > 0;
    },
    whenQuiet(task) {
      quietTasks.push(task);
      callWhenQuiet();
    },
    async close() {
      closed = true;
      for (const job of queue.splice(0)) {
        clearTimeout(job.timer);
        job.reject(new AppError('unavailable', { reason: 'closed' }));
      }
      const processes = seats.flatMap((seat) => seat.process ?? []);
      for (const process of processes) process.kill();
      await Promise.all(processes.map((process) => process.ended));
    },
  };
}

interface Job {
  readonly request: ReaderRequest;
  readonly slow: boolean;
  readonly resolve: (reply: ReaderReply) => void;
  readonly reject: (error: unknown) => void;
  seat: Seat | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A place for one process, which may come and go. */
interface Seat {
  process: ReaderProcess | undefined;
  job: Job | undefined;
  idleTimer: ReturnType<typeof setTimeout> | undefined;
}
