import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { streamOnce } from '../../../test/support/files.ts';
import { guest, superuser } from '../../../test/support/records.ts';
import { armFailpoints } from '../../lib/failpoints.ts';
import type { Account, Actor } from '../actor.ts';
import type { AppError } from '../errors.ts';
import type { RecordInput } from '../records/record.ts';

const TOTAL = 1_000;
const EACH = 300;

let world: TestCore;
let anna: Account;
let bert: Account;

beforeAll(async () => {
  world = await openTestCore({ quotas: { total: TOTAL, perOwner: EACH } });
  const people = await world.core.collections.create(superuser, { name: 'people', type: 'auth', fields: [] });
  await world.core.collections.create(superuser, {
    ...{ name: 'albums', type: 'base', viewRule: '', createRule: '', updateRule: '', deleteRule: '' },
    fields: [
      { name: 'title', type: 'text', max: 20 },
      { name: 'cover', type: 'file', maxSelect: 1, maxSize: 2_000 },
      { name: 'photos', type: 'file', maxSelect: 9, maxSize: 2_000 },
    ],
  });
  const account = (id: string): Account => ({
    kind: 'account',
    collection: people,
    record: { id },
    request: guest.request,
  });
  anna = account('annaannaannaann');
  bert = account('bertbertbertber');
});

beforeEach(async () => {
  armFailpoints('');
  await world.core.collections.truncate(superuser, 'albums');
});

afterAll(() => world.close());

const albums = () => world.core.collections.get('albums');

/** What a request does that comes with files of these sizes; resolves to the record's id. */
async function send(
  actor: Actor,
  id: string | undefined,
  files: Readonly<Record<string, readonly number[]>>,
  input: RecordInput = {},
): Promise<string> {
  const { records } = world.core;
  const intake = await records.admit(actor, albums(), id);
  const values: Record<string, unknown> = { ...input };
  try {
    for (const [name, sizes] of Object.entries(files)) {
      const field = albums().fields.find((one) => one.name === name.replace('+', ''));
      if (!field) throw new Error(`no field ${name}`);
      const uploads = [];
      for (const size of sizes) {
        const stream = streamOnce('x'.repeat(size));
        uploads.push(await intake.receive(field, { filename: 'note.txt', stream }));
      }
      values[name] = uploads;
    }
  } catch (error) {
    await intake.discard();
    throw error;
  }
  const view = id
    ? await records.update(actor, albums(), id, values, { intake })
    : await records.create(actor, albums(), values, { intake });
  return String(view.values.id);
}

async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    ({ code, reason }: AppError) => `${code} ${reason}`,
  );
}

const REFUSED = 'storage_full quota_exceeded';

function query<R extends Record<string, string | number>>(text: string): Promise<R[]> {
  const { db } = world.database;
  return db.all<R>(db.prepare(sql.raw(text)));
}

/** What the counters say, those of nothing left out. */
async function counted() {
  const rows = await query<{ owner: string; files: number; bytes: number }>(
    'SELECT owner, files, bytes FROM _usage WHERE files <> 0 OR bytes <> 0 ORDER BY owner',
  );
  return rows;
}

/** What is stored in truth. */
async function stored() {
  const rows = await query<{ owner: string; files: number; bytes: number }>(`
    SELECT owner, count(*) AS files, sum(size) AS bytes FROM _objects WHERE state = 'live' GROUP BY owner
    UNION ALL SELECT '*', count(*), sum(size) FROM _objects WHERE state = 'live' HAVING count(*) > 0 ORDER BY owner`);
  return rows;
}

const usage = async (owner: string) => (await counted()).find((row) => row.owner === owner)?.bytes ?? 0;

