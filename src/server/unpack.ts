import { mkdirSync } from 'node:fs';
import { AppError } from '../core/errors.ts';
import type { UnpackedBackup } from '../core/ports/restorer.ts';
import { clearRestore } from '../drivers/backups/zip/restore.ts';
import { isExchanged } from './backup-storage.ts';
import type { Config } from './config.ts';
import { knownMigrations } from './migrate.ts';
import type { UnpackOrder } from './unpack-worker.ts';
import { workerCommand } from './worker-command.ts';
import { workerEnvironment } from './worker-environment.ts';

/** Unpacks an archive beside the files of an installation that is serving, in another process; as `Restorer.unpack` promises. */
export async function unpackBeside(
  config: Config,
  archive: string,
  signal: AbortSignal,
): Promise<UnpackedBackup> {
  const paths = { dataDir: config.dir, filesDir: config.storage.path };
  mkdirSync(paths.filesDir, { recursive: true, mode: 0o700 });
  const order: UnpackOrder = {
    archive,
    ...paths,
    placement: placementOf(config),
    migrations: knownMigrations(),
  };
  const worker = Bun.spawn([...workerCommand('unpack'), JSON.stringify(order)], {
    ...{ stdin: 'pipe', stdout: 'ignore', stderr: 'pipe' },
    ...{ signal, env: workerEnvironment() },
  });
  const said = (await new Response(worker.stderr).text()).trim();
  const isDone = (await worker.exited) === 0;
  const discard = () => clearRestore(paths);
  if (isDone && !signal.aborted) return { discard };
  await discard();
  signal.throwIfAborted();
  throw faultOf(said);
}

/** The storages that a restore puts files to, by name. */
export function placementOf(config: Config) {
  const isFolder = (name: string) =>
    config.storages.some((storage) => storage.name === name && isExchanged(config, storage));
  const names = config.storages.map(({ name }) => name);
  return {
    folder: names.find(isFolder),
    others: names.filter((name) => !isFolder(name)),
    fallback: config.defaultStorage,
  };
}

function faultOf(said: string): AppError {
  const cause = new Error(`unpacking: ${said}`);
  if (/ENOSPC|disk is full|no room/i.test(said)) return new AppError('storage_full', { cause });
  if (said === '') return new AppError('internal', { reason: 'backup_failed', cause });
  return new AppError('invalid', { reason: 'backup_unusable', params: { why: said.slice(0, 500) }, cause });
}
