import type { StoredFile } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import { filePath } from '../records/paths.ts';
import { type FileText, SHOWN_BYTES, viewKind } from './content.ts';

/** A file to be shown. */
export interface Shown {
  /** The name of its collection. */
  readonly collection: string;
  readonly file: StoredFile;
  /** Its beginning, where it is text. */
  readonly text: FileText | undefined;
  /** Its storage does not have it any more. */
  readonly isLost: boolean;
}

/** Pictures up to so many bytes are shown as they are: what moves goes on moving. */
const SMALL = 1_000_000;
/** Larger ones are not decoded here (SECURITY-REQUIREMENTS 5.1). */
const MOST_PIXELS = 50_000_000;

/** What is in a file, so that nothing of it runs in this origin: as a picture, in a player, in the viewer of PDFs, or as text. */
export function preview(visit: Visit, shown: Shown): Html | undefined {
  const { collection, file } = shown;
  const { files } = visit.texts;
  const path = filePath(collection, file.recordId, file.name);
  const title = file.originalName || file.name;
  if (shown.isLost) return html`<p role="alert" class="notice error">${files.lost}</p>`;
  switch (viewKind(file)) {
    case 'picture':
      return picture(visit, shown, path, title);
    case 'drawing':
      return html`<figure class="preview"><img class="drawing" src="${path}" alt="${title}"></figure>${textPart(visit, shown)}`;
    case 'video':
      return player(
        visit,
        html`<video controls preload="metadata" src="${path}" aria-label="${title}"></video>`,
      );
    case 'audio':
      return player(
        visit,
        html`<audio controls preload="metadata" src="${path}" aria-label="${title}"></audio>`,
      );
    case 'pdf':
      return html`<object class="preview-frame" data="${path}?view=pdf" type="application/pdf" aria-label="${title}">
        <p class="notice">${files.noViewer} <a href="${path}?download=1">${files.downloadOf(visit.format.bytes(file.size))}</a></p>
      </object>`;
    case 'text':
      return textPart(visit, shown);
    case 'none':
      return html`<p class="notice">${files.noPreview} <a href="${path}?download=1">${files.downloadOf(visit.format.bytes(file.size))}</a></p>`;
  }
}

function picture({ texts }: Visit, { collection, file }: Shown, path: string, title: string): Html {
  if (file.width * file.height > MOST_PIXELS) {
    return html`<p class="notice">${texts.files.tooManyPixels} <a href="${path}">${texts.files.fullSize}</a></p>`;
  }
  const source = file.size <= SMALL ? path : filePath(collection, file.recordId, file.name, 'large');
  return html`<figure class="preview"><a href="${path}" title="${texts.files.fullSize}"><img src="${source}" alt="${title}"></a></figure>`;
}

function player({ texts }: Visit, element: Html): Html {
  return html`<figure class="preview">${element}<figcaption class="hint">${texts.files.playerHint}</figcaption></figure>`;
}

function textPart({ texts, format }: Visit, { text }: Shown): Html | undefined {
  const { files } = texts;
  if (text === undefined) return undefined;
  if (text.text === '') return html`<p class="notice">${files.emptyText}</p>`;
  return html`${text.isBroken && html`<p class="notice">${files.brokenText(text.encoding.toUpperCase())}</p>`}
    <pre class="preview-text" tabindex="0" aria-label="${files.content}" dir="auto" translate="no">
${text.text}</pre>
    ${text.isCut && html`<p class="hint">${files.cutText(format.bytes(SHOWN_BYTES))}</p>`}`;
}
