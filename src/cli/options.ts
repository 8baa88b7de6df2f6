import type { Command } from 'commander';
import { type LoadedConfig, loadConfig } from '../server/config.ts';
import { type ConfigKey, variableOf } from '../server/config-key.ts';
import { keys } from '../server/config-keys.ts';
import { readSavedSettings } from '../server/saved-settings.ts';

/** Which flags a command takes: those of the data folder, or those of a server too. */
type FlagSet = 'folder' | 'server';

/** Adds the flags of the configuration to a command. */
export function addConfigFlags(command: Command, set: FlagSet): Command {
  command.option(
    '--config <file>',
    `Configuration file (${variableOf('config')}). Default: dossier.toml, if it is there.`,
  );
  for (const { flag, name, doc } of flagged()) {
    if (set === 'server' || flag === 'dir') command.option(`--${flag} <value>`, `${doc} (${name})`);
  }
  return command;
}

/** The configuration with what was given to {@link addConfigFlags}' flags; for the data folder `dir`, if one is named here. */
export function configOf(command: Command, dir?: string): LoadedConfig {
  const given: Record<string, unknown> = command.opts();
  const flags: Record<string, string> = {};
  for (const flag of ['config', ...flagged().map((key) => key.flag)]) {
    const value = given[flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') flags[flag] = value;
  }
  return loadConfig({ flags: dir === undefined ? flags : { ...flags, dir }, settings: readSavedSettings });
}

function flagged(): { readonly flag: string; readonly name: string; readonly doc: string }[] {
  return Object.values(keys).flatMap(
    ({ flag, name, doc }: Pick<ConfigKey<unknown>, 'flag' | 'name' | 'doc'>) =>
      flag ? [{ flag, name, doc: doc.replaceAll('`', '') }] : [],
  );
}
