import { describe, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { AppError } from '../../src/core/errors.ts';
import type { ImageResult, Images, ImageTransform } from '../../src/core/ports/images.ts';
import {
  blinkingGif,
  halfClear,
  photoHeld,
  plain,
  pngThatClaims,
  printersPhoto,
  quarters,
  svgWithScript,
} from '../fixtures/images.ts';

const cover: ImageTransform = { width: 30, height: 30, fit: 'cover', anchor: 'center', format: 'source' };
const inside: ImageTransform = { ...cover, fit: 'inside' };

/** What every driver of the `Images` port does. `images` is asked for in each test. */
export function describeImages(name: string, images: () => Images): void {
  const make = (bytes: Uint8Array, transform: ImageTransform) => images().transform({ bytes }, transform);

  describe(`${name}: sizes`, () => {
    test.each([
      ['exactly the box', { ...cover, width: 20, height: 10 }, 20, 10],
      ['the box, even when it is larger', { ...cover, width: 300, height: 500 }, 300, 500],
      ['the height from the width', { ...cover, width: 30, height: 0 }, 30, 20],
      ['the width from the height', { ...cover, width: 0, height: 80 }, 120, 80],
      ['fitting inside the box', { ...inside, width: 30, height: 30 }, 30, 20],
      ['not enlarged to fit a box', { ...inside, width: 500, height: 500 }, 60, 40],
      ['not enlarged to a height', { ...inside, width: 0, height: 500 }, 60, 40],
      ['its own when none is asked', { ...inside, width: 0, height: 0 }, 60, 40],
    ])('%s', async (_, transform, width, height) => {
      const made = await make(await quarters().png().toBuffer(), transform);
      expect([made.width, made.height]).toEqual([width, height]);
      const stored = await sharp(made.bytes).metadata();
      expect([stored.width, stored.height]).toEqual([width, height]);
    });

    test('a side that follows from the ratio is never longer than 4096', async () => {
      const strip = await plain(10, 1000).png().toBuffer();
      const made = await make(strip, { ...cover, width: 300, height: 0 });
      expect([made.width, made.height]).toEqual([41, 4096]);
    });

    test('a side is never shorter than one pixel', async () => {
      const strip = await plain(2, 1000).png().toBuffer();
      const made = await make(strip, { ...inside, width: 0, height: 10 });
      expect([made.width, made.height]).toEqual([1, 10]);
    });

    test.each([
      ['too wide', { ...cover, width: 4097 }],
      ['negative', { ...cover, height: -1 }],
      ['a fraction', { ...cover, width: 1.5 }],
      ['not a number', { ...cover, width: Number.NaN }],
      ['of quality 101', { ...cover, quality: 101 }],
    ])('a transform that is %s is refused', async (_, transform) => {
      const bytes = await quarters().png().toBuffer();
      expect(await failure(make(bytes, transform))).toEqual(['invalid', 'bad_transform']);
    });
  });

  describe(`${name}: what is kept`, () => {
    test.each([
      ['center', { width: 20, height: 40, colours: ['red', 'green', 'blue', 'white'] }],
      ['top', { width: 60, height: 10, colours: ['red', 'green', 'red', 'green'] }],
      ['bottom', { width: 60, height: 10, colours: ['blue', 'white', 'blue', 'white'] }],
    ] as const)('cover keeps the %s', async (anchor, { width, height, colours }) => {
      const made = await make(await quarters().png().toBuffer(), { ...cover, anchor, width, height });
      expect(await corners(made)).toEqual([...colours]);
    });

    test.each([1, 2, 3, 4, 5, 6, 7, 8])('a photo of EXIF orientation %d stands upright', async (value) => {
      const bytes = await photoHeld(value);
      expect(await images().info({ bytes })).toEqual({ width: 60, height: 40, format: 'jpeg' });
      const made = await make(bytes, { ...cover, width: 30, height: 20, quality: 100 });
      expect(await corners(made)).toEqual(['red', 'green', 'blue', 'white']);
      expect((await sharp(made.bytes).metadata()).orientation).toBeUndefined();
    });

    test('a photo that lies on its side is cropped as it is seen', async () => {
      const made = await make(await photoHeld(6), { ...cover, width: 60, height: 10, anchor: 'top' });
      expect(await corners(made)).toEqual(['red', 'green', 'red', 'green']);
    });

    test('of an animation, the first frame', async () => {
      const made = await make(await blinkingGif(), { ...cover, width: 30, height: 20 });
      expect(made.contentType).toBe('image/gif');
      expect((await sharp(made.bytes, { animated: true }).metadata()).pages ?? 1).toBe(1);
      expect(await corners(made)).toEqual(['red', 'green', 'blue', 'white']);
    });

    test('printing colours become screen colours', async () => {
      const made = await make(await printersPhoto(), { ...cover, width: 30, height: 20 });
      const metadata = await sharp(made.bytes).metadata();
      expect([metadata.space, metadata.hasProfile]).toEqual(['srgb', false]);
      expect((await corners(made)).at(3)).toBe('white');
    });

    test('clear pixels stay clear, and are white in a jpeg', async () => {
      const bytes = await halfClear();
      const kept = await sharp((await make(bytes, cover)).bytes).metadata();
      expect([kept.format, kept.hasAlpha]).toEqual(['png', true]);
      const made = await make(bytes, { ...cover, format: 'jpeg' });
      expect(await corners(made)).toEqual(['white', 'white', 'white', 'white']);
    });

    test('no metadata: not the place, not the camera', async () => {
      const bytes = await quarters()
        .withExif({ IFD0: { Artist: 'Ada Lovelace' }, IFD3: { GPSLatitudeRef: 'N' } })
        .jpeg()
        .toBuffer();
      expect(Buffer.from(bytes).includes('Ada Lovelace')).toBe(true);
      const made = await make(bytes, cover);
      const { exif, xmp, icc } = await sharp(made.bytes).metadata();
      expect([exif, xmp, icc]).toEqual([undefined, undefined, undefined]);
    });
  });

  describe(`${name}: formats`, () => {
    test.each(['jpeg', 'png', 'gif', 'webp', 'avif'] as const)('a %s stays one', async (format) => {
      const bytes = await quarters().toFormat(format).toBuffer();
      expect(await images().info({ bytes })).toEqual({ width: 60, height: 40, format });
      const made = await make(bytes, cover);
      expect(made.contentType).toBe(`image/${format}`);
      expect(await formatOf(made)).toBe(format);
    });

    test.each(['jpeg', 'png', 'webp', 'avif'] as const)('a %s can be asked for', async (format) => {
      const made = await make(await quarters().gif().toBuffer(), { ...cover, format });
      expect(made.contentType).toBe(`image/${format}`);
      expect(await formatOf(made)).toBe(format);
    });

    test('a lower quality is smaller', async () => {
      const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
      const bytes = await sharp({ create: { width: 90, height: 90, channels: 3, background: '#000', noise } })
        .jpeg()
        .toBuffer();
      const low = await make(bytes, { ...cover, quality: 10 });
      const high = await make(bytes, { ...cover, quality: 95 });
      expect(low.bytes.length).toBeLessThan(high.bytes.length / 2);
    });

    test('a file is read where it lies', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'images-'));
      try {
        const path = join(folder, 'no extension');
        await writeFile(path, await quarters().png().toBuffer());
        expect(await images().info({ path })).toEqual({ width: 60, height: 40, format: 'png' });
        const made = await images().transform({ path }, { ...cover, width: 30, height: 20 });
        expect(await corners(made)).toEqual(['red', 'green', 'blue', 'white']);
        expect(await failure(images().info({ path: join(folder, 'gone') }))).toEqual([
          'not_found',
          'missing',
        ]);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  describe(`${name}: refusals`, () => {
    test.each([
      [65_536, 65_536],
      [30_000, 30_000],
      [2_147_483_647, 2_147_483_647],
      [50_000_001, 1],
    ])('a header that claims %d × %d is judged before a pixel is decoded', async (width, height) => {
      const bytes = await pngThatClaims(width, height);
      const started = performance.now();
      const [code, reason] = await failure(make(bytes, cover));
      expect(code).toBe('invalid');
      expect(reason).toMatch(/^(?:too_many_pixels|not_an_image)$/);
      expect(performance.now() - started).toBeLessThan(2000);
      expect((await failure(images().info({ bytes })))[0]).toBe('invalid');
    });

    test('50 megapixels are the limit', async () => {
      const allowed = await pngThatClaims(10_000, 5000);
      expect(await images().info({ bytes: allowed })).toMatchObject({ width: 10_000, height: 5000 });
      const over = await pngThatClaims(10_000, 5001);
      expect(await failure(make(over, cover))).toEqual(['invalid', 'too_many_pixels']);
    });

    test.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('a %s that was cut short', async (format) => {
      const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
      const whole = await sharp({
        create: { width: 200, height: 200, channels: 3, background: '#000', noise },
      })
        .toFormat(format)
        .toBuffer();
      const bytes = whole.subarray(0, Math.floor(whole.length / 2));
      expect(await failure(make(bytes, cover))).toEqual(['invalid', 'not_an_image']);
    });

    test('SVG, PDF and TIFF, whatever is in them', async () => {
      const tiff = await quarters().tiff().toBuffer();
      const pdf = new TextEncoder().encode('%PDF-1.7\n');
      for (const bytes of [svgWithScript, pdf, tiff]) {
        expect(await failure(make(bytes, cover))).toEqual(['invalid', 'format_not_allowed']);
        expect(await failure(images().info({ bytes }))).toEqual(['invalid', 'format_not_allowed']);
      }
    });

    test('bytes that are no picture, with or without the beginning of one', async () => {
      const starts = [
        '',
        '\xff\xd8\xff',
        '\x89PNG\r\n\x1a\n',
        'GIF89a',
        'RIFF\x20\0\0\0WEBPVP8 ',
        '\0\0\0\x14ftypavif',
      ];
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...starts),
          fc.uint8Array({ maxLength: 600 }),
          async (start, rest) => {
            const bytes = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
            const [code] = await failure(make(bytes, cover));
            expect(code).toBe('invalid');
          },
        ),
        { numRuns: 60 },
      );
    });

    test('a refusal does no harm to the next picture', async () => {
      const bytes = await quarters().png().toBuffer();
      const outcomes = await Promise.allSettled([
        make(svgWithScript, cover),
        make(bytes, cover),
        make(bytes.subarray(0, 60), cover),
        make(bytes, { ...cover, width: 10, height: 10 }),
      ]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual([
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
    });
  });
}

/** Code and reason of the error that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<[string, string | undefined]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return [error.code, error.reason];
    throw error;
  }
  throw new Error('expected a failure');
}

async function formatOf({ bytes }: ImageResult): Promise<string> {
  const { format, compression } = await sharp(bytes).metadata();
  return compression === 'av1' ? 'avif' : String(format);
}

/** The colours near the four corners, in reading order. */
async function corners({ bytes }: ImageResult): Promise<string[]> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const places = [
    [0.15, 0.15],
    [0.85, 0.15],
    [0.15, 0.85],
    [0.85, 0.85],
  ] as const;
  return places.map(([x, y]) => {
    const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels;
    return colourName([...data.subarray(at, at + 3)]);
  });
}

function colourName(rgb: readonly number[]): string {
  const bits = rgb.map((value) => (value > 128 ? '1' : '0')).join('');
  return { '100': 'red', '010': 'green', '001': 'blue', '111': 'white', '000': 'black' }[bits] ?? String(rgb);
}
