import type { Actor } from '../actor.ts';
import { AppError, notFound } from '../errors.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Care } from './care.ts';
import { liveTotals } from './care.ts';
import { collectStorages } from './collect.ts';
import { migrateStorage } from './migrate.ts';
import { testStorage } from './round-trip.ts';
import { prepareCare } from './statements.ts';
import type { Storages } from './storages.ts';
import { verifyStorages } from './verify.ts';

/** What {@link createStorages} needs. */
export type StoragesOptions = Omit<Care, 'statements' | 'ended'> & {
  /** The name of the storage that takes new files. */
  readonly defaultStorage: string;
};

/** {@link Storages}, and their end. */
export interface OpenStorages extends Storages {
  /** Ends the work that runs: who reads it gets `unavailable` reason `closed`. */
  close(): void;
}

const KEEP_DAYS = 7;

/** Makes {@link Storages}. */
export function createStorages(options: StoragesOptions): OpenStorages {
  const ending = new AbortController();
  const care: Care = { ...options, statements: prepareCare(options.db), ended: ending.signal };
  const { storages } = care;
  let isWorking = false;

  function storageOf(name: string) {
    const found = storages.find((storage) => storage.name === name);
    if (found === undefined) throw notFound('storage');
    return found;
  }

  const chosen = (name: string | undefined) => (name === undefined ? storages : [storageOf(name)]);

  /** One work at a time, from when it is first read until it ends or is left. */
  async function* alone<T>(actor: Actor, work: () => AsyncGenerator<T>): AsyncGenerator<T> {
    requireSuperuser(actor);
    if (ending.signal.aborted) throw new AppError('unavailable', { reason: 'closed' });
    if (isWorking) throw new AppError('busy', { reason: 'storage_work_running' });
    isWorking = true;
    try {
      yield* work();
    } finally {
      isWorking = false;
    }
  }

  return {
    async list(actor) {
      requireSuperuser(actor);
      const totals = await liveTotals(care);
      return storages.map(({ name, type }) => ({
        ...{ name, type, isDefault: name === options.defaultStorage },
        ...(totals.get(name) ?? { objects: 0, bytes: 0 }),
      }));
    },
    test: (actor, name) => alone(actor, () => testStorage(care, storageOf(name))),
    verify: (actor, { storage, content }) =>
      alone(actor, () => verifyStorages(care, chosen(storage), content)),
    migrate: (actor, { to, from }) =>
      alone(actor, () => {
        if (from !== undefined) storageOf(from);
        return migrateStorage(care, storageOf(to), from);
      }),
    collect: (actor, { storage, keepDays = KEEP_DAYS, dryRun = false }) =>
      alone(actor, () => collectStorages(care, chosen(storage), { keepDays, dryRun })),
    deletions(actor) {
      requireSuperuser(actor);
      return care.files.deletions;
    },
    close() {
      ending.abort(new AppError('unavailable', { reason: 'closed' }));
    },
  };
}
