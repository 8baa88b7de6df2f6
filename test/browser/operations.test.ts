import { expect } from 'bun:test';
import { fillGallery } from './gallery.ts';
import { openSite } from './site.ts';

const site = await openSite('files and operations', {
  holds: [fillGallery],
  env: { DOSSIER_BACKUPS_SCHEDULE: '0 3 * * *' },
});

site.story(
  'files are found and looked at; a backup is taken and deleted; storages are tested and compared',
  async () => {
    const visitor = await site.signedIn('/_/files');
    const { page } = visitor;
    await page.getByLabel('Kind').selectOption('image');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('link', { name: 'wide.jpg' }).click();
    await page.getByText('400 × 120').waitFor();
    await visitor.shoot('file');

    await page.goto(`${site.base}/_/operations/backups`);
    await page.getByLabel('Name').first().fill('before-the-tour.zip');
    await page.getByRole('button', { name: 'Take backup' }).click();
    await page.getByRole('link', { name: 'before-the-tour.zip', exact: true }).waitFor();
    await visitor.shoot('backups');
    await page.getByRole('link', { name: 'Delete backup…' }).click();
    await page.locator('dialog[open] input[name=confirm]').fill('before-the-tour.zip');
    await page.locator('dialog[open] button[type=submit]').click();
    await page.getByText('No backups yet').waitFor();

    await page.goto(`${site.base}/_/operations/storage`);
    await page.getByRole('button', { name: 'Test: local' }).click();
    await page.getByText('Everything works.').waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('files were compared, and nothing is wrong.').waitFor();
    await visitor.shoot('storage');

    await page.goto(`${site.base}/_/operations/requests?text=before-the-tour`);
    await page.getByRole('cell', { name: '303' }).first().waitFor();
    await page.locator('tbody a').first().click();
    await page.getByText('Id of the request').waitFor();
  },
);

site.story('a statement shows its rows, and one that takes long is cancelled', async () => {
  const visitor = await site.signedIn('/_/files');
  const { page } = visitor;
  await page.goto(`${site.base}/_/operations/sql`);
  await page
    .getByLabel('Statement', { exact: true })
    .fill('SELECT title, price FROM works ORDER BY price DESC');
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByText('120 rows in').waitFor();
  await visitor.shoot('sql');
  expect(await visitor.violations()).toEqual([]);
  await page
    .getByLabel('Statement', { exact: true })
    .fill('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n');
  await page.getByRole('button', { name: 'Run' }).click();
  // What asks for an end may overtake the statement, and finds none then.
  const isRunning = () =>
    page
      .getByText('The statement was cancelled.')
      .waitFor({ timeout: 1000 })
      .then(
        () => false,
        () => true,
      );
  do await page.getByRole('button', { name: 'Cancel' }).click();
  while (await isRunning());
});
