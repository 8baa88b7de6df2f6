import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { copyCollection, copyView } from './copy.ts';
import { definitionPages } from './definition.ts';
import { importDefinitionFile } from './definition-file.ts';
import { exportDefinitions } from './export.ts';
import { importDefinitions } from './import.ts';
import { collectionsView } from './list.ts';
import { makeBlank, makeOfSql, makeOfTemplate } from './make.ts';
import { newCollectionView, ways } from './new-view.ts';
import { totalsOf } from './totals.ts';

/** The list of collections, how new ones are made, and their definitions. */
export const collectionPages = (console: Console) =>
  new Elysia({ name: 'console.collections' })
    // With `totals=1` their records are counted, which the page asks for once it is there.
    .get('/collections', ({ request }) =>
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
    )
    .get('/collections/new', ({ request }) =>
      console.show(request, (visit) => {
        const from = visit.url.searchParams.get('from');
        const way = ways.find((each) => each === from) ?? 'blank';
        return newCollectionView(visit, { way, values: new Map(), messages: new Map() });
      }),
    )
    .get('/definitions', ({ request }) =>
      console.give(request, async (visit) => exportDefinitions(console.core, visit)),
    )
    .post(
      '/collections/new/blank',
      ({ request }) => console.act(request, (visit, form) => makeBlank(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/collections/new/template',
      ({ request }) => console.act(request, (visit, form) => makeOfTemplate(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/collections/new/sql',
      ({ request }) => console.act(request, (visit, form) => makeOfSql(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/collections/new/json',
      ({ request }) => console.act(request, (visit, form) => importDefinitions(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/collections/new/file',
      ({ request }) => console.give(request, (visit) => importDefinitionFile(console, visit)),
      { parse: 'none' },
    )
    .get('/collections/:name/copies', ({ params, request }) =>
      console.show(request, (visit) => copyView(visit, console.core.collections.get(String(params.name)))),
    )
    .post(
      '/collections/:name/copies',
      ({ params, request }) =>
        console.act(request, (visit, form) =>
          copyCollection(console, visit, console.core.collections.get(String(params.name)), form),
        ),
      { parse: 'none' },
    )
    .use(definitionPages(console));
