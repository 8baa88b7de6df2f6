import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { createTestLog } from '../../../test/support/files.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import { parseCron } from '../../lib/cron.ts';
import { AppError } from '../errors.ts';
import { createJobs, type JobRunner } from './create-jobs.ts';
import type { Job, Schedule } from './jobs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2030, 0, 1, 12);

let database: TestDatabase;
let clock: { time: number; now(): number };
let log: ReturnType<typeof createTestLog>;
const opened: JobRunner[] = [];

beforeEach(async () => {
  clock = { time: NOON, now: () => clock.time };
  database = await openTestDatabase({ now: clock.now });
  log = createTestLog();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((jobs) => jobs.close()));
  await database.close();
});

function cron(text: string): Schedule {
  const parsed = parseCron(text);
  if (!parsed) throw new Error(text);
  return { kind: 'cron', cron: parsed };
}

async function open(...jobs: Job[]): Promise<JobRunner> {
  const runner = createJobs({ db: database.db, clock, log, jobs });
  opened.push(runner);
  await runner.load();
  return runner;
}

/** A job that counts its runs; `next` replaces what the coming ones do. */
function counting(schedule: Schedule, name = 'count') {
  const job = {
    ...{ name, schedule, runs: 0 },
    next: async (_signal: AbortSignal): Promise<void> => {},
    async run(signal: AbortSignal) {
      job.runs++;
      await job.next(signal);
    },
  };
  return job;
}

const only = async (jobs: JobRunner) => {
  const [info] = await jobs.list(superuser);
  if (!info) throw new Error('no job');
  return info;
};

test('a job runs at its time, not before, and once for it', async () => {
  const job = counting(cron('0 3 * * *'));
  const jobs = await open(job);
  await jobs.runDue();
  expect(job.runs).toBe(0);
  expect((await only(jobs)).next).toBe(NOON + 15 * HOUR);
  clock.time += 15 * HOUR;
  await jobs.runDue();
  await jobs.runDue();
  expect(job.runs).toBe(1);
  expect(await only(jobs)).toMatchObject({
    outcome: 'done',
    started: clock.time,
    next: clock.time + 24 * HOUR,
  });
});

test('the last twenty runs are kept, and known after a restart', async () => {
  const job = counting({ kind: 'every', milliseconds: MINUTE });
  const jobs = await open(job);
  expect((await only(jobs)).runs).toEqual([]);
  job.next = () => Promise.reject(new AppError('unavailable', { reason: 'storage' }));
  await jobs.run(superuser, 'count');
  job.next = async () => {
    clock.time += 5;
  };
  for (let at = 0; at < 19; at++) await jobs.run(superuser, 'count');
  const { runs } = await only(jobs);
  expect(runs).toHaveLength(20);
  expect(runs[0]).toEqual({ started: clock.time - 5, ended: clock.time, outcome: 'done', error: '' });
  expect(runs.at(-1)).toEqual({
    ...{ started: NOON, ended: NOON, outcome: 'failed' },
    error: 'unavailable: storage',
  });
  await jobs.run(superuser, 'count');
  await jobs.close();
  const again = (await only(await open(job))).runs;
  expect(again.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 20 }, () => 'done'));
});

test('an interval counts from the last run', async () => {
  const job = counting({ kind: 'every', milliseconds: 10 * MINUTE });
  const jobs = await open(job);
  for (const [minutes, runs] of [
    [9, 0],
    [1, 1],
    [9, 1],
    [5, 2],
    [9, 2],
  ] as const) {
    clock.time += minutes * MINUTE;
    await jobs.runDue();
    expect(job.runs).toBe(runs);
  }
});

test('what was missed while no server ran is run once, also when it never ran before', async () => {
  const job = counting(cron('0 3 * * *'));
  await open(job);
  for (const expected of [1, 2]) {
    clock.time += 72 * HOUR;
    const jobs = await open(job);
    await jobs.runDue();
    await jobs.runDue();
    expect(job.runs).toBe(expected);
  }
});

