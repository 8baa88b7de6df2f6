import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
