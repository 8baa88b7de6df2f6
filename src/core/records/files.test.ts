import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { streamOnce } from '../../../test/support/files.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import type { AppError } from '../errors.ts';
import type { RecordInput } from './record.ts';

let world: TestCore;

beforeAll(async () => {
  world = await openTestCore();
  const open = { listRule: '', viewRule: '', createRule: "title != 'no'", updateRule: '', deleteRule: '' };
  await world.core.collections.create(superuser, {
    name: 'albums',
    type: 'base',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'code', type: 'text' },
      { name: 'cover', type: 'file', maxSelect: 1, maxSize: 20 },
      { name: 'photos', type: 'file', maxSelect: 3, maxSize: 20 },
    ],
    indexes: ["CREATE UNIQUE INDEX `albums_code` ON `albums` (`code`) WHERE `code` != ''"],
    ...open,
  });
});

beforeEach(() => world.core.collections.truncate(superuser, 'albums'));

afterAll(() => world.close());

const albums = () => world.core.collections.get('albums');

/** What a request does that comes with these files: `key` of the input → contents. */
async function send(
  id: string | undefined,
  input: RecordInput,
  files: Record<string, readonly string[]> = {},
) {
  const { records } = world.core;
  const intake = await records.admit(guest, albums(), id);
  const values: Record<string, unknown> = { ...input };
  for (const [key, contents] of Object.entries(files)) {
    const field = albums().fields.find(({ name }) => name === key.replaceAll(/[+-]/g, ''));
    if (!field) throw new Error(`no field ${key}`);
    const uploads = [];
    for (const content of contents) {
      uploads.push(await intake.receive(field, { filename: 'note.txt', stream: streamOnce(content) }));
    }
    const kept = values[key] === undefined ? [] : [values[key]].flat();
    values[key] = [...kept, ...uploads];
  }
  const view = id
    ? await records.update(guest, albums(), id, values, { intake })
    : await records.create(guest, albums(), values, { intake });
  return view.values;
}

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => 'done',
    ({ code, reason, issues }: AppError) =>
      [code, reason, ...issues.map((one) => `${one.path} ${one.code}`)].join(' '),
  );
}

/** States of the catalogue's rows: how many of each. */
async function states(): Promise<Record<string, number>> {
  const { db } = world.database;
  const rows = await db.all<{ state: string; n: number }>(
    db.prepare(sql`SELECT state, count(*) AS n FROM _objects GROUP BY state`),
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

/** Waits until nothing but live files is left. */
async function settled(live: number) {
  const stop = Date.now() + 3_000;
  while (Date.now() < stop) {
    const { live: found = 0, ...others } = await states();
    if (found === live && Object.keys(others).length === 0) break;
    await Bun.sleep(5);
  }
  expect(await states()).toEqual(live === 0 ? {} : { live });
  expect((await world.storedKeys()).length).toBe(live);
}

async function text(id: unknown, name: unknown): Promise<string> {
  const { file } = await world.core.files.find(guest, albums(), String(id), String(name));
  return new Response(await world.core.files.read(file)).text();
}

describe('files of a record', () => {
  test('come with it, and are found under the names it shows', async () => {
    const made = await send(undefined, { title: 'a' }, { cover: ['front'], photos: ['one', 'two'] });
    expect(made.cover).toMatch(/^note_[a-z0-9]{10}\.txt$/);
    expect(made.photos).toHaveLength(2);
    expect(await text(made.id, made.cover)).toBe('front');
    await settled(3);
  });

  test('are replaced, appended, prepended, reordered and removed', async () => {
    const made = await send(undefined, {}, { cover: ['front'], photos: ['one', 'two'] });
    const id = String(made.id);
    const read = async (names: unknown) =>
      Array.isArray(names) ? Promise.all(names.map((name) => text(id, name))) : text(id, names);

    expect(await read((await send(id, {}, { cover: ['new'] })).cover)).toBe('new');
    await settled(3);
    const [one, two] = Array.isArray(made.photos) ? made.photos : [];
    expect(await read((await send(id, {}, { 'photos+': ['three'] })).photos)).toEqual([
      'one',
      'two',
      'three',
    ]);
    expect(await read((await send(id, { photos: [two, one] })).photos)).toEqual(['two', 'one']);
    expect(await read((await send(id, { 'photos-': two }, { '+photos': ['zero'] })).photos)).toEqual([
      'zero',
      'one',
    ]);
    expect(await read((await send(id, { photos: one }, { photos: ['last'] })).photos)).toEqual([
      'one',
      'last',
    ]);
    await settled(3);
    expect(await send(id, { cover: null, photos: '' })).toMatchObject({ cover: '', photos: [] });
    await settled(0);
  });

  test('go with it', async () => {
    const made = await send(undefined, {}, { cover: ['front'], photos: ['one'] });
    await world.core.records.delete(guest, albums(), String(made.id));
    await settled(0);
  });

  test('are not kept when the record is refused, by rule, field, index or an existing name', async () => {
    await send(undefined, { code: 'taken' });
    const made = await send(undefined, { code: 'free' }, { cover: ['front'] });
    const id = String(made.id);
    const stray = { cover: ['stray'] };
    expect(await refusal(send(undefined, { title: 'no' }, stray))).toBe('invalid rule_failed');
    expect(await refusal(send(undefined, { id: 'BAD' }, stray))).toMatch(/^invalid create id /);
    expect(await refusal(send(undefined, { code: 'taken' }, stray))).toBe('invalid create code not_unique');
    expect(await refusal(send(id, { code: 'taken' }, stray))).toBe('invalid update code not_unique');
    expect(await refusal(send(undefined, {}, { photos: ['1', '2', '3', '4'] }))).toBe(
      'invalid create photos too_many_files',
    );
    expect(await refusal(send(undefined, {}, { cover: ['x'.repeat(21)] }))).toMatch(/cover file_size_limit/);
    expect(await text(id, made.cover)).toBe('front');
    await settled(1);
  });

  test('cannot be named into a record, not even those of another', async () => {
    const made = await send(undefined, {}, { cover: ['front'] });
    const names = [made.cover, 'x.txt', '../x', `albums/${String(made.id)}/x`, { name: 'x', objectId: 'y' }];
    for (const cover of names)
      expect(await refusal(send(undefined, { cover }))).toMatch(/^invalid create cover /);
    const other = await send(undefined, {});
    expect(await refusal(send(String(other.id), { cover: made.cover }))).toBe(
      'invalid update cover invalid_file',
    );
    expect(await refusal(send(String(other.id), { 'photos+': [made.cover] }))).toBe(
      'invalid update photos invalid_file',
    );
    await settled(1);
  });

  test('that an earlier file of the same request made surplus are not kept', async () => {
    const made = await send(undefined, {}, { cover: ['first', 'second'] });
    expect(await text(made.id, made.cover)).toBe('second');
    await settled(1);
  });
});
