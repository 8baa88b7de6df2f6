import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  closeSync,
  existsSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'drizzle-orm';
import { expectFault } from '../../../../test/contracts/database.ts';
import { mountTmpfs, type Volume, volumesUnavailable } from '../../../../test/support/volumes.ts';
import type { Database } from '../../../core/ports/database.ts';
import { openSqlite, type SqliteOptions } from './index.ts';

const readerCommand = [process.execPath, resolve(import.meta.dir, 'reader-worker.ts')];
const RESERVE = 7 * 1024 * 1024;
const missing = await volumesUnavailable('tmpfs');

describe.skipIf(missing !== undefined)(`a database on a full disk${missing ? ` (${missing})` : ''}`, () => {
  let volume: Volume;
  let db: Database;
  let reports: string[];

  function open(options: Partial<SqliteOptions> = {}): Database {
    return openSqlite({
      path: join(volume.path, 'data.db'),
      readerCommand,
      now: Date.now,
      reserve: RESERVE,
      report: (event) => reports.push(event),
      ...options,
    });
  }

  beforeEach(async () => {
    volume = await mountTmpfs(40);
    reports = [];
    db = open();
    await db.write((tx) => tx.execute(sql`CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)`));
    await until(() => reserve() === RESERVE);
  });
  afterEach(async () => {
    await db.close();
    await volume.remove();
  });

  const text = 'x'.repeat(20_000);
  const insert = sql`INSERT INTO notes (text) VALUES (${sql.placeholder('text')})`;
  const add = () => db.write((tx) => tx.run(db.prepare(insert), { text }));
  const remove = (count: number) =>
    db.write(
      (tx) => tx.run(db.prepare(sql`DELETE FROM notes WHERE id IN (SELECT id FROM notes LIMIT ${count})`)),
      { frees: true },
    );
  const count = async () => (await db.get(db.prepare(sql`SELECT count(*) AS n FROM notes`)))?.n;
  const reserve = () => statSync(join(volume.path, 'data.db-reserve'), { throwIfNoEntry: false })?.size;
  const filler = () => join(volume.path, 'filler');

  /** Another program takes what is left. */
  function takeTheRest(): void {
    const file = openSync(filler(), 'a');
    try {
      for (;;) if (writeSync(file, new Uint8Array(4096)) < 4096) break;
    } catch {
      // Full.
    } finally {
      closeSync(file);
    }
    expect(statfsSync(volume.path).bfree).toBe(0);
  }

  async function fill(): Promise<number> {
    for (let added = 0; ; added++) {
      const error = await add().then(
        () => undefined,
        (cause) => cause,
      );
      if (error === undefined) continue;
      expect(error.code).toBe('storage_full');
      return added;
    }
  }

  test('writes are refused until there is room, while reads and deletes go on', async () => {
    writeFileSync(filler(), new Uint8Array(10 * 1024 * 1024));
    const added = await fill();
    takeTheRest();
    expect(reports).toEqual(['database.full']);
    await expectFault(add(), 'storage_full', 'database');
    expect(await count()).toBe(added);
    for (let n = 0; n < 50; n++) await remove(2);
    expect(await count()).toBe(added - 100);
    await expectFault(add(), 'storage_full', 'database');
    // What was freed inside the database is no room for others; but here somebody makes some.
    rmSync(filler());
    await until(() => reports.includes('database.room_again'));
    expect(reserve()).toBe(RESERVE);
    await add();
    expect(await count()).toBe(added - 99);
    expect(existsSync(join(volume.path, 'data.db-reserve.probe'))).toBe(false);
  });

  test('the first write that finds the disk full may be a delete, in one turn with others', async () => {
    for (let n = 0; n < 100; n++) await add();
    takeTheRest();
    const outcomes = await Promise.allSettled([
      add(),
      remove(10),
      add(),
      ...Array.from({ length: 300 }, add),
    ]);
    expect(outcomes[1]?.status).toBe('fulfilled');
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(200);
    for (const outcome of refused) expect(outcome.reason.code).toBe('storage_full');
    expect(await count()).toBe(100 - 10 + 302 - refused.length);
    expect(reserve()).toBeLessThan(RESERVE);
  });

  test('it is opened again on a disk without a free byte', async () => {
    const added = await fill();
    await db.close();
    takeTheRest();
    db = open();
    expect(await count()).toBe(added);
    await remove(10);
    expect(await count()).toBe(added - 10);
    await expectFault(add(), 'storage_full');
  });

  test('a snapshot that does not fit is storage_full and leaves nothing', async () => {
    await fill();
    takeTheRest();
    await expectFault(db.snapshot(join(volume.path, 'copy.db')), 'storage_full');
    expect(existsSync(join(volume.path, 'copy.db.partial'))).toBe(false);
    expect(existsSync(join(volume.path, 'copy.db'))).toBe(false);
  });

  test('a sort that finds no room for its temporary file is done in memory', async () => {
    await db.close();
    db = open({ readerEnvironment: { SQLITE_TMPDIR: volume.path } });
    // So many that it is left to a reader process, and more than that keeps in memory.
    const many = sql`WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 24000)
      INSERT INTO notes (text) SELECT ${'x'.repeat(400)} FROM c`;
    await db.write((tx) => tx.run(db.prepare(many)));
    takeTheRest();
    const rows = await db.all(db.prepare(sql`SELECT id FROM notes ORDER BY text || id DESC`));
    expect(rows.length).toBe(24_000);
  });

  test('without a reserve a full disk only refuses what does not fit', async () => {
    await db.close();
    rmSync(join(volume.path, 'data.db-reserve'));
    db = open({ reserve: 0 });
    await fill();
    expect(reports).toEqual([]);
    rmSync(join(volume.path, 'data.db-reserve'), { force: true });
  });
});

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 8_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it did not come about in time');
    await Bun.sleep(20);
  }
}
