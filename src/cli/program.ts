import { Command, CommanderError } from 'commander';
import { VERSION } from '../lib/version.ts';
import { addBackup } from './backup.ts';
import { addCollection } from './collection.ts';
import { addConfig } from './config.ts';
import { describeFailure } from './failure.ts';
import { addImport } from './import.ts';
import { addServe } from './serve.ts';
import { addStorage } from './storage.ts';
import { addSuperuser } from './superuser.ts';
import { addVersion } from './version.ts';

/**
 * Runs the command line: `arguments_` are those after the program's name. Resolves to the exit code: 0, or 1 after one
 * sentence on stderr. The default verb is `serve`.
 */
export async function runCommandLine(arguments_: readonly string[]): Promise<number> {
  const program = new Command('dossier')
    .description('Keeps records and the files that belong to them.')
    .version(VERSION, '--version', 'print the version')
    .showHelpAfterError(false)
    // Without the arguments that `serve` only takes to refuse them.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  for (const add of [
    addServe,
    addSuperuser,
    addBackup,
    addStorage,
    addCollection,
    addImport,
    addConfig,
    addVersion,
  ])
    add(program);
  endWithReader();
  try {
    await program.parseAsync([...arguments_], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError && error.code === 'commander.help') return 1;
    process.stderr.write(`${describeFailure(error)}\n`);
    return 1;
  }
}

/** Ends quietly when nobody reads any more (`dossier storage verify | head`), as other programs do. */
function endWithReader(): void {
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
