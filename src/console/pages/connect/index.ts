import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { connectView } from './view.ts';

/** Code for developers whose apps use a collection. `client` in the address says for which client. */
export const connectPages = (console: Console) =>
  new Elysia({ name: 'console.connect' }).get('/collections/:name/connect', ({ params, request }) =>
    console.show(request, (visit) => {
      const collection = console.core.collections.get(String(params.name));
      const snippets = console.snippets?.(collection, visit.site) ?? [];
      return connectView(visit, collection, snippets);
    }),
  );
