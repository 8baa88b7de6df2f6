import { expect, test } from 'bun:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { imageSize } from './image-size.ts';

const picture = () => sharp({ create: { width: 34, height: 21, channels: 3, background: '#c40' } });

test.each(['png', 'jpeg', 'gif', 'webp', 'avif'] as const)(
  'the size of a %s is read from its header',
  async (format) => {
    const bytes = await picture().toFormat(format).toBuffer();
    expect(imageSize(bytes)).toEqual({ width: 34, height: 21 });
  },
);

test('lossless and alpha webp are read too', async () => {
  expect(imageSize(await picture().webp({ lossless: true }).toBuffer())).toEqual({ width: 34, height: 21 });
  const alpha = await picture().ensureAlpha(0.5).webp().toBuffer();
  expect(imageSize(alpha)).toEqual({ width: 34, height: 21 });
});

test.each([1, 3, 6, 8])(
  'a jpeg with EXIF orientation %d has the size it is shown in',
  async (orientation) => {
    const bytes = await picture().withMetadata({ orientation }).jpeg().toBuffer();
    expect(imageSize(bytes)).toEqual(orientation > 4 ? { width: 21, height: 34 } : { width: 34, height: 21 });
  },
);

test.each([
  ['nothing', ''],
  ['text', 'hello'],
  ['a png without header', '\x89PNG\r\n\x1a\n'],
  ['a jpeg without frame', '\xff\xd8\xff\xe0\x00\x04ab'],
  ['a gif of no width', 'GIF89a\x00\x00\x01\x00'],
])('%s has no size', (_, bytes) => {
  expect(imageSize(Buffer.from(bytes, 'latin1'))).toBeUndefined();
});

test('broken headers never throw', () => {
  const starts = [
    '',
    '\x89PNG\r\n\x1a\n',
    'GIF89a',
    '\xff\xd8',
    'RIFFxxxxWEBPVP8L',
    'RIFFxxxxWEBPVP8X',
    '\0\0\0\x18ftypavif',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 120 }), (start, rest) => {
      imageSize(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
    }),
  );
});

test('a picture cut anywhere, or with any byte changed, never throws', async () => {
  for (const format of ['jpeg', 'webp', 'avif'] as const) {
    const bytes = await picture().withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
    for (let end = 0; end < Math.min(bytes.length, 400); end++) imageSize(bytes.subarray(0, end));
    for (let at = 0; at < Math.min(bytes.length, 400); at++) {
      const changed = Buffer.from(bytes);
      changed[at] = 0xff;
      imageSize(changed);
    }
  }
});
