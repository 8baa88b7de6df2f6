import { AppError, type Collection, type RecordView } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { refusal } from '../../failures.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField, formMessage } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { nameOf } from './cells.ts';
import { collectionPath, recordPath } from './paths.ts';

/** Records of one deletion: a page of a grid has fewer. */
const MOST = 500;

/** The page that names the records to be deleted, and asks. Those that are gone already are left out. */
export async function deletionPage(
  { core }: Console,
  visit: Visit,
  collection: Collection,
  ids: readonly string[],
  problem?: string,
): Promise<PageView> {
  const { texts, actor } = visit;
  const { form: recordForm } = texts.records;
  const wanted = [...new Set(ids)].slice(0, MOST);
  const found: RecordView[] = [];
  for (const id of wanted) {
    try {
      found.push(await core.records.view(actor, collection, id));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    }
  }
  const base = collectionPath(collection.name);
  const back = html`<a class="button" href="${base}">${texts.frame.cancel}</a>`;
  const page = {
    section: 'collections',
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
    ],
    status: problem === undefined ? undefined : 422,
  } as const;
  if (found.length === 0) {
    const body = html`<div class="buttons"><a class="button" href="${base}">${recordForm.backTo(collection.name)}</a></div>`;
    return { ...page, title: recordForm.nothingSelected, body };
  }
  return {
    ...page,
    title: recordForm.deleteTitle(found.length),
    body: html`${problem !== undefined && formMessage(new Map([['', problem]]), problem)}
      <form class="card" action="${base}/removal" method="post">
        ${csrfField(visit)}
        <p>${recordForm.deleteBody}</p>
        <ul class="named">${found.map((record) => {
          const id = String(record.values.id);
          return html`<li><a href="${recordPath(collection.name, id)}">${nameOf(record)}</a><input type="hidden" name="id" value="${id}"></li>`;
        })}</ul>
        <div class="buttons"><button class="danger" type="submit">${recordForm.deleteNow(found.length)}</button>${back}</div>
      </form>`,
  };
}

/** Deletes them all or none. One that is gone already counts as deleted. */
export async function deleteRecords(
  console: Console,
  visit: Visit,
  collection: Collection,
  sent: readonly string[],
): Promise<Response> {
  const { core } = console;
  const ids = [...new Set(sent)].slice(0, MOST);
  const there: string[] = [];
  for (const id of ids) if (await core.records.findStored(collection, id)) there.push(id);
  try {
    const operations = there.map((id) => ({ kind: 'delete', collection, id }) as const);
    if (operations.length > 0) await core.records.batch(visit.actor, operations);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    const { form } = visit.texts.records;
    const problem =
      error.reason === 'required_reference' ? form.deleteHeld : refusal(error, visit.texts.frame);
    return console.page(visit, await deletionPage(console, visit, collection, ids, problem));
  }
  return seeOther(visit, collectionPath(collection.name), { note: 'recordsDeleted' });
}
