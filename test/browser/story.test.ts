import { afterAll, expect } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { SAMPLE_LOGIN } from '../../src/core/index.ts';
import { readArchive } from '../../src/drivers/backups/zip/read-archive.ts';
import { plain } from '../fixtures/images.ts';
import { ADMIN, ROOT, removeFolder, temporaryFolder } from '../support/server.ts';
import { overflowOf, type Visitor } from './browser.ts';
import { byKeys, byMouse, byTouch, type Hand, type Way } from './hands.ts';
import { openSite, type Site } from './site.ts';

const PHOTOS = 20;
/** It has several pieces, and a bar of its own that moves. */
const LARGE = 'holiday-01.png';
const READER = { email: 'reader@example.com', password: 'correct horse battery' };
const RULE = '@request.auth.id != ""';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** Somebody in the middle of the story. */
interface Teller extends Visitor {
  readonly site: Site;
  readonly hand: Hand;
  /** In which it is looked at. */
  readonly theme: 'light' | 'dark';
  /** How it is told, in names of files. */
  readonly name: string;
}

const WAYS: readonly (readonly [name: string, about: string, way: Way])[] = [
  ['mouse', 'by mouse on a laptop', byMouse],
  ['keys', 'by keyboard alone', byKeys],
  ['phone', 'by touch on a phone of 360 pixels', byTouch],
];

for (const [name, about, { look, handOn }] of WAYS) {
  const site = await openSite(`the story of an admin ${about}`, { isNew: true, isBinary: true });
  site.story(
    `who never read the manual goes from the printed link to photos, a rule, a snippet and a backup, ${about}`,
    async () => {
      const visitor = await site.visitor(look);
      await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const { theme = 'light' } = look;
      const teller: Teller = { ...visitor, site, hand: handOn(visitor.page), theme, name };
      await beginAtLink(teller);
      await makeCollection(teller);
      await dropPhotos(teller);
      await seeThumbnails(teller);
      await makeAccount(teller);
      await tryRule(teller);
      await runSnippet(teller);
      await takeBackup(teller);
      await findFiles(teller);
    },
  );
}

/** Looks at a page that has all it loads. */
async function look(teller: Teller): Promise<void> {
  await teller.settled();
  await glance(teller);
}

/** Looks at the page as it is: nothing that axe minds, and nothing beside the window. */
async function glance({ page, violations, theme }: Teller): Promise<void> {
  expect([page.url(), await violations([theme])]).toEqual([page.url(), []]);
  expect([page.url(), await overflowOf(page)]).toEqual([page.url(), 0]);
}

