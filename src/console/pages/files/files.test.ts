import { afterAll, beforeAll, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { PNG } from '../../../../test/support/files.ts';
import { systemActor } from '../../../core/actor.ts';

let world: ConsoleWorld;
let zebra: string;

beforeAll(async () => {
  world = await openConsoleWorld();
  expect((await world.get('/_/files')).text).toContain('No files yet');
  for (const name of ['posts', 'papers']) {
    await world.core.collections.create(systemActor, {
      ...{ name, type: 'base' },
      fields: ['attached', 'more'].map((each) => ({ name: each, type: 'file', maxSize: 5_000_000 })),
    });
  }
  zebra = await world.put('posts', 'Zebra <b>.png', PNG);
  await world.put('posts', 'apple.txt', 'a'.repeat(300));
  await world.put('papers', 'pear.txt', 'b'.repeat(2_000_000));
});
afterAll(() => world.close());

const shown = (text: string) =>
  [...text.matchAll(/class="file" href="[^"]+"><span>([^<]+)/g)].map(([, name]) => name);

test('files of all collections are listed, with what they are in all', async () => {
  const { text, status } = await world.get('/_/files');
  expect(status).toBe(200);
  expect(text).toContain('3 files, 2 MB in all.');
  expect(shown(text)).toHaveLength(3);
  expect(text).toContain('Zebra &lt;b&gt;.png');
  expect(text).not.toContain('<b>.png');
});

test.each([
  ['?collection=papers', ['pear.txt']],
  ['?name=APPLE', ['apple.txt']],
  ['?kind=image', ['Zebra &lt;b&gt;.png']],
  ['?least=1', ['pear.txt']],
  ['?most=0.001&sort=name', ['apple.txt', 'Zebra &lt;b&gt;.png']],
  ['?least=0,0002&most=0.0004', ['apple.txt']],
  ['?collection=posts&field=attached&sort=name', ['apple.txt', 'Zebra &lt;b&gt;.png']],
  ['?collection=posts&field=more', []],
  ['?collection=papers&field=gone', ['pear.txt']],
  ['?sort=-size', ['pear.txt', 'apple.txt', 'Zebra &lt;b&gt;.png']],
  ['?sort=name&storage=local', ['apple.txt', 'pear.txt', 'Zebra &lt;b&gt;.png']],
  ['?state=doomed', []],
])('%s shows some', async (query, names) => {
  const { text } = await world.get(`/_/files${query}`);
  expect(shown(text)).toEqual(names);
  if (names.length === 0) expect(text).toContain('No file matches');
});

test('a filter that names nothing is a page that says so', async () => {
  expect((await world.get('/_/files?collection=none')).status).toBe(404);
  expect((await world.get('/_/files?after=!!!')).status).toBe(422);
});

test('a file has a page with everything that is known of it, and other names have none', async () => {
  const { text: all } = await world.get('/_/files?kind=image');
  const path = /class="file" href="([^"]+)"/.exec(all)?.[1] ?? '';
  const { text, status } = await world.get(path);
  expect(status).toBe(200);
  for (const part of ['SHA-256', `posts/${zebra}`, 'image/png', 'attached', 'a guest or a superuser'])
    expect(text).toContain(part);
  expect((await world.get(`/_/files/posts/${zebra}/other.png`)).status).toBe(404);
  expect((await world.get(`/_/files/nothing/${zebra}/other.png`)).status).toBe(404);
  expect((await world.get(`/_/files/%zz/${zebra}/other.png`)).status).toBe(404);
});

test('the queue of deletions is shown, and what failed is retried by a form of the page only', async () => {
  expect((await world.get('/_/files/deletions')).text).toContain('Nothing waits');
  expect((await world.forge('/_/files/deletions/retries')).status).toBe(403);
  const answer = await world.post('/_/files/deletions/retries');
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/_/files/deletions']);
});

test('erasures that were given up are told, and tried again', async () => {
  const record = await world.put('posts', 'stuck.txt', 'stuck');
  const pinned = world.core.files.pin();
  await world.core.records.delete(systemActor, world.core.collections.get('posts'), record);
  expect((await world.get('/_/files/deletions')).text).not.toContain('Retry what failed');
  await world.database.db.write((tx) =>
    tx.run(
      world.database.db.prepare(
        sql`UPDATE _file_deletions SET next_attempt = ${Number.MAX_SAFE_INTEGER}, attempts = 10`,
      ),
    ),
  );
  const { text } = await world.get('/_/files/deletions');
  for (const part of ['stuck.txt', 'Waits for you', 'Retry what failed']) expect(text).toContain(part);
  await world.post('/_/files/deletions/retries');
  expect((await world.get('/_/files/deletions')).text).not.toContain('Waits for you');
  pinned();
});
