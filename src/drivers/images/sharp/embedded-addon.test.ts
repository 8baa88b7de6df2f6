import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoots, type EmbeddedAddon, openEmbeddedAddon, unpackAddon } from './embedded-addon.ts';

let folder = '';
let addon: EmbeddedAddon;
const root = () => join(folder, 'cache');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'addon-'));
  addon = {
    name: 'toy',
    files: [file('toy/lib/toy.node', 'code'), file('lib/lib/dep.so', 'more')],
    entry: 'toy/lib/toy.node',
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(path: string, content: string) {
  const source = join(folder, path.replaceAll('/', '-'));
  writeFileSync(source, content);
  return { path, source, sha256: createHash('sha256').update(content).digest('hex') };
}

test('the files are laid out as the addon expects them, for this user alone', () => {
  const place = unpackAddon(addon, root());
  expect(readFileSync(join(place, 'toy/lib/toy.node'), 'utf8')).toBe('code');
  expect(readFileSync(join(place, 'lib/lib/dep.so'), 'utf8')).toBe('more');
  expect(readdirSync(root())).toEqual([place.slice(root().length + 1)]);
  if (process.getuid) expect(statSync(place).mode & 0o777).toBe(0o700);
});

test('what is there and whole is used again', () => {
  const first = unpackAddon(addon, root());
  const { mtimeMs, ino } = statSync(join(first, addon.entry));
  expect(unpackAddon(addon, root())).toBe(first);
  const again = statSync(join(first, addon.entry));
  expect([again.mtimeMs, again.ino]).toEqual([mtimeMs, ino]);
});

test('other content has another folder', () => {
  const first = unpackAddon(addon, root());
  const other = { ...addon, files: [file('toy/lib/toy.node', 'newer code')] };
  expect(unpackAddon(other, root())).not.toBe(first);
});

test.each(['changed', 'emptied', 'removed'])('a file that was %s is put right', (how) => {
  const path = join(unpackAddon(addon, root()), 'lib/lib/dep.so');
  if (how === 'removed') rmSync(path);
  else writeFileSync(path, how === 'changed' ? 'evil' : '');
  unpackAddon(addon, root());
  expect(readFileSync(path, 'utf8')).toBe('more');
  expect(readdirSync(root())).toHaveLength(1);
});

test('what was embedded wrongly is not opened', () => {
  const wrong = { ...addon, files: addon.files.map((one) => ({ ...one, sha256: '0'.repeat(64) })) };
  expect(() => unpackAddon(wrong, root())).toThrow('not what was embedded');
});

test('many processes may unpack at once', async () => {
  const script = `
    const { unpackAddon } = await import(${JSON.stringify(join(import.meta.dir, 'embedded-addon.ts'))});
    console.log(unpackAddon(${JSON.stringify(addon)}, ${JSON.stringify(root())}));`;
  const runs = Array.from({ length: 6 }, () =>
    Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' }),
  );
  const places = await Promise.all(runs.map((run) => new Response(run.stdout).text()));
  expect(new Set(places).size).toBe(1);
  expect(readdirSync(root())).toHaveLength(1);
});

test.skipIf(process.getuid === undefined)('a folder that others may write to is not used', () => {
  mkdirSync(root());
  chmodSync(root(), 0o777);
  expect(() => unpackAddon(addon, root())).toThrow('written to by other users');
});

test.skipIf(process.getuid === undefined)('a planted link is not followed', () => {
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), root());
  expect(() => unpackAddon(addon, root())).toThrow('not a folder');
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual([]);
});

test.skipIf(process.getuid?.() !== 0)('a folder of another user is not used', async () => {
  mkdirSync(root());
  expect(await Bun.$`chown 12345 ${root()}`.quiet().then((done) => done.exitCode)).toBe(0);
  expect(() => unpackAddon(addon, root())).toThrow('belongs to another user');
});

test('each folder is tried, and the error says why none will do', () => {
  writeFileSync(join(folder, 'a file'), '');
  const first = join(folder, 'a file', 'cache');
  expect(() => openEmbeddedAddon(addon, [first, root()])).toThrow(
    /"toy" cannot be unpacked; tried .*a file.*; .*cache/s,
  );
  expect(existsSync(root())).toBe(true);
});

test('the cache is where the user keeps caches, then where temporary files are', () => {
  const first = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform) => cacheRoots(env, platform)[0];
  expect(first({ XDG_CACHE_HOME: '/x/cache', HOME: '/home/ada' }, 'linux')).toBe('/x/cache/dossier');
  expect(first({ XDG_CACHE_HOME: 'relative', HOME: '/home/ada' }, 'linux')).toBe('/home/ada/.cache/dossier');
  expect(first({ HOME: '/Users/ada' }, 'darwin')).toBe('/Users/ada/Library/Caches/dossier');
  expect(first({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'dossier', 'cache'));
  expect(cacheRoots({ HOME: '/home/ada' }, 'linux')[1]).toStartWith(join(tmpdir(), 'dossier-cache'));
});