/** Presses what leads to another page, and waits for that. */
async function follow({ page, hand, site }: Teller, target: Locator, path: string | RegExp): Promise<void> {
  await hand.press(target);
  await page.waitForURL(typeof path === 'string' ? site.base + path : path);
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first();
const tab = (page: Page, name: string) => page.locator('nav.tabs').getByRole('link', { name, exact: true });
const section = (page: Page, name: string) => page.locator('nav.side').getByRole('link', { name });

async function beginAtLink(teller: Teller): Promise<void> {
  const { page, hand, site } = teller;
  await page.goto(site.server.setupLink() ?? '');
  await look(teller);
  await hand.write(page.getByLabel('E-mail'), ADMIN.email);
  await hand.write(page.getByLabel('Password', { exact: true }), ADMIN.password);
  await hand.write(page.getByLabel('Password, once more'), ADMIN.password);
  await follow(teller, button(page, 'Create superuser'), '/_/');
  await page.getByRole('heading', { name: 'Begin here' }).waitFor();
  await look(teller);
}

async function makeCollection(teller: Teller): Promise<void> {
  const { page, hand } = teller;
  await follow(teller, page.locator('.first-steps a').first(), '/_/collections/new');
  await hand.write(page.getByLabel('Name'), 'photos');
  await look(teller);
  await follow(teller, button(page, 'Create'), /\/definition/);
  for (const [type, name] of [
    ['file', 'picture'],
    ['geoPoint', 'place'],
  ] as const) {
    await hand.choose(page.getByLabel('Type of the new field'), type);
    await hand.press(button(page, 'Add field'));
    // What was added has the focus.
    const added = page.locator('input[name$=".name"][value=""]:focus');
    await added.waitFor();
    await hand.write(added, name);
  }
  await look(teller);
  await hand.press(button(page, 'Review changes'));
  for (const name of ['picture', 'place']) await page.getByText(`The field “${name}” is added.`).waitFor();
  await look(teller);
  await hand.press(button(page, 'Apply changes'));
  await page.getByText('The changes are applied.').waitFor();
}

/** Photos of many sizes, as somebody has them in a folder. */
async function takePhotos(): Promise<readonly string[]> {
  const paths = [join(folder, LARGE)];
  // No compression makes noise small: more than a piece of 4 MB, and less than the 5 MB that a field takes.
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  await sharp({ create: { width: 1280, height: 1200, channels: 3, background: 'black', noise } })
    .png({ compressionLevel: 0 })
    .toFile(join(folder, LARGE));
  for (let at = 1; at < PHOTOS; at++) {
    const image = plain(320 + 20 * at, 240 + 10 * (at % 5)).tint({
      r: 40 + 10 * at,
      g: 120,
      b: 240 - 10 * at,
    });
    const path = join(folder, `holiday-${String(at + 1).padStart(2, '0')}.${at % 3 === 0 ? 'png' : 'jpg'}`);
    await image.toFile(path);
    paths.push(path);
  }
  return paths;
}

let taken: Promise<readonly string[]> | undefined;

async function dropPhotos(teller: Teller): Promise<void> {
  const { page, hand } = teller;
  taken ??= takePhotos();
  const paths = await taken;
  await follow(teller, tab(page, 'Records'), '/_/collections/photos');
  await look(teller);
  await follow(teller, page.getByRole('link', { name: 'Upload files' }).first(), /\/photos\/upload/);
  // Loopback is faster than an eye: first pieces wait until all bars were seen, and the second until its own was.
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await page.route('**/uploads/*?*', async (route) => {
    await (route.request().url().endsWith('offset=0') ? first : second).promise;
    await route.continue();
  });
  await hand.bring(paths, page.locator('file-drop'));

  const total = page.locator('file-drop > span progress');
  const bar = (name: string) => page.getByRole('progressbar', { name, exact: true });
  const summary = (done: number) => page.getByText(`${done} of ${PHOTOS} uploaded`, { exact: true });
  for (const name of [LARGE, 'holiday-02.jpg', 'holiday-03.jpg']) await bar(name).waitFor();
  await summary(0).waitFor();
  await glance(teller);
  first.resolve();
  await summary(PHOTOS - 1).waitFor();
  for (const one of [bar(LARGE), total]) {
    const value = Number(await one.getAttribute('value'));
    expect(value).toBeGreaterThan(0.5);
    expect(value).toBeLessThan(1);
  }
  await glance(teller);
  second.resolve();
  await page.waitForURL(`${teller.site.base}/_/collections/photos`);
  await page.unrouteAll();
}

async function seeThumbnails(teller: Teller): Promise<void> {
  const { page, name } = teller;
  await page.getByText(`1–${PHOTOS} of ${PHOTOS}`).waitFor();
  for (const image of await page.locator('tbody img').all()) await image.scrollIntoViewIfNeeded();
  await teller.settled();
  expect(await widths(page)).toHaveLength(PHOTOS);
  expect(await widths(page)).not.toContain(0);
  await look(teller);
  await page.evaluate("document.querySelectorAll('html, main *').forEach((one) => one.scrollTo(0, 0))");
  if (name === 'mouse') await teller.shoot('records-thumbnails');
  if (name === 'phone') await teller.shoot('phone-records');
}

const widths = (page: Page) =>
  page.evaluate<number[]>("[...document.querySelectorAll('tbody img')].map((one) => one.naturalWidth)");

async function makeAccount(teller: Teller): Promise<void> {
  const { page, hand } = teller;
  await follow(teller, section(page, 'Accounts'), '/_/accounts');
  await follow(teller, page.getByRole('link', { name: 'New account' }).first(), /\/accounts\/new/);
  await hand.write(page.getByLabel('E-mail', { exact: true }), READER.email);
  await hand.write(page.getByLabel('Password', { exact: true }), READER.password);
  await hand.write(page.getByLabel('Password, once more'), READER.password);
  await look(teller);
  await hand.press(button(page, 'Create account'));
  await page.getByText('The account was created.').waitFor();
  await look(teller);
}

async function tryRule(teller: Teller): Promise<void> {
  const { page, hand } = teller;
  await follow(teller, section(page, 'Collections'), '/_/collections');
  await follow(teller, page.getByRole('link', { name: 'photos', exact: true }), '/_/collections/photos');
  await follow(teller, tab(page, 'Rules'), '/_/collections/photos/rules');
  await hand.choose(page.locator('#kind-list'), 'signed_in');
  await hand.choose(page.locator('#kind-view'), 'condition');
  await hand.write(page.locator('#rule-view'), RULE);
  await hand.choose(page.getByLabel('What is tried'), 'view');
  const id = await page.locator('#trial-records option').first().getAttribute('value');
  await hand.write(page.getByLabel('Id of the record'), id ?? '');
  const outcome = page.locator('#trial-outcome');
  await hand.press(button(page, 'Try'));
  await outcome.getByText('Refused').waitFor();
  expect(await outcome.locator('.clauses').textContent()).toContain('@request.auth.id');
  await look(teller);
  await hand.choose(page.getByLabel('Who asks'), 'users');
  await hand.write(page.getByLabel('E-mail or id of the account'), READER.email);
  await hand.press(button(page, 'Try'));
  await outcome.getByText('Allowed').waitFor();
  expect(await outcome.locator('.clauses').textContent()).toContain('@request.auth.id');
  await outcome.locator('.clauses').scrollIntoViewIfNeeded();
  if (teller.name === 'mouse') await teller.shoot('rules-trial');
  await look(teller);
  await hand.press(button(page, 'Review changes'));
  await page.getByRole('heading', { name: 'What will change' }).waitFor();
  await look(teller);
  await hand.press(button(page, 'Save rules'));
  await page.locator('.toast').waitFor();
  for (const name of ['list', 'view']) expect(await page.locator(`#rule-${name}`).inputValue()).toBe(RULE);
}

async function runSnippet(teller: Teller): Promise<void> {
  const { page, hand } = teller;
  await follow(teller, tab(page, 'Connect'), /\/connect/);
  const clients = page.getByRole('navigation', { name: 'Clients' });
  await follow(teller, clients.getByRole('link', { name: 'pocketbase' }), /client=pocketbase/);
  await look(teller);
  const snippet = page.locator('section.snippet', { hasText: 'List and filter records' });
  await hand.press(snippet.getByRole('button', { name: 'Copy' }));
  await page.locator('.toast', { hasText: 'Copied' }).waitFor();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toBe((await snippet.locator('code').textContent())?.trim() ?? '');
  const own = copied
    .replace(SAMPLE_LOGIN.email, READER.email)
    .replace(SAMPLE_LOGIN.password, READER.password);
  // What the package is called is looked up from the folder that it runs in.
  const stdin = new Blob([own]);
  const child = Bun.spawn([process.execPath, 'run', '-'], {
    cwd: ROOT,
    stdin,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([errors, code]).toEqual(['', 0]);
  expect(output).toStartWith(`${PHOTOS} [`);
  expect(output).toContain('holiday_');
}

async function takeBackup(teller: Teller): Promise<void> {
  const { page, hand, name } = teller;
  await follow(teller, section(page, 'Operations'), /\/_\/operations/);
  await follow(teller, tab(page, 'Backups'), '/_/operations/backups');
  await hand.press(button(page, 'Take backup'));
  const made = page.locator('tbody a[href$=".zip"]').first();
  await made.waitFor();
  await look(teller);
  const [download] = await Promise.all([page.waitForEvent('download'), hand.press(made)]);
  expect(download.suggestedFilename()).toEndWith('.zip');
  const into = join(folder, name);
  mkdirSync(into);
  // Reads all of it, and compares each file with its hash.
  const { objects, missing } = await readArchive(await download.path(), into);
  expect([objects, missing]).toEqual([PHOTOS, 0]);
  await download.delete();
}

async function findFiles(teller: Teller): Promise<void> {
  const { page, name } = teller;
  await follow(teller, section(page, 'Files'), '/_/files');
  await page
    .getByRole('link', { name: /holiday-01/ })
    .first()
    .waitFor();
  await look(teller);
  expect(await widths(page)).not.toBeEmpty();
  if (name === 'mouse') await teller.shoot('files');
}
