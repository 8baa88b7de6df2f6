import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { type Actor, systemActor } from '../../src/core/actor.ts';
import type { Collection } from '../../src/core/collections/collection.ts';
import type { Field } from '../../src/core/fields/field.ts';
import { createFiles, type FileStore, type FilesOptions } from '../../src/core/files/create-files.ts';
import type { UploadedFile } from '../../src/core/files/stored-file.ts';
import type { DbRow, Prepared } from '../../src/core/ports/database.ts';
import type { ImageResult, Images, ImageTransform } from '../../src/core/ports/images.ts';
import type { Log } from '../../src/core/ports/log.ts';
import type { Storage } from '../../src/core/ports/storage.ts';
import { createLocalStorage } from '../../src/drivers/storage/local/index.ts';
import { createIds } from '../../src/lib/id.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** A file field's definition with the options that matter here. */
export interface TestFileField extends Field {
  readonly maxSize: number;
  readonly maxSelect: number;
  readonly mimeTypes: readonly string[];
  readonly protected: boolean;
}

/** A single file field named like its id. */
export function fileField(id: string, options: Partial<TestFileField> = {}): TestFileField {
  const common = { system: false, hidden: false, presentable: false, help: '', required: false };
  const limits = { maxSize: 0, maxSelect: 1, mimeTypes: [], protected: false };
  return { id, name: id, type: 'file', ...common, ...limits, ...options };
}

/** A base collection with the given fields and no rules for guests. */
export function collectionOf(id: string, fields: readonly Field[]): Collection {
  return {
    ...{
      id,
      name: id,
      type: 'base',
      system: false,
      idKind: 'text',
      fields,
      indexes: [],
      auth: undefined,
      dialects: {},
    },
    rules: { list: null, view: null, create: null, update: null, delete: null },
    ...{ created: '', updated: '', version: 1 },
  };
}

/** A log that remembers. */
export function createTestLog(): Log & { readonly events: string[] } {
  const events: string[] = [];
  const note = (level: string) => (event: string) => void events.push(`${level} ${event}`);
  return { events, debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
}

/** Images that answers with text instead of a picture, and counts. `next` replaces the coming answers. */
export function createTestImages(): Images & { made: number; next: () => Promise<ImageResult> } {
  const images = {
    made: 0,
    next: () => Promise.resolve(pictureOf(`picture ${images.made}`)),
    transform: (_source: unknown, _transform: ImageTransform) => {
      images.made++;
      return images.next();
    },
    info: () => Promise.resolve({ width: 1, height: 1, format: 'png' as const }),
    close: () => Promise.resolve(),
  };
  return images;
}

/** A made picture whose bytes are this text. */
export function pictureOf(text: string): ImageResult {
  return { bytes: Uint8Array.from(Buffer.from(text)), contentType: 'image/png', width: 1, height: 1 };
}

/** The smallest PNG: one pixel. */
export const PNG = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  ),
);

/** The file life cycle over a real database and a real folder, with a clock that stands still. */
export interface FileWorld {
  readonly files: FileStore;
  readonly database: TestDatabase;
  readonly storage: Storage;
  readonly images: ReturnType<typeof createTestImages>;
  readonly log: ReturnType<typeof createTestLog>;
  readonly clock: { time: number; now(): number };
  /** Another process on the same data. */
  restart(epoch: string): FileStore;
  rows(text: string): Promise<DbRow[]>;
  run(text: string): Promise<void>;
  /** How SQLite would run a statement, one line a step. */
  plan(statement: Prepared): string[];
  /** Keys in the storage, sorted. */
  keys(): Promise<string[]>;
  /** Receives and attaches one file, as one request does. */
  upload(
    collection: Collection,
    recordId: string,
    field: Field,
    filename: string,
    content: string | Uint8Array,
    actor?: Actor,
  ): Promise<UploadedFile>;
  /** What a trigger of a record's table does when a reference leaves it. */
  release(objectId: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a {@link FileWorld}. `wrap` puts a faulty storage before the real one. */
export async function openFileWorld(
  options: Partial<FilesOptions> & { wrap?: (storage: Storage) => Storage } = {},
): Promise<FileWorld> {
  const clock = { time: Date.UTC(2030, 0, 1), now: () => clock.time };
  const database = await openTestDatabase({ now: clock.now });
  const { db } = database;
  const local = createLocalStorage({ name: 'local', dir: join(database.dir, 'files') });
  const storage = options.wrap?.(local) ?? local;
  const images = createTestImages();
  const log = createTestLog();
  const open = (epoch: string) =>
    createFiles({
      ...{ db, storages: [storage], defaultStorage: 'local', images, log, clock, epoch },
      ids: createIds({ now: clock.now }),
      viewRule: () => Promise.resolve(false),
      ...options,
    });
  const files = open('epoch-1');
  const opened: FileStore[] = [files];

  return {
    ...{ files, database, storage, images, log, clock },
    restart(epoch) {
      const next = open(epoch);
      opened.push(next);
      return next;
    },
    rows: (text) => db.all(db.prepare(sql.raw(text))),
    async run(text) {
      await db.write((tx) => tx.run(db.prepare(sql.raw(text))));
    },
    plan({ text }) {
      using direct = new Database(join(database.dir, 'data.db'), { readonly: true });
      const steps = direct.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${text}`).all();
      return steps.map(({ detail }) => detail);
    },
    async keys() {
      const keys: string[] = [];
      for await (const { key } of local.list('')) keys.push(key);
      return keys.sort();
    },
    async upload(collection, recordId, field, filename, content, actor = systemActor) {
      const intake = files.intake(collection, actor, undefined);
      try {
        const upload = await intake.receive(field, { filename, stream: streamOnce(content) });
        const placement = { fieldId: field.id, names: [upload.name], uploads: [upload] };
        await db.write((tx) => intake.attach(tx, collection, recordId, [placement]));
        return upload;
      } finally {
        await intake.discard();
      }
    },
    async release(objectId) {
      const id = sql.placeholder('id');
      const doom = db.prepare(sql`UPDATE _objects SET state = 'doomed' WHERE id = ${id}`);
      const queue = db.prepare(sql`INSERT INTO _file_deletions (object, backend, key, created)
        SELECT id, backend, key, 0 FROM _objects WHERE id = ${id}`);
      await db.write(async (tx) => {
        await tx.run(doom, { id: objectId });
        await tx.run(queue, { id: objectId });
      });
    },
    async close() {
      for (const store of opened) await store.close();
      await database.close();
    },
  };
}

/** A stream of one chunk. */
export async function* streamOnce(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof content === 'string' ? Buffer.from(content) : content;
}
