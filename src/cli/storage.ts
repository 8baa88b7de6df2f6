import type { Command } from 'commander';
import type { OperationArgs, OperationName } from '../server/operations.ts';
import { OperatorError } from '../server/operator-error.ts';
import { bytesText, countOf, fieldsOf, printItems } from './items.ts';
import { addConfigFlags, configOf } from './options.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `dossier storage …`: the care of stored files, also while a server runs. */
export function addStorage(program: Command): void {
  const group = program.command('storage').description('Test, check, move and tidy the stored files.');

  verb(group, 'list', 'List the storages and what is in them.', () => ({
    operation: 'storage.list',
    words: storageLine,
  }));

  verb(group, 'test', 'Write, read and remove an object, and print each step.', (command) => {
    const name = argument(command) ?? configOf(command).config.defaultStorage;
    let failed = '';
    return {
      operation: 'storage.test',
      args: { name },
      words: (item) => {
        if (item.ok !== true) failed = String(item.step);
        const time = `${countOf(item.milliseconds).toFixed(1).padStart(9)} ms`;
        return `${item.ok === true ? 'ok    ' : 'FAILED'}  ${String(item.step).padEnd(7)}${time}${item.error ? `  ${item.error}` : ''}`;
      },
      verdict: () => failed && `The storage "${name}" failed at the step "${failed}".`,
    };
  }).argument('[name]', 'default: the storage for new files');

  verb(group, 'verify', 'Compare the catalogue with the stored bytes.', (command) => {
    let findings = 0;
    return {
      operation: 'storage.verify',
      args: { storage: argument(command), content: option(command, 'quick') !== true },
      words(item) {
        if (item.kind === 'finding') return findingLine(item);
        if (item.kind !== 'summary') return undefined;
        findings = countOf(item.findings);
        return `Checked ${files(item.objects)}, ${bytesText(countOf(item.bytes))}: ${findings === 0 ? 'all is well' : problems(findings)}.`;
      },
      verdict: () =>
        findings > 0 && `The stored files do not agree with the catalogue: ${problems(findings)}.`,
    };
  })
    .argument('[name]', 'default: all storages')
    .option('--quick', 'look at sizes only, do not read the files');

  verb(group, 'migrate', 'Move files to another storage while serving; run it again to go on.', (command) => {
    let failed = 0;
    return {
      operation: 'storage.migrate',
      args: { to: option(command, 'to'), from: option(command, 'from') },
      words(item) {
        if (item.kind === 'finding') return findingLine(item);
        if (item.kind !== 'summary') return undefined;
        failed = countOf(item.failed);
        return `Moved ${files(item.moved)}, ${bytesText(countOf(item.bytes))}.`;
      },
      verdict: () => failed > 0 && `${files(failed)} could not be moved and stay where they are.`,
    };
  })
    .requiredOption('--to <name>', 'the storage to move to')
    .option('--from <name>', 'only what is in this storage');

  verb(group, 'gc', 'Put files that nothing knows in quarantine, and erase them later.', (command) => {
    const days = option(command, 'keepDays');
    const dryRun = option(command, 'dryRun') === true;
    if (typeof days === 'string' && !/^\d{1,5}$/.test(days))
      throw new OperatorError(`--keep-days cannot be "${days}"; expected a whole number of days.`);
    return {
      operation: 'storage.collect',
      args: {
        storage: argument(command),
        keepDays: typeof days === 'string' ? Number(days) : undefined,
        dryRun,
      },
      words(item) {
        if (item.kind === 'collected')
          return `${String(item.action).replace('_', ' ')}  ${item.storage}  ${item.key}  ${bytesText(countOf(item.size))}`;
        if (item.kind !== 'summary') return undefined;
        const would = dryRun ? 'Would have put' : 'Put';
        return `${would} ${files(item.quarantined)} in quarantine and erased ${countOf(item.erased)}; ${countOf(item.waiting)} wait there.`;
      },
    };
  })
    .argument('[name]', 'default: all storages')
    .option('--keep-days <days>', 'how long files stay in quarantine; default 7')
    .option('--dry-run', 'only say what would happen');

  addClaim(group);
  const deletions = group.command('deletions').description('Erasures of files that are due.');
  verb(deletions, 'list', 'List them.', () => ({
    operation: 'deletions.list',
    words: deletionLine,
    empty: 'Nothing waits to be erased.',
  }));
  verb(deletions, 'retry', 'Try those again that were given up.', () => ({
    operation: 'deletions.retry',
    words: (item) => `${countOf(item.retried)} will be tried again.`,
  }));
}

