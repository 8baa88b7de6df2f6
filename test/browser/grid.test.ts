import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { ADMIN, adminToken } from '../support/server.ts';
import { overflowOf, tabTo } from './browser.ts';
import { fillGallery, HOSTILE } from './gallery.ts';
import { openSite } from './site.ts';

const WORKS = '/_/collections/works';
const NEWEST = `${WORKS}?sort=-price&column=title&column=price&column=sold&column=style&column=story&column=updated`;

const site = await openSite('the grid', { holds: [fillGallery] });

/** A cell of a row that holds a text. */
const cellOf = (page: Page, row: string, column: number) =>
  page.locator('tbody tr', { hasText: row }).locator('td:not(.pick) > .cell').nth(column);

/** What a cell is edited with. */
const inCell = (page: Page, field: string) => page.locator('.cell-editor').getByLabel(field, { exact: true });

site.story('cells are changed by keyboard alone: saved, refused, left, and gone on from by Tab', async () => {
  const { page, violations, shoot } = await site.signedIn(
    `${NEWEST}&filter=${encodeURIComponent('price >= 110 && price <= 117')}`,
  );
  await tabTo(page, 'a.edit');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await inCell(page, 'title').waitFor();
  expect(await inCell(page, 'title').inputValue()).toBe('Work 117');
  expect(await violations()).toEqual([]);
  await page.keyboard.type('Changed in its cell');
  await page.keyboard.press('Tab');
  await inCell(page, 'price').waitFor();
  expect(await page.locator('.toast').textContent()).toContain('The value is saved.');
  await page.keyboard.type('twelve');
  await page.keyboard.press('Enter');
  await page.getByText('Type a number.').waitFor();
  expect(await inCell(page, 'price').inputValue()).toBe('twelve');
  await shoot('grid-cell-refused');
  expect(await violations()).toEqual([]);
  await page.keyboard.press('Escape');
  expect(await cellOf(page, 'Changed in its cell', 1).textContent()).toBe('117');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('F2');
  await inCell(page, 'sold').waitFor();
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await cellOf(page, 'Changed in its cell', 2).getByText('No').waitFor();
  await page.keyboard.press('Control+z');
  await page.getByText('The change is undone.').waitFor();
  expect(await cellOf(page, 'Changed in its cell', 2).textContent()).toBe('Yes');
  expect(page.url()).toContain('filter=');
});

site.story('a double click changes a cell; what somebody else wrote meanwhile is shown first', async () => {
  const { page, context, violations, shoot } = await site.signedIn(`${NEWEST}&filter=title~"Work 10"`);
  const other = await context.newPage();
  await cellOf(page, 'Work 104', 0).dblclick();
  await inCell(page, 'title').fill('Work 104, mine');
  await other.goto(page.url());
  await cellOf(other, 'Work 104', 0).dblclick();
  await inCell(other, 'title').fill('Work 104, theirs');
  await other.getByRole('button', { name: 'Save' }).click();
  await other.getByText('The value is saved.').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else changed this value meanwhile.').waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('Work 104, theirs');
  expect(await inCell(page, 'title').inputValue()).toBe('Work 104, mine');
  await shoot('grid-cell-outrun');
  expect(await violations()).toEqual([]);
  await page.getByRole('button', { name: 'Save' }).click();
  await cellOf(page, 'Work 104, mine', 0).waitFor();
});

