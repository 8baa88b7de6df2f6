import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { answerHtml } from '../../respond.ts';
import { answerBuilder } from './filter-builder.ts';
import { filterFault } from './filter-form.ts';
import { changeSavedFilters } from './saved-filters.ts';

/** Filters of the grid: built by rows, checked while they are typed, and saved. */
export const filterPages = (console: Console) => {
  const collectionOf = (params: { readonly name?: string }) =>
    console.core.collections.get(String(params.name));
  return new Elysia({ name: 'console.filters' })
    .get('/collections/:name/filter', ({ params, request }) =>
      console.give(request, (visit) => answerBuilder(console, visit, collectionOf(params))),
    )
    .get('/collections/:name/filter/problem', ({ params, request }) =>
      console.give(request, async (visit) => {
        const typed = visit.url.searchParams.get('filter') ?? '';
        return answerHtml(filterFault(console, visit, collectionOf(params), typed));
      }),
    )
    .post(
      '/collections/:name/filters',
      ({ params, request }) =>
        console.act(request, (visit, form) => changeSavedFilters(console, visit, collectionOf(params), form)),
      { parse: 'none' },
    );
};
