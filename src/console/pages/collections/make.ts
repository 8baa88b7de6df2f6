import { AppError, collectionTemplates } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { collectionPath } from '../records/paths.ts';
import { issueText, placedIssueText } from './issue-texts.ts';
import { newCollectionView, type Way } from './new-view.ts';

const TIMES = [
  { name: 'created', type: 'autodate', onCreate: true },
  { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
];

/** Makes an empty collection, and leads to its definition. */
export async function makeBlank({ core, page }: Console, visit: Visit, form: Form): Promise<Response> {
  const [name, type, idKind] = [form.get('name').trim(), form.get('type'), form.get('idKind')];
  const fields = form.has('withTimes') ? TIMES : [];
  try {
    const made = await core.collections.create(visit.actor, { name, type, idKind, fields });
    return seeOther(visit, `${collectionPath(made.name)}/definition`, { note: 'collectionMade' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const messages = new Map<string, string>();
    for (const issue of error.issues) {
      const isField = issue.path === 'name' || issue.path === 'idKind';
      if (isField) messages.set(issue.path, issueText(issue, visit.texts));
      else messages.set('', placedIssueText(issue, visit.texts));
    }
    const values = new Map(Object.entries({ name, type, idKind, withTimes: form.get('withTimes') }));
    return page(visit, newCollectionView(visit, { way: 'blank', values, messages }));
  }
}

/** Makes the collections of a template, all or none. */
export async function makeOfTemplate({ core, page }: Console, visit: Visit, form: Form): Promise<Response> {
  const chosen = form.get('template');
  const template = collectionTemplates.find(({ name }) => name === chosen);
  if (template === undefined) throw new AppError('invalid', { reason: 'template' });
  try {
    await core.collections.createAll(visit.actor, template.collections);
    return seeOther(visit, '/_/collections', { note: 'collectionsMade' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const name = String(template.collections[Number(error.params.index)]?.name ?? chosen);
    const [issue] = error.issues;
    const text = issue ? placedIssueText(issue, visit.texts, name) : name;
    return again({ page }, visit, 'template', { template: chosen }, new Map([['', text]]));
  }
}

/** Makes collections of CREATE statements, all or none; what was left out of them is told. */
export async function makeOfSql({ page, createBySql }: Console, visit: Visit, form: Form): Promise<Response> {
  const { collections, newCollection, definitionIssues } = visit.texts;
  const sql = form.get('sql');
  if (createBySql === undefined) throw new AppError('not_configured', { reason: 'sql' });
  if (sql.trim() === '')
    return again({ page }, visit, 'sql', { sql }, new Map([['sql', definitionIssues.codes.required]]));
  try {
    const made = await createBySql(sql);
    if (made.notes.length === 0) return seeOther(visit, '/_/collections', { note: 'collectionsMade' });
    return page(visit, {
      title: newCollection.madeTitle,
      section: 'collections',
      crumbs: [{ text: collections.title, path: '/_/collections' }],
      body: html`<p>${newCollection.madeBody}</p>
        <ul>${made.names.map((name) => html`<li><a href="${collectionPath(name)}">${name}</a></li>`)}</ul>
        <ul>${made.notes.map((note) => html`<li>${note}</li>`)}</ul>`,
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const { sentences } = error.params;
    const texts = Array.isArray(sentences)
      ? sentences.map(String)
      : error.issues.map((issue) => placedIssueText(issue, visit.texts));
    const messages = new Map([
      ['', newCollection.sqlRefused],
      ['sql', texts.join(' ')],
    ]);
    return again({ page }, visit, 'sql', { sql }, messages);
  }
}

function again(
  { page }: Pick<Console, 'page'>,
  visit: Visit,
  way: Way,
  values: Readonly<Record<string, string>>,
  messages: ReadonlyMap<string, string>,
): Response {
  return page(visit, newCollectionView(visit, { way, values: new Map(Object.entries(values)), messages }));
}
