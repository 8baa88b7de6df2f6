import type { ImageTransform } from '../../core/index.ts';

/** Types that thumbs are made of (specs/pocketbase.md 7.1), and avif, which the original cannot read. */
const THUMB_TYPES = new Set([
  'image/png',
  'image/jpeg',
  'image/jpg',
  'image/gif',
  'image/webp',
  'image/avif',
]);

/** Always allowed, declared or not: the original's own console uses it. */
const BUILT_IN = '100x100';

const SIZE = /^(\d{1,5})x(\d{1,5})([tbf]?)$/;

/**
 * The transform of `?thumb=SIZE`; undefined when the size is not declared for the field, is not a size, or the file is not a
 * picture: then the original is served.
 */
export function thumbTransform(
  size: string | undefined,
  declared: readonly string[],
  contentType: string,
): ImageTransform | undefined {
  if (size === undefined || !THUMB_TYPES.has(contentType)) return undefined;
  if (size !== BUILT_IN && !declared.includes(size)) return undefined;
  const match = SIZE.exec(size);
  if (!match) return undefined;
  const width = Number(match[1]);
  const height = Number(match[2]);
  if (width === 0 && height === 0) return undefined;
  return {
    width,
    height,
    fit: match[3] === 'f' ? 'inside' : 'cover',
    anchor: match[3] === 't' ? 'top' : match[3] === 'b' ? 'bottom' : 'center',
    format: 'source',
  };
}