describe('a quota of an account', () => {
  test('is filled to the last byte and not beyond', async () => {
    await send(anna, undefined, { cover: [EACH - 1] });
    expect(await outcome(send(anna, undefined, { cover: [2] }))).toBe(REFUSED);
    expect(await outcome(send(anna, undefined, { cover: [1] }))).toBe('done');
    expect(await world.core.files.room(anna)).toBe(0);
    expect(await usage(`${anna.collection.id}/${anna.record.id}`)).toBe(EACH);
  });

  test('is the account’s own, and neither a guest nor a superuser has one', async () => {
    await send(anna, undefined, { cover: [EACH] });
    expect(await outcome(send(bert, undefined, { cover: [EACH] }))).toBe('done');
    expect(await outcome(send(guest, undefined, { cover: [EACH + 1] }))).toBe('done');
    expect(await world.core.files.room(superuser)).toBe(TOTAL - 3 * EACH - 1);
  });

  test('counts all files of a request together', async () => {
    expect(await outcome(send(anna, undefined, { photos: [100, 100, 101] }))).toBe(REFUSED);
    expect(await stored()).toEqual([]);
    expect(await outcome(send(anna, undefined, { photos: [100, 100, 100] }))).toBe('done');
  });

  test('lets what shrinks pass at the limit, refuses what grows, and asks nothing of a change without files', async () => {
    const id = await send(anna, undefined, { cover: [EACH] });
    expect(await outcome(send(anna, id, { cover: [EACH] }))).toBe('done');
    expect(await outcome(send(anna, id, { cover: [EACH - 10] }))).toBe('done');
    expect(await outcome(send(anna, id, { cover: [EACH + 1] }))).toBe(REFUSED);
    expect(await outcome(send(anna, id, { 'photos+': [11] }))).toBe(REFUSED);
    expect(await outcome(send(anna, id, { 'photos+': [10] }, { title: 'full' }))).toBe('done');
    expect(await outcome(send(anna, id, {}, { title: 'still' }))).toBe('done');
    expect(await counted()).toEqual(await stored());
  });

  test('is not given back by files that only might have gone', async () => {
    const id = await send(anna, undefined, { cover: [200] });
    // Room is counted as if the cover went; it stays, and the commit says no.
    expect(await outcome(send(anna, id, { 'photos+': [150] }))).toBe(REFUSED);
  });

  test('may be beyond a limit that was lowered: there, too, what shrinks passes', async () => {
    const id = await send(anna, undefined, { cover: [EACH] });
    const { db } = world.database;
    await db.write((tx) => tx.run(db.prepare(sql`UPDATE _objects SET size = 800 WHERE state = 'live'`)));
    expect(await outcome(send(anna, id, { cover: [700] }))).toBe('done');
    expect(await outcome(send(anna, id, { cover: [701] }))).toBe(REFUSED);
  });
});

test('bytes that are known beforehand are refused before the first', async () => {
  const { records } = world.core;
  expect(await outcome(records.admit(anna, albums(), undefined, EACH + 1))).toBe(REFUSED);
  expect(await outcome(records.admit(anna, albums(), undefined, EACH))).toBe('done');
  expect(await outcome(records.admit(guest, albums(), undefined, TOTAL + 1))).toBe(REFUSED);
});

test('a stream is cut where the quota ends, not where the field would', async () => {
  const [field] = albums().fields.filter(({ name }) => name === 'cover');
  if (!field) throw new Error('no field');
  const intake = await world.core.records.admit(anna, albums(), undefined);
  let sent = 0;
  async function* endless() {
    for (; sent < 2_000; sent += 100) yield new Uint8Array(100);
  }
  const receiving = intake.receive(field, { filename: 'a.bin', stream: endless() });
  expect(await outcome(receiving)).toBe(REFUSED);
  expect(sent).toBeLessThan(EACH + 300);
  await intake.discard();
});

test.each(['owner', 'total'])('many uploads at once never exceed the quota (%s)', async (scope) => {
  const actor = scope === 'owner' ? anna : guest;
  const limit = scope === 'owner' ? EACH : TOTAL;
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, () => outcome(send(actor, undefined, { cover: [70] }))),
  );
  const done = outcomes.filter((each) => each === 'done').length;
  expect(done).toBe(Math.floor(limit / 70));
  expect(outcomes.filter((each) => each !== 'done' && each !== REFUSED)).toEqual([]);
  expect(await usage('*')).toBe(done * 70);
  expect(await counted()).toEqual(await stored());
});

