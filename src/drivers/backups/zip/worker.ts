import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { liveObjects } from './catalogue.ts';
import { type ReadOptions, readArchive } from './read-archive.ts';

/**
 * The other process of a backup, so that reading a large database never stops the server. Arguments: `catalogue PATH`
 * prints the live objects of a snapshot, a line of JSON each; `verify PATH SCRATCH MIGRATIONS` checks an archive whole and
 * prints its facts, `inspect` does without reading its files. SCRATCH is a folder in which there is room for a database,
 * MIGRATIONS a JSON list of those that are known; without it all are. Exit code 1 with one sentence on stderr otherwise.
 */
export async function runBackupWorker(args: readonly string[]): Promise<void> {
  const [task, path, scratch, known] = args;
  try {
    if (path === undefined) throw new Error('a path is missing');
    if (task === 'catalogue') await printCatalogue(path);
    else if ((task === 'verify' || task === 'inspect') && scratch !== undefined) {
      const migrations: string[] | undefined = known === undefined ? undefined : JSON.parse(known);
      console.log(JSON.stringify(await read(path, scratch, { migrations, isQuick: task === 'inspect' })));
    } else throw new Error('unknown task');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function printCatalogue(path: string): Promise<void> {
  let lines: string[] = [];
  for (const object of liveObjects(path)) {
    lines.push(JSON.stringify(object));
    if (lines.length === 500) {
      await Bun.write(Bun.stdout, `${lines.join('\n')}\n`);
      lines = [];
    }
  }
  if (lines.length > 0) await Bun.write(Bun.stdout, `${lines.join('\n')}\n`);
}

async function read(path: string, folder: string, options: ReadOptions) {
  const scratch = mkdtempSync(join(folder, 'verify-'));
  try {
    return await readArchive(path, scratch, options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
