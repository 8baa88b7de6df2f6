import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { ZipFile } from 'yazl';
import { openTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { mountTmpfs, volumesUnavailable } from '../../../../test/support/volumes.ts';
import { AppError } from '../../../core/errors.ts';
import type { BackupStore } from '../../../core/ports/backup-store.ts';
import { VERSION } from '../../../lib/version.ts';
import { createZipBackups } from './index.ts';
import {
  clearRestore,
  finishRestore,
  type RestoreTarget,
  restoreArchive,
  UnfinishedRestore,
  undoRestore,
  unpackArchive,
} from './restore.ts';

const noVolumes = await volumesUnavailable('tmpfs');
const workerCommand = [process.execPath, join(import.meta.dir, '../../../main.ts'), '__worker', 'backup'];
const OBJECTS: Readonly<Record<string, string>> = {
  aa11: 'a letter',
  bb22: 'a picture'.repeat(50_000),
  cc33: '',
};

let source: TestDatabase;
let folder: string;
let store: BackupStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dossier-backup-'));
  source = await openTestDatabase();
  for (const [key, text] of Object.entries(OBJECTS)) await addObject(key, text);
  store = createZipBackups({ dir: join(folder, 'backups'), workerCommand, environment: {} });
});

afterEach(async () => {
  await source.close();
  rmSync(folder, { recursive: true, force: true });
});

async function addObject(key: string, text: string, state = 'live'): Promise<void> {
  const sha256 = new Bun.CryptoHasher('sha256').update(text).digest('hex');
  const insert = source.db.prepare(sql`
    INSERT INTO _objects (id, backend, key, state, epoch, size, sha256, name, collection, record, created)
    VALUES (${key}, 'local', ${key}, ${state}, 'e', ${Buffer.byteLength(text)}, ${sha256}, ${key}, 'c', 'r', 0)`);
  await source.db.write((tx) => tx.run(insert));
}

const reader = {
  sizeOf: async (_backend: string, key: string) => OBJECTS[key]?.length,
  snapshot: (path: string) => source.db.snapshot(path),
  readObject: async (_backend: string, key: string) =>
    (async function* () {
      const bytes = new TextEncoder().encode(OBJECTS[key] ?? 'changed');
      for (let at = 0; at < bytes.length; at += 60_000) yield bytes.slice(at, at + 60_000);
    })(),
};

async function bytesOf(key: string): Promise<number> {
  const opened = await store.open(key);
  if (opened === undefined) throw new Error(`no ${key}`);
  return (await new Response(await opened.read()).bytes()).byteLength;
}

/** A backup as somebody has it elsewhere. */
async function takenElsewhere(): Promise<Uint8Array> {
  await store.write('elsewhere.zip', reader);
  const bytes = new Uint8Array(readFileSync(join(folder, 'backups', 'elsewhere.zip')));
  await store.remove('elsewhere.zip');
  return bytes;
}

/** Bytes as they come over a line. */
async function* arriving(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.slice(at, at + 1_000);
}

const target = (name: string): RestoreTarget => {
  const dataDir = join(folder, name);
  return {
    dataDir,
    filesDir: join(dataDir, 'files'),
    objectPath: (filesDir, key) => join(filesDir, key.slice(0, 2), key),
  };
};

/** An installation with something in it that a restore replaces. */
function oldInstallation(name: string): RestoreTarget {
  const paths = target(name);
  mkdirSync(paths.filesDir, { recursive: true });
  writeFileSync(join(paths.dataDir, 'data.db'), 'old database');
  writeFileSync(join(paths.dataDir, 'data.db-wal'), 'old log');
  writeFileSync(join(paths.filesDir, 'old'), 'old file');
  return paths;
}

