import type { Command } from 'commander';
import { visible } from '../lib/text.ts';
import { fieldsOf } from './items.ts';
import { addConfigFlags, configOf } from './options.ts';

/** `dossier backup create|list|restore`; the last only for a data folder that no server is using. */
export function addBackup(program: Command): void {
  const group = program.command('backup').description('Take, list and restore backups of records and files.');

  const create = group
    .command('create')
    .description('Take a backup and check it.')
    .argument('[name]', 'a-z, 0-9, - and _, ending in .zip; made from the time when left out')
    .option('--skip-damaged', 'leave out missing and damaged files; the name then ends in _incomplete.zip');
  addConfigFlags(create, 'folder').action(async (name: string | undefined) => {
    const { withOperations } = await import('./operations.ts');
    await withOperations(configOf(create).config, async (run) => {
      for await (const item of run('backup.create', {
        name,
        skipDamaged: create.opts().skipDamaged === true,
      })) {
        const { key, size, storage } = fieldsOf(item);
        const where = storage ? ` in storage "${storage}"` : '';
        process.stdout.write(`Took ${key} (${size} bytes)${where}, checked.\n`);
      }
    });
  });

  const list = group.command('list').description('List the backups, newest first.');
  addConfigFlags(list, 'folder').action(async () => {
    const { withOperations } = await import('./operations.ts');
    await withOperations(configOf(list).config, async (run) => {
      for await (const item of run('backup.list')) {
        const { key, size, modified, storage } = fieldsOf(item);
        const where = storage ? `  (storage "${storage}")` : '';
        process.stdout.write(`${modified}  ${String(size).padStart(12)}  ${key}${where}\n`);
      }
    });
  });

  const restore = group
    .command('restore')
    .description('Replace all records and files by those of a backup, after checking it whole.')
    .argument('<file>', 'path of an archive, or the name of one in the backups folder or in a storage');
  addConfigFlags(restore, 'folder').action(async (file: string) => {
    const { restoreBackup } = await import('../server/restore.ts');
    const { config } = configOf(restore);
    const { archive, objects, missing, sent, moved } = await restoreBackup(config, file);
    process.stdout.write(`Restored ${archive}: the database and ${objects} files.\n`);
    if (missing > 0) {
      process.stdout.write(`${missing} files were damaged when the backup was taken, and are not in it.\n`);
    }
    for (const [name, count] of sent) {
      process.stdout.write(`${count} files were missing in storage "${name}" and were put there.\n`);
    }
    for (const { backend, objects: count } of moved) {
      process.stdout.write(
        `There is no storage "${visible(backend)}" here: its ${count} files are now in "${config.defaultStorage}".\n`,
      );
    }
  });
}