test('replacements and new files at once stay within, too', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => send(anna, undefined, { cover: [90] })));
  const changes = Array.from({ length: 30 }, (_, n) => {
    const id = n % 2 === 0 ? ids[n % 3] : undefined;
    return outcome(send(anna, id, { cover: [60 + 5 * (n % 12)] }));
  });
  expect((await Promise.all(changes)).filter((each) => each !== 'done' && each !== REFUSED)).toEqual([]);
  expect(await usage('*')).toBeLessThanOrEqual(EACH);
  expect(await counted()).toEqual(await stored());
});

type Step =
  | {
      readonly kind: 'create' | 'replace' | 'append';
      readonly who: number;
      readonly pick: number;
      readonly sizes: readonly number[];
    }
  | { readonly kind: 'clear' | 'delete' | 'sql' | 'hard'; readonly pick: number }
  | {
      readonly kind: 'fail';
      readonly who: number;
      readonly at: 'attach.before' | 'attach.after' | 'reserve.after';
    }
  | { readonly kind: 'truncate' | 'drop' };

const pick = fc.nat(20);
const who = fc.nat(2);
const sizes = fc.array(fc.nat(150), { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('create', 'replace', 'append'), who, pick, sizes }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('clear', 'delete', 'sql', 'hard'), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fail'),
      who,
      at: fc.constantFrom('attach.before', 'attach.after', 'reserve.after'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('truncate', 'drop') }) },
);

/** Does one step as requests, plain SQL and changes of the collection do; refusals are part of it. */
async function perform(step: Step): Promise<void> {
  const ids = (await query<{ id: string }>('SELECT id FROM albums ORDER BY id')).map(({ id }) => id);
  const chosen = 'pick' in step ? ids[step.pick % Math.max(1, ids.length)] : undefined;
  const actor = 'who' in step ? ([anna, bert, guest][step.who] ?? guest) : superuser;
  const { db } = world.database;
  switch (step.kind) {
    case 'create':
      await outcome(send(actor, undefined, { photos: step.sizes }));
      return;
    case 'replace':
      if (chosen) await outcome(send(actor, chosen, { photos: step.sizes }));
      return;
    case 'append':
      if (chosen) await outcome(send(actor, chosen, { 'photos+': step.sizes }));
      return;
    case 'clear':
      if (chosen) await world.core.records.update(superuser, albums(), chosen, { photos: [] });
      return;
    case 'delete':
      if (chosen) await world.core.records.delete(superuser, albums(), chosen);
      return;
    case 'sql':
      if (chosen) await db.write((tx) => tx.run(db.prepare(sql`DELETE FROM albums WHERE id = ${chosen}`)));
      return;
    case 'hard':
      if (chosen)
        await db.write((tx) => tx.run(db.prepare(sql`DELETE FROM _objects WHERE record = ${chosen}`)));
      return;
    case 'fail':
      armFailpoints(`${step.at}=error`);
      await outcome(send(actor, undefined, { photos: [10] }));
      armFailpoints('');
      return;
    case 'truncate':
      await world.core.collections.truncate(superuser, 'albums');
      return;
    case 'drop': {
      const { fields } = albums();
      const keep = fields.filter(({ name }) => name !== 'photos');
      await world.core.collections.update(superuser, 'albums', { fields: keep });
      const photos = { name: 'photos', type: 'file', maxSelect: 9, maxSize: 2_000 };
      await world.core.collections.update(superuser, 'albums', { fields: [...keep, photos] });
      return;
    }
  }
}

test('the counters are the sums of what is live, whatever was done', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      for (const each of steps) await perform(each);
      expect(await counted()).toEqual(await stored());
      expect(await usage('*')).toBeLessThanOrEqual(TOTAL);
    }),
    { numRuns: 15 },
  );
}, 30_000);
