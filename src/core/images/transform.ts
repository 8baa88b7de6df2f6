import { AppError } from '../errors.ts';
import type { ImageTransform } from '../ports/images.ts';

/** Largest side of a made picture, in pixels (SECURITY-REQUIREMENTS 5.1). */
const MAX_SIDE = 4096;

/** Most pixels of a picture that is decoded (SECURITY-REQUIREMENTS 5.1). */
export const MAX_PIXELS = 50_000_000;

const fits: ReadonlySet<unknown> = new Set<ImageTransform['fit']>(['cover', 'inside']);
const anchors: ReadonlySet<unknown> = new Set<ImageTransform['anchor']>(['center', 'top', 'bottom']);
const formats: ReadonlySet<unknown> = new Set<ImageTransform['format']>([
  'source',
  'jpeg',
  'png',
  'webp',
  'avif',
]);

/** Stored types that pictures are made from, without parameters. */
const sources: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
]);

/**
 * The name of a transform as cache key, e.g. `300x200-cover-top-source-80` (`-0` = the format's own quality). Equal for
 * transforms that cannot differ: an anchor counts only where something is cut off.
 *
 * Throws `invalid` reason `bad_transform` for sides beyond 0..4096 or both 0, and for values that are not in their lists.
 */
export function transformKey(transform: ImageTransform): string {
  const { width, height, fit, anchor, format, quality } = transform;
  const fine =
    isWithin(width, 0, MAX_SIDE) &&
    isWithin(height, 0, MAX_SIDE) &&
    width + height > 0 &&
    fits.has(fit) &&
    anchors.has(anchor) &&
    formats.has(format) &&
    (quality === undefined || isWithin(quality, 1, 100));
  if (!fine) throw new AppError('invalid', { reason: 'bad_transform' });
  const cuts = fit === 'cover' && width > 0 && height > 0;
  return `${width}x${height}-${fit}-${cuts ? anchor : 'center'}-${format}-${quality ?? 0}`;
}

/** Whether pictures can be made from a file of this stored type (SECURITY-REQUIREMENTS 5.1, 5.4: no SVG). */
export function isPictureType(type: string): boolean {
  return sources.has(type);
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
