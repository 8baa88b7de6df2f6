import type { Command } from 'commander';
import { OperatorError } from '../server/operator-error.ts';
import { addConfigFlags, configOf } from './options.ts';

/** `dossier serve`: runs the server. */
export function addServe(program: Command): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('Run the server (the default command).');
  // As the default command it also gets the words that are no command.
  command.argument('[word]').usage('[options]');
  addConfigFlags(command, 'server').action(async (word: string | undefined) => {
    if (word !== undefined) throw new OperatorError(`There is no command called "${word}".`);
    const { runServer } = await import('../server/run.ts');
    await runServer(configOf(command).config);
  });
}
