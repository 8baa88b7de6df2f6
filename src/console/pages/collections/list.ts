import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import type { Visit } from '../../visit.ts';
import { collectionPath } from '../records/paths.ts';

/** What the list shows. */
export interface CollectionList {
  readonly search: string;
  /** System collections are shown, too. */
  readonly isSystem: boolean;
  readonly found: readonly Collection[];
  /** Numbers of records by collection; undefined before they were counted. */
  readonly totals: ReadonlyMap<string, number> | undefined;
}

/** The list of collections, with a box to search it. */
export function collectionsView(visit: Visit, list: CollectionList): PageView {
  const { collections } = visit.texts;
  const part = html`<div id="collections">${content(visit, list)}</div>`;
  return {
    title: collections.title,
    section: 'collections',
    actions: html`<a class="button" href="/_/definitions" download>${visit.texts.definition.exportAll}</a>
      <a class="button primary" href="/_/collections/new">${visit.texts.newCollection.title}</a>`,
    body: html`
      <form class="toolbar" action="/_/collections" method="get" role="search">
        <div class="field grow">
          <label for="search">${collections.search}</label>
          <input id="search" name="search" type="search" value="${list.search}" maxlength="200">
        </div>
        <label class="check"><input type="checkbox" name="system" value="1"${
          list.isSystem && html` checked`
        }> ${collections.showSystem}</label>
        <button type="submit">${collections.find}</button>
      </form>
      ${part}`,
    part,
  };
}

function content(visit: Visit, list: CollectionList): Html {
  const { collections, newCollection } = visit.texts;
  if (list.found.length > 0) return table(visit, list);
  if (list.search === '')
    return emptyState({
      title: collections.emptyTitle,
      body: collections.emptyBody,
      action: html`<a class="button" href="/_/collections/new">${newCollection.title}</a>`,
    });
  return emptyState({
    title: collections.notFoundTitle,
    body: collections.notFoundBody(list.search),
    action: html`<a class="button" href="/_/collections">${collections.showAll}</a>`,
  });
}

/** Without totals the table asks for itself with them, once. */
function table(visit: Visit, { search, isSystem, found, totals }: CollectionList): Html {
  const { collections } = visit.texts;
  const query = new URLSearchParams({ search, ...(isSystem && { system: '1' }), totals: '1' });
  const later =
    totals === undefined &&
    html` hx-get="/_/collections?${query.toString()}" hx-trigger="load" hx-target="#collections" hx-swap="outerHTML"`;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${collections.title}"${later}>
    <table>
      <thead><tr>
        <th scope="col">${collections.name}</th>
        <th scope="col">${collections.type}</th>
        <th scope="col" class="number">${collections.fields}</th>
        <th scope="col" class="number">${collections.records}</th>
        <th scope="col">${collections.updated}</th>
      </tr></thead>
      <tbody>${found.map((collection) => row(visit, collection, totals))}</tbody>
    </table>
  </div>`;
}

function row(
  { texts, format }: Visit,
  collection: Collection,
  totals: ReadonlyMap<string, number> | undefined,
): Html {
  const { collections } = texts;
  const total = totals?.get(collection.id);
  return html`<tr>
    <th scope="row"><a href="${collectionPath(collection.name)}">${collection.name}</a>${
      collection.system && html` <span class="badge">${collections.system}</span>`
    }</th>
    <td>${collections.types[collection.type]}</td>
    <td class="number">${format.number(collection.fields.length)}</td>
    <td class="number">${
      total === undefined
        ? html`<span aria-hidden="true">–</span>${totals === undefined && html`<span class="visually-hidden">${collections.countLater}</span>`}`
        : format.number(total)
    }</td>
    <td>${format.moment(collection.updated)}</td>
  </tr>`;
}
