import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField, formMessage, type Messages, noMessages, textField } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { collectionPath } from '../records/paths.ts';
import { issueText, placedIssueText } from './issue-texts.ts';

/** Asks what a copy of a collection is to be called. */
export function copyView(
  visit: Visit,
  { name }: Collection,
  value = `${name}_copy`,
  messages: Messages = noMessages,
): PageView {
  const { collections, definition, newCollection, frame } = visit.texts;
  return {
    title: definition.copyTitle(name),
    section: 'collections',
    crumbs: [
      { text: collections.title, path: '/_/collections' },
      { text: name, path: `${collectionPath(name)}/definition` },
    ],
    status: messages.size === 0 ? 200 : 422,
    body: html`${formMessage(messages, frame.checkFields)}
      <form class="card" action="${collectionPath(name)}/copies" method="post">
        ${csrfField(visit)}
        <p>${definition.copyBody}</p>
        ${textField({
          ...{ name: 'name', label: newCollection.name, hint: newCollection.nameHint, messages, value },
          ...{ isRequired: true, maxLength: 255, autocomplete: 'off', isFirst: true },
        })}
        <div class="buttons"><button class="primary" type="submit">${definition.copy}</button></div>
      </form>`,
  };
}

/** Makes a collection of the definition of another: fields, rules, indexes and settings, and none of its records. */
export async function copyCollection(
  { core, page }: Console,
  visit: Visit,
  collection: Collection,
  form: Form,
): Promise<Response> {
  const name = form.get('name').trim();
  const [given = {}] = core.collections.definitions(visit.actor, [collection.id]);
  const { id: _, system: __, dialects: ___, ...definition } = given;
  const input = {
    ...definition,
    name,
    // A relation to itself leads to the copy, which has no id yet.
    fields: collection.fields.map((field) =>
      'collectionId' in field && field.collectionId === collection.id
        ? { ...field, collectionId: name }
        : { ...field },
    ),
    indexes: collection.indexes.map((statement) =>
      statement.replace(/\bINDEX `([^`]*)`/i, (_all, index: string) => `INDEX \`${index}_${name}\``),
    ),
  };
  try {
    await core.collections.createAll(visit.actor, [input]);
    return seeOther(visit, `${collectionPath(name)}/definition`, { note: 'collectionMade' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const messages = new Map<string, string>();
    for (const issue of error.issues) {
      if (issue.path === 'name') messages.set('name', issueText(issue, visit.texts));
      else messages.set('', placedIssueText(issue, visit.texts));
    }
    return page(visit, copyView(visit, collection, name, messages));
  }
}
