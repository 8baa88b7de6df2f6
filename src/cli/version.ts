import type { Command } from 'commander';
import { VERSION } from '../lib/version.ts';

/** `dossier version`: prints the version. */
export function addVersion(program: Command): void {
  program
    .command('version')
    .description('Print the version.')
    .action(() => {
      process.stdout.write(`${VERSION}\n`);
    });
}
