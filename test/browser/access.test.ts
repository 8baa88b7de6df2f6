import { afterAll, beforeAll, expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { binaryPath } from '../support/binary.ts';
import {
  ADMIN,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';
import { browserUnavailable, launchBrowser, openVisitor, overflowOf, type Visitor } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { addVisitors } from './visitors.ts';

const reason = await browserUnavailable();
const story = test.skipIf(reason !== undefined);
if (reason !== undefined) test.skip(`rules, connect and accounts in a browser: ${reason}`, () => {});

const TIME = 60_000;
const RULES = '/_/collections/works/rules';
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  if (reason !== undefined) return;
  const command = [await binaryPath()];
  const dir = join(temporaryFolder(), 'data');
  await makeSuperuser(dir, command);
  server = await startServer({ command, dir });
  await fillGallery(server.base);
  await addVisitors(server.base);
  browser = await launchBrowser();
}, 200_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  if (server) removeFolder(dirname(server.dir));
});

async function signIn({ page }: Visitor, path: string): Promise<void> {
  await page.goto(`${server.base}${path}`);
  await page.locator('input[type=email]').fill(ADMIN.email);
  await page.locator('input[type=password]').fill(ADMIN.password);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL(`${server.base}${path}`);
}

story(
  'a rule is written with suggestions and messages in place, tried as a guest, looked at and saved',
  async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    await signIn(visitor, RULES);
    const rule = page.locator('#rule-update');
    expect(await rule.isVisible()).toBe(false);
    await page.locator('#kind-update').selectOption('condition');
    await rule.pressSequentially('pri');
    await page.getByRole('option', { name: 'price' }).waitFor();
    await visitor.shoot('rules-suggestions');
    expect(await visitor.violations()).toEqual([]);
    await page.keyboard.press('Enter');
    await rule.pressSequentially(' > 5 && nothing = 1');
    await page.locator('#fault-update mark').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('#fault-update mark').textContent()).toBe('nothing');
    expect(await rule.getAttribute('aria-invalid')).toBe('true');
    expect(await visitor.violations()).toEqual([]);

    await rule.fill('price > 5 && @request.auth.id != ""');
    await page.locator('#fault-update mark').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByLabel('What is tried').selectOption('update');
    const id = await page.locator('#trial-records option').first().getAttribute('value');
    await page.getByLabel('Id of the record').fill(id ?? '');
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.locator('#trial-outcome').getByText('Refused').waitFor();
    expect(await page.locator('#trial-outcome').textContent()).toContain('@request.auth.id');
    expect(await visitor.violations()).toEqual([]);

    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByRole('heading', { name: 'What will change' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Save rules' }).click();
    await page.locator('.toast').waitFor();
    expect(await rule.inputValue()).toBe('price > 5 && @request.auth.id != ""');
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);

story(
  'without script a rule is checked, looked at and saved as well',
  async () => {
    const visitor = await openVisitor(browser, { hasScript: false });
    const { page } = visitor;
    await signIn(visitor, RULES);
    await page.locator('#kind-view').selectOption('condition');
    await page.locator('#rule-view').fill('nothing = 1');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    expect(await page.locator('#fault-view mark').textContent()).toBe('nothing');
    await page.locator('#rule-view').fill('sold = false');
    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByRole('button', { name: 'Save rules' }).click();
    expect(await page.locator('#rule-view').inputValue()).toBe('sold = false');
    await visitor.close();
  },
  TIME,
);

story(
  'a developer copies a snippet of their client, with the address of this server',
  async () => {
    const visitor = await openVisitor(browser);
    const { page, context } = visitor;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await signIn(visitor, '/_/collections/works/connect');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('navigation', { name: 'Clients' }).getByRole('link', { name: 'curl' }).click();
    await page.waitForURL('**/connect?client=curl');
    await visitor.shoot('connect');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await page.locator('.toast').waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toContain(server.base);
    expect(copied).toBe((await page.locator('#snippet-1').textContent())?.trim() ?? '');
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);

story(
  'an account is found, one of its sessions ends, and then all of them',
  async () => {
    const visitor = await openVisitor(browser);
    const { page } = visitor;
    await signIn(visitor, '/_/accounts');
    await visitor.shoot('accounts');
    expect(await visitor.violations()).toEqual([]);
    await page.getByLabel('Search by e-mail, name or id').fill('visitor-1');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('tbody a').click();
    await page.getByRole('heading', { name: 'Sessions' }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(2);
    await visitor.shoot('account');
    expect(await visitor.violations()).toEqual([]);
    await page.locator('tbody button').first().click();
    await page.locator('.toast').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('link', { name: 'End every session' }).click();
    expect(await visitor.violations()).toEqual([]);
    const typed = (await page.locator('dialog input[name=confirm]').getAttribute('data-typed')) ?? '';
    await page.locator('dialog input[name=confirm]').fill(typed);
    await page.locator('dialog button[type=submit]').click();
    await page.getByText('There is no session that can be renewed').waitFor();
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);

story(
  'rules, snippets and accounts fit a phone of 360 pixels, in the dark and in German',
  async () => {
    const options = { width: 360, height: 740, theme: 'dark', locale: 'de-AT' } as const;
    const visitor = await openVisitor(browser, options);
    const { page } = visitor;
    await signIn(visitor, RULES);
    const paths = [
      RULES,
      '/_/collections/users/rules',
      '/_/collections/works/connect?client=curl',
      '/_/accounts',
    ];
    for (const path of paths) {
      await page.goto(`${server.base}${path}`);
      expect([path, await overflowOf(page)]).toEqual([path, 0]);
    }
    await page.locator('tbody a').first().click();
    await page.getByRole('heading', { name: 'Sitzungen' }).waitFor();
    expect(await overflowOf(page)).toBe(0);
    expect(await visitor.violations()).toEqual([]);
    expect(visitor.faults).toEqual([]);
    await visitor.close();
  },
  TIME,
);
