import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Config } from '../server/config.ts';
import { DirectoryInUse } from '../server/lock.ts';
import type { Operations } from '../server/operations.ts';
import { OperatorError } from '../server/operator-error.ts';
import { fieldsOf } from './items.ts';
import { runningServer } from './operations.ts';

/** Milliseconds between two looks at a server that restores. */
const PAUSE = 200;
/** Milliseconds in which a server that is away must be back; opening a large state takes its time. */
const PATIENCE = 10 * 60_000;

/** What a restore is told of in sentences. */
type Say = (sentence: string) => void;

/**
 * Has a backup take the place of everything: by the server that is running on the data folder, which takes a backup of the
 * present state first and serves again afterwards, or else here. Throws {@link OperatorError} when nothing was restored.
 */
export async function restoreAnywhere(config: Config, given: string, say: Say): Promise<void> {
  const { restoreBackup } = await import('../server/restore.ts');
  try {
    const { archive, objects, missing, sent, moved } = await restoreBackup(config, given);
    say(`Restored ${archive}: the database and ${objects} files.`);
    if (missing > 0) say(`${missing} files were damaged when the backup was taken, and are not in it.`);
    for (const [name, count] of sent)
      say(`${count} files were missing in storage "${name}" and were put there.`);
    for (const { backend, objects: count } of moved)
      say(`There is no storage "${backend}" here: its ${count} files are now in "${config.defaultStorage}".`);
  } catch (error) {
    const run = error instanceof DirectoryInUse ? runningServer(config) : undefined;
    if (run === undefined) throw error;
    await restoreByServer(config, run, given, say);
  }
}

async function restoreByServer(config: Config, run: Operations, given: string, say: Say): Promise<void> {
  const name = await nameInServer(config, run, given, say);
  say('The server checks the backup and saves the present state.');
  const before = Number((await first(run, 'backup.restore', { name })).begun);
  say('The server is replacing everything. It answers nobody until that is done.');
  const { problem, saved } = await outcomeAfter(config, before);
  if (problem !== '') throw new OperatorError(problem);
  say(`Restored ${name}; the server is back. What was before is in ${saved}.`);
}

/** A path outside the backups folder is first taken in by the server. */
async function nameInServer(config: Config, run: Operations, given: string, say: Say): Promise<string> {
  const path = resolve(given);
  const isKept = !existsSync(path) || dirname(path) === config.backups.path;
  if (isKept) return basename(given);
  const name = basename(path);
  say(`The server takes in ${path}.`);
  await first(run, 'backup.upload', { path, name });
  return name;
}

async function outcomeAfter(config: Config, before: number): Promise<{ problem: string; saved: string }> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    await Bun.sleep(PAUSE);
    const outcome = await outcomeOf(config);
    if (outcome !== undefined && outcome.ended > before) return outcome;
  }
  throw new OperatorError('The server is not back yet; its log says how the restore goes on.');
}

/** Undefined while nobody answers. */
async function outcomeOf(config: Config) {
  const run = runningServer(config);
  if (run === undefined) return undefined;
  try {
    const { last } = await first(run, 'backup.restoration', {});
    if (typeof last !== 'object' || last === null) return undefined;
    const { ended, problem, saved } = fieldsOf(last);
    return { ended: Number(ended), problem: String(problem), saved: String(saved) };
  } catch (error) {
    if (error instanceof OperatorError || error instanceof AppError) return undefined;
    throw error;
  }
}

async function first(run: Operations, name: Parameters<Operations>[0], args: object) {
  for await (const item of run(name, { ...args })) return fieldsOf(item);
  throw new OperatorError('The running server gave no answer.');
}
