import type { Command } from 'commander';
import { OperatorError } from '../server/operator-error.ts';
import { addConfigFlags, configOf } from './options.ts';

/** `dossier serve`: runs the server. */
export function addServe(program: Command): void {
  const command = program
    .command('serve', { isDefault: true })
    .description('Run the server (the default command).');
  // As the default command it also gets the words that are no command.
  command.argument('[words...]').usage('[options]');
  addConfigFlags(command, 'server').action(async (words: readonly string[]) => {
    if (words.length > 0) throw new OperatorError(`There is no command called "${words[0]}".`);
    const { runServer } = await import('../server/run.ts');
    await runServer(configOf(command).config);
  });
}
