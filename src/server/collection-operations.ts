import { systemActor } from '../core/actor.ts';
import { AppError } from '../core/errors.ts';
import type { Core } from '../core/index.ts';
import { apiNamesOf } from '../dialects/trailbase/api-names.ts';
import { createCollections, type SqlInput } from '../dialects/trailbase/config/create-collections.ts';
import { SqlProblems } from '../dialects/trailbase/sql/problem.ts';

/** One thing that SQL led to. */
type MadeBySql =
  | { readonly kind: 'collection' | 'api'; readonly name: string }
  | { readonly kind: 'note'; readonly sentence: string };

/**
 * Makes collections of TrailBase's SQL and gives what was made. What cannot be taken is `invalid` reason `sql_refused` with the
 * sentences as a parameter, which can travel to another process.
 */
export async function* createBySql(core: Core, input: SqlInput): AsyncGenerator<MadeBySql> {
  try {
    const { collections, apis, notes } = await createCollections(core, systemActor, input);
    for (const name of collections) yield { kind: 'collection', name };
    for (const name of apis) yield { kind: 'api', name };
    for (const sentence of notes) yield { kind: 'note', sentence };
  } catch (error) {
    if (!(error instanceof SqlProblems)) throw error;
    const { sentences } = error;
    throw new AppError('invalid', { reason: 'sql_refused', params: { sentences }, cause: error });
  }
}

/** All that {@link createBySql} gives, once it is done. */
export async function gatherMade(
  made: AsyncIterable<MadeBySql>,
): Promise<{ readonly names: readonly string[]; readonly notes: readonly string[] }> {
  const names: string[] = [];
  const notes: string[] = [];
  for await (const each of made) {
    if (each.kind === 'note') notes.push(each.sentence);
    else if (each.kind === 'collection') names.push(each.name);
  }
  return { names, notes };
}

/** Every collection with its number of records and the names of its record APIs. */
export async function* listCollections(core: Core): AsyncGenerator<object> {
  for (const collection of core.collections.schema.collections) {
    const { name, type } = collection;
    const records = await core.records.count(systemActor, collection);
    yield { name, type, records, apis: apiNamesOf(core, collection) };
  }
}
