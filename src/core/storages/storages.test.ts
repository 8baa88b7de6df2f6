import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streamOf } from '../../../test/contracts/storage.ts';
import { PNG } from '../../../test/support/files.ts';
import {
  keysIn,
  openStoragesWorld,
  type StoragesWorld,
  type StoragesWorldOptions,
  saidBy,
} from '../../../test/support/storages.ts';
import { internalRequest, systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Storage } from '../ports/storage.ts';
import type { Finding } from './storages.ts';

const DAY = 24 * 60 * 60_000;
const guest = { kind: 'guest', request: internalRequest } as const;
const big = (seed: string) => seed.repeat(3000);
const thumb = { width: 9, height: 9, fit: 'cover', anchor: 'center', format: 'source' } as const;

let dir: string;
let world: StoragesWorld;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dossier-care-'));
  world = await openStoragesWorld(dir);
});
afterEach(async () => {
  await world.close();
  await rm(dir, { recursive: true });
});

async function reopen(options: StoragesWorldOptions): Promise<void> {
  await world.close();
  world = await openStoragesWorld(dir, options);
}

const verify = (content = false, storage?: string) =>
  saidBy(world.storages.verify(systemActor, { storage, content }));
const migrate = (to: string, from?: string) => saidBy(world.storages.migrate(systemActor, { to, from }));
const collect = (options: { keepDays?: number; dryRun?: boolean; storage?: string } = {}) =>
  saidBy(world.storages.collect(systemActor, options));
/** Resolves when so many pictures are stored. */
async function pictures(count: number): Promise<void> {
  const stored = async () => [...(await keysIn(world.one)), ...(await keysIn(world.two))];
  const isDone = async () => (await stored()).filter((key) => key.includes('.')).length === count;
  for (let tries = 0; tries < 1000 && !(await isDone()); tries++) await Bun.sleep(2);
  await Bun.sleep(5);
}
const pathOf = (storage: Storage, key: string) => storage.localPath?.(key) ?? '';

describe('everything', () => {
  test('is for superusers alone', async () => {
    const { storages } = world;
    const refused = { code: 'unauthorized' };
    await expect(storages.list(guest)).rejects.toMatchObject(refused);
    await expect(saidBy(storages.test(guest, 'one'))).rejects.toMatchObject(refused);
    await expect(saidBy(storages.verify(guest, { content: false }))).rejects.toMatchObject(refused);
    await expect(saidBy(storages.migrate(guest, { to: 'two' }))).rejects.toMatchObject(refused);
    await expect(saidBy(storages.collect(guest, {}))).rejects.toMatchObject(refused);
    expect(() => storages.deletions(guest)).toThrow('unauthorized');
  });

  test('asks for a storage that is there', async () => {
    const missing = { code: 'not_found', reason: 'storage' };
    await expect(saidBy(world.storages.test(systemActor, 'three'))).rejects.toMatchObject(missing);
    await expect(verify(false, 'three')).rejects.toMatchObject(missing);
    await expect(migrate('three')).rejects.toMatchObject(missing);
    await expect(migrate('two', 'three')).rejects.toMatchObject(missing);
    await expect(collect({ storage: 'three' })).rejects.toMatchObject(missing);
  });

  test('is done one work at a time, and may be left', async () => {
    const busy = { code: 'busy', reason: 'storage_work_running' };
    for await (const _ of world.storages.verify(systemActor, { content: true })) {
      await expect(collect()).rejects.toMatchObject(busy);
      await expect(saidBy(world.storages.test(systemActor, 'one'))).rejects.toMatchObject(busy);
      break;
    }
    expect((await verify()).of('summary')).toHaveLength(1);
  });

  test('is over when the core stops', async () => {
    await world.upload('r1', big('x'));
    const closed = { code: 'unavailable', reason: 'closed' };
    const works = world.storages.verify(systemActor, { content: true })[Symbol.asyncIterator]();
    await works.next();
    world.storages.close();
    await expect(works.next()).rejects.toMatchObject(closed);
    await expect(migrate('two')).rejects.toMatchObject(closed);
  });
});

