import { expect } from 'bun:test';
import { overflowOf, tabTo, type Visitor } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { openSite } from './site.ts';

const WORKS = '/_/collections/works';
const site = await openSite('filters', { holds: [fillGallery] });

/** Waits until the address of the grid holds this filter. */
async function filtered({ page }: Visitor, filter: string): Promise<void> {
  await page.waitForURL((url) => url.searchParams.get('filter') === filter);
  await page.locator(`#filter[value=${JSON.stringify(filter)}]`).waitFor();
}

site.story('a filter is built by rows in place, corrected, applied, and taken up again', async () => {
  const visitor = await site.signedIn(WORKS);
  const { page } = visitor;
  await page.getByRole('link', { name: 'Build filter' }).click();
  await page.locator('#path-0-0:focus').waitFor();
  await page.getByRole('button', { name: 'Add condition' }).click();
  await page.locator('#path-0-1:focus').selectOption('created');
  await page.locator('#value-0-1[type=datetime-local]').waitFor();
  await page.getByRole('button', { name: 'Add group' }).click();
  await page.locator('#path-1-0:focus').selectOption('style');
  await page.locator('select#value-1-0').selectOption('Oil');
  await page.locator('#path-1-1').selectOption('artist.name');
  await page.locator('#op-1-1').selectOption('starts');
  await page.locator('#value-1-1').fill('Émilie');
  await page.getByRole('button', { name: 'Show records' }).click();
  await page.locator('#error-0-0').waitFor();
  expect(await page.locator('#value-0-0:focus').getAttribute('aria-invalid')).toBe('true');
  expect(await visitor.violations()).toEqual([]);
  expect(await overflowOf(page)).toBe(0);
  await visitor.shoot('filter-builder');
  await page.locator('#value-0-0').fill("'");
  // Vienna is an hour ahead of UTC in winter.
  await page.locator('#value-0-1').fill('2020-01-02T04:05:00');
  await page.getByRole('button', { name: 'Remove: Condition 1' }).first().click();
  await page.locator('#path-0-1').waitFor({ state: 'detached' });
  expect(await page.locator('#path-0-0').inputValue()).toBe('created');
  await page.getByRole('button', { name: 'Show records' }).click();
  const filter = "created > '2020-01-02 03:05:00.000Z' && (style ?= 'Oil' || artist.name ~ 'Émilie%')";
  await filtered(visitor, filter);
  expect(await page.locator('tbody tr').count()).toBe(2);
  expect(await page.locator('.builder').count()).toBe(0);
  await page.getByRole('link', { name: 'Build filter' }).click();
  expect(await page.locator('#value-1-1').inputValue()).toBe('Émilie');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.locator('.builder').waitFor({ state: 'detached' });
  expect(await page.locator('#filter').inputValue()).toBe(filter);
});

site.story('what is typed while the rows are on their way is not lost', async () => {
  const visitor = await site.signedIn(WORKS);
  const { page } = visitor;
  await page.getByRole('link', { name: 'Build filter' }).click();
  await page.locator('#path-0-0:focus').waitFor();
  const held = Promise.withResolvers<void>();
  await page.route('**/filter?*', async (route) => {
    await held.promise;
    await route.continue();
  });
  const asked = page.waitForRequest('**/filter?*');
  await page.locator('#op-0-0').selectOption('starts');
  await asked;
  await page.locator('#value-0-0').fill('Work 11');
  const answered = page.waitForResponse('**/filter?*');
  held.resolve();
  await answered;
  await visitor.settled();
  expect(await page.locator('#value-0-0').inputValue()).toBe('Work 11');
  await page.getByRole('button', { name: 'Show records' }).click();
  await filtered(visitor, "title ~ 'Work 11%'");
});