site.story('hostile values are edited as text, and long ones in the form of their record', async () => {
  const { page } = await site.signedIn(`${NEWEST}&filter=price=12.5`);
  await cellOf(page, 'window.hacked', 0).dblclick();
  expect(await inCell(page, 'title').inputValue()).toBe(HOSTILE);
  await page.keyboard.press('End');
  await page.keyboard.type('!');
  await page.keyboard.press('Enter');
  await page.getByText('The value is saved.').waitFor();
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  await page.goto(`${site.base}${WORKS}?column=pictures&filter=price=12.5`);
  await page.locator('a.edit').first().press('Enter');
  await page.waitForURL(/\/edit#f-pictures$/);
});

site.story('the grid fits a phone, in German, with heading and ids that stay', async () => {
  const { page, violations, shoot } = await site.signedIn(WORKS, {
    width: 360,
    height: 760,
    locale: 'de-AT',
  });
  expect(await overflowOf(page)).toBe(0);
  await page
    .locator('.records-wrap')
    .evaluate((wrap: { scrollTo(x: number, y: number): void }) => wrap.scrollTo(400, 600));
  await shoot('grid-phone');
  expect(await violations()).toEqual([]);
  await page.getByRole('link', { name: '25', exact: true }).click();
  await page.waitForURL(/rows=25/);
  expect(await page.locator('tbody tr').count()).toBe(25);
});

site.story(
  'rows are selected one by one, by Shift, by page and by filter, and the selection is counted',
  async () => {
    const { page, violations, shoot } = await site.signedIn(
      `${WORKS}?sort=price&column=title&column=price&rows=25`,
    );
    const boxes = page.locator('tbody input[name=id]');
    const count = page.locator('[data-count]');
    const change = page.getByRole('button', { name: 'Change…' });
    expect(await change.isDisabled()).toBe(true);
    expect(await page.getByLabel('All records').isVisible()).toBe(false);
    await boxes.nth(2).click();
    await boxes.nth(5).click({ modifiers: ['Shift'] });
    await page.getByText('4 selected').waitFor();
    await shoot('grid-selected');
    expect(await violations()).toEqual([]);
    await page.getByLabel('Select all of this page').check();
    await page.getByText('25 selected').waitFor();
    await page.getByLabel('All records').check();
    await page.getByText('All 120 selected').waitFor();
    await boxes.nth(0).uncheck();
    expect(await count.textContent()).toBe('24 selected');
    expect(await page.getByLabel('All records').isVisible()).toBe(false);
  },
);

site.story(
  'all that match are changed at once, after a look, and put back; then deleted by their number',
  async () => {
    const { page, violations, shoot } = await site.signedIn(
      `${WORKS}?rows=25&filter=${encodeURIComponent('price > 0 && title ~ "Work"')}`,
    );
    await page.getByLabel('Select all of this page').check();
    await page.getByLabel('All that match the filter').check();
    await page.getByRole('button', { name: 'Change…' }).click();
    const total = Number(
      /\d+/.exec((await page.getByRole('heading', { level: 1 }).textContent()) ?? '')?.[0],
    );
    expect(total).toBeGreaterThan(100);
    await page.getByLabel('price', { exact: true }).first().check();
    await page.locator('#f-price').fill('twelve');
    await page.getByRole('button', { name: 'Look at the change' }).click();
    await page.getByText('Type a number.').waitFor();
    expect(await violations()).toEqual([]);
    await page.locator('#f-price').fill('5');
    await page.getByRole('button', { name: 'Look at the change' }).click();
    await page.getByRole('heading', { name: `This changes ${total} records` }).waitFor();
    await shoot('grid-bulk-review');
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: `Change ${total} records` }).click();
    await page.getByRole('heading', { name: `${total} records are changed` }).waitFor();
    await shoot('grid-bulk-done');
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The change is undone.').waitFor();
    await page.goto(
      `${site.base}${WORKS}/removal?all=1&filter=${encodeURIComponent('price > 0 && title ~ "Work"')}`,
    );
    await page.getByRole('button', { name: `Delete ${total} records` }).click();
    await page.getByText(`Type “${total}” exactly`).waitFor();
    await shoot('grid-removal');
    expect(await violations()).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
  },
);

