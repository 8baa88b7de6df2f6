import { listAssets, readAsset } from './assets.ts';

const FOLDER = 'public/';

/** The files that the console's pages load, by their names below `public/`. */
export async function readPublicFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = listAssets(FOLDER);
  const files = await Promise.all(names.map(readAsset));
  return new Map(files.map((bytes, index) => [names[index]?.slice(FOLDER.length) ?? '', bytes]));
}
