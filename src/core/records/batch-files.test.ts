import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { streamOnce } from '../../../test/support/files.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import type { Actor } from '../actor.ts';
import type { AppError } from '../errors.ts';
import type { Intake } from '../files/files.ts';
import type { CreateOptions, Operation } from './operations.ts';
import type { RecordInput } from './record.ts';

let world: TestCore;

beforeAll(async () => {
  world = await openTestCore({ quotas: { total: 1000, perOwner: undefined } });
  await world.core.collections.create(superuser, {
    name: 'albums',
    type: 'base',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'cover', type: 'file', maxSelect: 1, maxSize: 2000 },
      { name: 'photos', type: 'file', maxSelect: 3, maxSize: 2000 },
    ],
    ...{ listRule: '', viewRule: '', createRule: "title != 'no'", updateRule: "title != 'locked'" },
    deleteRule: '',
  });
});

beforeEach(() => world.core.collections.truncate(superuser, 'albums'));

afterAll(() => world.close());

const albums = () => world.core.collections.get('albums');
const id = (n: number) => `album${String(n).padStart(10, '0')}`;

async function receive(name: string, contents: readonly string[], actor: Actor = guest, recordId?: string) {
  const intake = await world.core.records.admit(actor, albums(), recordId);
  const field = albums().fields.find((one) => one.name === name);
  if (!field) throw new Error(`no field ${name}`);
  const uploads = [];
  for (const content of contents) {
    uploads.push(await intake.receive(field, { filename: 'note.txt', stream: streamOnce(content) }));
  }
  return { intake, uploads };
}

async function create(n: number, cover: string, more: RecordInput = {}, options: CreateOptions = {}) {
  const { intake, uploads } = await receive('cover', [cover]);
  const input = { id: id(n), cover: uploads[0], ...more };
  return { kind: 'create', collection: albums(), input, options: { intake, ...options } } satisfies Operation;
}

function remove(n: number): Operation {
  return { kind: 'delete', collection: albums(), id: id(n) };
}

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => 'done',
    ({ code, reason, params }: AppError) => `${params.operation}: ${code} ${reason}`,
  );
}

/** Waits until nothing but so many live files is left: no row of an upload, no object that nobody has. */
async function settled(live: number) {
  const { db } = world.database;
  const count = db.prepare(sql`SELECT state, count(*) AS n FROM _objects GROUP BY state`);
  const states = async () =>
    Object.fromEntries((await db.all(count)).map(({ state, n }) => [String(state), Number(n)]));
  const stop = Date.now() + 3_000;
  while (Date.now() < stop) {
    const { live: found = 0, ...others } = await states();
    if (found === live && Object.keys(others).length === 0) break;
    await Bun.sleep(5);
  }
  expect(await states()).toEqual(live === 0 ? {} : { live });
  expect((await world.storedKeys()).length).toBe(live);
}

async function text(n: number): Promise<string> {
  const stored = await world.core.records.findStored(albums(), id(n));
  const { file } = await world.core.files.find(guest, albums(), id(n), String(stored?.cover));
  return new Response(await world.core.files.read(file)).text();
}

describe('files of a batch', () => {
  test('come with it, each with its own operation', async () => {
    await world.core.records.batch(guest, [await create(1, 'one'), await create(2, 'two')]);
    const { intake, uploads } = await receive('cover', ['three'], guest, id(1));
    const change: Operation = {
      ...{ kind: 'update', collection: albums(), id: id(1), input: { cover: uploads[0] } },
      options: { intake },
    };
    await world.core.records.batch(guest, [change, remove(2)]);
    expect(await text(1)).toBe('three');
    await settled(1);
  });

  test('may share one place to arrive', async () => {
    const { intake, uploads } = await receive('cover', ['one', 'two', 'left over']);
    const operations = [1, 2].map(
      (n): Operation => ({
        ...{ kind: 'create', collection: albums(), input: { id: id(n), cover: uploads[n - 1] } },
        options: { intake },
      }),
    );
    await world.core.records.batch(guest, operations);
    expect([await text(1), await text(2)]).toEqual(['one', 'two']);
    await settled(2);
  });

  test('are not kept when any operation is refused, before or in the transaction', async () => {
    await world.core.records.batch(guest, [await create(1, 'kept')]);
    const none: Operation = { kind: 'delete', collection: albums(), id: id(9) };
    const broken = async () => [await create(2, 'a'), await create(3, 'b')] as const;
    const { batch } = world.core.records;
    expect(await refusal(batch(guest, [...(await broken()), none]))).toBe('2: not_found record');
    expect(await refusal(batch(guest, [remove(1), ...(await broken()), await create(3, 'c')]))).toBe(
      '3: invalid create',
    );
    expect(await refusal(batch(guest, [...(await broken()), await create(4, 'd', { title: 'no' })]))).toBe(
      '2: invalid rule_failed',
    );
    const superusers = world.core.collections.get('_superusers');
    const closed: Operation = { kind: 'create', collection: superusers, input: {} };
    expect(await refusal(batch(guest, [...(await broken()), closed]))).toBe('2: forbidden superusers_only');
    const many = Array.from({ length: 1100 }, () => none);
    expect(await refusal(batch(guest, [...(await broken()), ...many]))).toBe(
      'undefined: invalid too_many_operations',
    );
    expect(await text(1)).toBe('kept');
    await settled(1);
  });

  test('count together against the quota', async () => {
    const half = 'x'.repeat(500);
    const first = await create(1, half);
    const operations = [first, await create(2, half), await create(3, 'one more byte')];
    expect(await refusal(world.core.records.batch(guest, operations))).toBe('2: storage_full quota_exceeded');
    await settled(0);
    await world.core.records.batch(guest, [await create(1, half), await create(2, half)]);
    await settled(2);
  });

  test('of another place cannot be named into a record', async () => {
    const { intake, uploads } = await receive('cover', ['mine']);
    const { intake: other } = await receive('photos', []);
    const stolen: Operation = {
      ...{ kind: 'create', collection: albums(), input: { id: id(1), cover: uploads[0] } },
      options: { intake: other },
    };
    expect(await refusal(world.core.records.batch(guest, [stolen]))).toBe('0: internal foreign_upload');
    await intake.discard();
    expect(await world.core.records.count(guest, albums())).toBe(0);
    await settled(0);
  });
});

