import { afterAll, expect } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { quarters, svgWithScript } from '../fixtures/images.ts';
import { noise, PDF, tone } from '../fixtures/media.ts';
import { textAt } from '../support/json.ts';
import { adminToken, removeFolder, temporaryFolder } from '../support/server.ts';
import { overflowOf } from './browser.ts';
import { openSite } from './site.ts';

const DOCS = '/_/collections/docs';
const folder = temporaryFolder();
afterAll(() => removeFolder(folder));
let record = '';
let names: readonly string[] = [];

const env = {
  DOSSIER_STORAGES_ARCHIVE_TYPE: 'local',
  DOSSIER_STORAGES_ARCHIVE_PATH: join(folder, 'archive'),
};
const site = await openSite('files', { holds: [fill], env });

/** A collection, and a record with a file of each kind, some of which are not what they are called. */
async function fill(base: string): Promise<void> {
  const authorization = await adminToken(base);
  const send = async (path: string, body: FormData | object): Promise<unknown> => {
    const isForm = body instanceof FormData;
    const headers = { authorization, ...(isForm ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${base}/api/collections${path}`, {
      ...{ method: 'POST', headers, body: isForm ? body : JSON.stringify(body) },
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const attached = { name: 'attached', type: 'file', maxSelect: 99, maxSize: 20_000_000 };
  await send('', { name: 'docs', type: 'base', viewRule: '', fields: [attached] });
  await send('', { name: 'small', type: 'base', fields: [{ ...attached, maxSize: 100 }] });
  const form = new FormData();
  const add = (name: string, type: string, ...parts: (string | Uint8Array<ArrayBuffer>)[]) =>
    form.append('attached', new File(parts, name, { type }));
  add('Übersee-Grüßmann in front of the museum.png', 'image/png', await quarters().png().toBuffer());
  add('tone.wav', 'audio/wav', tone);
  add('paper.pdf', 'application/pdf', PDF);
  add('drawing.png', 'image/png', svgWithScript);
  add('page.png', 'image/png', '<!doctype html><script>window.hacked=1;fetch("/_/account")</script>');
  add('rows.csv', 'text/csv', 'name,price\n"Émilie",12\n'.repeat(20_000));
  add('noise.bin', 'application/octet-stream', noise);
  const made = await send('/docs/records', form);
  record = textAt(made, 'id');
  names = Object(made).attached;
}

const pathOf = (start: string) =>
  `/_/files/docs/${record}/${encodeURIComponent(names.find((name) => name.startsWith(start)) ?? '')}`;

/** Drops files of so many bytes on the page. */
const dropped = (page: Page, files: readonly { name: string; size: number }[]) =>
  page.evaluate(`{
    const dataTransfer = new DataTransfer();
    for (const { name, size } of ${JSON.stringify(files)}) dataTransfer.items.add(new File([new Uint8Array(size)], name));
    document.querySelector('file-drop').dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
  }`);

site.story('each file is shown for what it is, and nothing of it runs', async () => {
  const { page, violations } = await site.signedIn(`${DOCS}/records/${record}`);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.locator('a.thumb').click();
  await page.getByRole('heading', { name: /Übersee-Grüßmann/ }).waitFor();
  const isLoaded = 'document.querySelector(".preview img").naturalWidth > 0';
  await page.waitForFunction(isLoaded);
  expect(await violations()).toEqual([]);
  await page.getByRole('link', { name: 'Next file' }).click();
  await page.getByRole('heading', { name: 'tone.wav' }).waitFor();
  await page.waitForFunction('document.querySelector("audio").duration === 0.5');
  await page.getByRole('link', { name: 'Next file' }).click();
  await page.getByRole('heading', { name: 'paper.pdf' }).waitFor();
  await page.waitForFunction('document.querySelector("object").offsetHeight > 100');
  await page.getByRole('link', { name: 'Next file' }).click();
  await page.getByRole('heading', { name: 'drawing.png' }).waitFor();
  await page.waitForFunction(isLoaded);
  await page.getByText('Declared as').waitFor();
  await page.getByRole('link', { name: 'Next file' }).click();
  await page.getByText('window.hacked=1').waitFor();
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  await page.getByRole('link', { name: 'Next file' }).click();
  await page.getByText('This is the beginning, 200 kB').waitFor();
  expect(await violations()).toEqual([]);
  await page.getByRole('link', { name: 'Next file' }).click();
  await page.getByText('Browsers do not show files of this type.').waitFor();
  expect(asked).not.toContain('/_/account');
});

site.story('each link of a file answers with its bytes, parts of it as well', async () => {
  const { page } = await site.signedIn(pathOf('tone'));
  const links = await page.locator('[id^=link-]').allTextContents();
  expect(links.length).toBeGreaterThanOrEqual(2);
  for (const link of links) {
    const whole = await fetch(link);
    expect(Buffer.from(await whole.arrayBuffer()).equals(tone)).toBe(true);
    const part = await fetch(link, { headers: { range: 'bytes=4-7' } });
    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 4]);
  }
});

site.story('a file, all files and the storage fit a phone, in the dark and in German', async () => {
  const options = { width: 360, height: 760, theme: 'dark', locale: 'de-AT' } as const;
  const { page, violations } = await site.signedIn(pathOf('bersee'), options);
  for (const path of [pathOf('bersee'), pathOf('rows'), pathOf('paper'), '/_/files', '/_/files/uploads']) {
    await page.goto(site.base + path);
    expect([path, await overflowOf(page)]).toEqual([path, 0]);
    expect(await violations()).toEqual([]);
  }
  await page.goto(`${site.base}/_/operations/storage`);
  expect(await overflowOf(page)).toBe(0);
  expect(await violations()).toEqual([]);
});

site.story('of many files the refused ones stay, are tried again together, and keep no other', async () => {
  const { page, violations } = await site.signedIn('/_/collections/small/upload');
  const files = Array.from({ length: 40 }, (_, index) => ({
    ...{ name: `file-${index}.txt`, size: index % 10 === 0 ? 500 : 50 },
  }));
  await dropped(page, files);
  await page.getByText('36 of 40 uploaded, 4 failed').waitFor();
  expect(await page.locator('file-drop .sending li').count()).toBe(4);
  expect(await violations()).toEqual([]);
  await page.getByRole('button', { name: 'Try all that failed again' }).click();
  await page.getByText('This file is larger than the field takes: at most 100 bytes.').first().waitFor();
  await page.getByText('36 of 40 uploaded, 4 failed').waitFor();
  await page.goto(`${site.base}/_/files?collection=small`);
  await page.locator('a.file').first().waitFor();
  expect(await page.locator('a.file').count()).toBe(36);
});

site.story('a file whose answer is lost is there once when it is sent again', async () => {
  const { page, faults } = await site.signedIn('/_/collections/small/upload');
  let lost = 0;
  await page.route('**/uploads/*offset=0*', async (route) => {
    await route.fetch();
    lost++;
    await route.abort();
  });
  await dropped(page, [{ name: 'only-once.txt', size: 20 }]);
  await page.getByRole('button', { name: 'Try again: only-once.txt' }).click();
  await page.waitForURL(`${site.base}/_/collections/small`);
  await page.goto(`${site.base}/_/files?collection=small&name=only-once`);
  await page.locator('a.file').first().waitFor();
  expect([lost, await page.locator('a.file').count()]).toEqual([1, 1]);
  // The browser tells of the lost answer itself.
  faults.splice(0);
});

site.story('a folder is dropped with the folders in it, and a picture is pasted', async () => {
  const { page } = await site.signedIn(`${DOCS}/upload`);
  mkdirSync(join(folder, 'holiday', 'beach'), { recursive: true });
  writeFileSync(join(folder, 'holiday', 'list.txt'), 'list');
  writeFileSync(join(folder, 'holiday', 'beach', 'sea.txt'), 'sea');
  const { x, y } = (await page.locator('file-drop').boundingBox()) ?? { x: 0, y: 0 };
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [join(folder, 'holiday')], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: x + 20, y: y + 20, data });
  await page.waitForURL(`${site.base}${DOCS}`);
  await page.getByRole('status').getByText('2 of 2 uploaded').waitFor();
  await page.goto(`${site.base}${DOCS}/upload`);
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(['pasted'], 'pasted.txt', { type: 'image/png' }));
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
  }`);
  await page.waitForURL(`${site.base}${DOCS}`);
  for (const name of ['list.txt', 'sea.txt', 'pasted.txt'])
    await page.locator('a.file', { hasText: name }).waitFor();
});

site.story('a large file goes on after a reload where it stopped, or is removed', async () => {
  const { page, violations } = await site.signedIn(`${DOCS}/upload`);
  const large = join(folder, 'large.bin');
  writeFileSync(large, new Uint8Array(9_000_000).fill(7));
  const offsets: string[] = [];
  let isCut = true;
  await page.route('**/uploads/**', async (route) => {
    const offset = new URL(route.request().url()).searchParams.get('offset') ?? '';
    if (isCut && offset === '4000000') return route.fulfill({ status: 408 });
    offsets.push(offset);
    return route.continue();
  });
  const input = page.locator('file-drop input[type=file]');
  await input.setInputFiles([large]);
  await page.getByText('The connection was lost.').waitFor();
  await page.reload();
  await page.getByText('large.bin did not arrive whole.').waitFor();
  expect(await violations()).toEqual([]);
  isCut = false;
  offsets.length = 0;
  await input.setInputFiles([large]);
  await page.waitForURL(`${site.base}${DOCS}`);
  expect(offsets).toEqual(['-1', '4000000', '8000000']);
  isCut = true;
  await page.goto(`${site.base}${DOCS}/upload`);
  await page.locator('.unfinished li').waitFor({ state: 'detached' });
  await input.setInputFiles([large]);
  await page.getByText('The connection was lost.').waitFor();
  await page.goto(`${site.base}/_/files/uploads`);
  await page.getByText('4 MB of 9 MB').waitFor();
  expect(await violations()).toEqual([]);
  await page.getByRole('link', { name: 'Go on with large.bin' }).click();
  await page.getByRole('button', { name: 'Remove: large.bin' }).click();
  await page.locator('.unfinished li').waitFor({ state: 'detached' });
  await page.goto(`${site.base}/_/files/uploads`);
  await page.getByText('No upload is unfinished').waitFor();
});

site.story(
  'who sends a file after the session ended is told so, and the file is not taken for sent',
  async () => {
    const { page, context } = await site.signedIn('/_/collections/small/upload');
    await context.clearCookies();
    await dropped(page, [{ name: 'late.txt', size: 10 }]);
    await page.getByText('Your session has ended. Sign in again and reload this page').waitFor();
    await page.getByRole('button', { name: 'Try again: late.txt' }).waitFor();
  },
);

site.story('files are compared, moved to another storage, and what nothing knows is looked for', async () => {
  const { page, violations } = await site.signedIn('/_/operations/storage');
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('files were compared, and nothing is wrong.').waitFor();
  await page.getByLabel('To', { exact: true }).selectOption('archive');
  await page.getByRole('button', { name: 'Move files…' }).click();
  await page.getByText(/^Move \d+ files .* from local to archive/).waitFor();
  expect(await violations()).toEqual([]);
  await page.getByRole('button', { name: 'Move files', exact: true }).click();
  await page.goto(`${site.base}/_/files`);
  await page.goto(`${site.base}/_/operations/storage`);
  await page.getByText(/^\d+ files were moved to archive\./).waitFor();
  await page.getByRole('button', { name: 'Look what would happen' }).click();
  await page.getByText('Nothing to collect: every file is known.').waitFor();
  expect(await violations()).toEqual([]);
  await page.goto(site.base + pathOf('tone'));
  await page.getByText('archive', { exact: true }).waitFor();
  await page.waitForFunction('document.querySelector("audio").duration === 0.5');
});
