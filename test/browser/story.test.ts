import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { plain } from '../fixtures/images.ts';
import { ADMIN } from '../support/server.ts';
import { overflowOf, tabTo, type Visitor } from './browser.ts';
import { openSite } from './site.ts';

const PHOTOS = 20;
const READER = { email: 'reader@example.com', password: 'correct horse battery' };

const site = await openSite('the story of an admin', { isNew: true, isBinary: true });

/** Looks at the page that is open: nothing that axe minds, and nothing beside the window. */
async function look({ page, violations }: Visitor): Promise<void> {
  expect([page.url(), await violations()]).toEqual([page.url(), []]);
  expect([page.url(), await overflowOf(page)]).toEqual([page.url(), 0]);
}

/** Photos that differ, as somebody has them in a folder. */
function photos(count: number): Promise<{ name: string; mimeType: string; buffer: Buffer }[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, at) => ({
      ...{ name: `holiday-${String(at + 1).padStart(2, '0')}.jpg`, mimeType: 'image/jpeg' },
      buffer: await plain(320 + 10 * at, 240)
        .tint({ r: 40 + 10 * at, g: 120, b: 240 - 10 * at })
        .jpeg()
        .toBuffer(),
    })),
  );
}

/** Lets go of files above a place, as a mouse does that brought them from another window. */
async function drop(page: Page, place: string): Promise<void> {
  const files = (await photos(PHOTOS)).map(({ name, buffer }) => [name, buffer.toString('base64')]);
  await page.evaluate(`{
    const brought = new DataTransfer();
    for (const [name, base64] of ${JSON.stringify(files)}) {
      const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
      brought.items.add(new File([bytes], name, { type: 'image/jpeg' }));
    }
    const place = document.querySelector(${JSON.stringify(place)});
    for (const type of ['dragover', 'drop'])
      place.dispatchEvent(new DragEvent(type, { dataTransfer: brought, bubbles: true, cancelable: true }));
  }`);
}

/** Waits for a condition. Pages allow no `eval`, so that it is asked from outside. */
async function until(page: Page, condition: string): Promise<void> {
  for (
    const deadline = Date.now() + 10_000;
    !(await page.evaluate<boolean>(condition));
    await Bun.sleep(20)
  ) {
    if (Date.now() > deadline) throw new Error(`it never holds: ${condition}`);
  }
}

const tab = (page: Page, name: string) => page.locator('nav.tabs').getByRole('link', { name, exact: true });
const section = (page: Page, name: string) => page.locator('nav.side').getByRole('link', { name });

site.story(
  'who never read the manual goes from the printed link to photos, a rule, a snippet and a backup, by mouse',
  async () => {
    const visitor = await site.visitor();
    await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await beginAtLink(visitor);
    await makeCollection(visitor);
    await dropPhotos(visitor);
    await makeAccount(visitor);
    await tryRule(visitor);
    await copySnippet(visitor);
    await takeBackup(visitor);
    await findFiles(visitor);
  },
);

async function beginAtLink(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await page.goto(site.server.setupLink() ?? '');
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
  await page.getByLabel('Password, once more').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Create superuser' }).click();
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Begin here' }).waitFor();
}

async function makeCollection(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await page.locator('.first-steps a').first().click();
  await page.getByLabel('Name').fill('photos');
  await look(visitor);
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByLabel('Type of the new field').selectOption('file');
  await page.getByRole('button', { name: 'Add field' }).click();
  await page.locator('input[name$=".name"]:focus').waitFor();
  await page.keyboard.type('picture');
  await look(visitor);
  await page.getByRole('button', { name: 'Review changes' }).first().click();
  await page.getByText('The field “picture” is added.').waitFor();
  await look(visitor);
  await page.getByRole('button', { name: 'Apply changes' }).click();
  await page.getByText('The changes are applied.').waitFor();
}

async function dropPhotos(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await tab(page, 'Records').click();
  await look(visitor);
  await page.getByRole('link', { name: 'Upload files' }).first().click();
  await look(visitor);
  // Loopback is faster than an eye.
  await page.route('**/uploads/*?*', async (route) => {
    await Bun.sleep(60);
    await route.continue();
  });
  await drop(page, 'file-drop');
  const total = page.locator('file-drop > span progress');
  await until(
    page,
    "(({ value }) => value > 0 && value < 1)(document.querySelector('file-drop > span progress'))",
  );
  expect(await page.locator('file-drop > .hint').allTextContents()).toContainEqual(
    expect.stringMatching(new RegExp(`^\\d+ of ${PHOTOS} uploaded$`)),
  );
  expect(await total.getAttribute('aria-label')).toBeTruthy();
  await page.waitForURL(`${site.base}/_/collections/photos`);
  await page.getByText(`1–${PHOTOS} of ${PHOTOS}`).waitFor();
  const shown = "[...document.querySelectorAll('tbody img')].filter((one) => one.naturalWidth > 0).length";
  await until(page, `${shown} === ${PHOTOS}`);
  await look(visitor);
  await visitor.shoot('records-thumbnails');
}