/** What a verb has done, and how it is told. */
interface Plan {
  readonly operation: OperationName;
  readonly args?: OperationArgs;
  readonly words: (item: Fields) => string | undefined;
  /** Said when there is nothing. */
  readonly empty?: string;
  /** One sentence when something is wrong. */
  readonly verdict?: () => string | false;
}

function verb(group: Command, name: string, description: string, plan: (command: Command) => Plan): Command {
  const command = group
    .command(name)
    .description(description)
    .option('--json', 'print one JSON object a line');
  return addConfigFlags(command, 'folder').action(async () => {
    const { operation, args, words, empty, verdict } = plan(command);
    const { withOperations } = await import('./operations.ts');
    await withOperations(configOf(command).config, (run) =>
      printItems(run(operation, args), words, { json: option(command, 'json') === true, empty }),
    );
    const complaint = verdict?.();
    if (complaint) throw new OperatorError(complaint);
  });
}

function addClaim(group: Command): void {
  const command = group
    .command('claim')
    .description('Take a storage over from another server. No server may run on this data folder.')
    .argument('<name>')
    .option('--yes', 'really: the other server must not use it any more');
  addConfigFlags(command, 'folder').action(async (name: string) => {
    if (option(command, 'yes') !== true)
      throw new OperatorError(
        `Whoever else uses the storage "${name}" must not do so any more; say so with "dossier storage claim ${name} --yes".`,
      );
    const { claimStorage } = await import('../server/claim-storage.ts');
    await claimStorage(configOf(command).config, name);
    process.stdout.write(`The storage "${name}" belongs to this server now.\n`);
  });
}

function argument(command: Command): string | undefined {
  return command.args[0];
}

function option(command: Command, name: string): unknown {
  return fieldsOf(command.opts())[name];
}

function storageLine(item: Fields): string {
  const mark = item.isDefault === true ? '*' : ' ';
  const size = bytesText(countOf(item.bytes)).padStart(12);
  return `${mark} ${String(item.name).padEnd(16)}  ${String(item.type).padEnd(5)}  ${String(item.objects).padStart(10)} files  ${size}`;
}

const PROBLEMS = new Map([
  ['missing', 'missing'],
  ['wrong_size', 'wrong size'],
  ['wrong_hash', 'wrong content'],
  ['unknown', 'unknown file'],
  ['unreadable', 'cannot be read'],
]);

function findingLine(item: Fields): string {
  const problem = PROBLEMS.get(String(item.problem)) ?? String(item.problem);
  const owner = item.collection
    ? `  ${item.collection}/${item.record}  ${JSON.stringify(item.originalName)}`
    : '';
  return `${problem.padEnd(14)}  ${item.storage}  ${item.key}${owner}`;
}

function deletionLine(item: Fields): string {
  const what =
    item.originalName === '' ? '' : `  ${JSON.stringify(item.originalName)} ${bytesText(countOf(item.size))}`;
  const error = item.error ? `  ${item.error}` : '';
  return `${dueText(item).padEnd(14)}  ${countOf(item.attempts)} failed  ${item.storage}  ${item.key}${what}${error}`;
}

function dueText(item: Fields): string {
  if (item.abandoned === true) return 'given up';
  const seconds = Math.ceil((countOf(item.nextAttempt) - Date.now()) / 1000);
  return seconds > 0 ? `due in ${seconds} s` : 'due now';
}

function files(count: unknown): string {
  return `${countOf(count)} ${count === 1 ? 'file' : 'files'}`;
}

function problems(count: number): string {
  return `${count} ${count === 1 ? 'problem' : 'problems'}`;
}
