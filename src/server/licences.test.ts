import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json';
import { removeFolder, temporaryFolder } from '../../test/support/server.ts';
import { collectLicences, readLicences } from './licences.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

function addPackage(path: string, content: object, licence = ''): void {
  mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, path, 'package.json'), JSON.stringify(content));
  if (licence !== '') writeFileSync(join(folder, path, 'LICENSE.md'), licence);
}

test('every dependency is named with its licence, and Bun too', async () => {
  const licences = await readLicences();
  const names = licences.map(({ name }) => name);
  expect(names).toContain('bun');
  for (const name of Object.keys(manifest.dependencies)) expect(names).toContain(name);
  for (const { name, version, licence } of licences) {
    expect([name, version !== '', licence !== '']).toEqual([name, true, true]);
  }
  expect(licences.find(({ name }) => name === 'elysia')?.text).toContain('Permission is hereby granted');
});

test('what only development needs is not named', async () => {
  const names = (await readLicences()).map(({ name }) => name);
  for (const name of ['@biomejs/biome', 'knip', 'playwright-core']) expect(names).not.toContain(name);
});

test('dependencies of dependencies are found where programs find them', () => {
  addPackage('.', { dependencies: { a: '1' } });
  addPackage('node_modules/a', {
    version: '1.0.0',
    licenses: [{ type: 'MIT' }, { type: 'ISC' }],
    dependencies: { b: '2' },
  });
  addPackage(
    'node_modules/a/node_modules/b',
    { version: '2.0.0', license: 'ISC', optionalDependencies: { c: '1' } },
    'Be nice.\n',
  );
  addPackage('node_modules/b', { version: '1.0.0', license: 'MIT' });
  expect(collectLicences(folder).filter(({ name }) => name !== 'bun')).toEqual([
    { name: 'a', version: '1.0.0', licence: 'MIT OR ISC', text: '' },
    { name: 'b', version: '2.0.0', licence: 'ISC', text: 'Be nice.' },
  ]);
});

test('a dependency that is not there is an error', () => {
  const dependencies = { 'surely-not-installed-anywhere': '1' };
  addPackage('broken', { dependencies });
  expect(() => collectLicences(join(folder, 'broken'))).toThrow('surely-not-installed-anywhere');
});
