import { expect } from 'bun:test';
import { overflowOf } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { openSite } from './site.ts';

const WORKS = '/_/collections/works';

const site = await openSite('records', { holds: [fillGallery] });

const file = (name: string, content = name) => ({
  ...{ name, mimeType: 'text/plain', buffer: Buffer.from(content) },
});

site.story(
  'a record is made, refused, changed and deleted, with an artist who was searched for',
  async () => {
    const visitor = await site.signedIn(WORKS);
    const { page } = visitor;
    await page.getByRole('link', { name: 'New record' }).click();
    await page.getByLabel('title').fill('A new work');
    await page.getByLabel('price').fill('twelve');
    await page.getByLabel('Search').fill('Grü');
    await page.getByLabel('Émilie Übersee-Grüßmann').check();
    await page.getByRole('button', { name: 'Create record' }).click();
    await page.getByText('Type a number.').waitFor();
    expect(await page.getByLabel('title').inputValue()).toBe('A new work');
    expect(await page.getByLabel('Émilie Übersee-Grüßmann').isChecked()).toBe(true);
    expect(await visitor.violations()).toEqual([]);
    await page.getByLabel('price').fill('12.5');
    await page.getByRole('button', { name: 'Create record' }).click();
    await page.getByText('The record was created.').waitFor();
    await page.getByRole('link', { name: 'Edit' }).click();
    await visitor.shoot('record-form');
    expect(await visitor.violations()).toEqual([]);
    await page.getByLabel('title').fill('A newer work');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByRole('heading', { name: 'A newer work' }).waitFor();
    await page.getByRole('link', { name: 'Delete…' }).click();
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Delete record' }).click();
    await page.waitForURL(`${site.base}${WORKS}`);
  },
);

site.story(
  'files are sent one by one to records of their own, and a large one is paused and goes on, on a phone',
  async () => {
    const visitor = await site.signedIn(WORKS, { width: 360, height: 760 });
    const { page } = visitor;
    await page.getByRole('link', { name: 'Upload files' }).click();
    expect(await visitor.violations()).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    await page
      .locator('input[type=file]')
      .setInputFiles([file('one.txt'), file('two.txt'), file('three.txt')]);
    await page.waitForURL(`${site.base}${WORKS}`);
    await page.goto(`${site.base}${WORKS}?filter=title%3D""`);
    await page.getByRole('link', { name: /three.txt/ }).waitFor();
    await page.locator('tbody th a').first().click();
    const paused = Promise.withResolvers<void>();
    await page.route('**/uploads/**', async (route) => {
      await paused.promise;
      // What is paused has been given up meanwhile.
      await route.continue().catch(() => {});
    });
    const large = file('large.bin', 'x'.repeat(5_200_000));
    await page.locator('file-drop input[type=file]').setInputFiles([large]);
    await page.getByRole('button', { name: 'Pause: large.bin' }).click();
    await page.getByText('Paused').waitFor();
    paused.resolve();
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Resume: large.bin' }).click();
    await page.locator('a.file', { hasText: 'large.bin' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
  },
);

site.story('a file of records is looked at, tried and taken, without choosing it twice', async () => {
  const visitor = await site.signedIn(`${WORKS}/import`);
  const { page } = visitor;
  await page
    .getByLabel('File')
    .setInputFiles([file('works.csv', 'title,cost\nImported one,1\nImported two,2\n')]);
  await page.getByRole('button', { name: 'Show columns' }).click();
  await page.getByLabel('Field for cost').selectOption('price');
  await visitor.shoot('import');
  expect(await visitor.violations()).toEqual([]);
  await page.getByRole('button', { name: 'Try without saving' }).click();
  await page.getByText('Tried 2 rows: 2 would be written').waitFor();
  await page.getByRole('button', { name: 'Import records' }).click();
  await page.getByText('Read 2 rows: 2 written').waitFor();
  await page.getByRole('link', { name: 'Back to works' }).click();
  await page.getByLabel('Filter').fill('title ~ "Imported"');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Imported two').waitFor();
});

site.story('all of it works without script', async () => {
  const visitor = await site.signedIn(`${WORKS}/records/new`, { hasScript: false });
  const { page } = visitor;
  await page.getByLabel('title').fill('Without script');
  await page.locator('input[type=file]').setInputFiles([file('plain.txt')]);
  await page.getByRole('button', { name: 'Create record' }).click();
  await page.getByRole('heading', { name: 'Without script' }).waitFor();
  await page.getByLabel(/Drop files for pictures/).setInputFiles([file('more.txt'), file('last.txt')]);
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByRole('link', { name: /last.txt/ }).waitFor();
  await page.goto(`${site.base}${WORKS}?filter=title%3D"Without script"`);
  await page.getByLabel('Select Without script').check();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete record' }).click();
  await page.getByText('Deleted, with the files').waitFor();
});

site.story('a form that is sent by a double click is sent once', async () => {
  const visitor = await site.signedIn(`${WORKS}/records/new`);
  const { page } = visitor;
  await page.getByLabel('title').fill('Only one of me');
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  const button = page.getByRole('button', { name: 'Create record' });
  const pressed = Promise.withResolvers<void>();
  await page.route('**/records', async (route) => {
    await pressed.promise;
    await route.continue();
  });
  const press = () => button.evaluate((element: { click(): void }) => element.click());
  await Promise.all([page.waitForRequest('**/records'), press()]);
  await press();
  pressed.resolve();
  await page.waitForURL(/records\/\w{15}$/);
  expect(sent).toEqual([`${site.base}${WORKS}/records`]);
});
