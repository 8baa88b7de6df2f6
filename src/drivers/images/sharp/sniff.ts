import type { ImageInfo } from '../../../core/ports/images.ts';

/** How many first bytes of a file {@link sniffImage} wants to see. */
export const sniffLength = 512;

/**
 * What a file's first bytes say it is: a format that may be decoded, `other` for a picture or document that may
 * not (SVG, TIFF, PDF, BMP, HEIC …), or `undefined` for no picture at all.
 */
export function sniffImage(head: Uint8Array): ImageInfo['format'] | 'other' | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, sniffLength)).toString(
    'latin1',
  );
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (/^GIF8[79]a/.test(text)) return 'gif';
  if (/^RIFF.{4}WEBP/s.test(text)) return 'webp';
  if (text.slice(4, 8) === 'ftyp') return isAvif(head, text) ? 'avif' : 'other';
  if (others.some((pattern) => pattern.test(text))) return 'other';
  return undefined;
}

/** The brands of an ISO media file (ISO/IEC 14496-12, 4.3): the major one, a version, the compatible ones. */
function isAvif(head: Uint8Array, text: string): boolean {
  const size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0);
  const end = Math.min(size, text.length);
  for (let at = 8; at + 4 <= end; at += 4) {
    if (at !== 12 && /^avi[fs]$/.test(text.slice(at, at + 4))) return true;
  }
  return false;
}

const others: readonly RegExp[] = [
  /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!doctype svg|svg)/i,
  /^%PDF-/,
  /^(?:II\*\0|MM\0\*|II\+\0|MM\0\+)/,
  /^BM.{4}\0\0\0\0/s,
  /^\0\0\x01\0/,
  /^8BPS/,
  /^(?:\xff\x0a|\0\0\0\x0cJXL )/,
  /^\0\0\0\x0cjP {2}/,
  /^#\?RADIANCE/,
  /^v\/1\x01/,
];
