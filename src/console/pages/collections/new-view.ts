import { collectionTemplates, type IdKind } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { areaField } from '../../parts/area-field.ts';
import { csrfField, formMessage, type Messages, selectField, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';

/** What a collection can be made from. */
export const ways = ['blank', 'template', 'sql', 'json'] as const;

/** One of {@link ways}. */
export type Way = (typeof ways)[number];

/** What was typed, by the names of the inputs, and what was wrong with it. */
export interface NewCollection {
  readonly way: Way;
  readonly values: ReadonlyMap<string, string>;
  readonly messages: Messages;
}

const idKinds = ['text', 'integer', 'uuid'] as const satisfies readonly IdKind[];

/** The page that makes collections: each way in a tab of its own. */
export function newCollectionView(visit: Visit, made: NewCollection): PageView {
  const { collections, newCollection, frame } = visit.texts;
  return {
    title: newCollection.title,
    section: 'collections',
    crumbs: [{ text: collections.title, path: '/_/collections' }],
    tabs: ways.map((way) => ({
      text: newCollection.ways[way],
      path: way === 'blank' ? '/_/collections/new' : `/_/collections/new?from=${way}`,
      isOpen: way === made.way,
    })),
    status: made.messages.size === 0 ? 200 : 422,
    body: html`${formMessage(made.messages, frame.checkFields)}
      <form class="card" action="/_/collections/new/${made.way}" method="post">
        ${csrfField(visit)}${forms[made.way](visit, made)}
      </form>
      ${made.way === 'json' && fileForm(visit, made)}`,
  };
}

const forms: Readonly<Record<Way, (visit: Visit, made: NewCollection) => Html>> = {
  blank: blankForm,
  template: templateForm,
  sql: sqlForm,
  json: jsonForm,
};

function blankForm({ texts }: Visit, { values, messages }: NewCollection): Html {
  const { newCollection } = texts;
  const withTimes = values.get('withTimes') ?? '1';
  return html`
    ${textField({
      ...{ name: 'name', label: newCollection.name, hint: newCollection.nameHint, messages },
      ...{ value: values.get('name'), isRequired: true, maxLength: 255, autocomplete: 'off', isFirst: true },
    })}
    ${selectField({
      ...{ name: 'type', label: newCollection.type, value: values.get('type') ?? 'base' },
      options: (['base', 'auth'] as const).map((value) => ({ value, text: newCollection.typeTexts[value] })),
    })}
    ${selectField({
      ...{ name: 'idKind', label: newCollection.idKind, value: values.get('idKind') ?? 'text' },
      options: idKinds.map((value) => ({ value, text: newCollection.idKinds[value] })),
      messages,
    })}
    <span class="hint">${newCollection.idKindHint}</span>
    <label class="check"><input type="checkbox" name="withTimes" value="1"${
      withTimes === '1' && html` checked`
    }> ${newCollection.withTimes}</label>
    <div class="buttons"><button class="primary" type="submit">${newCollection.create}</button></div>`;
}

function templateForm({ texts, look }: Visit, { values }: NewCollection): Html {
  const { newCollection } = texts;
  const chosen = values.get('template') ?? collectionTemplates[0]?.name;
  const list = new Intl.ListFormat(look.language);
  return html`<fieldset class="template-list"><legend>${newCollection.template}</legend>${collectionTemplates.map(
    ({ name, collections }) => html`<label class="template-pick">
      <input type="radio" name="template" value="${name}"${name === chosen && html` checked`}>
      <span><strong>${Object.entries(newCollection.templates).find(([key]) => key === name)?.[1] ?? name}</strong>
      <span class="hint">${newCollection.templateMakes(list.format(collections.map((each) => String(each.name))))}</span></span>
    </label>`,
  )}</fieldset>
  <div class="buttons"><button class="primary" type="submit">${newCollection.create}</button></div>`;
}

function sqlForm({ texts }: Visit, { values, messages }: NewCollection): Html {
  const { newCollection } = texts;
  const value = values.get('sql') ?? '';
  return html`${areaField({
    ...{ name: 'sql', label: newCollection.sql, hint: newCollection.sqlHint },
    ...{ value, rows: 12, isCode: true, messages },
  })}
  <div class="buttons"><button class="primary" type="submit">${newCollection.create}</button></div>`;
}

/** The same of a file; its token comes before it. */
function fileForm(visit: Visit, { values, messages }: NewCollection): Html {
  const { newCollection } = visit.texts;
  const message = messages.get('file');
  return html`<form class="card" action="/_/collections/new/file" method="post" enctype="multipart/form-data">
    ${csrfField(visit)}
    <div class="field">
      <label for="file">${newCollection.file}</label>
      <input id="file" name="file" type="file" accept=".json,application/json" required${
        message !== undefined && html` aria-invalid="true" aria-describedby="file-error"`
      }>
      ${message !== undefined && html`<span id="file-error" class="error">${message}</span>`}
    </div>
    ${missingFlag(visit, values)}
    <div class="buttons"><button type="submit">${newCollection.reviewFile}</button></div>
  </form>`;
}

function missingFlag({ texts }: Visit, values: NewCollection['values']): Html {
  return html`<label class="check"><input type="checkbox" name="deleteMissing" value="1"${
    values.get('deleteMissing') === '1' && html` checked`
  }> ${texts.newCollection.deleteMissing}</label>`;
}

function jsonForm(visit: Visit, { values, messages }: NewCollection): Html {
  const { newCollection } = visit.texts;
  const value = values.get('json') ?? '';
  return html`${areaField({
    ...{ name: 'json', label: newCollection.json, hint: newCollection.jsonHint },
    ...{ value, rows: 16, isCode: true, messages },
  })}
  ${missingFlag(visit, values)}
  <div class="buttons"><button class="primary" type="submit">${newCollection.review}</button></div>`;
}
