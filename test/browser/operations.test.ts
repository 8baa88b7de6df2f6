import { afterAll, beforeAll, expect, test } from 'bun:test';
import { dirname } from 'node:path';
import type { Browser } from 'playwright-core';
import { ADMIN, adminToken, removeFolder, startServer, type TestServer } from '../support/server.ts';
import { browserUnavailable, launchBrowser, openVisitor, overflowOf } from './browser.ts';
import { fillGallery } from './gallery.ts';

const reason = await browserUnavailable();
const story = test.skipIf(reason !== undefined);
if (reason !== undefined) test.skip(`files and operations in a browser: ${reason}`, () => {});

const TIME = 120_000;
const PAGES = ['files', 'files/deletions', 'operations/requests', 'operations/backups', 'operations/storage'];
const MORE = [
  'operations/jobs',
  'operations/settings',
  'operations/sql',
  'operations/health',
  'operations/about',
];
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  if (reason !== undefined) return;
  server = await startServer({ env: { DOSSIER_BACKUPS_SCHEDULE: '0 3 * * *' } });
  await fetch(server.setupLink() ?? '', {
    method: 'POST',
    body: new URLSearchParams({ ...ADMIN, passwordConfirm: ADMIN.password }),
  });
  await adminToken(server.base);
  await fillGallery(server.base);
  browser = await launchBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  if (server) removeFolder(dirname(server.dir));
});

async function openSignedIn(options: Parameters<typeof openVisitor>[1] = {}) {
  const visitor = await openVisitor(browser, options);
  const { page } = visitor;
  await page.goto(`${server.base}/_/login?next=/_/files`);
  await page.locator('#email').fill(ADMIN.email);
  await page.locator('[name=password]').fill(ADMIN.password);
  await page.locator('[name=password]').press('Enter');
  await page.waitForURL('**/_/files');
  return visitor;
}

story(
  'files are found and looked at; a backup is taken and deleted; storages are tested and compared',
  async () => {
    const visitor = await openSignedIn();
    const { page } = visitor;
    await page.getByLabel('Kind').selectOption('image');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('link', { name: 'wide.jpg' }).click();
    await page.getByText('400 × 120').waitFor();
    await visitor.shoot('file');

    await page.goto(`${server.base}/_/operations/backups`);
    await page.getByLabel('Name').first().fill('before-the-tour.zip');
    await page.getByRole('button', { name: 'Take backup' }).click();
    await page.getByRole('link', { name: 'before-the-tour.zip' }).waitFor();
    await visitor.shoot('backups');
    await page.getByRole('link', { name: 'Delete backup…' }).click();
    await page.locator('dialog[open] input[name=confirm]').fill('before-the-tour.zip');
    await page.locator('dialog[open] button[type=submit]').click();
    await page.getByText('No backups yet').waitFor();

    await page.goto(`${server.base}/_/operations/storage`);
    await page.getByRole('button', { name: 'Test: local' }).click();
    await page.getByText('Everything works.').waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('files were compared, and nothing is wrong.').waitFor();
    await visitor.shoot('storage');

    await page.goto(`${server.base}/_/operations/requests?text=before-the-tour`);
    await page.getByRole('cell', { name: '303' }).first().waitFor();
    await page.locator('tbody a').first().click();
    await page.getByText('Id of the request').waitFor();
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);

story(
  'a statement shows its rows, and one that takes long is cancelled',
  async () => {
    const visitor = await openSignedIn();
    const { page } = visitor;
    await page.goto(`${server.base}/_/operations/sql`);
    await page.getByLabel('Statement').fill('SELECT title, price FROM works ORDER BY price DESC');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('120 rows in').waitFor();
    await visitor.shoot('sql');
    expect(await visitor.violations()).toEqual([]);
    await page
      .getByLabel('Statement')
      .fill('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n');
    await page.getByRole('button', { name: 'Run' }).click();
    await Bun.sleep(500);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('The statement was cancelled.').waitFor();
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);

story(
  'every page about files and the server is free of violations, and fits a phone',
  async () => {
    const visitor = await openSignedIn({ width: 360, height: 740, theme: 'dark', locale: 'de-AT' });
    const { page } = visitor;
    for (const path of [...PAGES, ...MORE]) {
      await page.goto(`${server.base}/_/${path}`);
      await page.waitForLoadState('networkidle');
      expect([path, await visitor.violations()]).toEqual([path, []]);
      expect([path, await overflowOf(page)]).toEqual([path, 0]);
    }
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);
