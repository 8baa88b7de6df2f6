import { expect } from 'bun:test';
import { overflowOf } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { openSite } from './site.ts';

const site = await openSite('comfort', { holds: [fillGallery] });

site.story('the box that leads everywhere needs the keyboard alone, and tells what it finds', async () => {
  const visitor = await site.signedIn('/_/');
  const { page } = visitor;
  const { keyboard } = page;
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
});

site.story('without script, on a phone, the same box is a page', async () => {
  const visitor = await site.signedIn('/_/shortcuts', { width: 360, height: 740, hasScript: false });
  const { page } = visitor;
  expect(await overflowOf(page)).toBe(0);
  await page.getByRole('link', { name: 'Go to…' }).click();
  await page.waitForURL('**/_/palette');
  await page.getByLabel('Where to?').fill('wrks');
  await page.getByRole('button', { name: 'Search' }).click();
  expect(await overflowOf(page)).toBe(0);
  await page.getByRole('link', { name: 'works Collection', exact: true }).click();
  await page.waitForURL('**/_/collections/works');
});

site.story(
  'columns that were chosen stay, an address decides all the same, and usual ones come back',
  async () => {
    const visitor = await site.signedIn('/_/collections/works');
    const { page } = visitor;
    const columns = () => page.locator('table.records thead th a').allTextContents();
    const usual = await columns();
    const choose = async (button: string) => {
      await page.locator('summary', { hasText: 'Columns' }).click();
      for (const box of await page.locator('.menu input[name=column]').all()) {
        if ((await box.getAttribute('value')) !== 'price') await box.uncheck();
      }
      await page.getByRole('button', { name: button }).click();
      await visitor.settled();
    };
    await choose('Show columns');
    expect(await columns()).toEqual(['id', 'price']);
    await page.goto(`${site.base}/_/collections/works?sort=-price`);
    expect((await columns()).map((one) => one.split(' ')[0])).toEqual(['id', 'price']);
    await page.goto(`${site.base}/_/collections/works?column=title`);
    expect(await columns()).toEqual(['id', 'title']);
    await page.goto(`${site.base}/_/collections/works`);
    await choose('Usual columns');
    expect(await columns()).toEqual(usual);
  },
);
