import type { Command } from 'commander';
import { describeOrigin } from '../server/config.ts';
import { addConfigFlags, configOf } from './options.ts';

/** `dossier config`: prints every value with its origin. */
export function addConfig(program: Command): void {
  const command = program
    .command('config')
    .description('Print every configuration value and where it comes from.');
  addConfigFlags(command, 'server').action(() => {
    const { rows } = configOf(command);
    const cells = rows.map(({ key, value, origin }) => [key, value, describeOrigin(origin)] as const);
    const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
    for (const [key, value, origin] of cells) {
      process.stdout.write(`${key.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${origin}\n`);
    }
  });
}