function stateOf(paths: RestoreTarget): 'old' | 'new' | 'mixed' {
  const database = readFileSync(join(paths.dataDir, 'data.db'));
  const isOld = database.toString('utf8') === 'old database';
  const hasOldFiles = existsSync(join(paths.filesDir, 'old'));
  const hasLog = existsSync(join(paths.dataDir, 'data.db-wal'));
  const hasNew = Object.entries(OBJECTS).every(([key, text]) => {
    const path = paths.objectPath(paths.filesDir, key);
    return existsSync(path) && readFileSync(path, 'utf8') === text;
  });
  if (isOld && hasOldFiles && hasLog && !hasNew) return 'old';
  if (!isOld && !hasOldFiles && !hasLog && hasNew) return 'new';
  return 'mixed';
}

const leftovers = (paths: RestoreTarget) =>
  readdirSync(paths.dataDir).filter((name) => name.includes('restore'));

test('a backup is listed, opened, removed, and leaves no work behind', async () => {
  const info = await store.write('one.zip', reader);
  expect(await store.list()).toEqual([info]);
  expect(await bytesOf('one.zip')).toBe(info.size);
  expect(readdirSync(join(folder, 'backups', '.work'))).toEqual([]);
  expect(await store.remove('one.zip')).toBe(true);
  expect(await store.remove('one.zip')).toBe(false);
  expect(await store.list()).toEqual([]);
});

test('an object that is not what the catalogue says makes the backup fail, and none is listed', async () => {
  await addObject('dd44', 'these bytes are not those that will be read');
  const failing = store.write('bad.zip', reader);
  await expect(failing).rejects.toMatchObject({
    code: 'internal',
    reason: 'backup_damaged',
    params: { objects: ['c/r/dd44 (local:dd44)'], more: false },
  });
  expect(await store.list()).toEqual([]);
});

test('asked to, a backup leaves damaged objects out, says so in its name, and is restored without them', async () => {
  await addObject('dd44', 'these bytes are not those that will be read');
  const info = await store.write('bad.zip', reader, { skipDamaged: true });
  expect(info.key).toBe('bad_incomplete.zip');
  expect(await store.list()).toEqual([info]);
  const paths = target('fresh');
  mkdirSync(paths.dataDir);
  const restored = await restoreArchive(join(folder, 'backups', info.key), paths);
  expect(restored).toMatchObject({ objects: 3, missing: 1 });
  await expect(store.write('bad.zip', reader, { skipDamaged: true })).rejects.toMatchObject({
    code: 'conflict',
  });
});

test('asked to leave damaged objects out, a backup of whole ones is as any other', async () => {
  expect((await store.write('one.zip', reader, { skipDamaged: true })).key).toBe('one.zip');
  const paths = target('fresh');
  mkdirSync(paths.dataDir);
  const restored = await restoreArchive(join(folder, 'backups/one.zip'), paths);
  expect(restored).toMatchObject({ objects: 3, missing: 0 });
});

test('objects that are not live stay out', async () => {
  await addObject('ee55', 'pending bytes', 'pending');
  await store.write('one.zip', reader);
  const paths = target('fresh');
  mkdirSync(paths.dataDir);
  expect(await restoreArchive(join(folder, 'backups/one.zip'), paths)).toMatchObject({ objects: 3 });
});

test('a restore replaces database, log and files together', async () => {
  await store.write('one.zip', reader);
  const paths = oldInstallation('data');
  await restoreArchive(join(folder, 'backups/one.zip'), paths);
  expect(stateOf(paths)).toBe('new');
  expect(leftovers(paths)).toEqual([]);
});

