import { open } from 'node:fs/promises';
import type sharpModule from 'sharp';
import type { Sharp, SharpOptions } from 'sharp';
import type { ImageInfo, ImageTransform } from '../../../core/ports/images.ts';
import { isValidTransform, targetSize } from './geometry.ts';
import { type ImageCaps, Refused } from './protocol.ts';
import { sniffImage, sniffLength } from './sniff.ts';

/** What `import('sharp')` gives as its default. */
export type SharpModule = typeof sharpModule;
type Format = ImageInfo['format'];

/** A made picture, before it leaves the worker. */
export interface Rendered extends ImageInfo {
  readonly bytes: Uint8Array;
}

/** Switches every decoder off but those of the formats that may be decoded, and all caching and threads. */
export function restrict(sharp: SharpModule): void {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif'].map((name) => `VipsForeignLoad${name}`),
  });
}

/** Size and kind of a picture from its header. Throws {@link Refused}. */
export async function describeImage(
  sharp: SharpModule,
  input: string | Uint8Array,
  caps: ImageCaps,
): Promise<ImageInfo> {
  const format = sniffImage(await readHead(input));
  if (format === undefined) throw new Refused('not_an_image');
  if (format === 'other') throw new Refused('format_not_allowed');
  const metadata = await sharp(input, { ...inputOptions, limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw refusalOf(error);
    });
  if (metadata.format !== (format === 'avif' ? 'heif' : format)) throw new Refused('not_an_image');
  if (format === 'avif' && metadata.compression !== 'av1') throw new Refused('format_not_allowed');
  const { width, height } = metadata.autoOrient;
  if (width * height > caps.maxPixels) throw new Refused('too_many_pixels');
  return { width, height, format };
}

/**
 * Makes a picture: the first frame, upright, in sRGB, without metadata. Throws {@link Refused}.
 *
 * Resizing is the pipeline's first step, so that the decoders of JPEG and WebP shrink while they load.
 */
export async function renderImage(
  sharp: SharpModule,
  input: string | Uint8Array,
  transform: ImageTransform,
  caps: ImageCaps,
): Promise<Rendered> {
  if (!isValidTransform(transform, caps.maxSide)) throw new Refused('bad_transform');
  const source = await describeImage(sharp, input, caps);
  const size = targetSize(source, transform, caps.maxSide);
  const format = transform.format === 'source' ? source.format : transform.format;
  const pipeline = sharp(input, { ...inputOptions, limitInputPixels: caps.maxPixels }).resize({
    ...size,
    fit: transform.fit === 'cover' && transform.width > 0 && transform.height > 0 ? 'cover' : 'fill',
    position: transform.anchor,
  });
  if (format === 'jpeg') pipeline.flatten({ background: '#ffffff' });
  try {
    const { data, info } = await encoders[format](pipeline, transform.quality).toBuffer({
      resolveWithObject: true,
    });
    return { bytes: data, width: info.width, height: info.height, format };
  } catch (error) {
    throw refusalOf(error);
  }
}

/** `error`: what is cut short or broken is refused; what decoders merely warn about is shown. */
const inputOptions = { failOn: 'error', autoOrient: true, pages: 1, page: 0 } satisfies SharpOptions;

const encoders = {
  jpeg: (image, quality = 80) => image.jpeg({ quality }),
  png: (image) => image.png(),
  gif: (image) => image.gif(),
  webp: (image, quality = 80) => image.webp({ quality }),
  // Effort 4, the default, takes twice the time for a few per cent of the size.
  avif: (image, quality = 50) => image.avif({ quality, effort: 2 }),
} satisfies Record<Format, (image: Sharp, quality: number | undefined) => Sharp>;

async function readHead(input: string | Uint8Array): Promise<Uint8Array> {
  if (typeof input !== 'string') return input.subarray(0, sniffLength);
  const file = await open(input, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Refused(error.code === 'ENOENT' ? 'missing' : 'failed', error);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffLength), 0, sniffLength, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** libvips has no error codes: what it says about a picture is the picture's fault unless it names the pixels. */
function refusalOf(error: unknown): Refused {
  const message = error instanceof Error ? error.message : '';
  return new Refused(/pixel limit/i.test(message) ? 'too_many_pixels' : 'not_an_image', error);
}
