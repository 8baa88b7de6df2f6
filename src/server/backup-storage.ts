import type { Storage } from '../core/ports/storage.ts';
import type { Config } from './config.ts';
import type { StorageConfig } from './config-storages.ts';
import { openStorage } from './storages.ts';

/**
 * Opens the storage that takes new backups. Undefined: they go to the folder of backups, as they do, too, where
 * `backups.storage` is the folder of files that a restore exchanges as a whole.
 */
export async function openBackupStorage(config: Config): Promise<Storage | undefined> {
  const chosen = config.storages.find(({ name }) => name === config.backups.storage);
  return chosen === undefined || isExchanged(config, chosen)
    ? undefined
    : openStorage(config, chosen, 'backups');
}

/** Whether the storage is the folder of files that a restore exchanges together with the database. */
export function isExchanged(config: Config, storage: StorageConfig): boolean {
  return storage.type === 'local' && storage.path === config.storage.path;
}