describe('names that somebody gave by hand', () => {
  const strange = ['My File.txt', '.hidden', 'folder/', 'quarantine/My File.txt', 'quarantine/', 'Ünicode'];
  const unknown = strange.filter((key) => !key.startsWith('quarantine/'));

  beforeEach(() =>
    reopen({
      wrap: (storage) => ({
        ...storage,
        async *list(prefix, after) {
          for (const key of strange) if (key.startsWith(prefix)) yield { key, size: 3 };
          yield* storage.list(prefix, after);
        },
      }),
    }),
  );

  test("are unknown, and in nobody's way", async () => {
    await world.upload('r1', 'four');
    const said = await verify(true, 'one');
    expect(said.of('finding').map(({ problem, key }) => [problem, key])).toEqual(
      unknown.map((key) => ['unknown', key]),
    );
    expect(said.of('summary')).toMatchObject([{ objects: 1 }]);
  });

  test('are never collected, and a dry run says so', async () => {
    await world.upload('r1', 'four');
    for (const dryRun of [true, false]) {
      world.ahead += 30 * DAY;
      const said = await collect({ dryRun, storage: 'one' });
      expect(said.of('collected')).toEqual([]);
      expect(said.of('summary')).toMatchObject([{ quarantined: 0, erased: 0, waiting: 0 }]);
    }
  });
});

describe('list', () => {
  test('counts live objects and their bytes', async () => {
    await world.upload('r1', 'four');
    const { objectId } = await world.upload('r2', 'released');
    await world.release(objectId);
    expect(await world.storages.list(systemActor)).toEqual([
      { name: 'one', type: 'local', isDefault: true, objects: 1, bytes: 4 },
      { name: 'two', type: 'local', isDefault: false, objects: 0, bytes: 0 },
    ]);
  });
});

