import { afterAll, beforeAll, expect, test } from 'bun:test';
import { dirname } from 'node:path';
import type { Browser } from 'playwright-core';
import { ADMIN, removeFolder, startServer, type TestServer } from '../support/server.ts';
import { browserUnavailable, launchBrowser, openVisitor, overflowOf, type Visitor } from './browser.ts';
import { fillGallery } from './gallery.ts';

const reason = await browserUnavailable();
const story = test.skipIf(reason !== undefined);
if (reason !== undefined) test.skip(`comfort in a browser: ${reason}`, () => {});

const TIME = 60_000;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  if (reason !== undefined) return;
  server = await startServer();
  browser = await launchBrowser();
  await makeAdmin();
  await fillGallery(server.base);
}, TIME);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  if (server) removeFolder(dirname(server.dir));
});

async function makeAdmin(): Promise<void> {
  const visitor = await openVisitor(browser);
  const { page } = visitor;
  await page.goto(server.setupLink() ?? '');
  await page.locator('#email').fill(ADMIN.email);
  await page.locator('#password').fill(ADMIN.password);
  await page.locator('#passwordConfirm').fill(ADMIN.password);
  await page.locator('button[type=submit]').click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await visitor.close();
}

async function signIn({ page }: Visitor, path: string): Promise<void> {
  await page.goto(`${server.base}/_/login?next=${encodeURIComponent(path)}`);
  await page.locator('#email').fill(ADMIN.email);
  await page.locator('#password').fill(ADMIN.password);
  await page.locator('button[type=submit]').click();
  await page.waitForURL(`${server.base}${path}`);
}

story(
  'the box that leads everywhere needs the keyboard alone, and tells what it finds',
  async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    const { keyboard } = page;
    await signIn(visitor, '/_/');
    await page.getByText('122', { exact: true }).waitFor();
    await visitor.shoot('overview');
    expect(await visitor.violations()).toEqual([]);

    await keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Where to?' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await keyboard.type('wrks');
    await page.getByRole('option', { name: 'works Collection', exact: true }).waitFor();
    await visitor.shoot('palette');
    await keyboard.press('ArrowDown');
    const second = page.getByRole('option').nth(1);
    expect(await second.getAttribute('aria-selected')).toBe('true');
    expect(await page.getByRole('combobox').getAttribute('aria-activedescendant')).toBe(
      await second.getAttribute('id'),
    );
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    await page.waitForURL('**/_/collections/works');

    await keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await keyboard.type('qqqq');
    await page.locator('dialog [role=status]', { hasText: 'Nothing fits.' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await keyboard.press('Escape');
    await keyboard.press('Escape');
    await page.locator('command-palette dialog').waitFor({ state: 'hidden' });
    await keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await keyboard.type('?');
    await keyboard.press('Enter');
    await page.waitForURL('**/_/shortcuts');
    expect(await visitor.violations()).toEqual([]);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);

story(
  'without script, on a phone, the same box is a page',
  async () => {
    const visitor = await openVisitor(browser, { width: 360, height: 740, hasScript: false });
    const { page } = visitor;
    await signIn(visitor, '/_/shortcuts');
    expect(await overflowOf(page)).toBe(0);
    await page.getByRole('link', { name: 'Go to…' }).click();
    await page.waitForURL('**/_/palette');
    await page.getByLabel('Where to?').fill('wrks');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(await overflowOf(page)).toBe(0);
    await page.getByRole('link', { name: 'works Collection', exact: true }).click();
    await page.waitForURL('**/_/collections/works');
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);

story(
  'columns that were chosen stay, an address decides all the same, and usual ones come back',
  async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    await signIn(visitor, '/_/collections/works');
    const columns = () => page.locator('table.records thead th a').allTextContents();
    const usual = await columns();
    const choose = async (button: string) => {
      await page.locator('summary', { hasText: 'Columns' }).click();
      for (const box of await page.locator('.menu input[name=column]').all()) {
        if ((await box.getAttribute('value')) !== 'price') await box.uncheck();
      }
      await page.getByRole('button', { name: button }).click();
      await page.waitForLoadState('networkidle');
    };
    await choose('Show columns');
    expect(await columns()).toEqual(['id', 'price']);
    await page.goto(`${server.base}/_/collections/works?sort=-price`);
    expect((await columns()).map((one) => one.split(' ')[0])).toEqual(['id', 'price']);
    await page.goto(`${server.base}/_/collections/works?column=title`);
    expect(await columns()).toEqual(['id', 'title']);
    await page.goto(`${server.base}/_/collections/works`);
    await choose('Usual columns');
    expect(await columns()).toEqual(usual);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);