test('an archive that was unpacked before is not read again; another one is, and one that changed', async () => {
  await store.write('one.zip', reader);
  const path = join(folder, 'backups/one.zip');
  const { atime, mtime } = statSync(path);
  const paths = oldInstallation('data');
  await unpackArchive(path, paths);
  expect(stateOf(paths)).toBe('old');
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0));
  await expect(restoreArchive(path, paths)).rejects.toThrow('not a zip archive');
  expect([stateOf(paths), leftovers(paths)]).toEqual(['old', []]);

  await store.remove('one.zip');
  await store.write('one.zip', reader);
  utimesSync(path, atime, mtime);
  await unpackArchive(path, paths);
  writeFileSync(path, readFileSync(path).fill(0));
  utimesSync(path, atime, mtime);
  expect(await restoreArchive(path, paths)).toMatchObject({ objects: 3 });
  expect([stateOf(paths), leftovers(paths)]).toEqual(['new', []]);
});

test('what was unpacked goes when nothing comes of it, and when the next start finds it', async () => {
  await store.write('one.zip', reader);
  const paths = oldInstallation('data');
  for (const drop of [clearRestore, finishRestore]) {
    await unpackArchive(join(folder, 'backups/one.zip'), paths);
    expect(leftovers(paths)).not.toEqual([]);
    await drop(paths);
    expect([stateOf(paths), leftovers(paths)]).toEqual(['old', []]);
  }
});

test('a restore is undone where it kept what it replaced, but not where the old log was left', async () => {
  await store.write('one.zip', reader);
  const paths = oldInstallation('data');
  await restoreArchive(join(folder, 'backups/one.zip'), paths, { keepsOld: true });
  expect(stateOf(paths)).toBe('new');
  expect(await undoRestore(paths)).toBe(false);
  expect(stateOf(paths)).toBe('new');

  rmSync(join(paths.dataDir, '.restore/old/data.db-wal'));
  // Of the state that was opened in vain.
  writeFileSync(join(paths.dataDir, 'data.db-wal'), 'new log');
  expect(await undoRestore(paths)).toBe(true);
  expect(readFileSync(join(paths.dataDir, 'data.db'), 'utf8')).toBe('old database');
  expect(readFileSync(join(paths.filesDir, 'old'), 'utf8')).toBe('old file');
  expect(existsSync(join(paths.dataDir, 'data.db-wal'))).toBe(false);
  expect(leftovers(paths)).toEqual([]);
  expect(await undoRestore(paths)).toBe(false);
});

