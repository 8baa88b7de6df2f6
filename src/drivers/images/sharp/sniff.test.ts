import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { sniffImage } from './sniff.ts';

const sniff = (text: string) => sniffImage(Buffer.from(text, 'latin1'));

test.each([
  ['\xff\xd8\xff\xe0', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['RIFF\n\0\0\0WEBPVP8L', 'webp'],
  ['\0\0\0\x14ftypavif\0\0\0\0mif1', 'avif'],
  ['\0\0\0\x14ftypmif1\0\0\0\0avif', 'avif'],
  ['\0\0\0\x10ftypmif1\0\0\0\0avif', 'other'],
  ['\0\0\0\x14ftypmif1avifheic', 'other'],
  ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'other'],
  ['<svg xmlns="http://www.w3.org/2000/svg">', 'other'],
  ['\xef\xbb\xbf \n<?xml version="1.0"?><svg/>', 'other'],
  ['%PDF-1.7', 'other'],
  ['II*\0', 'other'],
  ['MM\0*', 'other'],
  ['BM\x46\0\0\0\0\0\0\0', 'other'],
  ['RIFF\n\0\0\0WAVE', undefined],
  ['Dear reader, GIF89a', undefined],
  ['', undefined],
] as const)('%j is %s', (head, kind) => {
  expect(sniff(head)).toBe(kind);
});

test('no bytes make it throw', () => {
  const starts = fc.constantFrom(
    '',
    '\xff',
    'GIF',
    'RIFF',
    '\0\0\0\x14ftyp',
    '\0\0\0\x14ftypavi',
    '<',
    '\xff\xff\xff\xffftyp',
  );
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 40 }), (start, rest) => {
      sniffImage(Buffer.concat([Buffer.from(start, 'latin1'), rest]));
    }),
  );
});
