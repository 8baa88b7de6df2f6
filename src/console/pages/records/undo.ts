import { AppError, type Collection, type Operation } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import { type Note, seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { gridPath, readGridState } from './grid-state.ts';
import { collectionPath } from './paths.ts';
import { type ChangedRecord, contentMark, type Undos } from './undos.ts';

/** The form of the button that undoes a change. */
export function undoForm(visit: Visit, collection: Collection, id: string): Html {
  return html`<form action="${collectionPath(collection.name)}/reversals" method="post" data-undo>${csrfField(visit)}<input type="hidden" name="change" value="${id}"><button
    type="submit">${visit.texts.records.grid.undo}</button></form>`;
}

/** Puts previous values back where nobody changed the record since: all of those, or none. */
export async function undoChange(
  console: Console,
  undos: Undos,
  visit: Visit,
  collection: Collection,
  form: Form,
): Promise<Response> {
  const change = undos.take(visit.csrf, collection, form.get('change'));
  const answer = (note: Note) => seeOther(visit, pathBack(visit, collection), { note });
  if (change === undefined) return answer('undoGone');
  const operations: Operation[] = [];
  for (const record of change.records) {
    const operation = await reversalOf(console, visit, collection, record);
    if (operation !== undefined) operations.push(operation);
  }
  if (operations.length === 0) return answer('undoOutrun');
  try {
    await console.core.records.batch(visit.actor, operations);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'internal') throw error;
    return answer(error.reason === 'changed_meanwhile' ? 'undoOutrun' : 'undoRefused');
  }
  return answer(operations.length === change.records.length ? 'undone' : 'undonePartly');
}

/** The revision is asked for before the record is looked at, so that a change in between is told. */
async function reversalOf(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  { id, before, written }: ChangedRecord,
): Promise<Operation | undefined> {
  try {
    const ifUnchanged = await core.records.revision(actor, collection, id);
    const now = await core.records.view(actor, collection, id);
    if (contentMark(now) !== written) return undefined;
    return { kind: 'update', collection, id, input: before, options: { ifUnchanged } };
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** The grid from which the form was sent, as the browser says; else the whole. */
function pathBack({ request }: Visit, collection: Collection): string {
  const from = request.headers.get('referer') ?? '';
  const isGrid = URL.canParse(from) && new URL(from).pathname === collectionPath(collection.name);
  const query = isGrid ? new URL(from).searchParams : new URLSearchParams();
  query.delete('changed');
  return gridPath(collection, readGridState(collection, query));
}