test('a failure is logged and kept, and the next try comes at the next time', async () => {
  const job = counting(cron('@hourly'));
  job.next = () => Promise.reject(new AppError('unavailable', { reason: 'storage' }));
  const jobs = await open(job);
  clock.time += HOUR;
  await jobs.runDue();
  await jobs.runDue();
  expect(job.runs).toBe(1);
  expect(await only(jobs)).toMatchObject({ outcome: 'failed', error: 'unavailable: storage' });
  expect(log.events).toContain('error job.failed');
  job.next = async () => {};
  clock.time += HOUR;
  await jobs.runDue();
  expect(await only(await open(job))).toMatchObject({ outcome: 'done', error: '' });
});

test('a job runs once at a time, also when a superuser asks for it', async () => {
  const job = counting(cron('@hourly'));
  const gate = Promise.withResolvers<void>();
  job.next = () => gate.promise;
  const jobs = await open(job);
  const running = jobs.run(superuser, 'count');
  while (job.runs === 0) await Bun.sleep(1);
  expect(await only(jobs)).toMatchObject({ outcome: 'running', ended: undefined });
  clock.time += 5 * HOUR;
  await jobs.runDue();
  await expect(jobs.run(superuser, 'count')).rejects.toMatchObject({ code: 'busy', reason: 'job_running' });
  gate.resolve();
  expect(await running).toMatchObject({ outcome: 'done' });
  expect(job.runs).toBe(1);
});

test('a stop tells running jobs to end and waits for them', async () => {
  const job = counting(cron('@hourly'));
  let cleaned = false;
  job.next = async (signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await Bun.sleep(5);
    cleaned = true;
    signal.throwIfAborted();
  };
  const jobs = await open(job);
  const running = jobs.run(superuser, 'count');
  while (job.runs === 0) await Bun.sleep(1);
  await jobs.close();
  expect(cleaned).toBe(true);
  expect(await running).toMatchObject({ outcome: 'failed', error: 'stopped' });
  await expect(jobs.run(superuser, 'count')).rejects.toMatchObject({ reason: 'stopping' });
});

test('a run that the end of the process interrupted is told as such', async () => {
  const job = counting(cron('@hourly'));
  job.next = (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  const jobs = await open(job);
  void jobs.run(superuser, 'count');
  while (job.runs === 0) await Bun.sleep(1);
  expect(await only(await open(counting(cron('@hourly'))))).toMatchObject({
    outcome: 'failed',
    error: 'interrupted',
  });
});

test('a clock that was ahead does not put a job off', async () => {
  const job = counting({ kind: 'every', milliseconds: HOUR });
  clock.time += 1_000 * HOUR;
  const jobs = await open(job);
  clock.time = NOON;
  expect((await only(jobs)).next).toBe(NOON + HOUR);
  clock.time += HOUR;
  await jobs.runDue();
  expect(job.runs).toBe(1);
});

test('a schedule that is changed counts from then on, also after the next start', async () => {
  const job = counting({ kind: 'never' });
  const jobs = await open(job);
  expect(await jobs.list(superuser)).toEqual([]);
  await expect(jobs.run(superuser, 'count')).rejects.toMatchObject({ code: 'not_found' });
  clock.time += 72 * HOUR;
  job.schedule = cron('0 3 * * *');
  await jobs.reschedule();
  expect((await only(jobs)).next).toBe(NOON + 87 * HOUR);
  expect((await only(await open(job))).next).toBe(NOON + 87 * HOUR);
  await jobs.runDue();
  expect(job.runs).toBe(0);
  clock.time += 15 * HOUR;
  await jobs.runDue();
  expect(job.runs).toBe(1);
  job.schedule = { kind: 'never' };
  await jobs.reschedule();
  clock.time += 72 * HOUR;
  await jobs.runDue();
  expect(job.runs).toBe(1);
});

describe('the scheduler', () => {
  test('runs nothing before the server does, and then what is due', async () => {
    const job = counting({ kind: 'every', milliseconds: HOUR });
    const jobs = await open(job);
    clock.time += 2 * HOUR;
    await Bun.sleep(20);
    expect(job.runs).toBe(0);
    jobs.start();
    const stop = Date.now() + 5_000;
    while (job.runs === 0 && Date.now() < stop) await Bun.sleep(20);
    expect(job.runs).toBe(1);
  });

  test('answers superusers only, and names what it does not know', async () => {
    const jobs = await open();
    await expect(jobs.list(guest)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(jobs.run(guest, 'count')).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(jobs.run(superuser, 'count')).rejects.toMatchObject({ code: 'not_found', reason: 'job' });
  });
});
