import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView, Tab } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import { noMessages, selectField, textField } from '../../parts/form.ts';
import type { Texts } from '../../texts/index.ts';
import type { Visit } from '../../visit.ts';
import { isPicture } from '../records/file.ts';
import { fileDetailPath, filePath, recordPath } from '../records/paths.ts';
import { type FilesState, filesPath, isFiltered, kinds, orders, states } from './state.ts';

/** A page of the catalogue, as the core gives it. */
export type FileList = Awaited<ReturnType<Core['files']['list']>>;

/** One object of it. */
export type FileEntry = FileList['items'][number];

/** What the list of files shows. */
export interface FilesData {
  readonly list: FileList;
  /** Live files and their bytes, of all collections. */
  readonly total: { readonly files: number; readonly bytes: number };
  /** Names that can be chosen. */
  readonly collections: readonly string[];
  /** Fields that hold files, of the chosen collection. */
  readonly fields: readonly string[];
  readonly storages: readonly string[];
}

/** The tabs of the pages about files. */
export function filesTabs({ files }: Texts, open: 'all' | 'uploads' | 'deletions'): readonly Tab[] {
  return [
    { text: files.allTab, path: '/_/files', isOpen: open === 'all' },
    { text: files.uploads.tab, path: '/_/files/uploads', isOpen: open === 'uploads' },
    { text: files.deletionsTab, path: '/_/files/deletions', isOpen: open === 'deletions' },
  ];
}

/** The files of all collections. Filter, order and place are in the address. */
export function filesView(visit: Visit, state: FilesState, data: FilesData): PageView {
  const { texts, format } = visit;
  const { files } = texts;
  const { total } = data;
  return {
    title: files.title,
    section: 'files',
    tabs: filesTabs(texts, 'all'),
    isWide: true,
    body: html`<p class="muted">${files.total(format.number(total.files), format.bytes(total.bytes))}</p>
      ${filterForm(visit, state, data)}
      ${content(visit, state, data.list)}`,
  };
}

function filterForm(visit: Visit, state: FilesState, { collections, fields, storages }: FilesData): Html {
  const { files, records } = visit.texts;
  const any = { value: '', text: files.any };
  const plain = (value: string) => ({ value, text: value });
  return html`<form class="toolbar filters" action="/_/files" method="get" role="search">
    ${textField({ name: 'name', label: files.name, value: state.name, messages: noMessages, maxLength: 200 })}
    ${selectField({ name: 'collection', label: files.collection, value: state.collection, options: [any, ...collections.map(plain)] })}
    ${fields.length > 1 && selectField({ name: 'field', label: files.field, value: state.field, options: [any, ...fields.map(plain)] })}
    ${selectField({
      ...{ name: 'kind', label: files.kind, value: state.kind },
      options: [any, ...Object.keys(kinds).map((value) => ({ value, text: kindText(visit.texts, value) }))],
    })}
    ${storages.length > 1 && selectField({ name: 'storage', label: files.storage, value: state.storage, options: [any, ...storages.map(plain)] })}
    ${textField({ name: 'least', label: files.least, value: state.least, messages: noMessages, maxLength: 20 })}
    ${textField({ name: 'most', label: files.most, value: state.most, messages: noMessages, maxLength: 20 })}
    ${selectField({
      ...{ name: 'state', label: files.state, value: state.state },
      options: states.map((value) => ({ value, text: files.states[value] })),
    })}
    ${selectField({
      ...{ name: 'sort', label: files.order, value: state.sort },
      options: orders.map((value) => ({ value, text: files.orders[value] })),
    })}
    <div class="buttons"><button type="submit">${records.apply}</button>${
      isFiltered(state) && html`<a class="button" href="/_/files">${records.reset}</a>`
    }</div>
  </form>`;
}

function content(visit: Visit, state: FilesState, list: FileList): Html {
  const { files, records } = visit.texts;
  if (list.items.length > 0) return html`${table(visit, list)}${pager(visit, state, list)}`;
  if (isFiltered(state) || state.after !== '') {
    const action = html`<a class="button" href="/_/files">${records.reset}</a>`;
    return emptyState({ title: files.noMatchTitle, body: files.noMatchBody, action });
  }
  return emptyState({
    ...{ title: files.emptyTitle, body: files.emptyBody },
    action: html`<a class="button" href="/_/collections">${files.emptyAction}</a>`,
  });
}

function table(visit: Visit, { items }: FileList): Html {
  const { files } = visit.texts;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${files.title}">
    <table class="records">
      <thead><tr>
        <th scope="col">${files.file}</th>
        <th scope="col" class="number">${files.size}</th>
        <th scope="col">${files.type}</th>
        <th scope="col">${files.record}</th>
        <th scope="col">${files.storage}</th>
        <th scope="col">${files.created}</th>
      </tr></thead>
      <tbody>${items.map((entry) => row(visit, entry))}</tbody>
    </table>
  </div>`;
}

function row({ format }: Visit, entry: FileEntry): Html {
  const { originalName, name, size, type, storage, created } = entry;
  const shown = originalName || name || entry.objectId;
  const path = detailPath(entry);
  return html`<tr>
    <th scope="row"><div class="cell"><span class="files">${thumb(entry)}${
      path === undefined
        ? html`<span class="file"><span>${shown}</span></span>`
        : html`<a class="file" href="${path}"><span>${shown}</span></a>`
    }</span></div></th>
    <td class="number">${format.bytes(size)}</td>
    <td>${type}</td>
    <td>${ownerOf(entry)}</td>
    <td>${storage}</td>
    <td>${format.moment(new Date(created).toISOString())}</td>
  </tr>`;
}

function thumb(entry: FileEntry): Html | undefined {
  if (detailPath(entry) === undefined || !isPicture(entry.type)) return undefined;
  const path = filePath(entry.collection, entry.record, entry.name, 'small');
  return html`<span class="thumb"><img src="${path}" alt="" width="32" height="32" loading="lazy"></span>`;
}

/** The record that has the file, or what is left of its name. */
export function ownerOf({ collection, record, state }: FileEntry): Html {
  if (collection === '' || record === '') return html`–`;
  const text = `${collection}/${record}`;
  return state === 'live'
    ? html`<a class="mono" href="${recordPath(collection, record)}">${text}</a>`
    : html`<span class="mono">${text}</span>`;
}

/** The page of a file; undefined for one that is not a record's any more. */
function detailPath({ state, collection, record, name }: FileEntry): string | undefined {
  if (state !== 'live' || collection === '') return undefined;
  return fileDetailPath(collection, record, name);
}

function pager({ texts }: Visit, state: FilesState, { next }: FileList): Html | undefined {
  const { files, records } = texts;
  if (next === undefined && state.after === '') return undefined;
  return html`<nav class="pager" aria-label="${records.paging}"><div class="buttons">${
    state.after !== '' && html`<a class="button" href="${filesPath(state, { after: '' })}">${files.first}</a>`
  }${next !== undefined && html`<a class="button" href="${filesPath(state, { after: next })}">${records.next}</a>`}</div></nav>`;
}

function kindText({ files }: Texts, kind: string): string {
  return Object.entries(files.kinds).find(([name]) => name === kind)?.[1] ?? kind;
}
