import { expect, test } from 'bun:test';
import { findAsset, listAssets, readAsset } from './assets.ts';

test('every listed asset can be found and read, and none is a source', async () => {
  for (const name of listAssets('')) {
    expect(name).toMatch(/^(?:public|drizzle)\//);
    expect(name).not.toEndWith('.ts');
    expect(findAsset(name)).toBeDefined();
    expect(await readAsset(name)).toBeInstanceOf(Uint8Array);
  }
});

test('a prefix chooses', () => {
  expect(listAssets('no such folder/')).toEqual([]);
  expect(listAssets('public/')).toEqual(listAssets('').filter((name) => name.startsWith('public/')));
});

test.each([
  'public/../package.json',
  'public/./../package.json',
  'package.json',
  'public',
  'public/',
  'public//package.json',
  '/etc/passwd',
  '',
  'drizzle/nothing-of-this-name.sql',
])('"%s" is no asset', async (name) => {
  expect(findAsset(name)).toBeUndefined();
  await expect(readAsset(name)).rejects.toThrow('no asset called');
});
