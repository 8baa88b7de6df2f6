import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { writeArchive } from './write-archive.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dossier-archive-'));
  await writeFile(join(folder, 'data.db'), 'a database');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('an archive that cannot be written fails, and lets go of what it was reading', async () => {
  let released = false;
  async function* objects() {
    try {
      for (let i = 0; i < 3; i++)
        yield { backend: 'local', key: `k${i}`, size: 10_000_000, sha256: '', label: '' };
    } finally {
      released = true;
    }
  }
  async function* bytes() {
    for (let i = 0; i < 10; i++) yield new Uint8Array(1_000_000);
  }
  const path = join(folder, 'missing', 'archive.zip');
  const content = {
    database: join(folder, 'data.db'),
    created: '',
    objects,
    read: async () => bytes(),
    sizeOf: async () => 0,
  };
  await expect(writeArchive(path, content)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(released).toBe(true);
});

test.each(['the first', 'the last'])(
  'an archive of which %s object is missing fails at once and names it',
  async (which) => {
    const gone = which === 'the first' ? 'k0' : 'k2';
    const sha256 = new Bun.CryptoHasher('sha256').update('abc').digest('hex');
    async function* objects() {
      for (let i = 0; i < 3; i++)
        yield { backend: 'local', key: `k${i}`, size: 3, sha256, label: `papers/r/${i}` };
    }
    const content = {
      database: join(folder, 'data.db'),
      created: '',
      objects,
      async read({ key }: { key: string }) {
        if (key === gone) throw new AppError('not_found', { reason: 'object' });
        return new Blob(['abc']).stream();
      },
      sizeOf: async () => 3,
    };
    const writing = writeArchive(join(folder, 'archive.zip'), content);
    await expect(writing).rejects.toMatchObject({
      reason: 'backup_damaged',
      params: { objects: [`papers/r/${gone.slice(1)} (local:${gone})`], more: false },
    });
    expect(await writeArchive(join(folder, 'other.zip'), { ...content, skipDamaged: true })).toEqual({
      missing: 1,
    });
  },
);
