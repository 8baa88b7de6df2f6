import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { collectionsView } from './list.ts';
import { totalsOf } from './totals.ts';

/** The list of collections. With `totals=1` their records are counted, which the page asks for once it is there. */
export const collectionPages = (console: Console) =>
  new Elysia({ name: 'console.collections' }).get('/collections', ({ request }) =>
    console.show(request, async (visit) => {
      const query = visit.url.searchParams;
      const search = query.get('search')?.trim().slice(0, 200) ?? '';
      const all = console.core.collections.schema.collections;
      const isSystem = query.get('system') === '1';
      const found = all
        .filter(({ system }) => isSystem || !system)
        .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
        .toSorted((a, b) => Number(a.system) - Number(b.system) || a.name.localeCompare(b.name));
      const totals =
        query.get('totals') === '1' ? await totalsOf(console.core, visit.actor, found) : undefined;
      return collectionsView(visit, { search, isSystem, found, totals });
    }),
  );