async function makeAccount(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await section(page, 'Collections').click();
  await page.getByRole('link', { name: 'users' }).click();
  await page.getByRole('link', { name: 'New record' }).first().click();
  await look(visitor);
  await page.getByLabel(/^email \(/).fill(READER.email);
  await page.locator('input[type=password]').first().fill(READER.password);
  await page.locator('input[type=password]').last().fill(READER.password);
  await page.getByRole('button', { name: 'Create record' }).click();
  await page.getByText('The record is made.').waitFor();
}

async function tryRule(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await section(page, 'Collections').click();
  await page.getByRole('link', { name: 'photos' }).click();
  await tab(page, 'Rules').click();
  await page.locator('#kind-view').selectOption('condition');
  await page.locator('#rule-view').fill('@request.auth.id != ""');
  await page.getByLabel('What is tried').selectOption('view');
  const id = await page.locator('#trial-records option').first().getAttribute('value');
  await page.getByLabel('Id of the record').fill(id ?? '');
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.locator('#trial-outcome').getByText('Refused').waitFor();
  await page.getByLabel('Who asks').selectOption('users');
  await page.getByLabel('E-mail or id of the account').fill(READER.email);
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.locator('#trial-outcome').getByText('Allowed').waitFor();
  await page.locator('#trial-outcome .clauses').scrollIntoViewIfNeeded();
  await visitor.shoot('rules-trial');
  await look(visitor);
  await page.getByRole('button', { name: 'Review changes' }).first().click();
  await page.getByRole('heading', { name: 'What will change' }).waitFor();
  await look(visitor);
  await page.getByRole('button', { name: 'Save rules' }).click();
  await page.locator('.toast').waitFor();
  expect(await page.locator('#rule-view').inputValue()).toBe('@request.auth.id != ""');
}

async function copySnippet(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await tab(page, 'Connect').click();
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await page.locator('.toast', { hasText: 'Copied' }).waitFor();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toBe((await page.locator('#snippet-1').textContent())?.trim() ?? '');
  expect(copied).toContain(site.base);
  await look(visitor);
}

async function takeBackup(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await section(page, 'Operations').click();
  await tab(page, 'Backups').click();
  await page.getByRole('button', { name: 'Take backup' }).click();
  const made = page.locator('tbody a[href$=".zip"]').first();
  await made.waitFor();
  await look(visitor);
  const [download] = await Promise.all([page.waitForEvent('download'), made.click()]);
  expect(download.suggestedFilename()).toEndWith('.zip');
  await download.delete();
}

async function findFiles(visitor: Visitor): Promise<void> {
  const { page } = visitor;
  await section(page, 'Files').click();
  await page.getByRole('link', { name: /holiday-01/ }).waitFor();
  await until(page, "document.querySelector('tbody img').naturalWidth > 0");
  await look(visitor);
  await visitor.shoot('files');
}

site.story(
  'without a mouse the same person signs in, finds the photos, adds one, reads a snippet and takes a backup',
  async () => {
    const visitor = await site.visitor();
    const { page } = visitor;
    const { keyboard } = page;
    const goTo = async (place: string, option: string, address: string) => {
      await keyboard.press('Control+k');
      await page.getByRole('combobox').waitFor();
      await keyboard.type(place);
      await page.getByRole('option', { name: option, exact: true }).waitFor();
      await keyboard.press('Enter');
      await page.waitForURL(`**${address}`);
    };
    await page.goto(`${site.base}/_/`);
    await tabTo(page, '#email');
    await keyboard.type(ADMIN.email);
    await tabTo(page, 'input[type=password]');
    await keyboard.type(ADMIN.password);
    await keyboard.press('Enter');
    await page.waitForURL(`${site.base}/_/`);

    await goTo('photos', 'photos Collection', '/_/collections/photos');
    await tabTo(page, 'a[href*="/upload"]');
    await keyboard.press('Enter');
    await page.waitForURL('**/upload*');
    await tabTo(page, 'input[type=file]');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), keyboard.press('Space')]);
    await chooser.setFiles(await photos(1));
    await page.getByText(`1–${PHOTOS + 1} of ${PHOTOS + 1}`).waitFor();
    await tabTo(page, 'nav.tabs a[href$="/connect"]');
    await keyboard.press('Enter');
    await page.waitForURL('**/connect');
    await tabTo(page, 'copy-button button');

    await goTo('backups', 'Backups Page', '/_/operations/backups');
    await tabTo(page, 'input[name=name]');
    await keyboard.type('without-a-mouse.zip');
    await keyboard.press('Enter');
    await page.getByRole('link', { name: 'without-a-mouse.zip', exact: true }).waitFor();
  },
);

site.story(
  'on a phone of 360 pixels and in the dark everything is there, and nothing is wider than the window',
  async () => {
    const visitor = await site.visitor({ width: 360, height: 740, theme: 'dark' });
    const { page } = visitor;
    await page.goto(`${site.base}/_/login`);
    await look(visitor);
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await look(visitor);
    await section(page, 'Collections').click();
    await look(visitor);
    await page.getByRole('link', { name: 'photos' }).click();
    await page.getByText(`1–${PHOTOS + 1} of ${PHOTOS + 1}`).waitFor();
    await look(visitor);
    await visitor.shoot('phone-records');
    await page.locator('tbody th a').first().click();
    await page.locator('main img').first().waitFor();
    await look(visitor);
    await page.goBack();
    for (const name of ['Rules', 'Connect', 'Definition']) {
      await tab(page, name).click();
      await page.locator('nav.tabs [aria-current=page]', { hasText: name }).waitFor();
      await look(visitor);
    }
    await section(page, 'Operations').click();
    await tab(page, 'Backups').click();
    await page.getByRole('button', { name: 'Take backup' }).waitFor();
    await look(visitor);
  },
);
