import { afterAll, beforeAll, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { PNG } from '../../../../test/support/files.ts';
import { systemActor } from '../../../core/actor.ts';

let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsoleWorld();
  await world.core.collections.create(systemActor, {
    ...{ name: 'papers', type: 'base' },
    fields: [{ name: 'attached', type: 'file', maxSelect: 9, maxSize: 5_000_000 }],
  });
});
afterAll(() => world.close());

const HTML = '<!doctype html><script>alert(1)</script>';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const PDF = '%PDF-1.4\n<script>alert(1)</script>\n%%EOF\n';

/** Stores a file in a record of its own; the addresses of its page and of itself. */
async function stored(filename: string, content: string | Uint8Array) {
  const id = await world.put('papers', filename, content);
  const record = await world.core.records.findStored(world.core.collections.get('papers'), id);
  const name = encodeURIComponent([record?.attached].flat().join());
  return {
    page: `/_/files/papers/${id}/${name}`,
    bytes: `/_/collections/papers/records/${id}/files/${name}`,
  };
}

test.each([
  ['a page', 'photo.png', HTML, 'text/html'],
  ['a drawing', 'photo.png', SVG, 'image/svg+xml'],
  ['a text', 'photo.svg', 'plain <script>alert(1)</script>', 'text/plain'],
  ['a picture with a page behind it', 'photo.html', Buffer.concat([PNG, Buffer.from(HTML)]), 'image/png'],
  ['a PDF with markup', 'photo.html', PDF, 'application/pdf'],
])('%s called %s runs nowhere', async (_what, filename, content, type) => {
  const { page, bytes } = await stored(filename, content);
  const shown = await world.get(page);
  expect(shown.status).toBe(200);
  expect(shown.text).not.toContain('<script>alert');
  for (const query of ['', '?download=1', '?view=pdf']) {
    const { headers } = await world.get(bytes + query);
    expect(headers.get('content-type')).toStartWith(type);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toStartWith("default-src 'none'");
    expect(policy).not.toContain('script-src');
    const isInline = headers.get('content-disposition')?.startsWith('inline') === true;
    const isFramed = query === '?view=pdf' && type === 'application/pdf';
    expect(isInline).toBe(isFramed || (query !== '?download=1' && type === 'image/png'));
    expect(policy.includes('sandbox')).toBe(!isFramed);
  }
});

test('only the page of a PDF may hold a frame, and only of this server', async () => {
  const policyOf = async (path: string) => (await world.get(path)).headers.get('content-security-policy');
  const { page } = await stored('paper.pdf', PDF);
  expect(await policyOf(page)).toContain("frame-src 'self'");
  expect((await world.get(page)).text).toContain('type="application/pdf"');
  expect(await policyOf((await stored('a.txt', 'text')).page)).not.toContain('frame-src');
});

test.each([
  ['names with quotes', '"><img src=x onerror=alert(1)>.txt'],
  ['names with control characters', 'a\r\nset-cookie: x=1\u202e.txt'],
])('%s stay text in page and headers', async (_what, filename) => {
  const { page, bytes } = await stored(filename, 'hello');
  expect((await world.get(page)).text).not.toContain('<img src=x');
  const { headers, text } = await world.get(bytes);
  expect([headers.get('set-cookie'), text]).toEqual([null, 'hello']);
});

test('a text is shown as far as it goes, and what is no text in it is said', async () => {
  const long = await world.get((await stored('long.csv', 'naïve,1\n'.repeat(40_000))).page);
  expect(long.text).toContain('This is the beginning, 200 kB');
  expect(long.text).not.toContain('\ufffd');
  const broken = Buffer.concat([
    Buffer.from('x'.repeat(70_000)),
    Buffer.from([0xff, 0x80]),
    Buffer.from('end'),
  ]);
  const { text } = await world.get((await stored('broken.txt', broken)).page);
  expect(text).toContain('Some of it is no text in UTF-8');
  expect(text).toContain('\ufffd\ufffdend');
  const latin = Buffer.from('Müller', 'latin1');
  expect((await world.get((await stored('latin.txt', latin)).page)).text).toContain('Müller');
  const wide = Buffer.from('\ufeffÜber', 'utf16le');
  expect((await world.get((await stored('wide.txt', wide)).page)).text).toContain('Über');
  expect((await world.get((await stored('empty.txt', '')).page)).text).not.toContain('<pre');
});

test.each([
  ['a text', 'gone.txt', 'gone '.repeat(30_000)],
  ['a picture', 'gone.png', Buffer.concat([PNG, Buffer.alloc(150_000)])],
  ['a drawing', 'gone.svg', `${SVG}${' '.repeat(150_000)}`],
  ['a PDF', 'gone.pdf', `${PDF}${'%'.repeat(150_000)}`],
])(
  '%s that the storage has lost is told, and its page is there all the same',
  async (_what, filename, content) => {
    const { page } = await stored(filename, content);
    const key = /id="storage-key">([^<]+)/.exec((await world.get(page)).text)?.[1] ?? '';
    const files = join(world.database.dir, 'files');
    for (const path of new Bun.Glob(`**/*${key}`).scanSync(files)) rmSync(join(files, path));
    const { status, text } = await world.get(page);
    expect(status).toBe(200);
    expect(text).toContain('The storage does not have this file any more');
    expect(text).not.toMatch(/<figure class="preview|<object/);
  },
);

test('files of one record lead to each other', async () => {
  const collection = world.core.collections.get('papers');
  const id = await world.put('papers', 'first.txt', 'first');
  await world.upload(`/_/collections/papers/drop?field=attached&record=${id}`, [
    ['file', new File(['second'], 'second.txt')],
    ['file', new File(['third'], 'third.txt')],
  ]);
  const names = [(await world.core.records.findStored(collection, id))?.attached].flat().map(String);
  const { text } = await world.get(`/_/files/papers/${id}/${names[1]}`);
  expect(text).toContain('File 2 of 3 of this record');
  const leads = [...text.matchAll(/rel="(prev|next)" href="([^"]+)"/g)].map(([, rel, path]) => [rel, path]);
  expect(leads).toEqual([
    ['prev', `/_/files/papers/${id}/${names[0]}`],
    ['next', `/_/files/papers/${id}/${names[2]}`],
  ]);
});
