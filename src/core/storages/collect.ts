import type { Storage } from '../ports/storage.ts';
import { type Care, liveTotals } from './care.ts';
import { compare, isKnown } from './compare.ts';
import {
  canLieAside,
  collected,
  eraseAside,
  forget,
  note,
  putAside,
  putBack,
  quarantineOf,
} from './quarantine.ts';
import type { Collected, CollectSummary, Progress } from './storages.ts';

/** How `collect` works. */
export interface CollectOptions {
  readonly keepDays: number;
  readonly dryRun: boolean;
}

const DAY = 24 * 60 * 60_000;
const REPORT_EVERY = 1000;

/**
 * `Storages.collect` over the given storages: first what lies in quarantine, so that nothing is put there and erased by one
 * call, then what the catalogue does not know.
 */
export async function* collectStorages(
  care: Care,
  storages: readonly Storage[],
  options: CollectOptions,
): AsyncGenerator<Progress | Collected | CollectSummary> {
  const totals = await liveTotals(care);
  const total = storages.reduce((sum, { name }) => sum + (totals.get(name)?.objects ?? 0), 0);
  const counts = { quarantined: 0, erased: 0 };
  let waiting = 0;
  let done = 0;
  const progress = (): Progress => ({
    ...{ kind: 'progress', done, bytes: 0 },
    total: Math.max(total, done),
  });

  yield progress();
  for (const storage of storages) {
    for await (const each of emptyQuarantine(care, storage, options)) {
      if (each.action === 'erased' || each.action === 'would_erase') counts.erased++;
      yield each;
    }
    for await (const compared of compare({ ...care, storage })) {
      care.ended.throwIfAborted();
      if (compared.kind !== 'unknown') {
        if (++done % REPORT_EVERY === 0) yield progress();
        continue;
      }
      const { key, size } = compared;
      const goes = options.dryRun ? canLieAside(key) : await putAside(care, storage, key, size);
      if (!goes) continue;
      counts.quarantined++;
      yield collected(options.dryRun ? 'would_quarantine' : 'quarantined', storage, key, size);
    }
    const row = await care.db.get<{ waiting: number }>(care.statements.waiting, { storage: storage.name });
    waiting += row?.waiting ?? 0;
  }
  if (!options.dryRun) care.log.info('storages.collected', { ...counts, waiting });
  yield progress();
  yield { kind: 'summary', ...counts, waiting };
}

async function* emptyQuarantine(
  care: Care,
  storage: Storage,
  { keepDays, dryRun }: CollectOptions,
): AsyncGenerator<Collected> {
  for await (const each of quarantineOf(care, storage)) {
    care.ended.throwIfAborted();
    const { key, size, found } = each;
    const isDue = found !== undefined && found + keepDays * DAY <= care.clock.now();
    if (dryRun) {
      const goes = isDue && size !== undefined && !(await isKnown({ ...care, storage }, key));
      if (goes) yield collected('would_erase', storage, key, size);
    } else if (size === undefined) await forget(care, storage, key);
    else if (await putBack(care, storage, each)) yield collected('put_back', storage, key, size);
    else if (found === undefined) await note(care, storage, key, size);
    else if (isDue && (await eraseAside(care, storage, key))) yield collected('erased', storage, key, size);
  }
}