site.story('the keyboard alone builds a filter', async () => {
  const visitor = await site.signedIn(WORKS);
  const { page } = visitor;
  await tabTo(page, '#build-filter');
  await page.keyboard.press('Enter');
  await page.locator('#path-0-0:focus').waitFor();
  await tabTo(page, '#value-0-0');
  await page.keyboard.type('Work 1');
  await page.keyboard.press('Enter');
  await filtered(visitor, "title ~ 'Work 1'");
});

site.story(
  'an expression is completed and checked while it is typed, saved, applied and removed',
  async () => {
    const visitor = await site.signedIn(WORKS);
    const { page } = visitor;
    const box = page.locator('#filter');
    const price = page.locator('suggest-text').getByRole('option', { name: 'price' });
    await box.pressSequentially('pri');
    await price.waitFor();
    await page.locator('#filter-fault').getByText('unexpected end').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await page.keyboard.press('Enter');
    await page.keyboard.type(' > 1000');
    await page.locator('#filter:not([aria-invalid])').waitFor();
    await page.keyboard.press('Enter');
    await filtered(visitor, 'price > 1000');

    await page.getByText('Saved filters').click();
    await page.getByLabel('Save it as').fill('Dear ones');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForLoadState();
    await page.goto(site.base + WORKS);
    await page.getByText('Saved filters').click();
    await page.getByRole('link', { name: 'Dear ones' }).click();
    await filtered(visitor, 'price > 1000');
    await page.getByText('Saved filters').click();
    await page.getByRole('button', { name: 'Remove Dear ones' }).click();
    await page.getByText('Saved filters').click();
    await page.getByText('None are saved for this collection yet.').waitFor();
  },
);

site.story('without script, rows are added and applied all the same', async () => {
  const visitor = await site.signedIn(WORKS, { hasScript: false });
  const { page } = visitor;
  await page.getByRole('link', { name: 'Build filter' }).click();
  await page.locator('#value-0-0').fill('Work 1');
  await page.getByRole('button', { name: 'Add condition' }).click();
  await page.locator('#path-0-1').selectOption('sold');
  await page.getByRole('button', { name: 'Update' }).click();
  await page.locator('#value-0-1').selectOption('false');
  await page.getByRole('button', { name: 'Show records' }).click();
  expect(new URL(page.url()).searchParams.get('filter')).toBe("title ~ 'Work 1' && sold = false");
});

site.story('what admins choose for themselves follows them to another browser', async () => {
  const one = await site.signedIn('/_/account');
  await one.page.getByLabel('Language').selectOption('de');
  await one.page.getByLabel('Theme').selectOption('dark');
  await one.page.locator('theme-switch button[type=submit]').click();
  await one.page.getByText('Ihr Konto').first().waitFor();
  const other = await site.signedIn(`${WORKS}?rows=25`);
  expect(await other.page.locator('html').getAttribute('data-theme')).toBe('dark');
  await other.page.getByRole('button', { name: 'Immer 25 zeigen' }).click();
  await other.page.waitForURL(site.base + WORKS);
  expect(await other.page.locator('tbody tr').count()).toBe(25);
  await one.page.goto(site.base + WORKS);
  expect(await one.page.locator('tbody tr').count()).toBe(25);
});

site.story('the builder fits a phone of 360 pixels, in the dark and in German', async () => {
  const filter =
    "title ~ 'a' && (style ?= 'Oil' || created > '2026-01-01' || artist != 'x') && (price = 1 || price = 2)";
  const path = `${WORKS}/filter?${new URLSearchParams({ filter }).toString()}`;
  const visitor = await site.signedIn(path, { width: 360, height: 740, theme: 'dark', locale: 'de-AT' });
  const { page } = visitor;
  expect(await overflowOf(page)).toBe(0);
  expect(await visitor.violations()).toEqual([]);
  await page.getByRole('button', { name: 'Datensätze zeigen' }).click();
  await page.waitForURL((url) => url.pathname === WORKS);
  expect(await overflowOf(page)).toBe(0);
});
