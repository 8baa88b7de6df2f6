import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigStream, codeOf, describeStorage, streamOf } from '../../../../test/contracts/storage.ts';
import { AppError } from '../../../core/errors.ts';
import { armFailpoints } from '../../../lib/failpoints.ts';
import { type FileOps, systemFileOps } from './file-ops.ts';
import { createLocalStorage } from './index.ts';

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Reason and setting of the AppError that a promise is rejected with. */
async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((reason: unknown) => reason);
  if (!(error instanceof AppError)) throw error;
  return `${error.reason} ${error.params.setting}`;
}

async function filesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describeStorage(
  'the local storage',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'dossier-local-'));
    return {
      storage: createLocalStorage({ name: 'local', dir: join(dir, 'files') }),
      interrupt: async () => {
        await writeFile(join(dir, 'files', 'tmp', 'half-written'), 'x');
        return 1;
      },
      close: () => rm(dir, { recursive: true }),
    };
  },
  {
    without: {
      multipart: 'a file is written in one piece',
      presign: 'a folder answers no requests',
    },
  },
);

describe('on this disk', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dossier-local-'));
  });
  afterEach(async () => {
    armFailpoints('');
    await rm(dir, { recursive: true });
  });

  const open = (fileOps: Partial<FileOps> = {}) =>
    createLocalStorage({ name: 'local', dir, fileOps: { ...systemFileOps, ...fileOps } });

  /** Real files whose one call is replaced. */
  const creating = (change: (real: Awaited<ReturnType<FileOps['create']>>) => Partial<typeof real>) =>
    open({
      create: async (path) => {
        const real = await systemFileOps.create(path);
        return { ...real, ...change(real) };
      },
    });

  test('files are the owner’s alone', async () => {
    const storage = open();
    await storage.put('k1abc', streamOf('x'));
    const path = storage.localPath?.('k1abc') ?? '';
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, 'tmp'))).mode & 0o777).toBe(0o700);
  });

  test('the steps of a put are in the order that makes it durable', async () => {
    const steps: string[] = [];
    const short = (path: string) => path.slice(dir.length);
    const storage = open({
      create: async (path) => {
        const real = await systemFileOps.create(path);
        return {
          write: (bytes) => real.write(bytes),
          sync: () => {
            steps.push('sync file');
            return real.sync();
          },
          close: () => real.close(),
        };
      },
      rename: (from, to) => {
        steps.push(`rename ${short(to)}`);
        return systemFileOps.rename(from, to);
      },
      syncDir: (path) => {
        steps.push(`sync ${short(path)}`);
        return systemFileOps.syncDir(path);
      },
    });
    await storage.put('k1first', streamOf('x'));
    steps.length = 0;
    await storage.put('k1second', streamOf('x'));
    expect(steps).toEqual(['sync file', 'rename /objects/k1/k1second', 'sync /objects/k1']);
    steps.length = 0;
    await storage.put('k2third', streamOf('x'));
    // A folder that is new must itself be durable before the file in it counts.
    expect(steps.slice(-3)).toEqual(['sync /objects', 'rename /objects/k2/k2third', 'sync /objects/k2']);
    steps.length = 0;
    await storage.remove('k1first');
    await storage.remove('k1first');
    expect(steps).toEqual(['sync /objects/k1', 'sync /objects/k1']);
  });

  test('a disk that fills up in the middle is storage_full and leaves nothing', async () => {
    let writes = 0;
    const storage = creating((real) => ({
      write: (bytes) => (++writes > 2 ? Promise.reject(fault('ENOSPC')) : real.write(bytes)),
    }));
    expect(await codeOf(storage.put('k1abc', bigStream(40, 100_000)))).toBe('storage_full');
    expect(await filesUnder(dir)).toEqual([]);
  });

  test('a quota that is used up is storage_full', async () => {
    const storage = creating(() => ({ sync: () => Promise.reject(fault('EDQUOT')) }));
    expect(await codeOf(storage.put('k1abc', streamOf('x')))).toBe('storage_full');
  });

  test('short writes are continued', async () => {
    const storage = creating((real) => ({ write: (bytes) => real.write(bytes.subarray(0, 1000)) }));
    await storage.put('k1abc', bigStream(5, 3001));
    expect((await storage.head('k1abc'))?.size).toBe(15_005);
  });

  test('an fsync that fails is not tried again, and the object does not appear', async () => {
    let syncs = 0;
    const storage = creating(() => ({
      sync: () => {
        syncs++;
        return Promise.reject(fault('EIO'));
      },
    }));
    expect(await codeOf(storage.put('k1abc', streamOf('x')))).toBe('unavailable');
    expect(syncs).toBe(1);
    expect(await filesUnder(dir)).toEqual([]);
  });

  test('a rename that fails leaves nothing', async () => {
    const storage = open({ rename: () => Promise.reject(fault('EACCES')) });
    expect(await codeOf(storage.put('k1abc', streamOf('x')))).toBe('unavailable');
    expect(await filesUnder(dir)).toEqual([]);
  });

  test('a folder that cannot be made durable takes the object back', async () => {
    const storage = open({
      syncDir: (path) => (path.endsWith('k1') ? Promise.reject(fault('EIO')) : systemFileOps.syncDir(path)),
    });
    expect(await codeOf(storage.put('k1abc', streamOf('x')))).toBe('unavailable');
    expect(await filesUnder(dir)).toEqual([]);
  });

  test('a removal that cannot be made durable fails, and succeeds when asked again', async () => {
    let failing = true;
    const storage = open({
      syncDir: (path) => (failing ? Promise.reject(fault('EIO')) : systemFileOps.syncDir(path)),
    });
    failing = false;
    await storage.put('k1abc', streamOf('x'));
    failing = true;
    expect(await codeOf(storage.remove('k1abc'))).toBe('unavailable');
    expect(await codeOf(storage.remove('k1abc'))).toBe('unavailable');
    failing = false;
    await storage.remove('k1abc');
  });

  test('a copy on a disk without second names has bytes of its own and is durable before its name', async () => {
    const steps: string[] = [];
    const short = (path: string) => path.slice(dir.length).replace(/[0-9a-f-]{36}/, '*');
    const storage = open({
      link: () => Promise.reject(fault('EPERM')),
      copy: (from, to) => {
        steps.push(`copy ${short(to)}`);
        return systemFileOps.copy(from, to);
      },
      rename: (from, to) => {
        steps.push(`rename ${short(from)} ${short(to)}`);
        return systemFileOps.rename(from, to);
      },
      syncDir: (path) => {
        steps.push(`sync ${short(path)}`);
        return systemFileOps.syncDir(path);
      },
    });
    await storage.put('k1first', streamOf('x'));
    steps.length = 0;
    await storage.copy('k1first', 'k1copy');
    expect(steps).toEqual(['copy /tmp/*', 'rename /tmp/* /objects/k1/k1copy', 'sync /objects/k1']);
    const { mode } = await stat(storage.localPath?.('k1copy') ?? '');
    expect(mode & 0o777).toBe(0o600);
  });

  test.each(['EIO', 'ENOSPC'])('a copy that fails with %s leaves nothing and is tried once', async (code) => {
    let syncs = 0;
    const storage = open({
      link: () => Promise.reject(fault('EPERM')),
      copy: async (from, to) => {
        await systemFileOps.copy(from, to);
        syncs++;
        throw fault(code);
      },
    });
    await storage.put('k1first', streamOf('x'));
    expect(await codeOf(storage.copy('k1first', 'k1copy'))).toBe(
      code === 'EIO' ? 'unavailable' : 'storage_full',
    );
    expect(syncs).toBe(1);
    expect(await filesUnder(dir)).toEqual(['k1first']);
  });

  test('a second name that cannot be made durable is taken back', async () => {
    let failing = false;
    const storage = open({
      syncDir: (path) => (failing ? Promise.reject(fault('EIO')) : systemFileOps.syncDir(path)),
    });
    await storage.put('k1first', streamOf('x'));
    failing = true;
    expect(await codeOf(storage.copy('k1first', 'k1copy'))).toBe('unavailable');
    expect(await filesUnder(dir)).toEqual(['k1first']);
  });

  test('a file of another volume is not adopted and stays', async () => {
    const storage = open({ rename: () => Promise.reject(fault('EXDEV')) });
    await writeFile(join(dir, 'finished'), 'x');
    expect(await storage.adopt?.('k1abc', join(dir, 'finished'))).toBe(false);
    expect(await filesUnder(dir)).toEqual(['finished']);
  });

  test('an adopted file that cannot be made durable goes back to where it was', async () => {
    let failing = false;
    const storage = open({
      syncDir: (path) => (failing ? Promise.reject(fault('EIO')) : systemFileOps.syncDir(path)),
    });
    await storage.put('k1other', streamOf('x'));
    await writeFile(join(dir, 'finished'), 'x');
    failing = true;
    expect(await codeOf(storage.adopt?.('k1abc', join(dir, 'finished')) ?? Promise.resolve())).toBe(
      'unavailable',
    );
    expect((await filesUnder(dir)).sort()).toEqual(['finished', 'k1other']);
  });

  test('adopting syncs both folders', async () => {
    const synced: string[] = [];
    const storage = open({
      syncDir: (path) => {
        synced.push(path);
        return systemFileOps.syncDir(path);
      },
    });
    await mkdir(join(dir, 'staging'));
    await writeFile(join(dir, 'staging', 'finished'), 'x');
    await storage.adopt?.('k1abc', join(dir, 'staging', 'finished'));
    expect(synced.slice(-2)).toEqual([join(dir, 'objects', 'k1'), join(dir, 'staging')]);
  });

  test('a file in the place of the folder is path_unusable', async () => {
    await writeFile(join(dir, 'file'), 'x');
    for (const path of [join(dir, 'file'), join(dir, 'file', 'below')]) {
      const storage = createLocalStorage({ name: 'local', dir: path });
      expect(await reasonOf(storage.check())).toBe('path_unusable path');
    }
  });

  test.each(['EACCES', 'EROFS'])('a folder that cannot be written (%s) is path_unusable', async (code) => {
    const storage = open({ create: () => Promise.reject(fault(code)) });
    expect(await reasonOf(storage.check())).toBe('path_unusable path');
  });

  test('a full disk passes the check, a broken one does not, and nothing is left', async () => {
    expect(await open({ create: () => Promise.reject(fault('ENOSPC')) }).check()).toBeUndefined();
    const broken = creating(() => ({ sync: () => Promise.reject(fault('EIO')) }));
    expect(await reasonOf(broken.check())).toBe('storage path');
    expect(await filesUnder(dir)).toEqual([]);
  });

  test('files that no key leads to are not listed', async () => {
    const storage = open();
    await storage.put('k1abc', streamOf('x'));
    for (const stray of ['.DS_Store', 'k1/.hidden', 'k1/UPPER', 'k1/other-shard', 'lost+found/x', 'zz']) {
      await mkdir(join(dir, 'objects', stray, '..'), { recursive: true });
      await writeFile(join(dir, 'objects', stray), 'x');
    }
    const keys = await Array.fromAsync(storage.list(''), ({ key }) => key);
    expect(keys).toEqual(['k1abc']);
  });

  test('an unlink that fails is unavailable', async () => {
    const storage = open({ unlink: () => Promise.reject(fault('EPERM')) });
    expect(await codeOf(storage.remove('k1abc'))).toBe('unavailable');
  });

  test('a folder in the place of an object is not read as one', async () => {
    const storage = open();
    await mkdir(join(dir, 'objects', 'k1', 'k1abc'), { recursive: true });
    expect(await storage.head('k1abc')).toBeUndefined();
  });

  test('a range beyond the bytes on disk is an error, not a short answer', async () => {
    const storage = open();
    await storage.put('k1abc', streamOf('0123'));
    expect(await codeOf(storage.read('k1abc', { start: 2, end: 4 }))).toBe('internal');
  });

  test.each(['write.before', 'write.mid', 'write.synced', 'write.renamed', 'write.dirsynced'])(
    'a failure at %s leaves nothing under the key',
    async (name) => {
      const storage = open();
      armFailpoints(`${name}=error`);
      expect(await codeOf(storage.put('k1abc', streamOf('x')))).toBe('unavailable');
      expect(await filesUnder(dir)).toEqual([]);
      expect((await storage.put('k1abc', streamOf('x'))).size).toBe(1);
    },
  );
});
