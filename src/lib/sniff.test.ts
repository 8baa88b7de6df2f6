import { expect, test } from 'bun:test';
import fc from 'fast-check';
import sharp from 'sharp';
import yazl from 'yazl';
import { createSniffer, SNIFF_BYTES, sniff } from './sniff.ts';

test.each([
  ['plain text', 'just words\n', 'text/plain; charset=utf-8', '.txt'],
  ['text beyond ASCII', 'grüße 😀', 'text/plain; charset=utf-8', '.txt'],
  ['an empty file', '', 'text/plain; charset=utf-8', '.txt'],
  ['svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 'image/svg+xml', '.svg'],
  [
    'svg after a prologue',
    '\ufeff<?xml version="1.0"?>\n<!-- drawn -->\n<!DOCTYPE svg [<!ENTITY a "b">]>\n<svg/>',
    'image/svg+xml',
    '.svg',
  ],
  ['svg with a prefix', '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', 'image/svg+xml', '.svg'],
  ['html', '<!DOCTYPE html><p>', 'text/html; charset=utf-8', '.html'],
  ['html without a type', '  <script>alert(1)</script>', 'text/html; charset=utf-8', '.html'],
  ['html after a comment', '<!-- x --><b>', 'text/html; charset=utf-8', '.html'],
  ['xml', '<?xml version="1.0"?><feed/>', 'text/xml; charset=utf-8', '.xml'],
  ['json', '{"a": [1, 2]}', 'application/json', '.json'],
  ['broken json', '{"a": [1, 2}', 'text/plain; charset=utf-8', '.txt'],
  ['json lines', '{"a":1}\n{"a":2}\n', 'application/x-ndjson', '.ndjson'],
  ['csv', 'a,b\n1,"x,\ny"\n', 'text/csv', '.csv'],
  ['tsv', 'a\tb\n1\t2\n', 'text/tab-separated-values', '.tsv'],
  ['prose with commas', 'One, two\nthree\n', 'text/plain; charset=utf-8', '.txt'],
  ['a calendar', 'BEGIN:VCALENDAR\nVERSION:2.0\n', 'text/calendar', '.ics'],
  ['rtf', '{\\rtf1 x}', 'text/rtf', '.rtf'],
  ['pdf', '%PDF-1.7\n', 'application/pdf', '.pdf'],
])('%s is told by its content', async (_, content, type, ext) => {
  expect(await sniff(Buffer.from(content), true)).toEqual({ type, ext });
});

test('pictures are told by their content', async () => {
  const image = sharp({ create: { width: 2, height: 2, channels: 3, background: '#000' } });
  expect(await sniff(await image.png().toBuffer(), true)).toEqual({ type: 'image/png', ext: '.png' });
  expect(await sniff(await image.jpeg().toBuffer(), true)).toEqual({ type: 'image/jpeg', ext: '.jpg' });
  expect(await sniff(await image.webp().toBuffer(), true)).toEqual({ type: 'image/webp', ext: '.webp' });
  expect(await sniff(await image.avif().toBuffer(), true)).toEqual({ type: 'image/avif', ext: '.avif' });
});

test('bytes of no known kind are just bytes', async () => {
  expect(await sniff(Buffer.from([0, 1, 2, 3]), true)).toEqual({ type: 'application/octet-stream', ext: '' });
});

test('text in old charsets is named so', async () => {
  expect((await sniff(Buffer.from('gr\xfc\xdfe', 'latin1'), true)).type).toBe(
    'text/plain; charset=iso-8859-1',
  );
  const utf16 = Buffer.from('\ufeffhello', 'utf16le');
  expect((await sniff(utf16, true)).type).toBe('text/plain; charset=utf-16le');
});

test('svg in UTF-16 is still svg', async () => {
  expect((await sniff(Buffer.from('\ufeff<svg/>', 'utf16le'), true)).type).toBe('image/svg+xml');
});

async function zip(names: readonly string[], padding = 0): Promise<Buffer> {
  const file = new yazl.ZipFile();
  for (const name of names) {
    const content =
      name === 'docProps/thumbnail.bin' ? crypto.getRandomValues(Buffer.alloc(padding)) : Buffer.from('x');
    file.addBuffer(content, name, { compress: false });
  }
  file.end();
  return Buffer.from(await new Response(file.outputStream as unknown as ReadableStream).arrayBuffer());
}

test('an office file is told even when its list of types comes late', async () => {
  const bytes = await zip(
    ['_rels/.rels', 'xl/workbook.xml', 'docProps/thumbnail.bin', '[Content_Types].xml'],
    60_000,
  );
  expect((await sniff(bytes.subarray(0, 30_000), false)).ext).toBe('.xlsx');
  expect((await sniff(await zip(['a.txt']), true)).type).toBe('application/zip');
});

test('a long file is told by its start, wherever the chunks end', async () => {
  const content = Buffer.from(`[${'{"name":"é😀"},'.repeat(20_000)}{}]`);
  for (const size of [1, 7, 4096, 65_536, content.length]) {
    const sniffer = createSniffer();
    for (let at = 0; at < Math.min(content.length, size === 1 ? 70_000 : 1e9); at += size)
      sniffer.push(content.subarray(at, at + size));
    expect(sniffer.head().length).toBe(SNIFF_BYTES);
    expect(Buffer.compare(sniffer.head(), content.subarray(0, SNIFF_BYTES))).toBe(0);
    expect(await sniffer.result()).toEqual({ type: 'application/json', ext: '.json' });
  }
});

test('a single chunk is not copied', () => {
  const sniffer = createSniffer();
  const chunk = new Uint8Array(100_000);
  sniffer.push(chunk);
  expect(sniffer.head().buffer).toBe(chunk.buffer);
});

test('any bytes get a type, and hostile ones get it in linear time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect((await sniff(bytes, true)).type).toMatch(/^[a-z]+\/[\w.+-]+(; charset=[\w-]+)?$/i);
    }),
  );
  const start = performance.now();
  for (const piece of ['<!--', '<?', '<!DOCTYPE [', ' ', '{"', '",', '\n<', '<!DOCTYPE a[]'])
    await sniff(Buffer.from(piece.repeat(65_536)).subarray(0, SNIFF_BYTES), false);
  expect(performance.now() - start).toBeLessThan(2000);
});
