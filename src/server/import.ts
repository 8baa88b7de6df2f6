import { existsSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemActor } from '../core/actor.ts';
import { DepotError, openDepot } from '../dialects/trailbase/depot/files.ts';
import { type ImportItem, importDepot } from '../dialects/trailbase/depot/import-depot.ts';
import { syncFolder } from '../lib/sync.ts';
import type { Config } from './config.ts';
import { lockDirectory } from './lock.ts';
import { OperatorError } from './operator-error.ts';
import { withCore } from './run.ts';

/** What to import, and how. */
export interface ImportWish {
  /** The folder of the depot. */
  readonly depot: string;
  /** Do all of it, keep nothing. */
  readonly dryRun: boolean;
  readonly skipRows: boolean;
  /** The configuration for a data folder; nothing of it may lie outside. */
  configFor(dir: string): Config;
}

/**
 * Imports a TrailBase depot into the data folder `dir`, which is empty or not there. All is made in a folder beside it, which
 * takes its place in one step at the end: whatever ends the import before leaves `dir` as it was. Throws {@link OperatorError}.
 */
export async function* importTrailbase(dir: string, wish: ImportWish): AsyncGenerator<ImportItem> {
  const target = resolve(dir);
  requireEmpty(target);
  const beside = dirname(target);
  removeAbandoned(beside, target);
  const work = makeWorkFolder(beside, target);
  try {
    const made = join(work, 'data');
    const config = wish.configFor(made);
    requireInside(config, made);
    yield* inCore(config, wish, work);
    if (wish.dryRun) return;
    requireEmpty(target);
    if (existsSync(target)) rmdirSync(target);
    renameSync(made, target);
    await syncFolder(beside);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function* inCore(config: Config, wish: ImportWish, work: string): AsyncGenerator<ImportItem> {
  // `withCore` runs a function to its end; what it tells meanwhile is handed on by this queue.
  const items: ImportItem[] = [];
  let wake = () => {};
  let state: 'running' | 'stopping' | 'ended' = 'running';
  const running = withCore(config, async (core) => {
    const depot = openDepot(wish.depot, work);
    try {
      for await (const item of importDepot(core, systemActor, depot, { skipRows: wish.skipRows })) {
        if (state === 'stopping') return;
        items.push(item);
        wake();
      }
    } finally {
      depot.close();
    }
  }).finally(() => {
    state = 'ended';
    wake();
  });
  running.catch(() => undefined);
  try {
    while (state === 'running' || items.length > 0) {
      yield* items.splice(0);
      if (items.length === 0 && state === 'running') await new Promise<void>((resume) => (wake = resume));
    }
    await running;
  } catch (error) {
    throw error instanceof DepotError ? new OperatorError(error.message, { cause: error }) : error;
  } finally {
    // Whoever stops listening ends the work, before its folder is removed.
    state = 'stopping';
    await running.catch(() => undefined);
  }
}

/** What imports left that were killed; those that are still at work hold the lock of their folder. */
function removeAbandoned(beside: string, target: string): void {
  if (!existsSync(beside)) return;
  for (const entry of readdirSync(beside, { withFileTypes: true })) {
    const path = join(beside, entry.name);
    if (!entry.isDirectory() || !entry.name.startsWith(workPrefix(target))) continue;
    if (!existsSync(join(path, 'data', 'lock.db'))) continue;
    try {
      lockDirectory(join(path, 'data')).release();
    } catch (error) {
      if (error instanceof OperatorError) continue;
      throw error;
    }
    rmSync(path, { recursive: true, force: true });
  }
}

function workPrefix(target: string): string {
  return `.${basename(target)}-import-`;
}

function makeWorkFolder(beside: string, target: string): string {
  try {
    return mkdtempSync(join(beside, workPrefix(target)));
  } catch (cause) {
    throw new OperatorError(`The folder ${beside} cannot be written.`, { cause });
  }
}

function requireEmpty(dir: string): void {
  if (!existsSync(dir) || readdirSync(dir).length === 0) return;
  throw new OperatorError(
    `The data folder ${dir} is not empty: an import makes a new one. Name another folder with --dir.`,
  );
}

/** What lies elsewhere could not be taken back. */
function requireInside(config: Config, dir: string): void {
  const outside = config.storages.some((storage) => storage.type !== 'local' || !isBelow(storage.path, dir));
  if (!outside) return;
  throw new OperatorError(
    'An import keeps files in the data folder: run it without storage settings, and move the files afterwards with `dossier storage migrate --to NAME`.',
  );
}

function isBelow(path: string, dir: string): boolean {
  return resolve(path).startsWith(`${dir}/`) || resolve(path).startsWith(`${dir}\\`);
}
