import { AppError, type Collection, type Core } from '../../../core/index.ts';
import type { Visit } from '../../visit.ts';
import { accountPath } from '../accounts/paths.ts';
import { nameOf } from '../records/cells.ts';
import { recordPath } from '../records/paths.ts';
import { fitOf } from './fuzzy.ts';
import { collectionPlaces, type Place, pagePlaces } from './places.ts';

/** Places that are shown. */
const MOST = 20;
/** Accounts of one collection that are shown. */
const MOST_ACCOUNTS = 4;
/** Part of an e-mail: without what has a meaning in filters. */
const MAIL_PART = /^[^\s"'\\%]{3,100}$/;

/** Where somebody may want to go who typed this, the likeliest first; for nothing typed, pages and collections. */
export async function findPlaces(core: Core, visit: Visit, typed: string): Promise<readonly Place[]> {
  const { collections } = core.collections.schema;
  if (typed === '?') return pagePlaces(visit).filter(({ path }) => path === '/_/shortcuts');
  const ordered = collections.toSorted(
    (a, b) => Number(a.system) - Number(b.system) || a.name.localeCompare(b.name),
  );
  const known = [...pagePlaces(visit), ...ordered.flatMap((one) => collectionPlaces(visit, one))];
  const fitting = known
    .map((place) => ({ place, fit: fitOf(typed, place.title) }))
    .filter(({ fit }) => fit > 0)
    .toSorted((a, b) => b.fit - a.fit)
    .map(({ place }) => place);
  if (typed === '')
    return fitting.filter(({ kind }) => kind !== visit.texts.palette.kinds.action).slice(0, MOST);
  const records = await recordsOf(core, visit, typed, ordered);
  const accounts = await accountsOf(core, visit, typed, ordered);
  return [...records, ...fitting.slice(0, MOST - accounts.length), ...accounts].slice(0, MOST);
}

/** Records whose id it is, in whatever collection. */
async function recordsOf(
  core: Core,
  visit: Visit,
  id: string,
  collections: readonly Collection[],
): Promise<readonly Place[]> {
  if (!/^\S{1,100}$/.test(id)) return [];
  const found = collections.map(async (collection): Promise<Place[]> => {
    const record = await unless(() => core.records.view(visit.actor, collection, id));
    if (record === undefined) return [];
    const kind = visit.texts.palette.recordOf(collection.name);
    return [{ title: nameOf(record), kind, path: recordPath(collection.name, id) }];
  });
  return (await Promise.all(found)).flat();
}

/** Accounts in whose e-mail it is. */
async function accountsOf(
  core: Core,
  visit: Visit,
  typed: string,
  collections: readonly Collection[],
): Promise<readonly Place[]> {
  if (!MAIL_PART.test(typed)) return [];
  const query = { page: 1, perPage: MOST_ACCOUNTS, skipTotal: true, filter: `email ~ "${typed}"` };
  const found = collections
    .filter(({ type }) => type === 'auth')
    .map(async (collection): Promise<Place[]> => {
      const page = await unless(() => core.records.list(visit.actor, collection, query));
      const kind = visit.texts.palette.accountOf(collection.name);
      return (page?.items ?? []).map(({ values }) => ({
        title: String(values.email),
        kind,
        path: accountPath(collection.name, String(values.id)),
      }));
    });
  return (await Promise.all(found)).flat();
}

/** What the core refuses or has no time for is not found. */
async function unless<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AppError && error.code !== 'internal') return undefined;
    throw error;
  }
}
