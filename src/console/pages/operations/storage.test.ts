import { afterAll, beforeAll, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';

const PATH = '/_/operations/storage';
let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsoleWorld();
  for (const name of ['posts', 'papers']) {
    const fields = [{ name: 'attached', type: 'file', maxSize: 5_000_000 }];
    await world.core.collections.create(systemActor, { name, type: 'base', fields });
  }
  await world.put('posts', 'a.txt', 'a'.repeat(3000));
  await world.put('papers', 'b.txt', 'b'.repeat(1000));
});
afterAll(() => world.close());

/** Compares, and waits for the end. */
async function compare(fields: Record<string, string> = {}): Promise<string> {
  expect((await world.post(`${PATH}/verifications`, fields)).status).toBe(303);
  for (;;) {
    const { text } = await world.get(PATH);
    if (!text.includes('Comparing:')) return text;
    await Bun.sleep(5);
  }
}

test('usage is shown by collection, with its share', async () => {
  const { text } = await world.get(PATH);
  expect(text).toContain('2 files, 4 kB in all.');
  expect([...text.matchAll(/width="([\d.]+)%"/g)].map(([, width]) => width)).toEqual(['75.00', '25.00']);
});

test('a storage is tested step by step', async () => {
  const { status, text } = await world.post(`${PATH}/local/tests`);
  expect(status).toBe(200);
  expect(text).toContain('Everything works.');
  expect(text).toContain('Read a part of it');
  expect((await world.post(`${PATH}/none/tests`)).status).toBe(404);
  expect((await world.forge(`${PATH}/local/tests`)).status).toBe(403);
});

test('a comparison says that nothing is wrong, and then what is missing', async () => {
  expect(await compare({ content: '1' })).toContain('2 files were compared, and nothing is wrong.');
  rmSync(join(world.database.dir, 'files'), { recursive: true });
  const text = await compare();
  expect(text).toContain('2 findings among 2 files.');
  expect(text).toContain('Missing');
  expect(text).toContain('a.txt');
});
