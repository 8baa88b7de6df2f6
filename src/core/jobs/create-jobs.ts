import { sql } from 'drizzle-orm';
import { AppError, notFound } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Tx } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Job, JobInfo, JobRun, Jobs, Schedule } from './jobs.ts';

/** What {@link createJobs} needs. */
export interface JobsOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly jobs: readonly Job[];
}

/** Jobs with what the core and tests need beside {@link Jobs}. */
export interface JobRunner extends Jobs {
  /** Reads how the jobs stand, once, before anything else. What ran when the last process ended is `interrupted`. */
  load(): Promise<void>;
  /** Counts anew, from now, where a schedule is not what it was; called when admins may have changed one. */
  reschedule(): Promise<void>;
  /** Runs everything that is due now, and resolves when that has ended. */
  runDue(): Promise<void>;
  /** Tells running jobs to end, and resolves when they have. */
  close(): Promise<void>;
}

type JobRow = {
  name: string;
  since: number;
  started: number | null;
  ended: number | null;
  outcome: JobInfo['outcome'];
  error: string;
  /** JSON of {@link JobRun}s. */
  runs: string;
};

interface Known {
  readonly job: Job;
  row: JobRow;
  /** What the next run is counted from: when the job was first known, or last started. */
  base: number;
  /** The schedule that it was counted by. */
  schedule: string;
  running: Promise<void> | undefined;
}

/** Runs of a job that are kept. */
const KEPT_RUNS = 20;
/** Missed runs are made up for this long after the start, when its first requests are answered. */
const FIRST_LOOK = 1_000;
/** So that a changed clock is noticed, and no timer overflows. */
const LONGEST_SLEEP = 60_000;

const p = sql.placeholder;

/**
 * Makes a {@link JobRunner}. A job is run once at a time. One whose time passed while no server ran is run once soon after the
 * start; one that fails waits for its next time.
 */
