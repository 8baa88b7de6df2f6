import { afterEach, beforeEach, describe, expect, spyOn, test } from 'bun:test';
import { collectionOf, type FileWorld, fileField, openFileWorld } from '../../../test/support/files.ts';
import { armFailpoints } from '../../lib/failpoints.ts';
import { systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Storage } from '../ports/storage.ts';
import { pauseAfter } from './eraser.ts';
import { prepareStatements } from './statements.ts';

const photo = fileField('photo');
const posts = collectionOf('posts', [photo]);
const MINUTE = 60_000;

let world: FileWorld;
/** While set, the storage refuses to remove. */
let fault: AppError | undefined;
let removals = 0;

function faulty(storage: Storage): Storage {
  return {
    ...storage,
    remove: (key) => {
      removals++;
      return fault === undefined ? storage.remove(key) : Promise.reject(fault);
    },
  };
}

beforeEach(async () => {
  fault = undefined;
  removals = 0;
  world = await openFileWorld({ wrap: faulty });
});
afterEach(async () => {
  armFailpoints('');
  await world.close();
});

async function releasedFile(text = 'x'): Promise<string> {
  const { objectId } = await world.upload(posts, 'r1', photo, 'a.txt', text);
  await world.release(objectId);
  return objectId;
}

async function isAllGone(): Promise<boolean> {
  const rows = await world.rows('SELECT id FROM _objects');
  const queue = await world.rows('SELECT id FROM _file_deletions');
  return rows.length + queue.length + (await world.keys()).length === 0;
}

test('a released object is erased, and then its rows', async () => {
  await releasedFile();
  await world.files.eraseNow();
  expect(await isAllGone()).toBe(true);
});

test('waking is enough: the eraser works by itself', async () => {
  await releasedFile();
  world.files.wakeEraser();
  for (let tries = 0; tries < 200 && !(await isAllGone()); tries++) await Bun.sleep(5);
  expect(await isAllGone()).toBe(true);
});

test('hundreds are erased in one go, the live ones stay', async () => {
  const kept = await world.upload(posts, 'r0', photo, 'kept.txt', 'kept');
  await Promise.all(Array.from({ length: 150 }, (_, index) => releasedFile(`file ${index}`)));
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([kept.objectId]);
  expect(await world.rows('SELECT id FROM _objects')).toEqual([{ id: kept.objectId }]);
});

test('an hour without the storage leaves nothing behind', async () => {
  fault = new AppError('unavailable', { reason: 'storage' });
  await releasedFile();
  for (let minute = 0; minute < 60; minute++) {
    await world.files.eraseNow();
    world.clock.time += MINUTE;
  }
  fault = undefined;
  world.clock.time += 60 * MINUTE;
  await world.files.eraseNow();
  expect(await isAllGone()).toBe(true);
});

test('failures back off, ten of them abandon, and a retry finishes the work', async () => {
  fault = new AppError('unavailable', { reason: 'storage', params: { error: 'EPERM' } });
  const objectId = await releasedFile();
  for (let attempt = 1; attempt <= 9; attempt++) {
    await world.files.eraseNow();
    const [row] = await world.files.deletions.list();
    expect(row).toMatchObject({ objectId, attempts: attempt, abandoned: false });
    expect(row?.nextAttempt).toBe(world.clock.time + pauseAfter(attempt));
    await world.files.eraseNow();
    expect(removals).toBe(attempt);
    world.clock.time += pauseAfter(attempt);
  }
  expect(await world.files.deletions.list({ abandonedOnly: true })).toEqual([]);
  await world.files.eraseNow();
  expect(await world.files.deletions.list({ abandonedOnly: true })).toMatchObject([
    { objectId, attempts: 10, abandoned: true, originalName: 'a.txt', error: 'unavailable: storage EPERM' },
  ]);
  expect(await world.rows('SELECT state FROM _objects')).toEqual([{ state: 'abandoned' }]);
  expect(world.log.events).toContain('error files.erase_abandoned');

  world.clock.time += 10 * 24 * 60 * MINUTE;
  await world.files.eraseNow();
  expect(removals).toBe(10);
  expect(await world.keys()).toEqual([objectId]);

  fault = undefined;
  expect(await world.files.deletions.retryAbandoned()).toBe(1);
  await world.files.eraseNow();
  expect(await isAllGone()).toBe(true);
  expect(await world.files.deletions.retryAbandoned()).toBe(0);
});

test('pauses grow from a second to an hour', () => {
  const pauses = [1, 2, 3, 9, 11, 40].map(pauseAfter);
  expect(pauses).toEqual([1000, 2000, 4000, 60 * MINUTE, 60 * MINUTE, 60 * MINUTE]);
});

test('one object that cannot be erased does not hold the others', async () => {
  await world.run(
    "INSERT INTO _file_deletions (object, backend, key, created) VALUES ('gone', 'no-such', 'k', 0)",
  );
  await releasedFile();
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([]);
  expect(await world.files.deletions.list()).toMatchObject([{ objectId: 'gone', attempts: 1 }]);
});

test('an object in use is not erased, even if the queue says so', async () => {
  const { objectId } = await world.upload(posts, 'r1', photo, 'a.txt', 'x');
  await world.run(`INSERT INTO _file_deletions (object, backend, key, created)
    SELECT id, backend, key, 0 FROM _objects`);
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([objectId]);
  expect(await world.files.deletions.list()).toEqual([]);
  expect(world.log.events).toContain('error files.erase_refused');
});

test('an object whose bytes are gone already is forgotten', async () => {
  const objectId = await releasedFile();
  await world.storage.remove(objectId);
  await world.files.eraseNow();
  expect(await isAllGone()).toBe(true);
});

