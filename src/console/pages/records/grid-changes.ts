import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { createForm } from '../../visit.ts';
import { bulkEdit, bulkEditPage, changedPage } from './bulk-edit.ts';
import { answerCellEditor, saveCell } from './cell-editor.ts';
import { undoChange } from './undo.ts';
import { createUndos } from './undos.ts';
import { writable } from './writable.ts';

/** Changes that begin in the grid: of single values, of many records, and back. */
export const gridChangePages = (console: Console) => {
  const undos = createUndos(console.core.clock);
  const place = (name: unknown, id: unknown, field: unknown) => ({
    ...{ collection: writable(console, String(name)), id: String(id), name: String(field) },
  });
  return new Elysia({ name: 'console.grid-changes' })
    .get('/collections/:name/cells/:id/:field', ({ params, request }) =>
      console.give(request, (visit) =>
        answerCellEditor(console, visit, place(params.name, params.id, params.field)),
      ),
    )
    .post(
      '/collections/:name/cells/:id/:field',
      ({ params, request }) =>
        console.act(request, (visit, form) =>
          saveCell(console, undos, visit, place(params.name, params.id, params.field), form),
        ),
      { parse: 'none' },
    )
    .get('/collections/:name/changes', ({ params, request }) =>
      console.show(request, (visit) =>
        bulkEditPage(
          console,
          visit,
          writable(console, String(params.name)),
          createForm([...visit.url.searchParams]),
        ),
      ),
    )
    .post(
      '/collections/:name/changes',
      ({ params, request }) =>
        console.act(request, (visit, form) =>
          bulkEdit(console, undos, visit, writable(console, String(params.name)), form),
        ),
      { parse: 'none' },
    )
    .get('/collections/:name/changes/:change', ({ params, request }) =>
      console.show(request, (visit) =>
        changedPage(undos, visit, writable(console, String(params.name)), String(params.change)),
      ),
    )
    .post(
      '/collections/:name/reversals',
      ({ params, request }) =>
        console.act(request, (visit, form) =>
          undoChange(console, undos, visit, writable(console, String(params.name)), form),
        ),
      { parse: 'none' },
    );
};
