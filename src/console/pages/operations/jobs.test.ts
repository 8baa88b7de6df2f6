import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';
import { parseCron } from '../../../lib/cron.ts';

let world: ConsoleWorld;
beforeAll(async () => {
  const cron = parseCron('0 3 * * *');
  if (cron === undefined) throw new Error('no schedule');
  world = await openConsoleWorld({ backupSchedule: { cron, keep: 3 } });
});
afterAll(() => world.close());

test('where there are none, the page says how to get one', async () => {
  const plain = await openConsoleWorld();
  expect((await plain.get('/_/operations/jobs')).text).toContain('No jobs yet');
  await plain.close();
});

test('jobs are listed, and one runs when it is asked to', async () => {
  const [job] = await world.core.jobs.list(systemActor);
  expect(job?.outcome).toBe('');
  const { text } = await world.get('/_/operations/jobs');
  expect(text).toContain(`<code>${job?.name}</code>`);
  expect(text).toContain('never');
  const path = `/_/operations/jobs/${job?.name}/runs`;
  expect((await world.forge(path)).status).toBe(403);
  const answer = await world.post(path);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/_/operations/jobs']);
  const once = (await world.get('/_/operations/jobs')).text;
  expect(once).toContain('Failed');
  expect(once).not.toContain('<summary>Last');
  await world.post(path);
  expect((await world.get('/_/operations/jobs')).text).toContain('<summary>Last 2 runs, 2 failed</summary>');
  expect((await world.post('/_/operations/jobs/nothing/runs')).status).toBe(404);
});

test('operations begin with their first page', async () => {
  const { status, headers } = await world.get('/_/operations');
  expect(status).toBe(303);
  expect((await world.get(headers.get('location') ?? '')).status).toBe(200);
});
