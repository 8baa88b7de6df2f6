import { expect } from 'bun:test';
import { quarters } from '../fixtures/images.ts';
import { adminToken } from '../support/server.ts';
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

site.story(
  'on a phone the open tab is in sight, and every column of the log can be brought there',
  async () => {
    const { page } = await site.signedIn('/_/operations/settings', { width: 360, height: 740 });
    const tab = await page.locator('.tabs [aria-current]').boundingBox();
    expect(tab?.x).toBeGreaterThanOrEqual(0);
    expect((tab?.x ?? 360) + (tab?.width ?? 0)).toBeLessThanOrEqual(360);

    await page.goto(`${site.base}/_/operations/requests`);
    const covered = await page.evaluate<string[]>(`[...document.querySelector('tbody tr').cells]
    .filter((cell) => {
      cell.scrollIntoView({ block: 'center', inline: 'end' });
      const { right, top, height } = cell.getBoundingClientRect();
      return !cell.contains(document.elementFromPoint(right - 4, top + height / 2));
    })
    .map((cell) => cell.textContent)`);
    expect(covered).toEqual([]);
  },
);

site.story('a picture that cannot be shown leaves no broken picture behind', async () => {
  const authorization = await adminToken(site.base);
  const whole = await quarters().png().toBuffer();
  const body = new FormData();
  body.set('pictures', new Blob([whole.subarray(0, 40)], { type: 'image/png' }), 'cut.png');
  const path = `${site.base}/api/collections/works/records`;
  expect((await fetch(path, { method: 'POST', headers: { authorization }, body })).status).toBe(200);
  const { page } = await site.signedIn('/_/files?name=cut');
  await page.locator('.thumb.missing').waitFor();
  await page.goto(`${site.base}/_/files?name=wide`);
  await page.locator('.thumb img').waitFor();
  expect(await page.locator('.thumb.missing').count()).toBe(0);
});
