import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Storage } from '../core/ports/storage.ts';
import { createLocalStorage } from '../drivers/storage/local/index.ts';
import { describeCheck } from './check-storages.ts';
import type { Config } from './config.ts';
import type { StorageConfig } from './config-storages.ts';
import { OperatorError } from './operator-error.ts';

/** What is kept apart within one storage: stored files, and backups. */
export type Namespace = 'objects' | 'backups';

/**
 * Opens one configured storage for a namespace. The libraries of services are loaded with the first storage that needs them;
 * nothing is asked of the storage yet. Throws {@link OperatorError} when a setting cannot be right.
 *
 * In a bucket or container, names begin with the configured prefix and the namespace. In a folder, files are at its top and
 * backups in `backups`.
 */
export async function openStorage(
  config: Pick<Config, 'storage' | 'explain'>,
  storage: StorageConfig,
  namespace: Namespace,
): Promise<Storage> {
  try {
    return await open(config, storage, namespace);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new OperatorError(describeCheck(storage, error, config), { cause: error });
  }
}

async function open(
  config: Pick<Config, 'storage'>,
  storage: StorageConfig,
  namespace: Namespace,
): Promise<Storage> {
  if (storage.type === 'local') {
    const dir = namespace === 'objects' ? storage.path : join(storage.path, namespace);
    return createLocalStorage({ name: storage.name, dir });
  }
  const place = {
    name: storage.name,
    prefix: `${storage.prefix}${namespace}/`,
    spoolDir: join(config.storage.spoolPath, storage.name, namespace),
  };
  switch (storage.type) {
    case 's3': {
      const { openS3Storage } = await import('../drivers/storage/s3/index.ts');
      return openS3Storage({ ...storage, ...place });
    }
    case 'gcs': {
      const { openGcsStorage } = await import('../drivers/storage/gcs/index.ts');
      return openGcsStorage({ ...storage, ...place });
    }
    case 'azure': {
      const { openAzureStorage } = await import('../drivers/storage/azure/index.ts');
      return openAzureStorage({ ...storage, ...place });
    }
  }
}
