import type { MoveOutcome } from '../files/move.ts';
import type { Storage } from '../ports/storage.ts';
import { type Care, findingOf, liveTotals } from './care.ts';
import { pagesOf } from './pages.ts';
import { HEARTBEAT, inParallel } from './parallel.ts';
import type { ObjectRow } from './statements.ts';
import type { Finding, MigrateSummary, Progress } from './storages.ts';

/** Objects that are moved at once. */
const MOVERS = 3;
/**
 * How often what arrived meanwhile is looked for. Each time there is less, as a look takes as long as there was to move; it
 * ends all the same when uploads come faster than they can be moved.
 */
const PASSES = 10;

/** `Storages.migrate` to a storage from all others, or from the one named. */
export async function* migrateStorage(
  care: Care,
  to: Storage,
  from: string | undefined,
): AsyncGenerator<Progress | Finding | MigrateSummary> {
  const totals = await liveTotals(care);
  // Never from a storage to itself: every copy would be found as one more to move.
  const sources = async () => {
    const names = from === undefined ? (await liveTotals(care)).keys() : [from];
    return [...names].filter((name) => name !== to.name);
  };
  let total = 0;
  for (const name of await sources()) total += totals.get(name)?.objects ?? 0;
  const moved = { objects: 0, bytes: 0, copied: 0 };
  /** Ids of those that stay. */
  const failed = new Set<string>();
  const progress = (): Progress => {
    const done = moved.objects + failed.size;
    return { kind: 'progress', done, total: Math.max(total, done), bytes: moved.copied };
  };
  care.log.info('storages.migrating', { to: to.name, from, objects: total });

  yield progress();
  for (let pass = 0; pass < PASSES; pass++) {
    const before = moved.objects;
    for await (const result of movePass(care, to, await sources(), { moved, failed })) {
      if (result === HEARTBEAT) yield progress();
      else if (result.outcome === 'moved') {
        moved.objects++;
        moved.bytes += result.row.size;
      } else if (result.outcome !== 'changed') {
        failed.add(result.row.id);
        yield findingOf(care, result.outcome, result.row);
      }
    }
    if (moved.objects === before) break;
  }
  const summary = { moved: moved.objects, bytes: moved.bytes, failed: failed.size };
  care.log.info('storages.migrated', { to: to.name, from, ...summary });
  yield progress();
  yield { kind: 'summary', ...summary };
}

/** Everything that is live in the sources now, once. */
function movePass(
  care: Care,
  to: Storage,
  sources: readonly string[],
  { moved, failed }: { readonly moved: { copied: number }; readonly failed: ReadonlySet<string> },
): AsyncGenerator<{ outcome: MoveOutcome; row: ObjectRow } | typeof HEARTBEAT> {
  const onBytes = (bytes: number) => {
    moved.copied += bytes;
  };
  return inParallel(candidates(care, sources, failed), {
    limit: MOVERS,
    signal: care.ended,
    work: async (row, signal) => ({ outcome: await care.files.move(row, to, { onBytes, signal }), row }),
  });
}

async function* candidates(
  { db, statements }: Care,
  sources: readonly string[],
  failed: ReadonlySet<string>,
): AsyncGenerator<ObjectRow> {
  for (const storage of sources) {
    for await (const row of pagesOf<ObjectRow>(db, statements.objects, { storage })) {
      if (row.state === 'live' && !failed.has(row.id)) yield row;
    }
  }
}
