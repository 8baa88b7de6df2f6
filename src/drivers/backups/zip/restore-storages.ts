import { rm } from 'node:fs/promises';
import type { Storage } from '../../../core/ports/storage.ts';
import { openBackendLookup, reassignBackends, strangeBackends } from './catalogue.ts';
import { readObjects } from './read-archive.ts';

/** By name, the storages of the installation that a backup is restored to. */
export interface Placement {
  /** The folder that is exchanged, if it is one of them. */
  readonly folder?: string | undefined;
  readonly others: readonly string[];
  /** What rows of storages that are not among them get. */
  readonly fallback: string;
}

/**
 * The storage beside the folder that an object of this one goes to; undefined: into the folder. A name that is not known stands
 * for the fallback, and no name for the folder.
 */
export function homeOf({ folder, others, fallback }: Placement, backend: string | undefined) {
  if (backend === undefined || backend === folder) return undefined;
  const name = others.includes(backend) ? backend : fallback;
  return others.includes(name) ? name : undefined;
}

/** The storages of the installation that a backup is restored to. */
export interface RestoreStorages {
  readonly placement: Placement;
  /** Every name that a row may have. */
  readonly names: readonly string[];
  /** Where an object of this storage goes, as {@link homeOf} says. */
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
  const placement: Placement = { folder, others: [...others.keys()], fallback };
  return {
    placement,
    names: [...placement.others, ...(folder === undefined ? [] : [folder])],
    targetOf(backend) {
      const name = homeOf(placement, backend);
      return name === undefined ? undefined : others.get(name);
    },
  };
}

/** Gives what is in storages that are not there any more to the fallback, and says which those were. */
export function settleBackends(database: string, storages: RestoreStorages) {
  const strange = strangeBackends(database, storages.names);
  reassignBackends(database, storages.names, storages.placement.fallback);
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
  if (storages.placement.others.length === 0) return sent;
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