describe('test', () => {
  const steps = ['reach', 'write', 'head', 'read', 'range', 'list', 'copy', 'large', 'remove'];

  test('goes through every step and leaves nothing', async () => {
    const said = await saidBy(world.storages.test(systemActor, 'one'));
    expect(said.of('step').map(({ step, ok, error }) => [step, ok, error])).toEqual(
      steps.map((step) => [step, true, '']),
    );
    expect(said.all.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
    expect(await keysIn(world.one)).toEqual([]);
  });

  const failing: readonly (readonly [string, Partial<Storage>])[] = [
    ['reach', { check: () => Promise.reject(new AppError('not_configured', { reason: 'bucket_missing' })) }],
    ['write', { put: () => Promise.reject(new AppError('storage_full', { reason: 'storage' })) }],
    ['head', { head: () => Promise.resolve(undefined) }],
    ['read', { read: () => Promise.resolve(new Blob(['something else'])) }],
    ['copy', { copy: () => Promise.reject(new Error('a secret address')) }],
  ];
  test.each(failing)('ends after %s when that fails, and leaves nothing', async (step, fault) => {
    await reopen({ wrap: (storage) => ({ ...storage, ...fault }) });
    const said = await saidBy(world.storages.test(systemActor, 'one'));
    expect(said.all.at(-1)).toMatchObject({ step, ok: false });
    expect(said.all.at(-1)?.error).not.toBe('');
    expect(said.all.at(-1)?.error).not.toContain('secret');
    expect(said.all).toHaveLength(steps.indexOf(step) + 1);
    expect(await keysIn(world.one)).toEqual([]);
  });

  test('that is left in the middle leaves nothing', async () => {
    for await (const { step } of world.storages.test(systemActor, 'one')) if (step === 'copy') break;
    expect(await keysIn(world.one)).toEqual([]);
  });
});

describe('verify', () => {
  test('finds nothing wrong with what was stored, thumbs included', async () => {
    const photo = await world.upload('r1', PNG);
    await world.files.derive(await world.find('r1', photo), thumb);
    await world.upload('r2', big('text'));
    await world.upload('r3', '');
    await pictures(1);
    for (const content of [false, true]) {
      const said = await verify(content);
      const bytes = PNG.byteLength + 12_000;
      expect(said.of('finding')).toEqual([]);
      expect(said.of('summary')).toEqual([{ kind: 'summary', objects: 3, bytes, findings: 0 }]);
      expect(said.of('progress').at(-1)).toEqual({ kind: 'progress', done: 3, total: 3, bytes });
    }
  });

  test('names what is missing, of another size, of other bytes, or unknown', async () => {
    const [gone, cut, changed, fine] = await Promise.all(
      ['gone', 'cut', 'changed', 'fine'].map((record) => world.upload(record, big(record))),
    );
    await unlink(pathOf(world.one, gone?.objectId ?? ''));
    await truncate(pathOf(world.one, cut?.objectId ?? ''), 7);
    await writeFile(pathOf(world.one, changed?.objectId ?? ''), big('chandeg'));
    await world.one.put('stranger', streamOf('x'));
    const facts = ({ problem, storage, key, record, originalName }: Finding) =>
      [problem, storage, key, record, originalName].join(' ');
    const expected = [
      `missing one ${gone?.objectId} gone gone.png`,
      `wrong_size one ${cut?.objectId} cut cut.png`,
      'unknown one stranger  ',
    ];
    const sizes = await verify(false);
    expect(sizes.of('finding').map(facts).sort()).toEqual(expected.sort());
    const contents = await verify(true, 'one');
    const all = [...expected, `wrong_hash one ${changed?.objectId} changed changed.png`];
    expect(contents.of('finding').map(facts).sort()).toEqual(all.sort());
    expect(contents.of('summary')[0]).toMatchObject({ objects: 4, findings: 4 });
    expect((await verify(true, 'two')).of('finding')).toEqual([]);
    expect(await world.textOf(await world.find('fine', fine ?? { name: '' }))).toBe(big('fine'));
    expect(world.log.events.filter((event) => event.includes('storages.finding'))).toHaveLength(7);
  });

  test('passes over uploads that run, what waits for erasure, the claim and the quarantine', async () => {
    const released = await world.upload('r1', 'released');
    const unpin = world.files.pin();
    await world.release(released.objectId);
    await world.run(`INSERT INTO _objects (id, backend, key, state, epoch, created)
      VALUES ('begun', 'one', 'begun', 'pending', 'e', 0), ('written', 'one', 'written', 'pending', 'e', 0)`);
    await world.one.put('written', streamOf('x'));
    await world.one.put('_dossier', streamOf('{}'));
    await world.one.put('quarantine/old1', streamOf('x'));
    expect((await verify(true)).of('finding')).toEqual([]);
    unpin();
  });

  test('says what a storage cannot read, and goes on', async () => {
    const broken = await world.upload('r1', big('a'));
    await world.upload('r2', big('b'));
    await reopen({
      wrap: (storage) => ({
        ...storage,
        read: (key, range) =>
          key === broken.objectId
            ? Promise.reject(new AppError('unavailable', { reason: 'storage' }))
            : storage.read(key, range),
      }),
    });
    const said = await verify(true);
    expect(said.of('finding').map(({ problem, record }) => `${problem} ${record}`)).toEqual([
      'unreadable r1',
    ]);
    expect(said.of('summary')[0]).toMatchObject({ objects: 2, findings: 1 });
  });

  test('finds nothing while files come, change and go', async () => {
    let going = true;
    const live: { objectId: string }[] = [];
    const work = async (worker: number) => {
      for (let round = 0; going; round++) {
        live.push(await world.upload(`w${worker}r${round}`, big(`${worker}${round}`)));
        const old = round % 2 === 1 ? live.shift() : undefined;
        if (old) await world.release(old.objectId);
      }
    };
    const works = [work(1), work(2), work(3)];
    for (let round = 0; round < 6; round++) {
      expect((await verify(round % 2 === 0)).of('finding')).toEqual([]);
      await Bun.sleep(20);
    }
    going = false;
    await Promise.all(works);
    expect(live.length).toBeGreaterThan(10);
  });
});

describe('migrate', () => {
  test('has nothing to do from a storage to itself', async () => {
    const upload = await world.upload('r1', 'four');
    const before = await world.find('r1', upload);
    const said = await migrate('one', 'one');
    expect(said.of('summary')).toEqual([{ kind: 'summary', moved: 0, bytes: 0, failed: 0 }]);
    expect(await world.find('r1', upload)).toEqual(before);
  });

  test('moves every live object with its bytes, and erases the old ones a minute later', async () => {
    const photo = await world.upload('r1', PNG);
    await world.files.derive(await world.find('r1', photo), thumb);
    const text = await world.upload('r2', big('text'));
    const empty = await world.upload('r3', '');
    await pictures(1);
    const old = await keysIn(world.one);
    expect(old).toHaveLength(4);
    const said = await migrate('two');
    expect(said.of('summary')).toEqual([
      { kind: 'summary', moved: 3, bytes: PNG.byteLength + 12_000, failed: 0 },
    ]);
    expect(said.of('progress').at(-1)).toMatchObject({ done: 3, total: 3 });

    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual(old);
    expect((await verify(true)).of('finding')).toEqual([]);
    expect((await collect()).of('collected')).toEqual([]);
    world.ahead = 61_000;
    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual([]);
    expect(await world.rows('SELECT * FROM _file_deletions')).toEqual([]);
    expect(await world.rows(`SELECT backend, state FROM _objects`)).toEqual(
      Array(3).fill({ backend: 'two', state: 'live' }),
    );
    expect(await world.textOf(await world.find('r2', text))).toBe(big('text'));
    expect(await world.textOf(await world.find('r3', empty))).toBe('');
    const picture = await world.files.derive(await world.find('r1', photo), { ...thumb, width: 10 });
    expect(picture.size).toBeGreaterThan(0);
    await pictures(1);
    expect((await keysIn(world.two)).length).toBe(4);
    expect((await verify(true)).of('finding')).toEqual([]);
    expect((await migrate('two')).of('summary')[0]).toMatchObject({ moved: 0 });
    expect((await migrate('one', 'one')).of('summary')[0]).toMatchObject({ moved: 0 });
  });

  test('a file that was found before it moved is read from its new place', async () => {
    const small = await world.find('r1', await world.upload('r1', 'small'));
    const large = await world.find('r2', await world.upload('r2', big('large')));
    const photo = await world.find('r3', await world.upload('r3', PNG));
    await migrate('two');
    world.ahead = 61_000;
    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual([]);
    expect(await world.textOf(small)).toBe('small');
    expect(await world.textOf(large)).toBe(big('large'));
    const range = await world.files.read(large, { start: 0, end: 4 });
    expect(await new Response(range).text()).toBe('large');
    // Made, and not kept under the old key.
    expect((await world.files.derive(photo, thumb)).size).toBeGreaterThan(0);
    await Bun.sleep(10);
    expect((await verify()).of('finding')).toEqual([]);
    expect(await keysIn(world.one)).toEqual([]);
  });

  test('what is released while it is copied stays released, and its copy goes', async () => {
    const { promise: copying, resolve: reached } = Promise.withResolvers<void>();
    const { promise: may, resolve: goOn } = Promise.withResolvers<void>();
    await reopen({
      wrap: (storage) => ({
        ...storage,
        async put(key, source, options) {
          const result = await storage.put(key, source, options);
          if (storage.name === 'two') {
            reached();
            await may;
          }
          return result;
        },
      }),
    });
    const upload = await world.upload('r1', big('x'));
    const moving = migrate('two');
    await copying;
    await world.release(upload.objectId);
    goOn();
    expect((await moving).of('summary')).toEqual([{ kind: 'summary', moved: 0, bytes: 0, failed: 0 }]);
    await world.files.eraseNow();
    expect([...(await keysIn(world.one)), ...(await keysIn(world.two))]).toEqual([]);
    expect(await world.rows('SELECT * FROM _objects')).toEqual([]);
  });

  test('an object whose bytes are not what they were stays, and its copy goes', async () => {
    const changed = await world.upload('changed', big('ab'));
    const cut = await world.upload('cut', big('cut'));
    const grown = await world.upload('grown', 'grown');
    const gone = await world.upload('gone', 'gone');
    await world.upload('fine', 'fine');
    await writeFile(pathOf(world.one, changed.objectId), big('ba'));
    await truncate(pathOf(world.one, cut.objectId), 5);
    await writeFile(pathOf(world.one, grown.objectId), big('grown'));
    await unlink(pathOf(world.one, gone.objectId));
    const said = await migrate('two');
    const facts = said.of('finding').map(({ problem, record }) => `${problem} ${record}`);
    expect(facts.sort()).toEqual([
      'missing gone',
      'wrong_hash changed',
      'wrong_size cut',
      'wrong_size grown',
    ]);
    expect(said.of('summary')[0]).toMatchObject({ moved: 1, failed: 4 });
    await world.files.eraseNow();
    expect(await keysIn(world.two)).toHaveLength(1);
    expect(await keysIn(world.one)).toHaveLength(4);
    expect(
      (await world.rows(`SELECT id FROM _objects WHERE backend = 'one' AND state = 'live'`)).length,
    ).toBe(4);
  });

  test('a new storage that is full ends it with that, nothing changed', async () => {
    const upload = await world.upload('r1', big('x'));
    await reopen({
      wrap: (storage) =>
        storage.name === 'one'
          ? storage
          : { ...storage, put: () => Promise.reject(new AppError('storage_full', { reason: 'storage' })) },
    });
    await expect(migrate('two')).rejects.toMatchObject({ code: 'storage_full' });
    await world.files.eraseNow();
    expect(await world.rows('SELECT id, backend, state FROM _objects')).toEqual([
      { id: upload.objectId, backend: 'one', state: 'live' },
    ]);
    expect(await world.rows('SELECT * FROM _file_deletions')).toEqual([]);
  });

  test('left in the middle, it goes on with what is left when it is begun again', async () => {
    for (let index = 0; index < 30; index++) await world.upload(`r${index}`, big(`${index}`));
    const slow = (storage: Storage): Storage => ({
      ...storage,
      put: async (key, source, options) => {
        if (storage.name === 'two') await Bun.sleep(150);
        return storage.put(key, source, options);
      },
    });
    await reopen({ wrap: slow });
    for await (const said of world.storages.migrate(systemActor, { to: 'two' })) {
      if (said.kind === 'progress' && said.done > 3) break;
    }
    const [some] = await world.storages.list(systemActor);
    expect(some?.objects).toBeGreaterThan(0);
    expect(some?.objects).toBeLessThan(30);
    await reopen({});
    await world.files.recover();
    expect((await migrate('two')).of('summary')[0]).toMatchObject({ moved: some?.objects, failed: 0 });
    world.ahead = 61_000;
    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual([]);
    expect(await keysIn(world.two)).toHaveLength(30);
    expect((await verify(true)).of('finding')).toEqual([]);
  });

  test('no download fails and nothing is found wrong while files come, move and go', async () => {
    let going = true;
    let downloads = 0;
    const live: { record: string; name: string; objectId: string; content: string }[] = [];
    const write = async (worker: number) => {
      for (let round = 0; going; round++) {
        const record = `w${worker}r${round}`;
        const content = round % 3 === 0 ? record : big(record);
        const { name, objectId } = await world.upload(record, content);
        live.push({ record, name, objectId, content });
        const old = round % 3 === 2 ? live.shift() : undefined;
        if (old) await world.release(old.objectId);
        await Bun.sleep(10);
      }
    };
    const read = async () => {
      for (let turn = 0; going; turn++) {
        // Reads of the database alone would never let the others have their turn.
        await Bun.sleep(1);
        const wanted = live[(turn * 7) % Math.max(1, live.length)];
        if (wanted !== undefined) {
          const file = await world.find(wanted.record, wanted).catch(() => undefined);
          if (file === undefined) continue;
          const text = await world.textOf(file).catch((error: unknown) => {
            // Whoever asks for what is being removed may be told so.
            if (live.includes(wanted)) throw error;
          });
          if (text !== undefined && text !== wanted.content)
            throw new Error(`another file for ${wanted.record}`);
          downloads++;
        }
      }
    };
    const works = [write(1), write(2), read(), read()];
    for (const to of ['two', 'one', 'two', 'one']) {
      await Bun.sleep(100);
      const said = await migrate(to);
      expect(said.of('summary')[0]).toMatchObject({ failed: 0 });
      // As if a minute had passed.
      world.ahead += 61_000;
      await world.files.eraseNow();
      expect((await verify(true)).of('finding')).toEqual([]);
    }
    going = false;
    await Promise.all(works);
    expect(downloads).toBeGreaterThan(20);
    await migrate('two');
    world.ahead += 61_000;
    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual([]);
    expect((await verify(true)).of('finding')).toEqual([]);
    for (const { record, name, content } of live) {
      expect(await world.textOf(await world.find(record, { name }))).toBe(content);
    }
  }, 30_000);

  test('a backup that is being taken finds the old bytes until it is done', async () => {
    const upload = await world.upload('r1', big('x'));
    const unpin = world.files.pin();
    await migrate('two');
    world.ahead = 61_000;
    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual([upload.objectId]);
    unpin();
    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual([]);
  });

  test('a picture that is being stored while its original moves leaves nothing behind', async () => {
    const { promise: may, resolve: goOn } = Promise.withResolvers<void>();
    await reopen({
      wrap: (storage) => ({
        ...storage,
        put: async (key, source, options) => {
          if (key.includes('.')) await may;
          return storage.put(key, source, options);
        },
      }),
    });
    const photo = await world.find('r1', await world.upload('r1', PNG));
    await world.files.derive(photo, thumb);
    await Bun.sleep(20);
    await migrate('two');
    world.ahead = 61_000;
    await world.files.eraseNow();
    expect(await keysIn(world.one)).toEqual([]);
    goOn();
    await Bun.sleep(20);
    expect(await keysIn(world.one)).toEqual([]);
    expect((await verify(true)).of('finding')).toEqual([]);
  });

  test('what is not being moved can be released and retried in the list of deletions', async () => {
    await world.upload('r1', 'x');
    await migrate('two');
    const queued = await world.storages.deletions(systemActor).list();
    expect(queued.map(({ objectId }) => objectId)).toEqual([expect.stringMatching(/^copy:/)]);
  });
});

describe('collect', () => {
  test('puts what is unknown aside, and erases it after the days of grace', async () => {
    const kept = await world.upload('r1', 'kept');
    await world.one.put('stranger', streamOf('who am I'));
    await world.two.put('a/b/stranger', streamOf('and I'));

    const dry = await collect({ dryRun: true });
    expect(dry.of('collected').map(({ action, storage, key }) => [action, storage, key])).toEqual([
      ['would_quarantine', 'one', 'stranger'],
      ['would_quarantine', 'two', 'a/b/stranger'],
    ]);
    expect(await keysIn(world.two)).toEqual(['a/b/stranger']);
    expect(dry.of('summary')[0]).toEqual({ kind: 'summary', quarantined: 2, erased: 0, waiting: 0 });

    const first = await collect();
    expect(first.of('summary')[0]).toEqual({ kind: 'summary', quarantined: 2, erased: 0, waiting: 2 });
    expect(await keysIn(world.two)).toEqual(['quarantine/a/b/stranger']);
    expect((await verify()).of('finding')).toEqual([]);
    expect(await keysIn(world.one)).toEqual([kept.objectId, 'quarantine/stranger'].sort());

    world.ahead = 7 * DAY - 60_000;
    expect((await collect()).of('collected')).toEqual([]);
    world.ahead = 7 * DAY + 60_000;
    expect((await collect({ dryRun: true })).of('collected').map(({ action }) => action)).toEqual([
      'would_erase',
      'would_erase',
    ]);
    const last = await collect();
    expect(last.of('summary')[0]).toEqual({ kind: 'summary', quarantined: 0, erased: 2, waiting: 0 });
    expect(await keysIn(world.one)).toEqual([kept.objectId]);
    expect(await keysIn(world.two)).toEqual([]);
  });

  test('with no days of grace it still takes two calls to erase something', async () => {
    await world.one.put('stranger', streamOf('x'));
    await collect({ keepDays: 0 });
    expect(await keysIn(world.one)).toEqual(['quarantine/stranger']);
    await collect({ keepDays: 0 });
    expect(await keysIn(world.one)).toEqual([]);
  });

  test('what is noted nowhere gets its days from now on, and notes without bytes go', async () => {
    await world.one.put('quarantine/stranger', streamOf('x'));
    await world.run(`INSERT INTO _quarantine VALUES ('one', 'gone', 1, 0)`);
    expect((await collect()).of('summary')[0]).toMatchObject({ erased: 0, waiting: 1 });
    expect(await world.rows('SELECT key FROM _quarantine')).toEqual([{ key: 'stranger' }]);
    world.ahead = 8 * DAY;
    expect((await collect()).of('summary')[0]).toMatchObject({ erased: 1, waiting: 0 });
  });

  test.each(['verify', 'collect'])('%s puts back what the catalogue knows again', async (by) => {
    const upload = await world.upload('r1', big('x'));
    const [row] = await world.rows('SELECT * FROM _objects');
    await world.run('DELETE FROM _objects');
    await collect();
    expect(await keysIn(world.one)).toEqual([`quarantine/${upload.objectId}`]);
    // As the restore of an older backup does, long after.
    const values = Object.values(row ?? {}).map((value) => (value === null ? 'NULL' : `'${value}'`));
    await world.run(`INSERT INTO _objects VALUES (${values.join()})`);
    world.ahead = 30 * DAY;
    if (by === 'verify') expect((await verify(true)).of('finding')).toEqual([]);
    else {
      const said = await collect();
      expect(said.of('collected').map(({ action }) => action)).toEqual(['put_back']);
    }
    expect(await keysIn(world.one)).toEqual([upload.objectId]);
    expect(await world.rows('SELECT * FROM _quarantine')).toEqual([]);
    expect(world.log.events).toContain('warn storages.put_back');
    expect(await world.textOf(await world.find('r1', upload))).toBe(big('x'));
  });

  test('what the catalogue knows in another state is neither put back nor erased', async () => {
    await world.one.put('quarantine/known1', streamOf('x'));
    await world.run(`INSERT INTO _quarantine VALUES ('one', 'known1', 1, 0)`);
    await world.run(`INSERT INTO _objects (id, backend, key, state, epoch, created)
      VALUES ('known1', 'one', 'known1', 'pending', 'e', 0)`);
    expect((await collect()).of('collected')).toEqual([]);
    expect(await keysIn(world.one)).toEqual(['quarantine/known1']);
  });

  test('an object with a key that cannot be named aside stays where it is', async () => {
    const key = Array(4).fill('x'.repeat(125)).join('/');
    await world.one.put(key, streamOf('x'));
    expect((await collect()).of('summary')[0]).toMatchObject({ quarantined: 0 });
    expect(await keysIn(world.one)).toEqual([key]);
  });

  test('takes nothing that is being uploaded, made or erased', async () => {
    let going = true;
    const write = async (worker: number) => {
      for (let round = 0; going; round++) {
        const upload = await world.upload(`w${worker}r${round}`, PNG);
        await world.files.derive(await world.find(`w${worker}r${round}`, upload), thumb);
        if (round % 2 === 0) await world.release(upload.objectId);
      }
    };
    const works = [write(1), write(2)];
    for (let round = 0; round < 10; round++) expect((await collect()).of('collected')).toEqual([]);
    going = false;
    await Promise.all(works);
  });
});