test('nothing is erased while a pin is held; each of two counts', async () => {
  const release = world.files.pin();
  const releaseOther = world.files.pin();
  const objectId = await releasedFile();
  await world.files.eraseNow();
  release();
  release();
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([objectId]);
  releaseOther();
  await world.files.eraseNow();
  expect(await isAllGone()).toBe(true);
});

test('a pin taken while the batch is being read holds it, too', async () => {
  const objectId = await releasedFile();
  const round = world.files.eraseNow();
  const release = world.files.pin();
  await round;
  expect(await world.keys()).toEqual([objectId]);
  release();
});

test.each(['erase.before', 'erase.derivatives', 'erase.removed', 'erase.dirsynced', 'erase.forgotten'])(
  'a failure at %s is made up for',
  async (name) => {
    await releasedFile();
    armFailpoints(`${name}=error`);
    await world.files.eraseNow();
    world.clock.time += MINUTE;
    await world.files.eraseNow();
    expect(await isAllGone()).toBe(true);
  },
);

test('when the database fails the eraser pauses instead of spinning', async () => {
  await releasedFile();
  armFailpoints('erase.forgotten=error@*');
  await world.files.eraseNow();
  const before = removals;
  for (let turn = 0; turn < 20; turn++) {
    world.files.wakeEraser();
    await Bun.sleep(1);
  }
  expect(removals).toBe(before);
  expect(world.log.events.filter((event) => event === 'error files.eraser_failed')).toHaveLength(1);
});

test('closing waits for the deletion that runs and starts no other', async () => {
  await Promise.all(Array.from({ length: 30 }, (_, index) => releasedFile(`file ${index}`)));
  const round = world.files.eraseNow();
  while (removals === 0) await Bun.sleep(0);
  await world.files.close();
  await round;
  const begun = removals;
  expect(begun).toBeLessThan(30);
  await Bun.sleep(5);
  expect(removals).toBe(begun);
  // What was removed was also forgotten, and only that.
  expect(await world.keys()).toHaveLength(30 - begun);
  expect(await world.rows('SELECT id FROM _objects')).toHaveLength(30 - begun);
});

test('nothing is erased before what released it would survive a power cut', async () => {
  const objectId = await releasedFile();
  const { db } = world.database;
  const durable = spyOn(db, 'durable').mockRejectedValue(new AppError('unavailable'));
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([objectId]);
  durable.mockRestore();
  await world.files.eraseNow();
  expect(await isAllGone()).toBe(true);
});

describe('recovery', () => {
  test('gives up what another process had reserved, and may be repeated', async () => {
    const intake = world.files.intake(posts, systemActor, undefined);
    const stream = (async function* () {
      yield Buffer.from('half an upload');
    })();
    await intake.receive(photo, { filename: 'a.txt', stream });
    const kept = await world.upload(posts, 'r1', photo, 'kept.txt', 'kept');
    const next = world.restart('epoch-2');
    expect(await next.recover()).toEqual({ doomed: 1, swept: 0 });
    expect((await next.recover()).doomed).toBe(0);
    await next.eraseNow();
    expect(await world.keys()).toEqual([kept.objectId]);
  });

  test('leaves its own reservations alone', async () => {
    const intake = world.files.intake(posts, systemActor, undefined);
    const upload = await intake.receive(photo, {
      filename: 'a.txt',
      stream: (async function* () {
        yield Buffer.from('x');
      })(),
    });
    expect((await world.files.recover()).doomed).toBe(0);
    expect(await world.keys()).toEqual([upload.objectId]);
    await intake.discard();
  });

  test('queues doomed objects that no deletion names, and leaves abandoned ones to the admin', async () => {
    const doomed = await world.upload(posts, 'r1', photo, 'a.txt', 'a');
    const abandoned = await world.upload(posts, 'r2', photo, 'b.txt', 'b');
    await world.run(`UPDATE _objects SET state = 'doomed' WHERE id = '${doomed.objectId}'`);
    await world.run(`UPDATE _objects SET state = 'abandoned' WHERE id = '${abandoned.objectId}'`);
    await world.files.recover();
    await world.files.eraseNow();
    expect(await world.keys()).toEqual([abandoned.objectId]);
  });

  test('removes derivatives without an original', async () => {
    await world.storage.put(
      'lost.thumb',
      (async function* () {
        yield Buffer.from('x');
      })(),
    );
    await world.run("INSERT INTO _derivatives VALUES ('nobody', '1x1', 'lost.thumb', 1, 'image/png', 0)");
    await world.files.recover();
    expect(await world.keys()).toEqual([]);
    expect(await world.rows('SELECT * FROM _derivatives')).toEqual([]);
  });

  test('of 100,000 objects takes less than a second', async () => {
    await world.run(`INSERT INTO _objects (id, backend, key, state, epoch, collection, record, name, created)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      SELECT 'o' || i, 'local', 'k' || i, CASE WHEN i % 1000 = 0 THEN 'pending' ELSE 'live' END, 'old',
        'posts', 'r' || i, 'n', 0 FROM n`);
    const before = performance.now();
    expect((await world.files.recover()).doomed).toBe(100);
    expect(performance.now() - before).toBeLessThan(1000);
    await world.files.eraseNow();
  });

  test('reads only unsettled rows, by their index', () => {
    const { doomForeign, queueDoomed } = prepareStatements(world.database.db);
    for (const statement of [doomForeign, queueDoomed]) {
      expect(world.plan(statement)[0]).toMatch(
        /^SEARCH _objects USING (COVERING )?INDEX _objects_unsettled \(state=\?/,
      );
    }
  });
});
