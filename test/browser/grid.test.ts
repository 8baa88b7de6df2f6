import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { overflowOf, tabTo } from './browser.ts';
import { fillGallery, HOSTILE } from './gallery.ts';
import { openSite } from './site.ts';

const WORKS = '/_/collections/works';
const NEWEST = `${WORKS}?sort=-price&column=title&column=price&column=sold&column=style&column=story&column=updated`;

const site = await openSite('the grid', { holds: [fillGallery] });

/** A cell of a row that holds a text. */
const cellOf = (page: Page, row: string, column: number) =>
  page.locator('tbody tr', { hasText: row }).locator('td:not(.pick)').nth(column);

/** What a cell is edited with. */
const inCell = (page: Page, field: string) => page.locator('.cell-editor').getByLabel(field, { exact: true });

site.story('cells are changed by keyboard alone: saved, refused, left, and gone on from by Tab', async () => {
  const { page, violations, shoot } = await site.signedIn(
    `${NEWEST}&filter=${encodeURIComponent('price >= 110 && price <= 117')}`,
  );
  await tabTo(page, 'a.edit');
  await page.keyboard.press('ArrowDown');
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
