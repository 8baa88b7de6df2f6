import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { liveObjects } from './catalogue.ts';
import { readArchive } from './read-archive.ts';

/**
 * The other process of a backup, so that reading a large database never stops the server. Arguments: `catalogue PATH`
 * prints the live objects of a snapshot, a line of JSON each; `verify PATH` checks an archive whole and prints its facts.
 * Exit code 1 with one sentence on stderr otherwise.
 */
export async function runBackupWorker(args: readonly string[]): Promise<void> {
  const [task, path] = args;
  try {
    if (path === undefined) throw new Error('a path is missing');
    if (task === 'catalogue') await printCatalogue(path);
    else if (task === 'verify') console.log(JSON.stringify(await verify(path)));
    else throw new Error('unknown task');
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

async function verify(path: string) {
  const scratch = mkdtempSync(join(dirname(path), 'verify-'));
  try {
    return await readArchive(path, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
