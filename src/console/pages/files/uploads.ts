import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { collectionPath, recordPath } from '../records/paths.ts';
import { filesTabs } from './list.ts';

type OpenUpload = Awaited<ReturnType<Core['uploads']['open']>>[number];

/** The uploads of the superuser that were cut off: where they go on, and their removal. */
export function uploadsView(visit: Visit, open: readonly OpenUpload[]): PageView {
  const { uploads } = visit.texts.files;
  return {
    title: uploads.title,
    section: 'files',
    tabs: filesTabs(visit.texts, 'uploads'),
    isWide: true,
    body: html`<p class="muted">${uploads.body}</p>${
      open.length > 0
        ? table(visit, open)
        : emptyState({ title: uploads.emptyTitle, body: uploads.emptyBody })
    }`,
  };
}

function table(visit: Visit, open: readonly OpenUpload[]): Html {
  const { files } = visit.texts;
  const { uploads } = files;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${uploads.title}">
    <table>
      <thead><tr>
        <th scope="col">${files.file}</th>
        <th scope="col">${uploads.target}</th>
        <th scope="col" class="number">${uploads.arrived}</th>
        <th scope="col">${uploads.expires}</th>
        <th scope="col">${visit.texts.operations.jobs.action}</th>
      </tr></thead>
      <tbody>${open.map((upload) => row(visit, upload))}</tbody>
    </table>
  </div>`;
}

function row(visit: Visit, upload: OpenUpload): Html {
  const { texts, format } = visit;
  const { uploads } = texts.files;
  const { id, filename, offset, size, expires } = upload;
  const path = placeOf(upload);
  return html`<tr>
    <th scope="row"><div class="cell">${filename || html`<code>${id}</code>`}</div></th>
    <td>${targetOf(visit, upload)}</td>
    <td class="number">${uploads.of(format.bytes(offset), size === undefined ? '?' : format.bytes(size))}</td>
    <td>${format.moment(new Date(expires).toISOString())}</td>
    <td><div class="buttons">${
      path !== undefined &&
      html`<a class="button" href="${path}" aria-label="${uploads.goOnWith(filename)}">${uploads.goOn}</a>`
    }<form action="/_/files/uploads/${encodeURIComponent(id)}/removal" method="post">${csrfField(visit)}
      <button type="submit" aria-label="${uploads.removeOf(filename)}">${uploads.remove}</button></form></div></td>
  </tr>`;
}

function targetOf({ texts }: Visit, { collection, field, target }: OpenUpload): Html {
  if (collection === '') return html`–`;
  if (target === undefined) return html`${texts.files.uploads.newRecord(collection, field)}`;
  return html`<a class="mono" href="${recordPath(collection, target)}">${collection}/${target}</a> ${field}`;
}

/** The page with the place to drop it on. */
function placeOf({ collection, field, target }: OpenUpload): string | undefined {
  if (collection === '' || field === '') return undefined;
  if (target !== undefined) return recordPath(collection, target);
  return `${collectionPath(collection)}/upload?${new URLSearchParams({ field }).toString()}`;
}
