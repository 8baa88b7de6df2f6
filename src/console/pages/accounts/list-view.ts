import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import type { Visit } from '../../visit.ts';
import { collectionPath } from '../records/paths.ts';
import { accountPath, accountsPath } from './paths.ts';
import { type AccountPage, labelOf, PER_PAGE, type ShownAccount } from './read.ts';

/** What the list shows. */
export interface AccountList {
  readonly collections: readonly Collection[];
  readonly collection: Collection;
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
    tabs: collections.map(({ name }) => {
      return { text: name, path: accountsPath(name), isOpen: name === collection.name };
    }),
    body: html`
      <form class="toolbar" action="/_/accounts" method="get" role="search">
        <input type="hidden" name="collection" value="${collection.name}">
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
      action: html`<a class="button" href="${collectionPath(collection.name)}">${accounts.toRecords}</a>`,
    });
  }
  return emptyState({
    ...{ title: accounts.noMatchTitle, body: accounts.noMatchBody(search) },
    action: html`<a class="button" href="${accountsPath(collection.name)}">${collections.showAll}</a>`,
  });
}

function table(visit: Visit, { collection, found }: AccountList): Html {
  const { accounts } = visit.texts;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${accounts.title}"><table>
    <thead><tr>
      <th scope="col">${accounts.account}</th>
      <th scope="col">${accounts.name}</th>
      <th scope="col">${accounts.verified}</th>
      <th scope="col">${accounts.secondFactor}</th>
      <th scope="col">${accounts.created}</th>
    </tr></thead>
    <tbody>${found.accounts.map((account) => row(visit, collection, account))}</tbody>
  </table></div>`;
}

function row(
  { texts, format }: Visit,
  { name }: Collection,
  { record, hasSecondFactor }: ShownAccount,
): Html {
  const { accounts, records } = texts;
  const { values } = record;
  return html`<tr>
    <th scope="row" class="account"><a href="${accountPath(name, String(values.id))}">${labelOf(record)}</a></th>
    <td class="name">${typeof values.name === 'string' && values.name}</td>
    <td>${values.verified === true ? records.yes : records.no}</td>
    <td>${hasSecondFactor ? accounts.on : accounts.off}</td>
    <td>${typeof values.created === 'string' && format.moment(values.created)}</td>
  </tr>`;
}

function pager({ texts, format }: Visit, { collection, search, page, found }: AccountList): Html {
  const { records } = texts;
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
