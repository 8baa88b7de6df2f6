import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { installationOf, takeOver } from '../core/storages/claim.ts';
import { openSqlite } from '../drivers/database/sqlite/index.ts';
import { createIds } from '../lib/id.ts';
import { describeCheck } from './check-storages.ts';
import type { Config } from './config.ts';
import { lockDirectory } from './lock.ts';
import { migrate } from './migrate.ts';
import { OperatorError } from './operator-error.ts';
import { openStorage } from './storages.ts';
import { workerCommand } from './worker-command.ts';
import { workerEnvironment } from './worker-environment.ts';

/**
 * Makes a configured storage the property of this data folder, whoever had it, so that the next start takes it. Needs the
 * folder for itself. Throws {@link OperatorError}.
 */
export async function claimStorage(config: Config, name: string): Promise<void> {
  const configured = config.storages.find((storage) => storage.name === name);
  if (configured === undefined)
    throw new OperatorError(
      `There is no storage "${name}"; the storages are ${config.storages.map((storage) => `"${storage.name}"`).join(', ')}.`,
    );
  const lock = lockDirectory(config.dir);
  const clock = { now: () => Date.now() };
  const db = openSqlite({
    path: join(config.dir, 'data.db'),
    readerCommand: workerCommand('reader'),
    readerEnvironment: workerEnvironment(),
    synchronous: config.database.synchronous,
    now: clock.now,
  });
  try {
    await migrate(db);
    const installation = await installationOf(db, createIds(clock).objectId);
    const storage = await openStorage(config, configured, 'objects');
    try {
      await storage.check();
      await takeOver({ db, storage, installation });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new OperatorError(describeCheck(configured, error, config), { cause: error });
    } finally {
      await storage.close();
    }
  } finally {
    await db.close();
    lock.release();
  }
}