/** Mounting needs a namespace of one's own, which not every system gives. */
const canMount =
  Bun.which('unshare') !== null &&
  Bun.spawnSync(['unshare', '-Urm', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).success;

test.skipIf(!canMount)(
  'a folder of files that is a volume is refused before anything is exchanged',
  async () => {
    await store.write('one.zip', reader);
    const paths = oldInstallation('data');
    const script = `import { restoreArchive } from ${JSON.stringify(join(import.meta.dir, 'restore.ts'))};
    const paths = ${JSON.stringify({ dataDir: paths.dataDir, filesDir: paths.filesDir })};
    const objectPath = (dir, key) => dir + '/' + key;
    await restoreArchive(${JSON.stringify(join(folder, 'backups/one.zip'))}, { ...paths, objectPath });`;
    const mounted = 'mount -t tmpfs none "$1" && exec "$2" -e "$3"';
    const child = Bun.spawn(
      ['unshare', '-Urm', 'sh', '-c', mounted, 'sh', paths.filesDir, process.execPath, script],
      { stdout: 'ignore', stderr: 'pipe' },
    );
    expect(await new Response(child.stderr).text()).toContain('must not be the root of a volume');
    expect(stateOf(paths)).toBe('old');
    expect(leftovers(paths)).toEqual([]);
  },
);

describe('a restore that is interrupted', () => {
  const points = [
    ['restore.extracted', 'old'],
    ['restore.ready', 'new'],
    ['restore.exchanged.data.db-wal', 'new'],
    ['restore.exchanged.data.db-shm', 'new'],
    ['restore.exchanged.data.db', 'new'],
    ['restore.exchanged.files', 'new'],
    ['restore.done', 'new'],
  ] as const;
  const laterThanReady = /exchanged|done/;
  for (const [point, expected] of points) {
    test(`at ${point} is ${expected} after the next start`, async () => {
      await store.write('one.zip', reader);
      for (const paths of [oldInstallation('data'), target('empty')]) {
        mkdirSync(paths.dataDir, { recursive: true });
        const failpoint = (name: string) => {
          if (name === point) throw new Error('power cut');
        };
        const restoring = restoreArchive(join(folder, 'backups/one.zip'), paths, { failpoint });
        const failure = await restoring.catch((error: unknown) => error);
        expect(String(failure)).toContain('power cut');
        expect(failure instanceof UnfinishedRestore).toBe(laterThanReady.test(point));
        expect(await finishRestore(paths)).toBe(expected === 'new');
        expect(await finishRestore(paths)).toBe(false);
        if (existsSync(join(paths.dataDir, 'data.db'))) expect(stateOf(paths)).toBe(expected);
        else expect(expected).toBe('old');
        expect(leftovers(paths)).toEqual([]);
      }
    });
  }
});

describe('an archive that is not whole is refused and changes nothing', () => {
  const manifest = JSON.stringify({ format: 'dossier-backup', version: 1, created: '' });

  async function archiveOf(fill: (zip: ZipFile) => void): Promise<string> {
    const zip = new ZipFile();
    fill(zip);
    zip.end();
    const chunks: Uint8Array[] = [];
    for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
    const path = join(folder, 'crafted.zip');
    writeFileSync(path, Buffer.concat(chunks));
    return path;
  }

  async function expectRefused(path: string, why: RegExp): Promise<void> {
    const paths = oldInstallation('data');
    await expect(restoreArchive(path, paths)).rejects.toThrow(why);
    expect(stateOf(paths)).toBe('old');
    expect(leftovers(paths)).toEqual([]);
  }

  test('bytes that changed', async () => {
    await store.write('one.zip', reader);
    const path = join(folder, 'backups/one.zip');
    const bytes = readFileSync(path);
    const at = bytes.indexOf('a letter');
    bytes[at] = 'A'.charCodeAt(0);
    writeFileSync(path, bytes);
    await expectRefused(path, /./);
  });

  test('an archive cut short', async () => {
    await store.write('one.zip', reader);
    const path = join(folder, 'backups/one.zip');
    writeFileSync(path, readFileSync(path).subarray(0, 1000));
    await expectRefused(path, /zip archive/);
  });

  test('no archive at all', async () => {
    const path = join(folder, 'text.zip');
    writeFileSync(path, 'hello');
    await expectRefused(path, /zip archive/);
  });

  test('no manifest, or that of something else', async () => {
    await expectRefused(await archiveOf((zip) => zip.addBuffer(Buffer.from('x'), 'data.db')), /manifest/);
    const other = Buffer.from('{"format":"other"}');
    await expectRefused(
      await archiveOf((zip) => zip.addBuffer(other, 'manifest.json')),
      /not a backup of Dossier/,
    );
  });

  test('foreign names, links and doubles', async () => {
    const wanted: [string, RegExp][] = [
      ['files/..-x/../y', /./],
      ['etc/passwd', /does not belong/],
      ['files/A', /does not belong/],
    ];
    for (const [name, why] of wanted) {
      const path = await archiveOf((zip) => {
        zip.addBuffer(Buffer.from(manifest), 'manifest.json');
        zip.addBuffer(Buffer.from('x'), name.replace('..-x/../', 'x/'));
      });
      // The library refuses to write such a name, so it is put in afterwards.
      if (name.includes('..')) {
        const bytes = readFileSync(path).toString('latin1').replaceAll('files/x/y', 'files/../');
        writeFileSync(path, Buffer.from(bytes, 'latin1'));
      }
      await expectRefused(path, why);
    }
    const link = await archiveOf((zip) => {
      zip.addBuffer(Buffer.from(manifest), 'manifest.json');
      zip.addBuffer(Buffer.from('/etc/passwd'), 'files/link', { mode: 0o120777 });
    });
    await expectRefused(link, /is a link/);
    const doubled = await archiveOf((zip) => {
      zip.addBuffer(Buffer.from(manifest), 'manifest.json');
      zip.addBuffer(Buffer.from('x'), 'files/a');
      zip.addBuffer(Buffer.from('x'), 'files/a');
    });
    await expectRefused(doubled, /there twice/);
  });

  test('a database that is none, and files that it does not know', async () => {
    const noDatabase = await archiveOf((zip) => {
      zip.addBuffer(Buffer.from(manifest), 'manifest.json');
      zip.addBuffer(Buffer.from('not a database at all'), 'data.db');
    });
    await expectRefused(noDatabase, /./);
    const snapshot = join(folder, 'snapshot.db');
    await source.db.snapshot(snapshot);
    const surplus = await archiveOf((zip) => {
      zip.addBuffer(Buffer.from(manifest), 'manifest.json');
      zip.addFile(snapshot, 'data.db');
      for (const [key, text] of Object.entries(OBJECTS)) zip.addBuffer(Buffer.from(text), `files/${key}`);
      zip.addBuffer(Buffer.from('x'), 'files/surplus');
    });
    await expectRefused(surplus, /does not know/);
  });
});

describe('an archive from elsewhere', () => {
  test('is taken as it arrives, and restores as one of its own does', async () => {
    const bytes = await takenElsewhere();
    const info = await store.receive('brought.zip', arriving(bytes));
    expect([info.key, info.size]).toEqual(['brought.zip', bytes.length]);
    const kept = readFileSync(join(folder, 'backups', 'brought.zip'));
    expect(Buffer.compare(kept, bytes)).toBe(0);
    const contents = await store.inspect('brought.zip');
    expect(contents).toMatchObject({ files: 3, bytes: 450_008, records: 0, version: VERSION });
    const checked = await store.check('brought.zip');
    expect([checked?.path, checked?.contents]).toEqual([join(folder, 'backups', 'brought.zip'), contents]);
    expect(readdirSync(join(folder, 'backups', '.work'))).toEqual([]);
  });

  test('may have been unpacked and packed again by another program, which adds its folder', async () => {
    await store.write('one.zip', reader);
    const paths = oldInstallation('unpacked');
    await unpackArchive(join(folder, 'backups/one.zip'), paths);
    const zip = new ZipFile();
    zip.addEmptyDirectory('files');
    for (const [key, text] of Object.entries(OBJECTS)) zip.addBuffer(Buffer.from(text), `files/${key}`);
    zip.addFile(join(paths.dataDir, '.restore/new/data.db'), 'data.db');
    const manifest = { format: 'dossier-backup', version: 1, created: '' };
    zip.addBuffer(Buffer.from(JSON.stringify(manifest)), 'manifest.json');
    zip.end();
    const chunks: Uint8Array[] = [];
    for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
    await store.receive('again.zip', arriving(new Uint8Array(Buffer.concat(chunks))));
    const again = oldInstallation('data');
    expect(await restoreArchive(join(folder, 'backups/again.zip'), again)).toMatchObject({ objects: 3 });
    expect(stateOf(again)).toBe('new');
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>]>([
    ['not a zip archive', () => new TextEncoder().encode('a story about a zip archive')],
    ['not a zip archive', () => new Uint8Array()],
    ['not a zip archive', (bytes) => bytes.slice(0, -100)],
    ['damaged', (bytes) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1)],
    ['does not belong', () => zipOf({ 'readme.txt': 'of another product' })],
    ['relative path', () => zipOf({ 'files/xx/escape': 'up' }, ['files/xx/escape', '../../../escape'])],
    ['does not belong', () => zipOf({ 'files/Upper': 'x' })],
    ['not a backup of Dossier', () => zipOf({ 'manifest.json': '{"format":"other"}' })],
    ['manifest.json is missing', () => zipOf({ 'data.db': 'x' })],
    ['unpacks to far more', () => zipOf({ 'files/aa': '0'.repeat(20_000_000) })],
  ])('is refused when it is %s, and nothing is left', async (why, spoil) => {
    const bytes = await spoil(await takenElsewhere());
    const taking = store.receive('brought.zip', arriving(bytes));
    await expect(taking).rejects.toMatchObject({
      ...{ code: 'invalid', reason: 'backup_unusable' },
      params: { why: expect.stringContaining(why) },
    });
    expect(readdirSync(join(folder, 'backups'))).toEqual(['.work']);
    expect(readdirSync(join(folder, 'backups', '.work'))).toEqual([]);
  });

  test('is refused when a newer version took it, also by a restore', async () => {
    await source.db.write(async (tx) => {
      await tx.execute(sql`CREATE TABLE _migrations (name TEXT PRIMARY KEY)`);
      await tx.execute(sql`INSERT INTO _migrations VALUES ('0001_system.sql'), ('9999_later.sql')`);
    });
    const bytes = await takenElsewhere();
    const older = createZipBackups({
      ...{ dir: join(folder, 'backups'), workerCommand, environment: {} },
      migrations: ['0001_system.sql'],
    });
    await expect(older.receive('newer.zip', arriving(bytes))).rejects.toMatchObject({
      params: { why: 'it was taken by a newer version of Dossier' },
    });
    await store.receive('newer.zip', arriving(bytes));
    for (const look of [older.inspect, older.check])
      await expect(look('newer.zip')).rejects.toMatchObject({ reason: 'backup_unusable' });
    const paths = { ...oldInstallation('older'), migrations: ['0001_system.sql'] };
    await expect(restoreArchive(join(folder, 'backups', 'newer.zip'), paths)).rejects.toThrow(
      'newer version',
    );
    expect(readFileSync(join(paths.dataDir, 'data.db'), 'utf8')).toBe('old database');
  });

  test('that breaks off, or is ended, leaves nothing', async () => {
    const bytes = await takenElsewhere();
    async function* breaking() {
      yield bytes.slice(0, 5_000);
      throw new Error('the line is gone');
    }
    await expect(store.receive('cut.zip', breaking())).rejects.toThrow('the line is gone');
    const ended = AbortSignal.abort(new AppError('unavailable', { reason: 'stopping' }));
    await expect(store.receive('cut.zip', arriving(bytes), ended)).rejects.toMatchObject({
      reason: 'stopping',
    });
    expect(await store.list()).toEqual([]);
    expect(readdirSync(join(folder, 'backups', '.work'))).toEqual([]);
  });

  test.skipIf(noVolumes !== undefined)(
    `that the disk has no room for is refused and leaves nothing${noVolumes ? ` (${noVolumes})` : ''}`,
    async () => {
      const volume = await mountTmpfs(1);
      try {
        const small = createZipBackups({ dir: join(volume.path, 'backups'), workerCommand, environment: {} });
        async function* endless() {
          yield Buffer.from('PK\x03\x04');
          for (let sent = 0; sent < 64; sent++) yield new Uint8Array(65_536);
        }
        await expect(small.receive('large.zip', endless())).rejects.toMatchObject({ code: 'storage_full' });
        expect(await small.list()).toEqual([]);
        expect(readdirSync(join(volume.path, 'backups', '.work'))).toEqual([]);
      } finally {
        await volume.remove();
      }
    },
  );
});

/** An archive with these entries; `rename`: a name in it that becomes another of the same length. */
async function zipOf(
  entries: Readonly<Record<string, string>>,
  rename?: readonly [string, string],
): Promise<Uint8Array> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(entries)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  let bytes = Buffer.concat(chunks);
  if (rename) {
    const [from, to] = rename;
    expect(to).toHaveLength(from.length);
    bytes = Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
  }
  return new Uint8Array(bytes);
}
