import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { confirmDialog } from '../../parts/confirm-dialog.ts';
import { csrfField, formMessage, type Messages, selectField, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { editableFields } from '../records/controls.ts';
import { collectionPath } from '../records/paths.ts';
import { authView } from './auth-view.ts';
import type { Draft } from './draft.ts';
import { optionsOfType } from './field-options.ts';
import { fieldView, typeText } from './field-view.ts';
import { indexBuilder } from './index-builder.ts';
import { collectionTabs } from './tabs.ts';

/** What the page of a definition shows. */
export interface ShownDefinition {
  readonly collection: Collection;
  readonly draft: Draft;
  /** Every collection that a relation may lead to. */
  readonly targets: readonly Pick<Collection, 'id' | 'name'>[];
  readonly messages: Messages;
  /** How many records and files there are, as text. */
  readonly records: string;
  /** Names of the collections whose relations lead here. */
  readonly referrers: readonly string[];
  /** The key of the field to begin with: one that was just added. */
  readonly first?: string;
  /** The dialog whose name was typed wrong. */
  readonly wrong?: 'truncation' | 'deletion';
}

/** Where the form of a definition goes: by the id, which a new name does not change. */
export function definitionAction({ id }: Collection): string {
  return `/_/collections/${encodeURIComponent(id)}/definition`;
}

/** The pages above a collection's. */
export function definitionCrumbs({ texts }: Visit): PageView['crumbs'] {
  return [{ text: texts.collections.title, path: '/_/collections' }];
}

/** The definition of a collection as a form. */
export function definitionView(visit: Visit, shown: ShownDefinition): PageView {
  const { frame, definition, newCollection, collections } = visit.texts;
  const { collection, draft, messages } = shown;
  return {
    title: collection.name,
    section: 'collections',
    crumbs: definitionCrumbs(visit),
    tabs: collectionTabs(visit.texts, collection, 'definition'),
    actions: html`<a class="button" href="/_/definitions?name=${encodeURIComponent(collection.name)}" download>${definition.export}</a>
      ${!collection.system && html`<a class="button" href="${collectionPath(collection.name)}/copies">${definition.copy}</a>`}
      <button class="primary" type="submit" form="definition" name="do" value="review">${definition.review}</button>`,
    status: messages.size === 0 && shown.wrong === undefined ? 200 : 422,
    body: html`${formMessage(messages, frame.checkFields)}
      <form id="definition" class="definition" action="${definitionAction(collection)}" method="post">
        ${csrfField(visit)}
        <input type="hidden" name="revision" value="${draft.revision}">
        ${
          collection.system
            ? html`<input type="hidden" name="name" value="${collection.name}">`
            : textField({
                ...{ name: 'name', label: definition.name, value: draft.name, messages },
                ...{ isRequired: true, maxLength: 255, autocomplete: 'off', hint: newCollection.nameHint },
              })
        }
        <p class="hint">${definition.type}: ${collections.types[collection.type]} · ${definition.ids}: ${newCollection.idKinds[collection.idKind]}</p>
        <h2>${definition.fieldsTitle}</h2>
        ${
          editableFields(collection, false).length === 0
            ? html`<p class="notice">${definition.firstField}</p>`
            : html`<p class="hint">${definition.typeIsFinal}</p>`
        }
        <sortable-list moved="${definition.moved}" handle="${definition.drag}"><ol class="field-list">${draft.fields.map(
          (field) => fieldView(visit, shown, field),
        )}</ol></sortable-list>
        <div class="toolbar">
          ${selectField({
            ...{ name: 'newType', label: definition.newType, value: 'text' },
            options: Object.keys(optionsOfType).map((value) => ({ value, text: typeText(visit, value) })),
          })}
          <button type="submit" name="do" value="add">${definition.addField}</button>
        </div>
        <h2>${definition.indexesTitle}</h2>
        <p class="hint" id="index-hint">${definition.indexHint}</p>
        ${[...draft.indexes.filter(Boolean), ''].map((text, at) => indexInput(visit, text, at, messages))}
        <div class="buttons">
          <button type="submit" name="do" value="addIndex">${definition.addLine}</button>
        </div>
        ${indexBuilder(visit, draft)}
        ${authView(visit, draft.auth, messages)}
        <div class="buttons">
          <button class="primary" type="submit" name="do" value="review">${definition.review}</button>
          <a class="button" href="${collectionPath(collection.name)}/definition">${definition.discard}</a>
        </div>
      </form>
      ${!collection.system && dangers(visit, shown)}`,
  };
}

function indexInput({ texts }: Visit, text: string, at: number, messages: Messages): Html {
  const id = `index.${at}`;
  const message = messages.get(id);
  return html`<div class="field">
    <label for="${id}">${texts.definition.index(at + 1)}</label>
    <input id="${id}" name="index" class="mono" value="${text}" maxlength="5000" autocomplete="off" autocapitalize="off"
      spellcheck="false" aria-describedby="index-hint${message !== undefined && ` ${id}-error`}"${
        message !== undefined && html` aria-invalid="true"`
      }>
    ${message !== undefined && html`<span id="${id}-error" class="error">${message}</span>`}
  </div>`;
}

function dangers(visit: Visit, { collection, records, referrers, wrong }: ShownDefinition): Html {
  const { definition } = visit.texts;
  const path = collectionPath(collection.name);
  const typed = collection.name;
  return html`<section class="card" aria-labelledby="dangers-title">
    <h2 id="dangers-title">${definition.dangerTitle}</h2>
    ${referrers.length > 0 && html`<p>${definition.referenced(referrers.join(', '))}</p>`}
    <div class="buttons">
      ${confirmDialog(
        visit,
        {
          ...{ id: 'truncation', action: `${path}/truncation`, typed },
          ...{ verb: definition.truncate, body: definition.truncateBody(records) },
        },
        wrong === 'truncation',
      )}
      ${
        referrers.length === 0 &&
        confirmDialog(
          visit,
          {
            ...{ id: 'deletion', action: `${path}/deletion`, typed },
            ...{ verb: definition.delete, body: definition.deleteBody(records) },
          },
          wrong === 'deletion',
        )
      }
    </div>
  </section>`;
}
