import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { visible } from '../lib/text.ts';
import type { OperationArgs, OperationName } from '../server/operations.ts';
import { OperatorError } from '../server/operator-error.ts';
import { fieldsOf, printItems } from './items.ts';
import { addConfigFlags, configOf } from './options.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `dossier collection …`: makes and lists collections, also while a server runs. */
export function addCollection(program: Command): void {
  const group = program.command('collection').description('Make collections from SQL, and list them.');

  const create = group
    .command('create')
    .description('Make collections of the CREATE statements in a file: all of them, or none.')
    .requiredOption('--sql <file>', 'CREATE TABLE, CREATE INDEX and CREATE VIEW as TrailBase takes them')
    .option('--trailbase-config <file>', 'a config.textproto with the record APIs: who may do what')
    .option('--json', 'print one JSON object a line');
  addConfigFlags(create, 'folder').action(async () => {
    const { sql, trailbaseConfig } = fieldsOf(create.opts());
    const args = {
      sql: readText(sql),
      config: trailbaseConfig === undefined ? undefined : readText(trailbaseConfig),
    };
    await run(create, 'collection.create', args, madeLine);
  });

  const list = group
    .command('list')
    .description('List the collections, their records and the names of their record APIs.')
    .option('--json', 'print one JSON object a line');
  addConfigFlags(list, 'folder').action(() => run(list, 'collection.list', {}, collectionLine));
}

async function run(
  command: Command,
  operation: OperationName,
  args: OperationArgs,
  words: (item: Fields) => string,
): Promise<void> {
  const { withOperations } = await import('./operations.ts');
  const json = fieldsOf(command.opts()).json === true;
  try {
    await withOperations(configOf(command).config, (start) =>
      printItems(start(operation, args), words, { json, empty: 'All of it is there already.' }),
    );
  } catch (error) {
    throw refusal(error) ?? error;
  }
}

/** Every sentence on a line of its own; the last line says what that means. */
function refusal(error: unknown): OperatorError | undefined {
  if (!(error instanceof AppError) || error.reason !== 'sql_refused') return undefined;
  const { sentences } = error.params;
  if (!Array.isArray(sentences)) return undefined;
  for (const sentence of sentences) process.stderr.write(`${visible(String(sentence))}\n`);
  return new OperatorError('Nothing was made.');
}

function readText(path: unknown): string {
  const name = String(path);
  try {
    return readFileSync(name, 'utf8');
  } catch (cause) {
    throw new OperatorError(`${name} cannot be read.`, { cause });
  }
}

function madeLine({ kind, name, sentence }: Fields): string {
  if (kind === 'collection') return `Made the collection ${name}.`;
  return kind === 'api' ? `Made the record API ${name}.` : String(sentence);
}

function collectionLine({ name, type, records, apis }: Fields): string {
  const names = texts(apis);
  const others = names.length === 0 ? 'no record API' : names.join(', ');
  return `${String(name).padEnd(24)}  ${String(type).padEnd(4)}  ${String(records).padStart(10)} records  ${others}`;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
