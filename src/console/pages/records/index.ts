import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import { answerHtml } from '../../respond.ts';
import { answerFile } from './file.ts';
import { readGrid } from './grid-data.ts';
import { readGridState } from './grid-state.ts';
import { gridView } from './grid-view.ts';
import { readRecord, recordView } from './record.ts';

/** The records of a collection: grid, total, one record, and its files. */
export const recordPages = (console: Console) =>
  new Elysia({ name: 'console.records' })
    .get('/collections/:name', ({ params, request }) =>
      console.show(request, async (visit) => {
        const collection = console.core.collections.get(String(params.name));
        const state = readGridState(collection, visit.url.searchParams);
        return gridView(visit, collection, state, await readGrid(console.core, visit, collection, state));
      }),
    )
    .get('/collections/:name/total', ({ params, request }) =>
      console.give(request, async ({ actor, url, format }) => {
        const collection = console.core.collections.get(String(params.name));
        const filter = url.searchParams.get('filter') ?? '';
        const total = await console.core.records.count(actor, collection, filter);
        return answerHtml(html`${format.number(total)}`);
      }),
    )
    .get('/collections/:name/records/:id', ({ params, request }) =>
      console.show(request, async (visit) => {
        const collection = console.core.collections.get(String(params.name));
        const record = await readRecord(console.core, visit, collection, String(params.id));
        return recordView(visit, collection, record);
      }),
    )
    .get('/collections/:name/records/:id/files/:file', ({ params, request }) =>
      console.give(request, async (visit) => {
        const collection = console.core.collections.get(String(params.name));
        return answerFile(console.core, visit, collection, String(params.id), String(params.file));
      }),
    );
