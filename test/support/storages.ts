import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { systemActor } from '../../src/core/actor.ts';
import { createFiles, type FileStore } from '../../src/core/files/create-files.ts';
import type { StoredFile, UploadedFile } from '../../src/core/files/stored-file.ts';
import type { Database, DbRow } from '../../src/core/ports/database.ts';
import type { Storage } from '../../src/core/ports/storage.ts';
import { createStorages, type OpenStorages } from '../../src/core/storages/create-storages.ts';
import { openSqlite } from '../../src/drivers/database/sqlite/index.ts';
import { createLocalStorage } from '../../src/drivers/storage/local/index.ts';
import { failpoint } from '../../src/lib/failpoints.ts';
import { createIds } from '../../src/lib/id.ts';
import { migrateTestDatabase } from './database.ts';
import { collectionOf, createTestImages, createTestLog, fileField, streamOnce } from './files.ts';

const attachment = fileField('attachment');
/** The collection whose records have the files. */
export const letters = collectionOf('letters', [attachment]);

/** Files in two folders, `one` (which takes new files) and `two`, and their care. */
export interface StoragesWorld {
  readonly db: Database;
  readonly files: FileStore;
  readonly storages: OpenStorages;
  readonly one: Storage;
  readonly two: Storage;
  readonly log: ReturnType<typeof createTestLog>;
  /** Milliseconds that the clock is ahead. */
  ahead: number;
  /** Stores a file as the one of a record. */
  upload(record: string, content: string | Uint8Array): Promise<UploadedFile>;
  /** As a download finds it. */
  find(record: string, upload: { readonly name: string }): Promise<StoredFile>;
  /** The text that a download of it gives. */
  textOf(file: StoredFile): Promise<string>;
  /** What a trigger of a record's table does when a reference leaves it. */
  release(objectId: string): Promise<void>;
  rows(text: string): Promise<DbRow[]>;
  run(text: string): Promise<void>;
  close(): Promise<void>;
}

/** How {@link openStoragesWorld} differs from a plain one. */
export interface StoragesWorldOptions {
  /** Milliseconds that its clock is ahead. */
  readonly ahead?: number;
  /** Puts a faulty storage before the real one. */
  readonly wrap?: (storage: Storage) => Storage;
  /** The storage that takes new files. Default `one`. */
  readonly defaultStorage?: string;
}

/** Opens a folder's database and storages as a new process does, without recovering. */
export async function openStoragesWorld(
  dir: string,
  { ahead = 0, wrap = (storage) => storage, defaultStorage = 'one' }: StoragesWorldOptions = {},
): Promise<StoragesWorld> {
  const path = join(dir, 'data.db');
  const isNew = !existsSync(path);
  mkdirSync(dir, { recursive: true });
  const clock = { ahead, now: () => Date.now() + clock.ahead };
  const reader = join(import.meta.dir, '../../src/drivers/database/sqlite/reader-worker.ts');
  const db = openSqlite({
    ...{ path, readerCommand: [process.execPath, reader], now: clock.now },
    ...{ synchronous: 'normal', failpoint },
  });
  if (isNew) await migrateTestDatabase(db);
  const one = wrap(createLocalStorage({ name: 'one', dir: join(dir, 'one') }));
  const two = wrap(createLocalStorage({ name: 'two', dir: join(dir, 'two') }));
  const ids = createIds({ now: clock.now });
  const log = createTestLog();
  const common = { db, storages: [one, two], defaultStorage, ids, clock, log };
  const files = createFiles({
    ...{ ...common, images: createTestImages(), epoch: ids.objectId() },
    viewRule: () => Promise.resolve(true),
    // Small enough that tests pass both ways of reading.
    limits: { smallSize: 1000 },
  });
  const storages = createStorages({ ...common, files });

  return {
    ...{ db, files, storages, one, two, log },
    get ahead() {
      return clock.ahead;
    },
    set ahead(milliseconds) {
      clock.ahead = milliseconds;
    },
    async upload(record, content) {
      const intake = files.intake(letters, systemActor, record);
      try {
        const upload = await intake.receive(attachment, {
          filename: `${record}.png`,
          stream: streamOnce(content),
        });
        const placement = { fieldId: attachment.id, names: [upload.name], uploads: [upload] };
        await db.write((tx) => intake.attach(tx, letters, record, [placement]));
        return upload;
      } finally {
        await intake.discard();
      }
    },
    find: async (record, { name }) => (await files.find(systemActor, letters, record, name)).file,
    textOf: async (file) => new Response(await files.read(file)).text(),
    async release(objectId) {
      const id = sql.placeholder('id');
      const doom = db.prepare(sql`UPDATE _objects SET state = 'doomed' WHERE id = ${id} AND state = 'live'`);
      const queue = db.prepare(sql`INSERT INTO _file_deletions (object, backend, key, created)
        SELECT id, backend, key, 0 FROM _objects WHERE id = ${id}`);
      await db.write(async (tx) => {
        await tx.run(doom, { id: objectId });
        await tx.run(queue, { id: objectId });
      });
      files.wakeEraser();
    },
    rows: (text) => db.all(db.prepare(sql.raw(text))),
    async run(text) {
      await db.write((tx) => tx.run(db.prepare(sql.raw(text))));
    },
    async close() {
      storages.close();
      await files.close();
      await db.close();
    },
  };
}

/** The keys of a storage, in its order. */
export function keysIn(storage: Storage, prefix = ''): Promise<string[]> {
  return Array.fromAsync(storage.list(prefix), ({ key }) => key);
}

/** All that a work says, by kind. */
export async function saidBy<T extends { readonly kind: string }>(
  work: AsyncIterable<T>,
): Promise<{ readonly all: readonly T[]; of<K extends T['kind']>(kind: K): Extract<T, { kind: K }>[] }> {
  const all: T[] = [];
  for await (const each of work) all.push(each);
  const isOf =
    <K extends T['kind']>(kind: K) =>
    (each: T): each is Extract<T, { kind: K }> =>
      each.kind === kind;
  return { all, of: (kind) => all.filter(isOf(kind)) };
}
