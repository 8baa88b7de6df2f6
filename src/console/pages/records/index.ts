import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import { answerHtml } from '../../respond.ts';
import { createForm } from '../../visit.ts';
import { findChoices } from './choices.ts';
import { keepColumns, keepRows } from './columns.ts';
import { deleteRecords, deletionPage } from './deletion.ts';
import { answerDrop, appendUpload, beginUpload, dropPlace, takeFiles, uploadPage } from './drop.ts';
import { answerExport } from './export.ts';
import { answerFile } from './file.ts';
import { formPage } from './form-pages.ts';
import { readGrid } from './grid-data.ts';
import { fileFields, readGridState } from './grid-state.ts';
import { gridView } from './grid-view.ts';
import { importStep } from './import.ts';
import { importView } from './import-view.ts';
import { neighbourLinks } from './neighbours.ts';
import { readRecord, recordView } from './record.ts';
import { choiceLists, FIND, SHOWN } from './relation-control.ts';
import { saveRecord } from './save.ts';
import { partName } from './typed.ts';
import { writable } from './writable.ts';

/** The records of a collection: grid, total, one record, and its files. */
export const recordPages = (console: Console) =>
  new Elysia({ name: 'console.records' })
    .get('/collections/:name', ({ params, request }) =>
      console.show(request, async (visit) => {
        const collection = console.core.collections.get(String(params.name));
        const state = readGridState(collection, visit.url.searchParams, visit.preferences);
        return gridView(visit, collection, state, await readGrid(console.core, visit, collection, state));
      }),
    )
    .post(
      '/collections/:name/columns',
      ({ params, request }) =>
        console.act(request, (visit, form) => keepColumns(console, visit, String(params.name), form)),
      { parse: 'none' },
    )
    .post(
      '/collections/:name/rows',
      ({ params, request }) =>
        console.act(request, (visit, form) => keepRows(console, visit, String(params.name), form)),
      { parse: 'none' },
    )
    .get('/collections/:name/total', ({ params, request }) =>
      console.give(request, async ({ actor, url, format }) => {
        const collection = console.core.collections.get(String(params.name));
        const filter = url.searchParams.get('filter') ?? '';
        const total = await console.core.records.count(actor, collection, filter);
        return answerHtml(html`${format.number(total)}`);
      }),
    )
    .get('/collections/:name/choices', ({ params, request }) =>
      console.give(request, async (visit) => {
        const { searchParams } = visit.url;
        const collection = console.core.collections.get(String(params.name));
        const field = collection.fields.find(({ name }) => name === searchParams.get('field'));
        if (field?.type !== 'relation') return console.missing(request);
        const chosen = searchParams.getAll(partName(field.name, '')).filter((id) => id !== '');
        const [search = '', shown = ''] = [FIND, SHOWN].map(
          (part) => searchParams.get(partName(field.name, part)) ?? '',
        );
        const choices = await findChoices(console.core, visit.actor, field, chosen, { search, shown });
        return answerHtml(choiceLists(visit, field, choices));
      }),
    )
    .get('/collections/:name/records/new', ({ params, request }) =>
      console.show(request, (visit) =>
        formPage(console, visit, writable(console, String(params.name)), undefined),
      ),
    )
    .post(
      '/collections/:name/records',
      ({ params, request }) =>
        console.give(request, (visit) =>
          saveRecord(console, visit, writable(console, String(params.name)), undefined),
        ),
      { parse: 'none' },
    )
    .get('/collections/:name/records/:id/edit', ({ params, request }) =>
      console.show(request, (visit) =>
        formPage(console, visit, writable(console, String(params.name)), String(params.id)),
      ),
    )
    .post(
      '/collections/:name/records/:id',
      ({ params, request }) =>
        console.give(request, (visit) =>
          saveRecord(console, visit, writable(console, String(params.name)), String(params.id)),
        ),
      { parse: 'none' },
    )
    .get('/collections/:name/export', ({ params, request }) =>
      console.give(request, (visit) =>
        answerExport(console.core, visit, console.core.collections.get(String(params.name))),
      ),
    )
    .get('/collections/:name/import', ({ params, request }) =>
      console.show(request, (visit) => importView(visit, writable(console, String(params.name)), {})),
    )
    .post(
      '/collections/:name/import',
      ({ params, request }) =>
        console.give(request, async (visit) =>
          console.page(visit, await importStep(console, visit, writable(console, String(params.name)))),
        ),
      { parse: 'none' },
    )
    .get('/collections/:name/upload', ({ params, request }) =>
      console.show(request, (visit) => {
        const collection = writable(console, String(params.name));
        const fields = fileFields(collection);
        if (!visit.url.searchParams.has('field')) visit.url.searchParams.set('field', fields[0]?.name ?? '');
        return uploadPage(visit, dropPlace(console, visit, collection), fields);
      }),
    )
    .post(
      '/collections/:name/drop',
      ({ params, request }) =>
        console.give(request, async (visit) => {
          const collection = writable(console, String(params.name));
          const place = dropPlace(console, visit, collection);
          const { problems } = await takeFiles(console, visit, place);
          return answerDrop(console, visit, place, problems, () => uploadPage(visit, place, [], problems));
        }),
      { parse: 'none' },
    )
    .post(
      '/collections/:name/uploads',
      ({ params, request }) =>
        console.give(request, async (visit) =>
          beginUpload(console, visit, dropPlace(console, visit, writable(console, String(params.name)))),
        ),
      { parse: 'none' },
    )
    .post(
      '/collections/:name/uploads/:upload',
      ({ params, request }) =>
        console.give(request, async (visit) => {
          const place = dropPlace(console, visit, writable(console, String(params.name)));
          return appendUpload(console, visit, place, String(params.upload));
        }),
      { parse: 'none' },
    )
    .get('/collections/:name/removal', ({ params, request }) =>
      console.show(request, (visit) =>
        deletionPage(
          console,
          visit,
          writable(console, String(params.name)),
          createForm([...visit.url.searchParams]),
        ),
      ),
    )
    .post(
      '/collections/:name/removal',
      ({ params, request }) =>
        console.act(request, (visit, form) =>
          deleteRecords(console, visit, writable(console, String(params.name)), form),
        ),
      { parse: 'none' },
    )
    .get('/collections/:name/records/:id', ({ params, request }) =>
      console.show(request, async (visit) => {
        const collection = console.core.collections.get(String(params.name));
        const record = await readRecord(console.core, visit, collection, String(params.id));
        const neighbours = await neighbourLinks(console.core, visit, collection, String(params.id));
        return recordView(visit, collection, record, neighbours);
      }),
    )
    .get('/collections/:name/records/:id/files/:file', ({ params, request }) =>
      console.give(request, async (visit) => {
        const collection = console.core.collections.get(String(params.name));
        return answerFile(console.core, visit, collection, String(params.id), String(params.file));
      }),
    );
