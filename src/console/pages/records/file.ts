import { AppError, type Collection, type Core, type ImageTransform } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { download } from '../../../http/download.ts';
import { SAFE_HEADERS } from '../../respond.ts';
import type { Visit } from '../../visit.ts';

const shape = { anchor: 'center', format: 'source' } as const;
const sizes: ReadonlyMap<string, ImageTransform> = new Map([
  ['small', { ...shape, width: 96, height: 96, fit: 'cover' }],
  ['large', { ...shape, width: 960, height: 960, fit: 'inside' }],
]);

/** Types of pictures that can do nothing but be seen. */
const pictures = new Set(['png', 'jpeg', 'gif', 'webp', 'avif'].map((name) => `image/${name}`));

/** Where the viewer of a browser shows a PDF: it does not work in a sandbox, and nothing in a PDF is of this origin. */
const PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/** Whether a file of this sniffed type is a PDF, which browsers show in a frame. */
export function isPdf(type: string): boolean {
  return type === 'application/pdf';
}

/** Whether a file of this sniffed type is shown as a picture. */
export function isPicture(type: string): boolean {
  return pictures.has(type);
}

/**
 * A file of a record, for the superuser who asks: pictures in place, all else to save, whatever its name says. With `size` in
 * the address, a picture of it, `not_found` where none can be made; with `view=pdf` a PDF for a frame. Contents never change, so
 * the browser may keep them.
 */
export async function answerFile(
  core: Core,
  visit: Visit,
  collection: Collection,
  id: string,
  name: string,
): Promise<Response> {
  const { request, url, actor } = visit;
  const { file } = await core.files.find(actor, collection, id, name);
  const transform = sizes.get(url.searchParams.get('size') ?? '');
  const made = transform && isPicture(file.type) ? await core.files.derive(file, transform) : undefined;
  if (transform && made === undefined) throw new AppError('not_found', { reason: 'picture' });
  const type = made?.type ?? file.type;
  const isFramed = url.searchParams.get('view') === 'pdf' && isPdf(type);
  const isInline = isFramed || (isPicture(type) && url.searchParams.get('download') !== '1');
  return download(request, {
    disposition: contentDisposition(isInline ? 'inline' : 'attachment', file.originalName || file.name),
    type: type === '' ? 'application/octet-stream' : type,
    size: made?.size ?? file.size,
    etag: `"${made?.etag ?? file.sha256}"`,
    modified: file.created,
    cache: 'private, max-age=86400, immutable',
    policy: isFramed ? PDF_POLICY : undefined,
    headers: { ...SAFE_HEADERS, 'cross-origin-resource-policy': 'same-origin', vary: 'Cookie' },
    read: async (range) => {
      if (made === undefined) return core.files.read(file, range);
      return range === undefined ? made.body : made.body.slice(range.start, range.end + 1);
    },
  });
}
