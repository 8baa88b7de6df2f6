import { readFileSync } from 'node:fs';
import { findAsset, listAssets } from '../../src/server/assets.ts';

/** The files that the console's pages load. */
export const consoleFiles: ReadonlyMap<string, Uint8Array> = new Map(
  listAssets('public/').map((name) => [name.slice('public/'.length), readFileSync(findAsset(name) ?? '')]),
);
