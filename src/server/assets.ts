import { readdirSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { embeddedAssets } from './embedded-assets.ts';

/** Assets that are files of a package: name → path below the checkout. */
const packageAssets: ReadonlyMap<string, string> = new Map([
  ['public/htmx.js', 'node_modules/htmx.org/dist/htmx.min.js'],
]);

/** The folders whose files travel with the program, in the checkout and in the binary. */
const assetFolders = ['public', 'drizzle'] as const;

const checkout = resolve(import.meta.dir, '..', '..');

/**
 * The names of all assets that begin with `prefix` (`public/`), sorted; with `/` between folders on every system.
 * TypeScript sources are not assets. An unknown prefix gives an empty list.
 */
export function listAssets(prefix: string): string[] {
  const names = embeddedAssets
    ? [...embeddedAssets.keys()]
    : [...packageAssets.keys(), ...assetFolders.flatMap(listFolder)];
  return names.filter((name) => name.startsWith(prefix)).sort();
}

/** Where `Bun.file` and `node:fs` can read the asset called `name`, or `undefined` if there is none. */
export function findAsset(name: string): string | undefined {
  if (embeddedAssets) return embeddedAssets.get(name);
  if (!isAssetName(name)) return undefined;
  const path = join(checkout, packageAssets.get(name) ?? name);
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
}

/** The content of an asset. Throws an `Error` when there is none: a name in the source that is wrong. */
export async function readAsset(name: string): Promise<Uint8Array> {
  const path = findAsset(name);
  if (path === undefined) throw new Error(`there is no asset called "${name}"`);
  return Bun.file(path).bytes();
}

function listFolder(folder: string): string[] {
  const path = join(checkout, folder);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(checkout.length + 1)
        .replaceAll(sep, '/'),
    )
    .filter(isAssetName);
}

/** Only plain names below an asset folder: `..`, empty parts and sources are none. */
function isAssetName(name: string): boolean {
  const parts = name.split('/');
  const inFolder = assetFolders.some((folder) => folder === parts[0]) && parts.length > 1;
  return (
    inFolder && !name.endsWith('.ts') && parts.every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
