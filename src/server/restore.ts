import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Storage } from '../core/ports/storage.ts';
import {
  finishRestore,
  type RestoreFacts,
  restoreArchive,
  UnfinishedRestore,
} from '../drivers/backups/zip/restore.ts';
import { createRestoreStorages } from '../drivers/backups/zip/restore-storages.ts';
import { FAILPOINTS } from '../lib/build-flags.ts';
import { failpoint, failpointNames } from '../lib/failpoints.ts';
import { isExchanged } from './backup-storage.ts';
import type { Config } from './config.ts';
import { lockDirectory } from './lock.ts';
import { knownMigrations } from './migrate.ts';
import { OperatorError } from './operator-error.ts';
import { openStorage } from './storages.ts';
import { placementOf } from './unpack.ts';
import { objectPath } from './unpack-worker.ts';

/** What a restore brought back. `bytes`: of everything in the archive, unpacked. */
export interface Restored extends RestoreFacts {
  /** The path of the archive, or its name and that of the storage it came from. */
  readonly archive: string;
}

/** An archive on this machine. */
interface FoundArchive {
  readonly path: string;
  /** In words for the operator. */
  readonly words: string;
  /** It was fetched for this restore only. */
  readonly fetched: boolean;
}

/**
 * Replaces records and files of a data folder that no server uses by those of an archive: the path of one, or the name of one
 * in the backups folder or in a storage. Files of other storages than the folder are put there where they are missing; those
 * of storages that are not configured go to the default one. Throws {@link OperatorError}, nothing changed, when the archive
 * is not whole or a storage does not answer.
 */
export async function restoreBackup(config: Config, given: string): Promise<Restored> {
  const lock = lockDirectory(config.dir);
  try {
    return await replaceBy(config, given);
  } finally {
    lock.release();
  }
}

/**
 * {@link restoreBackup} for a data folder whose lock the caller holds. Nothing of it is open. `isUnpacked`: the archive may have
 * been unpacked while it was, and no restore waits to be completed; what is replaced is kept for `undoRestore`.
 */
export async function replaceBy(config: Config, given: string, isUnpacked = false): Promise<Restored> {
  let found: FoundArchive | undefined;
  const others: Storage[] = [];
  try {
    found = await findArchive(config, given);
    mkdirSync(config.storage.path, { recursive: true, mode: 0o700 });
    const paths = { dataDir: config.dir, filesDir: config.storage.path };
    if (!isUnpacked) await finishRestore(paths);
    for (const configured of config.storages) {
      if (!isExchanged(config, configured)) others.push(await openStorage(config, configured, 'objects'));
    }
    const storages = createRestoreStorages({ ...placementOf(config), others });
    const target = { ...paths, objectPath, storages, migrations: knownMigrations() };
    const facts = await restoreArchive(found.path, target, {
      failpoint: FAILPOINTS ? pass : undefined,
      keepsOld: isUnpacked,
    });
    return { archive: found.words, ...facts };
  } catch (error) {
    throw explain(error, found?.words ?? given, config);
  } finally {
    if (found?.fetched) await rm(found.path, { force: true });
    for (const storage of others) await storage.close();
  }
}

/** Those of its steps where a test may stop the program. */
function pass(step: string): void {
  const name = failpointNames.find((each) => each === step);
  if (name !== undefined) failpoint(name);
}

function explain(error: unknown, archive: string, config: Config): OperatorError {
  if (error instanceof OperatorError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const words =
    error instanceof UnfinishedRestore
      ? `${archive} is restored in part: ${reason}. The next start completes it; until then, change nothing in ${config.dir}.`
      : `${archive} was not restored, and nothing was changed: ${reason}.`;
  return new OperatorError(words, { cause: error });
}

async function findArchive(config: Config, given: string): Promise<FoundArchive> {
  const path = resolve(given);
  if (existsSync(path)) return { path, words: path, fetched: false };
  const isName = given === basename(given);
  const kept = join(config.backups.path, basename(given));
  if (isName && existsSync(kept)) return { path: kept, words: kept, fetched: false };
  const silent: string[] = [];
  for (const name of isName && NAME.test(given) ? placesOf(config) : []) {
    try {
      const fetched = await fetchArchive(config, name, given);
      if (fetched !== undefined)
        return { path: fetched, words: `${given} of storage "${name}"`, fetched: true };
    } catch (error) {
      silent.push(
        `the storage "${name}" could not be asked (${error instanceof Error ? error.message : error})`,
      );
    }
  }
  const also = silent.length > 0 ? `; ${silent.join('; ')}` : '';
  throw new OperatorError(`There is no backup ${path}${also}.`);
}

const NAME = /^[a-z0-9_-]+\.zip$/;

/** Names of storages that may hold backups, that which takes new ones first. */
function placesOf(config: Config): readonly string[] {
  const names = config.storages.filter((each) => !isExchanged(config, each)).map(({ name }) => name);
  return names.sort((a, b) => Number(b === config.backups.storage) - Number(a === config.backups.storage));
}

/** The path of a copy, which the next start removes if this process does not; undefined when the storage has none. */
async function fetchArchive(config: Config, storageName: string, key: string): Promise<string | undefined> {
  const configured = config.storages.find(({ name }) => name === storageName);
  if (configured === undefined) return undefined;
  const storage = await openStorage(config, configured, 'backups');
  try {
    if ((await storage.head(key)) === undefined) return undefined;
    const work = join(config.backups.path, '.work');
    mkdirSync(work, { recursive: true, mode: 0o700 });
    const path = join(work, `${randomBytes(8).toString('hex')}.zip`);
    const body = await storage.read(key);
    await pipeline(
      body instanceof Blob ? body.stream() : body,
      createWriteStream(path, { mode: 0o600, flags: 'wx' }),
    );
    return path;
  } finally {
    await storage.close();
  }
}
