import {
  AppError,
  type Collection,
  type Field,
  type Operation,
  type RecordInput,
} from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { AT_ONCE, changeMany } from './bulk-change.ts';
import { type BulkForm, bulkFormView, SET } from './bulk-edit-view.ts';
import { findChoices } from './choices.ts';
import { type Choices, optionOf } from './control.ts';
import { controlOf, editableFields } from './controls.ts';
import { type Draft, inputOf, issueMessages } from './draft.ts';
import { collectionPath } from './paths.ts';
import { problemsOf } from './problems.ts';
import { FIND, LOOK, MAKE, SHOWN } from './relation-control.ts';
import { isAsSeen, MOST_SELECTED, readSelection, type Selection, viewSome } from './selection.ts';
import { markOf, partName, readTyped, typedOf } from './typed.ts';
import { undoForm } from './undo.ts';
import type { Undos } from './undos.ts';

/** Records that are named, and shown before and after. */
const SOME = 5;

/** The page that asks what to change of the selected records. */
export async function bulkEditPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  form: Pick<Form, 'get' | 'all'>,
): Promise<PageView> {
  const selection = await readPresent(console, visit, collection, form);
  if (selection.ids.length === 0) return nothingPage(visit, collection, selection);
  const draft = new Map(bulkFields(collection).map(({ name }) => [name, typedOf({})]));
  return formPage(console, visit, collection, selection, { draft, set: new Set(), messages: noMessages });
}

/** Shows what a change would come to, or makes it when it is the one that was shown. */
export async function bulkEdit(
  console: Console,
  undos: Undos,
  visit: Visit,
  collection: Collection,
  form: Form,
): Promise<Response> {
  const { grid } = visit.texts.records;
  const selection = await readPresent(console, visit, collection, form);
  if (selection.ids.length === 0) return console.page(visit, nothingPage(visit, collection, selection));
  const all = bulkFields(collection);
  const ticked = new Set(form.all(SET));
  const fields = all.filter(({ name }) => ticked.has(name));
  const set = new Set(fields.map(({ name }) => name));
  const draft: Draft = new Map(
    all.map((field) => [field.name, readTyped(form, field.name, controlOf(field).parts ?? [''])]),
  );
  const show = async (messages: Messages, more: Partial<BulkForm> = {}) =>
    console.page(
      visit,
      await formPage(console, visit, collection, selection, { draft, set, messages, ...more }, form),
    );
  if (form.has(LOOK) || form.has(MAKE) || all.some(({ name }) => form.has(partName(name, SHOWN)))) {
    return show(noMessages);
  }
  const refuse = (messages: Messages) => show(messages, { status: 422 });
  if (fields.length === 0) return refuse(new Map([['', grid.noFields]]));
  if (!isAsSeen(selection, form)) return refuse(new Map([['', grid.othersMatch]]));
  const { input, issues } = inputOf(collection, { draft, changed: set }, false);
  if (issues.length > 0) return refuse(issueMessages(issues, fields, visit.texts));
  const mark = markOf(
    new Map(fields.map(({ name }) => [name, [JSON.stringify([...(draft.get(name) ?? [])])]])),
  );
  if (!form.has('apply') || form.get('reviewed') !== mark) {
    try {
      await rehearse(console, visit, collection, selection.ids.slice(0, AT_ONCE), input);
      return await show(noMessages, { reviewed: mark });
    } catch (error) {
      return refuse(refusalOf(error, visit, collection));
    }
  }
  const { changed, undo, failure } = await changeMany(console, undos, visit, {
    ...{ collection, fields, input },
    ids: selection.ids,
  });
  if (failure !== undefined) {
    const messages = new Map(refusalOf(failure.error, visit, collection));
    const before = changed === 0 ? grid.nothingChanged : grid.changedBefore(visit.format.number(changed));
    messages.set('', `${before} ${grid.stoppedAt(failure.id)} ${messages.get('') ?? ''}`.trim());
    return refuse(messages);
  }
  const base = collectionPath(collection.name);
  return undo === undefined
    ? seeOther(visit, base, { note: 'recordsChanged' })
    : seeOther(visit, `${base}/changes/${undo}`);
}

