import {
  AppError,
  type Collection,
  type Field,
  type RecordInput,
  type RecordView,
} from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import { answerHtml, seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { type CellEditor, cellEditor, recordFormId } from './cell-editor-view.ts';
import { nameOf } from './cells.ts';
import { optionOf } from './control.ts';
import { controlOf, editableFields } from './controls.ts';
import { inputOf, issueMessages, readDraft, respelled } from './draft.ts';
import { filesOf, relationsOf } from './grid-data.ts';
import { gridPath, readGridState } from './grid-state.ts';
import { gridRow } from './grid-table.ts';
import { recordPath } from './paths.ts';
import { problemsOf } from './problems.ts';
import { markOf, type Typed, textIn } from './typed.ts';
import { undoForm } from './undo.ts';
import { contentMark, inputToRestore, type Undos } from './undos.ts';

/** Characters of a value that a cell has room to edit. */
const LONGEST = 400;
/** Types that are edited in the form of the record: it has room for what they need. */
const formTypes = new Set(['file', 'password', 'relation', 'editor', 'json', 'geometry']);

const MOST_TRIES = 3;
const noText: Typed = new Map();

/** What a request says about one value. */
export interface CellPlace {
  readonly collection: Collection;
  readonly id: string;
  /** The field's name, as it was sent. */
  readonly name: string;
}

/** The editor of a value for its cell; without script, and for what needs more room, the way to the form of its record. */
export async function answerCellEditor({ core }: Console, visit: Visit, place: CellPlace): Promise<Response> {
  const { collection, id } = place;
  const field = editableField(place);
  const record = await core.records.view(visit.actor, collection, id);
  const typed = controlOf(field).show(record.values[field.name], field);
  if (!visit.isPartial || !fitsInCell(field, typed)) {
    return seeOther(visit, `${recordPath(collection.name, id)}/edit#${recordFormId(field)}`);
  }
  return answerHtml(cellEditor(visit, { collection, field, record, typed }));
}

/** Writes one value. A change that somebody else made meanwhile is told, and only then overwritten. */
export async function saveCell(
  console: Console,
  undos: Undos,
  visit: Visit,
  place: CellPlace,
  form: Form,
): Promise<Response> {
  const { collection } = place;
  const field = editableField(place);
  if (!fitsInCell(field, noText)) throw new AppError('not_found', { reason: 'field' });
  const sent = readDraft(collection, form, false);
  const typed = sent.draft.get(field.name) ?? noText;
  const again = (record: RecordView, status: number, how: Pick<CellEditor, 'message' | 'isOutrun'>) => {
    const part = cellEditor(visit, { collection, field, record, typed, ...how });
    const title = visit.texts.records.form.editTitle(nameOf(record));
    const body = html`<div class="card">${part}</div>`;
    return console.page(visit, { title, section: 'collections', status, body, part });
  };
  if (!sent.changed.has(field.name)) return answerRow(console, visit, place, form);
  const { input, issues } = inputOf(collection, { ...sent, changed: new Set([field.name]) }, false);
  for (let tries = 0; ; tries++) {
    const { record, revision } = await readCell(console, visit, place);
    const stored = markOf(controlOf(field).show(record.values[field.name], field));
    // It is so already: the answer to this very form was lost on its way, or two meant the same.
    if (stored === markOf(respelled(typed, field))) return answerRow(console, visit, place, form);
    if (stored !== sent.bases.get(field.name)) return again(record, 409, { isOutrun: true });
    if (issues.length > 0) {
      return again(record, 422, { message: firstOf(issueMessages(issues, [field], visit.texts)) });
    }
    try {
      const change = await write(console, undos, visit, place, { field, input, record, revision });
      return await answerRow(console, visit, place, form, change);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // Something of the record was changed in this very moment; whether it was this value is looked at again.
      if (error.reason === 'changed_meanwhile' && tries < MOST_TRIES) continue;
      const problems = problemsOf(error, collection, false, visit);
      if (problems === undefined) throw error;
      return again(record, 422, { message: firstOf(problems) });
    }
  }
}

/** Writes it over the record of that revision; the id under which that can be undone. */
async function write(
  { core }: Console,
  undos: Undos,
  visit: Visit,
  { collection, id }: CellPlace,
  {
    field,
    input,
    record,
    revision,
  }: { field: Field; input: RecordInput; record: RecordView; revision: string },
): Promise<string | undefined> {
  const written = await core.records.update(visit.actor, collection, id, input, { ifUnchanged: revision });
  return undos.keep({
    ...{ owner: visit.csrf, collectionId: collection.id },
    records: [{ id, before: inputToRestore(record, [field]), written: contentMark(written) }],
  });
}

/** A field of the record's form; of others, `not_found`. */
function editableField({ collection, name }: CellPlace): Field {
  const field = editableFields(collection, false).find((one) => one.name === name);
  if (field === undefined) throw new AppError('not_found', { reason: 'field' });
  return field;
}

function fitsInCell(field: Field, typed: Typed): boolean {
  if (formTypes.has(field.type) || optionOf(field, 'writeOnly') === true) return false;
  return textIn(typed).length <= LONGEST;
}

/** The revision is asked for first: a change in between is then told, if too early. */
async function readCell(
  { core }: Console,
  { actor }: Visit,
  { collection, id }: CellPlace,
): Promise<{ readonly record: RecordView; readonly revision: string }> {
  const revision = await core.records.revision(actor, collection, id);
  return { revision, record: await core.records.view(actor, collection, id) };
}

/** The row as it is now, of the columns that the grid shows, and what undoes the change. */
async function answerRow(
  { core }: Console,
  visit: Visit,
  { collection, id }: CellPlace,
  form: Form,
  change?: string,
): Promise<Response> {
  const { texts } = visit;
  if (!visit.isPartial) {
    return seeOther(visit, gridPath(collection, readGridState(collection, new URLSearchParams())), {
      note: 'recordSaved',
    });
  }
  const query = new URLSearchParams(form.all('column').map((column): [string, string] => ['column', column]));
  const { columns } = readGridState(collection, query);
  const record = await core.records.view(visit.actor, collection, id, { expand: relationsOf(columns) });
  const files = await filesOf(core, collection, columns, [record]);
  const row = gridRow({ visit, collection, state: { columns }, data: { files } }, record);
  return answerHtml(
    html`<table><tbody>${row}</tbody></table>${
      change !== undefined &&
      html`<div class="toast">${texts.records.grid.cellSaved} ${undoForm(visit, collection, change)}</div>`
    }`,
  );
}

function firstOf(messages: ReadonlyMap<string, string>): string {
  return [...messages.values()][0] ?? '';
}
