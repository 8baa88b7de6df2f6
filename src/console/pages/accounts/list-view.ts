import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import type { Visit } from '../../visit.ts';
import { accountPath, accountsPath } from './paths.ts';
import { type AccountPage, labelOf, PER_PAGE, type ShownAccount } from './read.ts';

/** What the list shows. */
export interface AccountList {
  readonly collections: readonly Collection[];
  /** Undefined for all of them. */
  readonly collection: Collection | undefined;
  readonly search: string;
  readonly page: number;
  readonly found: AccountPage;
}

/** The page with the accounts of one collection; the others are its tabs. */
export function accountsView(visit: Visit, list: AccountList): PageView {
  const { accounts } = visit.texts;
  const { collections, collection, search } = list;
  return {
    title: accounts.title,
    section: 'accounts',
    isWide: true,
    actions: html`<a class="button primary" href="/_/accounts/new${
      collection && html`?collection=${encodeURIComponent(collection.name)}`
    }">${accounts.newTitle}</a>`,
    tabs: [
      ...collections.map(({ name }) => {
        return { text: name, path: accountsPath(name), isOpen: name === collection?.name };
      }),
      { text: accounts.all, path: accountsPath(undefined, { all: '1' }), isOpen: collection === undefined },
    ],
    body: html`
      <form class="toolbar" action="/_/accounts" method="get" role="search">
        ${
          collection === undefined
            ? html`<input type="hidden" name="all" value="1">`
            : html`<input type="hidden" name="collection" value="${collection.name}">`
        }
        <div class="field grow">
          <label for="search">${accounts.search}</label>
          <input id="search" name="search" type="search" value="${search}" maxlength="200">
        </div>
        <button type="submit">${accounts.find}</button>
      </form>
      ${list.found.accounts.length > 0 ? html`${table(visit, list)}${pager(visit, list)}` : nothing(visit, list)}`,
  };
}

function nothing({ texts: { accounts, collections } }: Visit, { collection, search }: AccountList): Html {
  if (search === '') {
    return emptyState({
      ...{ title: accounts.emptyTitle, body: accounts.emptyBody },
      action: html`<a class="button" href="/_/accounts/new">${accounts.newTitle}</a>`,
    });
  }
  return emptyState({
    ...{ title: accounts.noMatchTitle, body: accounts.noMatchBody(search) },
    action: html`<a class="button" href="${accountsPath(collection?.name, collection ? {} : { all: '1' })}">${collections.showAll}</a>`,
  });
}

function table(visit: Visit, { collection, found }: AccountList): Html {
  const { accounts } = visit.texts;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${accounts.title}"><table>
    <thead><tr>
      <th scope="col">${accounts.account}</th>
      ${collection === undefined && html`<th scope="col">${accounts.ofCollection}</th>`}
      <th scope="col">${accounts.name}</th>
      <th scope="col">${accounts.verified}</th>
      <th scope="col">${accounts.secondFactor}</th>
      <th scope="col">${accounts.created}</th>
    </tr></thead>
    <tbody>${found.accounts.map((account) => row(visit, account, collection === undefined))}</tbody>
  </table></div>`;
}

function row(
  { texts, format }: Visit,
  { record, hasSecondFactor, collection }: ShownAccount,
  isOfMany: boolean,
): Html {
  const { accounts, records } = texts;
  const { values } = record;
  return html`<tr>
    <th scope="row" class="account"><a href="${accountPath(collection, String(values.id))}">${labelOf(record)}</a></th>
    ${isOfMany && html`<td>${collection}</td>`}
    <td class="name">${typeof values.name === 'string' && values.name}</td>
    <td>${values.verified === true ? records.yes : records.no}</td>
    <td>${hasSecondFactor ? accounts.on : accounts.off}</td>
    <td>${typeof values.created === 'string' && format.moment(values.created)}</td>
  </tr>`;
}

function pager({ texts, format }: Visit, { collection, search, page, found }: AccountList): Html | undefined {
  const { records, accounts } = texts;
  if (collection === undefined)
    return found.hasMore ? html`<p class="hint">${accounts.moreOfEach}</p>` : undefined;
  const link = (to: number, text: string) => {
    const query = { ...(search !== '' && { search }), ...(to > 1 && { page: String(to) }) };
    return html`<a class="button" href="${accountsPath(collection.name, query)}">${text}</a>`;
  };
  const first = (page - 1) * PER_PAGE + 1;
  const last = first + found.accounts.length - 1;
  return html`<nav class="pager" aria-label="${records.paging}">
    <p>${records.range(format.number(first), format.number(last))}</p>
    <div class="buttons">${page > 1 && link(page - 1, records.previous)}${found.hasMore && link(page + 1, records.next)}</div>
  </nav>`;
}
