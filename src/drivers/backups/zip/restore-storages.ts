import { rm } from 'node:fs/promises';
import type { Storage } from '../../../core/ports/storage.ts';
import { openBackendLookup, reassignBackends, strangeBackends } from './catalogue.ts';
import { readObjects } from './read-archive.ts';

/** The storages of the installation that a backup is restored to. */
export interface RestoreStorages {
  /** Every name that a row may have. */
  readonly names: readonly string[];
  /** The name that rows of other storages get. */
  readonly fallback: string;
  /**
   * Where an object of this storage goes; undefined: into the folder that is exchanged. A name that is not known stands for
   * the fallback, and no name for the folder.
   */
  targetOf(backend: string | undefined): Storage | undefined;
}

/** Makes {@link RestoreStorages}: `folder` is the name of the one that is exchanged, if any is. */
export function createRestoreStorages(options: {
  readonly folder: string | undefined;
  readonly others: readonly Storage[];
  readonly fallback: string;
}): RestoreStorages {
  const { folder, fallback } = options;
  const others = new Map(options.others.map((storage) => [storage.name, storage]));
  const names = [...others.keys(), ...(folder === undefined ? [] : [folder])];
  return {
    ...{ names, fallback },
    targetOf(backend) {
      if (backend === undefined) return undefined;
      return others.get(names.includes(backend) ? backend : fallback);
    },
  };
}

/** Gives what is in storages that are not there any more to the fallback, and says which those were. */
export function settleBackends(database: string, storages: RestoreStorages) {
  const strange = strangeBackends(database, storages.names);
  reassignBackends(database, storages.names, storages.fallback);
  return strange;
}

/**
 * Puts every object of an archive that belongs in another storage than the folder there, unless it is there already, and says
 * how many each got. The archive and its database were verified; the bytes are compared once more as they leave.
 */
export async function sendObjects(
  archive: string,
  database: string,
  storages: RestoreStorages,
  placeOf: (key: string) => string,
): Promise<ReadonlyMap<string, number>> {
  const sent = new Map<string, number>();
  using lookup = openBackendLookup(database);
  for await (const { key, size, body } of readObjects(archive)) {
    const storage = storages.targetOf(lookup.backendOf(key));
    if (storage === undefined) continue;
    // It is in the folder when the archive had its database behind its files.
    await rm(placeOf(key), { force: true });
    if ((await storage.head(key))?.size === size) continue;
    // What an earlier restore that was interrupted may have left.
    await storage.discard(key, '');
    const put = await storage.put(key, await body());
    if (put.sha256 !== lookup.hashOf(key)) {
      await storage.discard(key, '');
      throw new Error(`the file ${key} was not read twice as the same`);
    }
    sent.set(storage.name, (sent.get(storage.name) ?? 0) + 1);
  }
  return sent;
}
