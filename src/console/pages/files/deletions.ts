import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { filesTabs } from './list.ts';

/** Objects that are to be erased. */
type Queue = Awaited<ReturnType<ReturnType<Core['storages']['deletions']>['list']>>;

/** Rows of a page. */
export const DELETIONS_PER_PAGE = 100;

/** The queue of erasures: what waits, what failed and why. */
export function deletionsView(
  visit: Visit,
  queue: Queue,
  { isFirst, hasFailed }: { readonly isFirst: boolean; readonly hasFailed: boolean },
): PageView {
  const { texts } = visit;
  const { files, records } = texts;
  const last = queue.at(-1);
  return {
    title: files.deletionsTitle,
    section: 'files',
    tabs: filesTabs(texts, 'deletions'),
    isWide: true,
    body: html`<p class="muted">${files.deletionsBody}</p>
      ${
        hasFailed &&
        html`<form action="/_/files/deletions/retries" method="post">${csrfField(visit)}
        <div class="buttons"><button type="submit">${files.retry}</button></div>
      </form>`
      }
      ${queue.length > 0 ? table(visit, queue) : emptyState({ title: files.noDeletionsTitle, body: files.noDeletionsBody })}
      <nav class="pager" aria-label="${records.paging}"><div class="buttons">${
        !isFirst && html`<a class="button" href="/_/files/deletions">${files.first}</a>`
      }${
        last !== undefined &&
        queue.length === DELETIONS_PER_PAGE &&
        html`<a class="button" href="/_/files/deletions?after=${last.id}">${records.next}</a>`
      }</div></nav>`,
  };
}

function table({ texts, format }: Visit, queue: Queue): Html {
  const { files } = texts;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${files.deletionsTitle}">
    <table class="records">
      <thead><tr>
        <th scope="col">${files.file}</th>
        <th scope="col" class="number">${files.size}</th>
        <th scope="col">${files.storage}</th>
        <th scope="col">${files.queued}</th>
        <th scope="col" class="number">${files.attempts}</th>
        <th scope="col">${files.nextAttempt}</th>
        <th scope="col">${files.lastError}</th>
      </tr></thead>
      <tbody>${queue.map(
        (one) => html`<tr>
        <th scope="row"><div class="cell">${one.originalName || html`<code>${one.key}</code>`}</div></th>
        <td class="number">${one.size > 0 && format.bytes(one.size)}</td>
        <td>${one.storage}</td>
        <td>${format.moment(new Date(one.created).toISOString())}</td>
        <td class="number">${one.attempts}</td>
        <td>${
          one.nextAttempt === undefined
            ? html`<span class="badge danger">${files.abandoned}</span>`
            : format.moment(new Date(one.nextAttempt).toISOString())
        }</td>
        <td><div class="cell">${one.error}</div></td>
      </tr>`,
      )}</tbody>
    </table>
  </div>`;
}