site.story('many records are changed on a phone, in German, without script', async () => {
  const { page, shoot } = await site.signedIn(`${WORKS}?sort=price`, {
    ...{ width: 360, height: 760, locale: 'de-AT', hasScript: false },
  });
  await page.locator('tbody input[name=id]').nth(3).check();
  await page.locator('tbody input[name=id]').nth(4).check();
  await page.getByRole('button', { name: 'Ändern…' }).click();
  await page.getByLabel('sold', { exact: true }).first().check();
  // Nothing is offered that this form cannot do.
  expect(await page.locator('button[name=make]').first().isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Änderung ansehen' }).click();
  await page.getByRole('heading', { name: '2 Datensätze werden geändert' }).waitFor();
  await shoot('grid-bulk-phone');
  expect(await overflowOf(page)).toBe(0);
  await page.getByRole('button', { name: '2 Datensätze ändern' }).click();
  await page.getByRole('button', { name: 'Rückgängig machen' }).click();
  await page.getByText('Die Änderung ist rückgängig gemacht.').waitFor();
  await page.locator('a.edit').first().click();
  await page.waitForURL(/\/edit#f-/);
});

site.story(
  'of two cells that are opened on a slow line, the later is; the row stays where it is in the grid',
  async () => {
    const { page } = await site.signedIn(`${NEWEST}&filter=title~"Work 9"`);
    const row = page.locator('tbody tr', { hasText: 'Work 95' });
    const { promise: isOpen, resolve: open } = Promise.withResolvers<void>();
    await page.route('**/cells/*/title', async (route) => {
      await isOpen;
      await route.continue();
    });
    await cellOf(page, 'Work 95', 0).dblclick();
    await cellOf(page, 'Work 95', 1).dblclick();
    await inCell(page, 'price').waitFor();
    const late = page.waitForResponse('**/cells/*/title');
    open();
    await (await late).finished();
    const link = await row.locator('th a').getAttribute('href');
    expect(link).toContain('row=');
    await inCell(page, 'price').fill('951');
    await page.getByRole('button', { name: 'Save' }).click();
    await cellOf(page, 'Work 95', 1).getByText('951').waitFor();
    expect(await page.locator('.cell-editor').count()).toBe(0);
    expect(await row.locator('th a').getAttribute('href')).toBe(link);
  },
);

site.story(
  'what is typed in a cell is there after the session ended, and overwrites nothing unseen',
  async () => {
    const { page, context } = await site.signedIn(`${NEWEST}&filter=title~"Work 8"`);
    const other = await site.signedIn(page.url().slice(site.base.length));
    await cellOf(page, 'Work 85', 1).dblclick();
    await inCell(page, 'price').fill('851');
    await context.clearCookies();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/_\/login/);
    await cellOf(other.page, 'Work 85', 1).dblclick();
    await inCell(other.page, 'price').fill('852');
    await other.page.keyboard.press('Enter');
    await cellOf(other.page, 'Work 85', 1).getByText('852').waitFor();
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await inCell(page, 'price').waitFor();
    expect(await inCell(page, 'price').inputValue()).toBe('851');
    await page.keyboard.press('Enter');
    await page.getByText('Somebody else changed this value meanwhile.').waitFor();
    await page.keyboard.press('Enter');
    await cellOf(page, 'Work 85', 1).getByText('851').waitFor();
    expect(await page.evaluate<string | null>("sessionStorage.getItem('draft cell')")).toBeNull();
  },
);

site.story('half a date clears nothing, and an hour that comes twice stays the one that it is', async () => {
  const send = (path: string, body: unknown) => adminPost(site.base, `/api/collections${path}`, body);
  await send('', { name: 'shows', type: 'base', fields: [{ name: 'at', type: 'date' }] });
  await send('/shows/records', { at: '2026-02-03 04:05:06.000Z' });
  const { page } = await site.signedIn('/_/collections/shows');
  await page.locator('a.edit').first().focus();
  await page.keyboard.press('Enter');
  await inCell(page, 'at').waitFor();
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Enter');
  await page.getByText('This is not a whole date and time.').waitFor();
  await page.keyboard.press('Escape');
  expect(await page.locator('tbody .cell').first().textContent()).toContain('2026');
  for (const hour of ['00', '01']) {
    await send('/shows/records', { at: `2026-10-25 ${hour}:30:00.000Z` });
    await page.goto(`${site.base}/_/collections/shows?filter=at~"${hour}:30"`);
    await page.locator('tbody .cell').dblclick();
    expect(await inCell(page, 'at').inputValue()).toStartWith('2026-10-25T02:30');
    await inCell(page, 'at').fill('2026-10-25T02:45');
    await page.keyboard.press('Enter');
    await page.getByText('The value is saved.').waitFor();
    await page.goto(`${site.base}/_/collections/shows?filter=at~"${hour}:45"`);
    expect(await page.locator('tbody .cell').count()).toBe(1);
  }
});

async function adminPost(base: string, path: string, body: unknown): Promise<void> {
  const headers = { authorization: await adminToken(base), 'content-type': 'application/json' };
  const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}
