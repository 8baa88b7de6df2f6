import { type Actor, AppError, type Collection, type Core } from '../../../core/index.ts';

/** How many records each collection has, by its id. A collection that takes too long to count is left out. */
export async function totalsOf(
  core: Pick<Core, 'records'>,
  actor: Actor,
  collections: readonly Collection[],
): Promise<ReadonlyMap<string, number>> {
  const totals = new Map<string, number>();
  for (const collection of collections) {
    try {
      totals.set(collection.id, await core.records.count(actor, collection));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'busy') throw error;
    }
  }
  return totals;
}
