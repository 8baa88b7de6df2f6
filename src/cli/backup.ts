import type { Command } from 'commander';
import { addConfigFlags, configOf } from './options.ts';

/** `dossier backup create|list|restore`: for a data folder that no server is using. */
export function addBackup(program: Command): void {
  const group = program.command('backup').description('Take, list and restore backups of records and files.');

  const create = group
    .command('create')
    .description('Take a backup and check it.')
    .argument('[name]', 'a-z, 0-9, - and _, ending in .zip; made from the time when left out');
  addConfigFlags(create, 'folder').action(async (name: string | undefined) => {
    const [{ withCore }, { systemActor }] = await Promise.all([
      import('../server/run.ts'),
      import('../core/actor.ts'),
    ]);
    const { config } = configOf(create);
    const info = await withCore(config, (core) => core.backups.create(systemActor, name));
    process.stdout.write(`Took ${info.key} (${info.size} bytes), checked.\n`);
  });

  const list = group.command('list').description('List the backups, newest first.');
  addConfigFlags(list, 'folder').action(async () => {
    const { createZipBackups } = await import('../drivers/backups/zip/index.ts');
    const { config } = configOf(list);
    for (const { key, size, modified } of await createZipBackups({
      dir: config.backups.path,
      workerCommand: [],
      environment: {},
    }).list()) {
      process.stdout.write(`${modified}  ${String(size).padStart(12)}  ${key}\n`);
    }
  });

  const restore = group
    .command('restore')
    .description('Replace all records and files by those of a backup, after checking it whole.')
    .argument('<file>', 'path of an archive, or the name of one in the backups folder');
  addConfigFlags(restore, 'folder').action(async (file: string) => {
    const { restoreBackup } = await import('../server/restore.ts');
    const { archive, objects } = await restoreBackup(configOf(restore).config, file);
    process.stdout.write(`Restored ${archive}: the database and ${objects} files.\n`);
  });
}
