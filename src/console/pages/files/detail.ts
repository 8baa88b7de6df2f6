import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { factList } from '../../parts/facts.ts';
import type { Visit } from '../../visit.ts';
import { isPicture } from '../records/file.ts';
import { filePath } from '../records/paths.ts';
import { type FileEntry, ownerOf } from './list.ts';

/** The page of one file: everything that is known of it. */
export function fileView(visit: Visit, entry: FileEntry): PageView {
  const { texts, format } = visit;
  const { files, frame } = texts;
  const path = filePath(entry.collection, entry.record, entry.name);
  const sizeText = [format.bytes(entry.size), files.bytes(format.number(entry.size))];
  const copy = html`<copy-button for="sha256" label="${frame.copy}" done="${frame.copied}"></copy-button>`;
  return {
    title: entry.originalName || entry.name,
    section: 'files',
    crumbs: [{ text: files.title, path: '/_/files' }],
    actions: html`<a class="button" href="${path}?download=1">${files.download}</a>`,
    body: html`${
      isPicture(entry.type) &&
      html`<p class="preview"><a href="${path}"><img src="${filePath(entry.collection, entry.record, entry.name, 'large')}" alt="${entry.originalName}"></a></p>`
    }
    ${factList([
      [files.record, ownerOf(entry)],
      [files.field, entry.field],
      [files.place, entry.field === '' ? undefined : String(entry.position + 1)],
      [files.publicName, html`<code>${entry.name}</code>`],
      [files.size, entry.size < 1000 ? sizeText[0] : sizeText.join(' – ')],
      [files.type, entry.type],
      [files.dimensions, entry.width > 0 ? `${entry.width} × ${entry.height}` : undefined],
      [files.created, format.moment(new Date(entry.created).toISOString())],
      [files.owner, entry.owner === '' ? files.noOwner : html`<code>${entry.owner}</code>`],
      [files.storage, entry.storage],
      ['SHA-256', html`<code id="sha256">${entry.sha256}</code> ${copy}`],
    ])}`,
  };
}
