import type { ImageTransform } from '../../../core/ports/images.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The size of the picture that `transform` makes of one of size `source` (after its orientation).
 *
 * `cover` with both sides is exactly that box, enlarging a smaller source; with one side it is scaled to it. `inside`
 * is never larger than the source. With no side it is the source's own size. Whatever would be longer than `maxSide`
 * is made smaller with its ratio kept; no side is shorter than 1.
 */
export function targetSize(source: Size, transform: ImageTransform, maxSide: number): Size {
  const { width, height, fit } = transform;
  if (fit === 'cover' && width > 0 && height > 0) return { width, height };
  const scales = [
    width > 0 ? width / source.width : Infinity,
    height > 0 ? height / source.height : Infinity,
  ];
  const wished = Math.min(...scales);
  const scale = Math.min(
    fit === 'inside' || wished === Infinity ? Math.min(wished, 1) : wished,
    maxSide / Math.max(source.width, source.height),
  );
  return { width: side(source.width, scale, maxSide), height: side(source.height, scale, maxSide) };
}

function side(length: number, scale: number, maxSide: number): number {
  return Math.min(maxSide, Math.max(1, Math.round(length * scale)));
}

/** Whether the numbers of a transform are whole and in range. */
export function isValidTransform(transform: ImageTransform, maxSide: number): boolean {
  const { width, height, quality } = transform;
  const isLength = (value: number) => Number.isInteger(value) && value >= 0 && value <= maxSide;
  const isQuality = quality === undefined || (Number.isInteger(quality) && quality >= 1 && quality <= 100);
  return isLength(width) && isLength(height) && isQuality;
}