/** The page about a change that was made, from which it can be undone. `not_found` once it cannot. */
export function changedPage(undos: Undos, visit: Visit, collection: Collection, change: string): PageView {
  const { texts, format } = visit;
  const { grid, form } = texts.records;
  const count = undos.count(visit.csrf, collection, change);
  if (count === undefined) throw new AppError('not_found', { reason: 'change' });
  const base = collectionPath(collection.name);
  return {
    title: count === 1 ? grid.changedOne : grid.changedTitle(format.number(count)),
    section: 'collections',
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
    ],
    body: html`<div class="card"><p>${grid.undoUntil}</p>
      <div class="buttons">${undoForm(visit, collection, change)}<a class="button primary" href="${base}">${form.backTo(collection.name)}</a></div></div>`,
  };
}

/** The selection without records that are gone. */
async function readPresent(
  console: Console,
  visit: Visit,
  collection: Collection,
  form: Pick<Form, 'get' | 'all'>,
): Promise<Selection> {
  const selection = await readSelection(console, visit, collection, form);
  if (selection.filter !== undefined) return selection;
  const found = await viewSome(console, visit, collection, selection.ids);
  return { ...selection, ids: found.map(({ values }) => String(values.id)) };
}

/** Neither files nor secrets, which are of one record. */
function bulkFields(collection: Collection): readonly Field[] {
  return editableFields(collection, false).filter(
    (field) => field.type !== 'file' && field.type !== 'password' && optionOf(field, 'writeOnly') !== true,
  );
}

type Typed = Pick<BulkForm, 'draft' | 'set' | 'messages' | 'reviewed' | 'status'>;

async function formPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  selection: Selection,
  typed: Typed,
  form?: Form,
): Promise<PageView> {
  const choices = new Map<string, Choices>();
  const fields = bulkFields(collection);
  for (const field of fields) {
    if (field.type !== 'relation') continue;
    const chosen = typed.draft.get(field.name)?.get('') ?? [];
    const search = form?.get(partName(field.name, FIND)) ?? '';
    const shown = form?.get(partName(field.name, SHOWN)) ?? '';
    choices.set(field.name, await findChoices(console.core, visit.actor, field, chosen, { search, shown }));
  }
  const some = await viewSome(console, visit, collection, selection.ids.slice(0, SOME));
  return bulkFormView(visit, { ...{ collection, selection, some, fields, choices }, ...typed });
}

/** Does it and undoes it: what the values do not fit is thrown. */
async function rehearse(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  ids: readonly string[],
  input: RecordInput,
): Promise<void> {
  const operations: Operation[] = [];
  for (const id of ids) {
    const isThere = await core.records.findStored(collection, id);
    if (isThere) operations.push({ kind: 'update', collection, id, input });
  }
  if (operations.length > 0) await core.records.batch(actor, operations, { rehearsal: true });
}

/** Why a change was refused, by field; what nobody foresaw is thrown. */
function refusalOf(error: unknown, visit: Visit, collection: Collection): Messages {
  const { grid } = visit.texts.records;
  if (!(error instanceof AppError)) throw error;
  if (error.reason === 'changed_meanwhile') return new Map([['', grid.outrunRecord]]);
  if (error.code === 'not_found') return new Map([['', grid.goneRecord]]);
  const problems = problemsOf(error, collection, false, visit);
  if (problems === undefined) throw error;
  return problems;
}

function nothingPage({ texts, format }: Visit, collection: Collection, { isTooLarge }: Selection): PageView {
  const { form, grid } = texts.records;
  const base = collectionPath(collection.name);
  return {
    title: isTooLarge ? grid.tooManyTitle : form.nothingSelected,
    section: 'collections',
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
    ],
    body: html`${isTooLarge && html`<p class="notice">${grid.tooMany(format.number(MOST_SELECTED))}</p>`}
      <div class="buttons"><a class="button" href="${base}">${form.backTo(collection.name)}</a></div>`,
  };
}