export function createJobs({ db, clock, log, jobs }: JobsOptions): JobRunner {
  const load = db.prepare(sql`SELECT name, since, started, ended, outcome, error, runs FROM _jobs`);
  const add = db.prepare(sql`INSERT INTO _jobs (name, since) VALUES (${p('name')}, ${p('since')})
    ON CONFLICT DO NOTHING`);
  const save = db.prepare(sql`UPDATE _jobs SET started = ${p('started')}, ended = ${p('ended')},
    outcome = ${p('outcome')}, error = ${p('error')}, runs = ${p('runs')} WHERE name = ${p('name')}`);
  const begun = db.prepare(sql`UPDATE _jobs SET since = ${p('since')} WHERE name = ${p('name')}`);
  const known = new Map<string, Known>();
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function nextOf(one: Known): number {
    // A clock that was ahead once must not put a job off until it is there again.
    one.base = Math.min(one.base, clock.now());
    const { schedule } = one.job;
    if (schedule.kind === 'never') return Number.POSITIVE_INFINITY;
    return schedule.kind === 'cron' ? schedule.cron.next(one.base) : one.base + schedule.milliseconds;
  }

  function infoOf(one: Known): JobInfo {
    const { name, started, ended, outcome, error } = one.row;
    return {
      ...{ name, outcome, error, schedule: describe(one.job.schedule), next: nextOf(one) },
      started: started ?? undefined,
      ended: ended ?? undefined,
      runs: readRuns(one.row),
    };
  }

  async function keep(one: Known, change: Partial<JobRow>): Promise<void> {
    one.row = { ...one.row, ...change };
    const { name, started, ended, outcome, error, runs } = one.row;
    try {
      await db.write((tx) => tx.run(save, { name, started, ended, outcome, error, runs }));
    } catch (cause) {
      log.warn('job.not_recorded', { job: name, error: String(cause) });
    }
  }

  async function end(one: Known, outcome: JobRun['outcome'], error: string): Promise<void> {
    const ended = clock.now();
    const run = { started: one.row.started ?? ended, ended, outcome, error } satisfies JobRun;
    const runs = JSON.stringify([run, ...readRuns(one.row)].slice(0, KEPT_RUNS));
    await keep(one, { ended, outcome, error, runs });
  }

  /** Never rejects. */
  async function work(one: Known): Promise<void> {
    const { job } = one;
    one.base = clock.now();
    await keep(one, { started: one.base, ended: null, outcome: 'running', error: '' });
    try {
      await job.run(ended.signal);
      await end(one, 'done', '');
      log.info('job.done', { job: job.name });
    } catch (cause) {
      const error = ended.signal.aborted ? 'stopped' : cause instanceof AppError ? cause.message : 'internal';
      await end(one, 'failed', error);
      if (ended.signal.aborted) log.warn('job.stopped', { job: job.name });
      else log.error('job.failed', { job: job.name, error: String(cause), cause });
    }
  }

  function begin(one: Known): Promise<void> {
    one.running ??= work(one).finally(() => {
      one.running = undefined;
    });
    return one.running;
  }

  function beginDue(): Promise<void>[] {
    const now = clock.now();
    const due = [...known.values()].filter((one) => one.running === undefined && nextOf(one) <= now);
    return due.map(begin);
  }

  function sleep(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      void Promise.all(beginDue());
      const waits = [...known.values()].map((one) => nextOf(one) - clock.now());
      sleep(Math.min(LONGEST_SLEEP, Math.max(FIRST_LOOK, Math.min(...waits))));
    }, milliseconds);
    timer.unref();
  }

  return {
    async load() {
      const now = clock.now();
      // As a rule this writes nothing, and a start must be possible on a full disk.
      const addNew = async (tx: Tx) => {
        for (const { name } of jobs) await tx.run(add, { name, since: now });
      };
      await db.write(addNew, { frees: true });
      const rows = await db.all<JobRow>(load);
      for (const job of jobs) {
        const row = rows.find(({ name }) => name === job.name);
        if (row === undefined) throw new AppError('internal', { reason: 'job_row' });
        const base = Math.max(row.since, row.started ?? 0);
        const one: Known = { job, row, base, schedule: describe(job.schedule), running: undefined };
        known.set(job.name, one);
        if (row.outcome === 'running') await end(one, 'failed', 'interrupted');
      }
    },
    start() {
      if (known.size > 0 && !ended.signal.aborted) sleep(FIRST_LOOK);
    },
    async reschedule() {
      const changed = [...known.values()].filter(({ job, schedule }) => describe(job.schedule) !== schedule);
      for (const one of changed) {
        const since = clock.now();
        one.schedule = describe(one.job.schedule);
        one.base = since;
        one.row = { ...one.row, since };
        await db.write((tx) => tx.run(begun, { name: one.job.name, since }));
      }
      if (timer !== undefined && !ended.signal.aborted) sleep(FIRST_LOOK);
    },
    async runDue() {
      await Promise.all(beginDue());
    },
    async list(actor) {
      requireSuperuser(actor);
      return [...known.values()].filter(({ job }) => job.schedule.kind !== 'never').map(infoOf);
    },
    async run(actor, name) {
      requireSuperuser(actor);
      const one = known.get(name);
      if (one === undefined || one.job.schedule.kind === 'never') throw notFound('job');
      if (ended.signal.aborted) throw new AppError('unavailable', { reason: 'stopping' });
      if (one.running !== undefined) throw new AppError('busy', { reason: 'job_running' });
      await begin(one);
      return infoOf(one);
    },
    async close() {
      ended.abort(new AppError('unavailable', { reason: 'stopping' }));
      clearTimeout(timer);
      await Promise.all([...known.values()].map(({ running }) => running));
    },
  };
}

function readRuns({ runs }: JobRow): readonly JobRun[] {
  const kept: readonly JobRun[] = JSON.parse(runs);
  return kept;
}

function describe(schedule: Schedule): string {
  if (schedule.kind === 'never') return '';
  return schedule.kind === 'cron' ? schedule.cron.text : `every ${schedule.milliseconds / 1000} s`;
}
