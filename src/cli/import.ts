import type { Command } from 'commander';
import { countOf, fieldsOf, printItems } from './items.ts';
import { addConfigFlags, configOf } from './options.ts';

/** `dossier import trailbase DEPOT`: makes a data folder of what another product keeps. */
export function addImport(program: Command): void {
  const group = program.command('import').description('Make a data folder of what another product keeps.');
  const trailbase = group
    .command('trailbase')
    .description('Import a TrailBase depot into an empty data folder: all of it, or nothing.')
    .argument('<depot>', 'folder of the depot, such as ./traildepot; TrailBase should be stopped')
    .option('--dry-run', 'do all of it, tell what cannot be taken, and keep nothing')
    .option('--skip-rows', 'leave rows out that cannot be taken, instead of stopping at the first')
    .option('--json', 'print one JSON object a line');
  addConfigFlags(trailbase, 'folder').action(async (depot: string) => {
    const { dryRun, skipRows, json } = fieldsOf(trailbase.opts());
    const { dir } = configOf(trailbase).config;
    const { importTrailbase } = await import('../server/import.ts');
    const items = importTrailbase(dir, {
      depot,
      dryRun: dryRun === true,
      skipRows: skipRows === true,
      configFor: (folder) => configOf(trailbase, folder).config,
    });
    try {
      await printItems(items, importLine, { json: json === true, stopped: 'Stopped. Nothing was imported.' });
    } finally {
      // Its folder is gone before the process is.
      await items.return(undefined);
    }
    if (json !== true)
      process.stdout.write(dryRun === true ? 'Nothing was kept.\n' : `Imported into ${dir}.\n`);
  });
}

function importLine(item: Readonly<Record<string, unknown>>): string {
  if (item.kind === 'left_out') return String(item.sentence);
  const [records, files] = [countOf(item.records), countOf(item.files)];
  const withFiles = files === 0 ? '' : ` with ${files} ${files === 1 ? 'file' : 'files'}`;
  return `${String(item.name).padEnd(24)}  ${records} ${records === 1 ? 'record' : 'records'}${withFiles}`;
}
