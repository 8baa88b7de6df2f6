import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { systemActor } from '../../src/core/actor.ts';
import { createFiles, type FileStore } from '../../src/core/files/create-files.ts';
import type { Database } from '../../src/core/ports/database.ts';
import type { Storage } from '../../src/core/ports/storage.ts';
import { openSqlite } from '../../src/drivers/database/sqlite/index.ts';
import { createLocalStorage } from '../../src/drivers/storage/local/index.ts';
import { armFailpoints, failpoint } from '../../src/lib/failpoints.ts';
import { createIds } from '../../src/lib/id.ts';
import { migrateTestDatabase } from './database.ts';
import { collectionOf, createTestImages, createTestLog, fileField, PNG, streamOnce } from './files.ts';

const photo = fileField('photo');
/** The collection whose files {@link liveOneLife} writes. */
export const posts = collectionOf('posts', [photo]);

/** The file life cycle on a folder that outlives the process. */
export interface FileLife {
  readonly db: Database;
  readonly files: FileStore;
  readonly storage: Storage;
  close(): Promise<void>;
}

/** Opens the folder's database and files as a new process does, without recovering. */
export async function openFileLife(dir: string): Promise<FileLife> {
  const path = join(dir, 'data.db');
  const isNew = !existsSync(path);
  const readerCommand = [
    process.execPath,
    join(import.meta.dir, '../../src/drivers/database/sqlite/reader-worker.ts'),
  ];
  const db = openSqlite({ path, readerCommand, now: Date.now, synchronous: 'normal', failpoint });
  if (isNew) await migrateTestDatabase(db);
  const storage = createLocalStorage({ name: 'local', dir: join(dir, 'files') });
  const ids = createIds({ now: Date.now });
  const files = createFiles({
    ...{ db, storages: [storage], defaultStorage: 'local', images: createTestImages(), ids },
    ...{ clock: { now: Date.now }, log: createTestLog(), viewRule: () => Promise.resolve(true) },
    epoch: ids.objectId(),
    // So small that each new picture throws out an older one.
    limits: { derivativeBytes: 20 },
  });
  return {
    ...{ db, files, storage },
    async close() {
      await files.close();
      await db.close();
    },
  };
}

/** Passes every step of DESIGN.md 5 several times, and says on stdout what a client would know: `live`, `released`. */
async function liveOneLife(dir: string): Promise<void> {
  const { db, files, close } = await openFileLife(dir);
  await files.recover();
  const id = sql.placeholder('id');
  const doom = db.prepare(sql`UPDATE _objects SET state = 'doomed' WHERE id = ${id}`);
  const queue = db.prepare(sql`INSERT INTO _file_deletions (object, backend, key, created)
    SELECT id, backend, key, 0 FROM _objects WHERE id = ${id}`);
  for (let round = 0; round < 5; round++) {
    const recordId = crypto.randomUUID();
    const intake = files.intake(posts, systemActor, undefined);
    const receive = () => intake.receive(photo, { filename: 'a.png', stream: streamOnce(PNG) });
    const upload = await receive();
    await receive();
    const placement = { fieldId: 'photo', names: [upload.name], uploads: [upload] };
    await db.write((tx) => intake.attach(tx, posts, recordId, [placement]));
    console.log(`live ${recordId} ${upload.name}`);
    await intake.discard();
    const { file } = await files.find(systemActor, posts, recordId, upload.name);
    await files.derive(file, { width: 9, height: 9, fit: 'cover', anchor: 'center', format: 'source' });
    await Bun.sleep(10);
    if (round % 2 === 0) continue;
    console.log(`released ${recordId} ${upload.name}`);
    await db.write(async (tx) => {
      await tx.run(doom, { id: upload.objectId });
      await tx.run(queue, { id: upload.objectId });
    });
    files.wakeEraser();
    await files.eraseNow();
  }
  await close();
}

if (import.meta.main) {
  const [dir, spec] = process.argv.slice(2);
  armFailpoints(spec ?? '');
  await liveOneLife(dir ?? '');
}
