import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { refusal } from '../../failures.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { csrfField, formMessage, textField } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { nameOf } from './cells.ts';
import { collectionPath, recordPath } from './paths.ts';
import {
  isAsSeen,
  MOST_SELECTED,
  readSelection,
  type Selection,
  selectionFields,
  viewSome,
} from './selection.ts';

/** More are deleted only once their number has been typed. */
const UNTYPED = 100;
/** Records that the page names; others are counted. */
const SHOWN = 20;
/** Deleted all or none; of more, so many at a time. */
const AT_ONCE = 1000;

/** Why a deletion was not begun, or not ended: for the whole, or for what was typed. */
interface Refused {
  readonly problem: string;
  readonly isTyped?: boolean;
}

/** The page that names the records to be deleted, and asks. Those that are gone already are left out. */
export async function deletionPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  form: Pick<Form, 'get' | 'all'>,
): Promise<PageView> {
  return askPage(console, visit, collection, await readSelection(console, visit, collection, form));
}

/** Deletes them: up to 1,000 all or none. One that is gone already counts as deleted. */
export async function deleteRecords(
  console: Console,
  visit: Visit,
  collection: Collection,
  form: Form,
): Promise<Response> {
  const { form: recordForm, grid } = visit.texts.records;
  const selection = await readSelection(console, visit, collection, form);
  const again = async (refused: Refused) =>
    console.page(visit, await askPage(console, visit, collection, selection, refused));
  const count = selection.ids.length;
  if (!isAsSeen(selection, form)) return again({ problem: grid.othersMatch });
  if (count > UNTYPED && !isConfirmed(form, String(count))) {
    return again({ problem: visit.texts.frame.notConfirmed(String(count)), isTyped: true });
  }
  let deleted = 0;
  try {
    for (let from = 0; from < count; from += AT_ONCE) {
      deleted += await deleteSome(console, visit, collection, selection.ids.slice(from, from + AT_ONCE));
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const reason =
      error.reason === 'required_reference' ? recordForm.deleteHeld : refusal(error, visit.texts.frame);
    const left = await readSelection(console, visit, collection, form);
    const problem = deleted === 0 ? reason : `${grid.deletedBefore(visit.format.number(deleted))} ${reason}`;
    return console.page(visit, await askPage(console, visit, collection, left, { problem }));
  }
  return seeOther(visit, collectionPath(collection.name), { note: 'recordsDeleted' });
}

async function deleteSome(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  ids: readonly string[],
): Promise<number> {
  const there: string[] = [];
  for (const id of ids) if (await core.records.findStored(collection, id)) there.push(id);
  const operations = there.map((id) => ({ kind: 'delete', collection, id }) as const);
  if (operations.length > 0) await core.records.batch(actor, operations);
  return there.length;
}

async function askPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  selection: Selection,
  refused?: Refused,
): Promise<PageView> {
  const { texts, format } = visit;
  const { form: recordForm, grid } = texts.records;
  const isPicked = selection.filter === undefined;
  const found = await viewSome(
    console,
    visit,
    collection,
    isPicked ? selection.ids : selection.ids.slice(0, SHOWN),
  );
  const ids = isPicked ? found.map(({ values }) => String(values.id)) : selection.ids;
  const base = collectionPath(collection.name);
  const page = {
    section: 'collections',
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
    ],
    status: refused === undefined ? undefined : 422,
  } as const;
  if (ids.length === 0) {
    const body = html`${selection.isTooLarge && html`<p class="notice">${grid.tooMany(format.number(MOST_SELECTED))}</p>`}
      <div class="buttons"><a class="button" href="${base}">${recordForm.backTo(collection.name)}</a></div>`;
    return { ...page, title: selection.isTooLarge ? grid.tooManyTitle : recordForm.nothingSelected, body };
  }
  const count = ids.length;
  const messages = new Map(
    refused === undefined ? [] : [[refused.isTyped ? 'confirm' : '', refused.problem]],
  );
  return {
    ...page,
    title: recordForm.deleteTitle(count),
    body: html`${formMessage(messages, grid.nothingDeleted)}
      <form class="card" action="${base}/removal" method="post" novalidate>
        ${csrfField(visit)}${selectionFields({ ...selection, ids })}
        ${selection.filter !== undefined && html`<p>${selection.filter === '' ? grid.ofEvery : grid.ofMatch} <code>${selection.filter}</code></p>`}
        <p>${recordForm.deleteBody}${count > AT_ONCE && html` ${grid.deletedInParts}`}</p>
        <ul class="named">${found
          .slice(0, SHOWN)
          .map(
            (record) =>
              html`<li><a href="${recordPath(collection.name, String(record.values.id))}">${nameOf(record)}</a></li>`,
          )}${count > SHOWN && html`<li class="muted">${texts.records.more(count - SHOWN)}</li>`}</ul>
        ${
          count > UNTYPED &&
          textField({
            ...{ name: 'confirm', label: texts.frame.typeToConfirm(String(count)), messages },
            ...{ autocomplete: 'off', inputMode: 'numeric' },
          })
        }
        <div class="buttons"><button class="danger" type="submit">${recordForm.deleteNow(count)}</button><a class="button" href="${base}">${texts.frame.cancel}</a></div>
      </form>`,
  };
}