describe('files of a taken id', () => {
  const put = async (cover: string, onConflict: 'ignore' | 'replace', more: RecordInput = {}) =>
    world.core.records.batch(guest, [await create(1, cover, more, { onConflict })]);

  test('go with what they belonged to when it is replaced, and are not kept when it is ignored', async () => {
    const { intake, uploads } = await receive('photos', ['p1', 'p2']);
    const input = { id: id(1), photos: uploads };
    await world.core.records.create(guest, albums(), input, { intake });
    await settled(2);
    expect(await put('stray', 'ignore')).toEqual([{ kind: 'ignored' }]);
    await settled(2);
    const [result] = await put('new cover', 'replace', { title: 'locked' });
    expect(result?.kind === 'done' && result.view?.values).toMatchObject({ photos: [], title: 'locked' });
    expect(await text(1)).toBe('new cover');
    await settled(1);
    expect(await refusal(put('forbidden', 'replace'))).toBe('0: invalid rule_failed');
    expect(await text(1)).toBe('new cover');
    await settled(1);
  });
});

describe('files of imported records', () => {
  async function row(n: number, cover: string) {
    const { intake, uploads } = await receive('cover', [cover], superuser);
    return { values: { id: id(n), cover: uploads[0] }, intake };
  }
  const take = (...rows: { values: RecordInput; intake?: Intake }[]) =>
    world.core.records.import(superuser, albums(), rows);

  test('come with them', async () => {
    await take(await row(1, 'one'), await row(2, 'two'), { values: { id: id(3) } });
    expect([await text(1), await text(2)]).toEqual(['one', 'two']);
    await settled(2);
  });

  test('are not kept when one of them cannot be taken, and names alone are no files', async () => {
    await take(await row(1, 'one'));
    expect(await refusal(take(await row(2, 'two'), await row(1, 'again')))).toBe('1: invalid create');
    expect(await refusal(take(await row(2, 'two'), { values: { cover: 'note_k3v9x0q2ab.txt' } }))).toBe(
      '1: invalid create',
    );
    expect(await world.core.records.count(guest, albums())).toBe(1);
    await settled(1);
  });
});

describe('events of a batch', () => {
  async function hear(): Promise<{ lines(): Promise<readonly string[]>; close(): void }> {
    const lines: string[] = [];
    const listener = world.core.changes.listen({
      event: (_tag, { kind, id: of, view }) => void lines.push(`${kind} ${of} ${view.values.title}`),
      end: () => void lines.push('end'),
    });
    listener.replace(guest, [{ collection: 'albums', tag: '' }]);
    return {
      async lines() {
        await world.core.changes.settled();
        return lines.splice(0);
      },
      close: () => listener.close(),
    };
  }

  test('come once each, in order, and after the commit', async () => {
    const heard = await hear();
    const options = { onConflict: 'replace' } as const;
    const input = { id: id(1), title: 'replaced' };
    const first = await create(1, 'one', { title: 'made' });
    const done = world.core.records.batch(guest, [
      first,
      { kind: 'update', collection: albums(), id: id(1), input: { title: 'changed' } },
      { kind: 'create', collection: albums(), input, options },
      { kind: 'create', collection: albums(), input, options: { onConflict: 'ignore' } },
      { kind: 'create', collection: albums(), input: { id: id(2), title: 'other' } },
      remove(1),
    ]);
    expect(await heard.lines()).toEqual([]);
    await done;
    expect(await heard.lines()).toEqual([
      `create ${id(1)} made`,
      `update ${id(1)} changed`,
      `update ${id(1)} replaced`,
      `create ${id(2)} other`,
      `delete ${id(1)} replaced`,
    ]);
    heard.close();
  });

  test('do not come when it is undone, nor for imports', async () => {
    await world.core.records.batch(guest, [await create(1, 'one')]);
    const heard = await hear();
    expect(await refusal(world.core.records.batch(guest, [await create(2, 'x'), remove(1), remove(1)]))).toBe(
      '2: not_found record',
    );
    await world.core.records.import(superuser, albums(), [{ values: { id: id(5) } }]);
    expect(await heard.lines()).toEqual([]);
    heard.close();
  });
});
