import type { Command } from 'commander';
import { visible } from '../lib/text.ts';
import { type fieldsOf, printItems } from './items.ts';
import { addConfigFlags, configOf } from './options.ts';

type Item = ReturnType<typeof fieldsOf>;

const JSON_HELP = 'print one JSON object a line';

/** `dossier backup create|list|restore`: by a running server where there is one. */
export function addBackup(program: Command): void {
  const group = program.command('backup').description('Take, list and restore backups of records and files.');

  const create = group
    .command('create')
    .description('Take a backup and check it.')
    .argument('[name]', 'a-z, 0-9, - and _, ending in .zip; made from the time when left out')
    .option('--json', JSON_HELP)
    .option('--skip-damaged', 'leave out missing and damaged files; the name then ends in _incomplete.zip');
  addConfigFlags(create, 'folder').action(async (name: string | undefined) => {
    const { withOperations } = await import('./operations.ts');
    const words = ({ key, size, storage }: Item) =>
      `Took ${key} (${size} bytes)${storage ? ` in storage "${storage}"` : ''}, checked.`;
    const args = { name, skipDamaged: create.opts().skipDamaged === true };
    const json = create.opts().json === true;
    await withOperations(configOf(create).config, (run) =>
      printItems(run('backup.create', args), words, { json }),
    );
  });

  const list = group
    .command('list')
    .description('List the backups, newest first.')
    .option('--json', JSON_HELP);
  addConfigFlags(list, 'folder').action(async () => {
    const { withOperations } = await import('./operations.ts');
    const words = ({ key, size, modified, storage }: Item) => {
      const where = storage ? `  (storage "${storage}")` : '';
      return `${modified}  ${String(size).padStart(12)}  ${key}${where}`;
    };
    const empty = 'There are no backups; "dossier backup create" takes one.';
    await withOperations(configOf(list).config, (run) =>
      printItems(run('backup.list'), words, { json: list.opts().json === true, empty }),
    );
  });

  const restore = group
    .command('restore')
    .description('Replace all records and files by those of a backup, after checking it whole.')
    .argument('<file>', 'path of an archive, or the name of one in the backups folder or in a storage');
  addConfigFlags(restore, 'folder').action(async (file: string) => {
    const { restoreAnywhere } = await import('./restore.ts');
    const say = (sentence: string) => process.stdout.write(`${visible(sentence)}\n`);
    await restoreAnywhere(configOf(restore).config, file, say);
  });
}
