import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { openTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { createLocalStorage } from '../../drivers/storage/local/index.ts';
import type { Storage } from '../ports/storage.ts';
import { CLAIM_KEY, checkClaim, countObjects, installationOf, storagesInUse, takeOver } from './claim.ts';

let database: TestDatabase;
let storage: Storage;
beforeEach(async () => {
  database = await openTestDatabase();
  storage = createLocalStorage({ name: 'photos', dir: join(database.dir, 'files') });
});
afterEach(() => database.close());

const as = (installation: string, over: Partial<{ storage: Storage }> = {}) => ({
  ...{ db: database.db, storage, installation },
  ...over,
});

/** A row of the catalogue; its bytes too when `stored`. */
async function keep(key: string, { backend = 'photos', stored = true, state = 'live' } = {}) {
  const { db } = database;
  const insert = db.prepare(
    sql`INSERT INTO _objects (id, backend, key, state, epoch, created) VALUES (${key}, ${backend}, ${key}, ${state}, 'e', 0)`,
  );
  await db.write((tx) => tx.run(insert));
  if (stored) await storage.put(key, bytes());
}

async function* bytes() {
  yield new Uint8Array(3);
}

describe('a storage', () => {
  test('that says nothing is claimed, and known again', async () => {
    expect(await checkClaim(as('one'))).toEqual({ kind: 'ours' });
    expect(new TextDecoder().decode(await storage.bytes(CLAIM_KEY))).toContain('"installation":"one"');
    expect(await checkClaim(as('one'))).toEqual({ kind: 'ours' });
  });

  test('with files of before there were claims is claimed', async () => {
    await keep('k1');
    expect(await checkClaim(as('one'))).toEqual({ kind: 'ours' });
  });

  test('of which some files are missing is claimed', async () => {
    for (const key of ['a1', 'f1', 'z1']) await keep(key, { stored: key === 'f1' });
    expect(await checkClaim(as('one'))).toEqual({ kind: 'ours' });
  });

  test('that has none of its files is another place, and stays unclaimed', async () => {
    for (const key of ['a1', 'f1', 'z1']) await keep(key, { stored: false });
    await keep('gone', { stored: false, state: 'doomed' });
    expect(await checkClaim(as('one'))).toEqual({ kind: 'lost', objects: 3 });
    expect(await storage.head(CLAIM_KEY)).toBeUndefined();
  });

  test('of another installation is not touched', async () => {
    await checkClaim(as('one'));
    expect(await checkClaim(as('two'))).toEqual({
      kind: 'foreign',
      storage: 'photos',
      sameInstallation: false,
    });
    expect(await checkClaim(as('one'))).toEqual({ kind: 'ours' });
  });

  test('that is another storage of the same installation is not shared', async () => {
    await checkClaim(as('one'));
    const other = createLocalStorage({ name: 'archive', dir: join(database.dir, 'files') });
    const claim = await checkClaim(as('one', { storage: other }));
    expect(claim).toEqual({ kind: 'foreign', storage: 'photos', sameInstallation: true });
  });

  test.each(['', '{', 'null', '[]', '{"installation":1}'])(
    'whose claim is %p belongs to a stranger',
    async (text) => {
      await storage.put(CLAIM_KEY, new Blob([text]).stream());
      const claim = await checkClaim(as('one'));
      expect(claim).toEqual({ kind: 'foreign', storage: '', sameInstallation: false });
    },
  );

  test('of the same folder under the id of before a restore is kept', async () => {
    await checkClaim(as('one'));
    expect(await checkClaim({ ...as('two'), former: ['one'] })).toEqual({ kind: 'ours' });
    expect(await checkClaim(as('two'))).toEqual({ kind: 'ours' });
    expect((await checkClaim(as('one'))).kind).toBe('foreign');
  });

  test('can be taken over', async () => {
    await checkClaim(as('one'));
    await takeOver(as('two'));
    expect(await checkClaim(as('two'))).toEqual({ kind: 'ours' });
    expect((await checkClaim(as('one'))).kind).toBe('foreign');
  });

  test('that fails is not taken for an empty one', async () => {
    const failing: Storage = { ...storage, bytes: () => Promise.reject(new Error('down')) };
    expect(checkClaim(as('one', { storage: failing }))).rejects.toThrow('down');
  });
});

test('storages in use are those of objects and of erasures', async () => {
  expect(await storagesInUse(database.db)).toEqual([]);
  await keep('a1', { backend: 'zeta', stored: false });
  await keep('b1', { backend: 'alpha', stored: false });
  await keep('c1', { backend: 'alpha', stored: false, state: 'doomed' });
  const { db } = database;
  const insert = db.prepare(
    sql`INSERT INTO _file_deletions (object, backend, key, created) VALUES ('x', 'old', 'x', 0)`,
  );
  await db.write((tx) => tx.run(insert));
  expect([...(await storagesInUse(db))].sort()).toEqual(['alpha', 'old', 'zeta']);
  expect(await countObjects(db, 'alpha')).toBe(1);
});

test('a start that asks for the storages in use waits for no reader process', async () => {
  const alone = await openTestDatabase({ readerCommand: ['/nonexistent/reader'] });
  expect(await storagesInUse(alone.db)).toEqual([]);
  await alone.close();
});

test('an installation keeps its id', async () => {
  const id = await installationOf(database.db, () => 'first');
  expect(id).toBe('first');
  expect(await installationOf(database.db, () => 'second')).toBe('first');
});
