import { basename } from 'node:path';
import { systemActor } from '../core/actor.ts';
import { invalid, notFound } from '../core/errors.ts';
import type { Core } from '../core/index.ts';
import { createBySql, listCollections } from './collection-operations.ts';

/** What is asked of an operation, as it came: JSON. */
export type OperationArgs = Readonly<Record<string, unknown>>;

/** One thing that the command line may have done by a core, here or in a running server. Gives objects of JSON values. */
export type Operation = (core: Core, args: OperationArgs) => AsyncIterable<object>;

/** Runs an operation by its name. */
export type Operations = (name: OperationName, args?: OperationArgs) => AsyncIterable<object>;

/** Every operation; a new one belongs here. They act as the product itself: whoever may run them has the data folder. */
export const operations = {
  'storage.list': async function* ({ storages }) {
    yield* await storages.list(systemActor);
  },
  'storage.test': ({ storages }, args) => storages.test(systemActor, needText(args, 'name')),
  'storage.verify': ({ storages }, args) =>
    storages.verify(systemActor, { storage: optionalText(args, 'storage'), content: args.content !== false }),
  'storage.migrate': ({ storages }, args) =>
    storages.migrate(systemActor, { to: needText(args, 'to'), from: optionalText(args, 'from') }),
  'storage.collect': ({ storages }, args) =>
    storages.collect(systemActor, {
      storage: optionalText(args, 'storage'),
      keepDays: optionalCount(args, 'keepDays'),
      dryRun: args.dryRun === true,
    }),
  'deletions.list': async function* ({ storages }) {
    const deletions = storages.deletions(systemActor);
    for (let after = 0; ; ) {
      const page = await deletions.list({ after });
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  },
  'deletions.retry': async function* ({ storages }) {
    yield { retried: await storages.deletions(systemActor).retryAbandoned() };
  },
  'backup.create': async function* ({ backups }, args) {
    const skipDamaged = args.skipDamaged === true;
    yield await backups.create(systemActor, optionalText(args, 'name'), { skipDamaged });
  },
  'backup.upload': async function* ({ backups }, args) {
    const path = needText(args, 'path');
    const file = Bun.file(path);
    if (!(await file.exists())) throw notFound('backup');
    yield await backups.upload(systemActor, optionalText(args, 'name') ?? basename(path), file.stream());
  },
  'backup.restore': async function* ({ backups }, args) {
    const before = (await backups.restoration(systemActor)).last?.ended ?? 0;
    await backups.restore(systemActor, needText(args, 'name'), { unsaved: args.unsaved === true });
    yield { begun: before };
  },
  'backup.restoration': async function* ({ backups }) {
    yield await backups.restoration(systemActor);
  },
  'backup.list': async function* ({ backups }) {
    yield* await backups.list(systemActor);
  },
  'collection.create': (core, args) =>
    createBySql(core, { sql: needText(args, 'sql'), config: optionalText(args, 'config') }),
  'collection.list': (core) => listCollections(core),
} satisfies Record<string, Operation>;

/** The names of {@link operations}. */
export type OperationName = keyof typeof operations;

/** Whether a text names an operation. */
export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

function optionalText(args: OperationArgs, name: string): string | undefined {
  const value = args[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalid({ path: name, code: 'invalid_type' });
}

function needText(args: OperationArgs, name: string): string {
  const value = optionalText(args, name);
  if (value === undefined) throw invalid({ path: name, code: 'required' });
  return value;
}

function optionalCount(args: OperationArgs, name: string): number | undefined {
  const value = args[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw invalid({ path: name, code: 'invalid_type' });
}
