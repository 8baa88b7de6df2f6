import { bareMediaType } from '../../../lib/media-type.ts';
import type { ConsoleFileLink } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { factList } from '../../parts/facts.ts';
import type { Visit } from '../../visit.ts';
import { isPdf } from '../records/file.ts';
import { fileDetailPath, filePath } from '../records/paths.ts';
import { type FileEntry, ownerOf } from './list.ts';
import { preview, type Shown } from './preview.ts';

/** What the page of a file shows. */
export interface FileData extends Shown {
  readonly entry: FileEntry;
  /** The files of its record in their order, itself among them. */
  readonly siblings: readonly FileEntry[];
  readonly links: readonly ConsoleFileLink[];
}

/** The page of one file: what is in it, and everything that is known of it. */
export function fileView(visit: Visit, data: FileData): PageView {
  const { texts, format } = visit;
  const { files } = texts;
  const { entry, file } = data;
  const path = filePath(entry.collection, entry.record, entry.name);
  const sizeText = [format.bytes(entry.size), files.bytes(format.number(entry.size))];
  const isClaimed = file.declaredType !== '' && bareMediaType(file.declaredType) !== bareMediaType(file.type);
  return {
    title: entry.originalName || entry.name,
    section: 'files',
    crumbs: [{ text: files.title, path: '/_/files' }],
    actions: html`<a class="button" href="${path}?download=1">${files.download}</a>`,
    hasFrame: isPdf(file.type),
    body: html`${neighbours(visit, data)}
    ${preview(visit, data)}
    <h2>${files.details}</h2>
    ${factList([
      [files.originalName, entry.originalName],
      [files.record, ownerOf(entry)],
      [files.field, entry.field],
      [files.place, entry.field === '' ? undefined : String(entry.position + 1)],
      [files.publicName, copied(visit, 'public-name', entry.name)],
      [files.size, entry.size < 1000 ? sizeText[0] : sizeText.join(' – ')],
      [files.type, entry.type],
      [
        files.declaredType,
        isClaimed ? html`${file.declaredType} <span class="hint">${files.declaredHint}</span>` : undefined,
      ],
      [files.dimensions, entry.width > 0 ? `${entry.width} × ${entry.height}` : undefined],
      [files.created, format.moment(new Date(entry.created).toISOString())],
      [files.owner, entry.owner === '' ? files.noOwner : html`<code>${entry.owner}</code>`],
      [files.storage, entry.storage],
      [files.key, copied(visit, 'storage-key', file.key)],
      ['SHA-256', copied(visit, 'sha256', entry.sha256)],
    ])}
    ${links(visit, data.links)}`,
  };
}

function copied({ texts }: Visit, id: string, text: string, address?: string): Html {
  const code = html`<code id="${id}">${text}</code>`;
  return html`${address === undefined ? code : html`<a href="${address}" rel="noreferrer">${code}</a>`}
    <copy-button for="${id}" label="${texts.frame.copy}" done="${texts.frame.copied}"></copy-button>`;
}

/** The files before and after it in the same record. */
function neighbours({ texts }: Visit, { entry, siblings }: FileData): Html | undefined {
  if (siblings.length < 2) return undefined;
  const { files } = texts;
  const at = siblings.findIndex(({ objectId }) => objectId === entry.objectId);
  const link = (other: FileEntry | undefined, text: string, rel: string) =>
    other !== undefined &&
    html`<a class="button" rel="${rel}" href="${fileDetailPath(other.collection, other.record, other.name)}" title="${other.originalName || other.name}">${text}</a>`;
  return html`<nav class="pager" aria-label="${files.ofRecord}">
    <span class="muted">${files.atOf(at + 1, siblings.length)}</span>
    <div class="buttons">${link(siblings[at - 1], files.previousFile, 'prev')}${link(siblings[at + 1], files.nextFile, 'next')}</div>
  </nav>`;
}

function links(visit: Visit, all: readonly ConsoleFileLink[]): Html | undefined {
  const { files } = visit.texts;
  if (all.length === 0) return undefined;
  return html`<h2>${files.links}</h2><p class="muted">${files.linksBody}</p>
    ${factList(
      all.map(({ product, variant, address, access }, index) => [
        variant === '' ? product : `${product}, ${variant}`,
        html`${copied(visit, `link-${index + 1}`, address, access === 'anybody' ? address : undefined)} <span class="hint">${files.access[access]}</span>`,
      ]),
    )}`;
}
