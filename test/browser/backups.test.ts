import { expect } from 'bun:test';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ADMIN, adminToken } from '../support/server.ts';
import { overflowOf, tabTo, type Visitor } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { openSite } from './site.ts';

const site = await openSite('backups', { holds: [fillGallery] });
const BACKUPS = '/_/operations/backups';
const LONG = `a-backup-with-a-name-${'that-is-very-long-'.repeat(6)}indeed.zip`;

async function take(key: string): Promise<void> {
  const headers = { authorization: await adminToken(site.base), 'content-type': 'application/json' };
  const made = await fetch(`${site.base}/api/backups`, {
    ...{ method: 'POST', headers, body: JSON.stringify({ name: key }) },
  });
  expect([key, made.status]).toEqual([key, 204]);
}

/** Has the page's backup in the test's own folder, as an admin has it on their machine. */
async function download(page: Page, key: string): Promise<string> {
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: key, exact: true }).click();
  const path = join(site.server.dir, '..', key);
  await (await coming).saveAs(path);
  return path;
}

/** A browser tells of every answer that the server was away with; nothing else may be wrong. */
function excuseAbsence({ faults }: Visitor): void {
  const others = faults.filter((fault) => !/status of 503|ERR_CONNECTION|ERR_EMPTY_RESPONSE/.test(fault));
  faults.splice(0, faults.length, ...others);
}

async function artists(): Promise<number> {
  const answer = await fetch(`${site.base}/api/collections/artists/records?perPage=1`, {
    headers: { authorization: await adminToken(site.base) },
  });
  const page: unknown = await answer.json();
  return typeof page === 'object' && page !== null && 'totalItems' in page ? Number(page.totalItems) : 0;
}

async function addArtist(): Promise<void> {
  await fetch(`${site.base}/api/collections/artists/records`, {
    method: 'POST',
    headers: { authorization: await adminToken(site.base), 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Later' }),
  });
}

site.story(
  'a backup is downloaded, deleted, uploaded with a bar, and restored; the page waits for it',
  async () => {
    const before = await artists();
    const visitor = await site.signedIn(BACKUPS);
    const { page } = visitor;
    await page.getByLabel('Name', { exact: true }).fill('tour.zip');
    await page.getByRole('button', { name: 'Take backup' }).click();
    await page.getByRole('link', { name: 'tour.zip', exact: true }).waitFor();
    const path = await download(page, 'tour.zip');
    await page.getByRole('link', { name: 'Delete backup…' }).click();
    await page.locator('dialog[open] input[name=confirm]').fill('tour.zip');
    await page.locator('dialog[open] button[type=submit]').click();
    await page.getByText('No backups yet').waitFor();

    await page.getByLabel('Archive').setInputFiles({
      ...{ name: 'story.zip', mimeType: 'application/zip', buffer: Buffer.from('a story about a zip') },
    });
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText('The archive was not taken: it is not a zip archive.').waitFor();
    await page.getByLabel('Archive').setInputFiles(path);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByText('The backup is here, checked').waitFor();
    await visitor.shoot('backups');
    expect(await visitor.violations()).toEqual([]);

    await addArtist();
    await page.getByRole('link', { name: 'Restore tour.zip' }).click();
    await page.getByText('Everything becomes what it was').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await visitor.shoot('backup-restoration');
    await page.getByLabel(/Type/).fill('tour.zip');
    await page.getByLabel('Your own password').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Restore this backup' }).click();
    await page.getByRole('heading', { name: 'A backup is being restored' }).waitFor();
    await visitor.shoot('backup-restoring');
    // The session is part of the backup.
    await page.getByRole('heading', { name: 'The backup is restored' }).waitFor({ timeout: 30_000 });
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('link', { name: 'To the backups' }).click();
    await page.getByText('tour.zip was restored:').waitFor();
    expect(await artists()).toBe(before);
    excuseAbsence(visitor);
  },
);

site.story(
  'without script a restore is asked for and waited for, too; a session that it ends leads to the login',
  async () => {
    await take('plain.zip');
    const visitor = await site.signedIn(BACKUPS, { hasScript: false });
    const { page } = visitor;
    await page.getByRole('link', { name: 'Restore plain.zip' }).click();
    await page.getByLabel('Take a backup of the present state first').uncheck();
    await page.locator('#confirm').fill('plain');
    await page.locator('#ownPassword').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Restore this backup' }).click();
    await page.locator('#confirm-error').waitFor();
    expect(await page.getByLabel('Take a backup of the present state first').isChecked()).toBe(false);
    await page.locator('#confirm').fill('plain.zip');
    await page.locator('#ownPassword').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Restore this backup' }).click();
    await page.getByText('Your session is not part of what was restored').waitFor({ timeout: 30_000 });
    await page.locator('#email').fill(ADMIN.email);
    await page.locator('[name=password]').fill(ADMIN.password);
    await page.locator('[name=password]').press('Enter');
    await page.getByRole('heading', { name: 'The backup is restored' }).waitFor();
    excuseAbsence(visitor);
  },
);

site.story('a schedule is chosen by keyboard alone, and shows its next run', async () => {
  const { page, violations } = await site.signedIn(BACKUPS);
  await tabTo(page, '#often');
  await page.keyboard.press('E');
  await page.keyboard.press('v');
  expect(await page.locator('#often').inputValue()).toBe('daily');
  expect(await page.locator('#cron').isVisible()).toBe(false);
  await tabTo(page, '#time');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('04:30');
  await page.keyboard.press('Enter');
  await page.getByText('30 4 * * *').waitFor();
  await page.getByText('Next run').waitFor();
  await page.getByLabel('How often').selectOption('cron');
  await page.getByLabel('Cron expression').fill('whenever');
  await page.getByRole('button', { name: 'Save schedule' }).click();
  await page.locator('#cron-error').waitFor();
  expect(await violations()).toEqual([]);
});

site.story('the pages fit a phone, in German and in the dark, with long names', async () => {
  await take(LONG);
  const { page, violations, shoot } = await site.signedIn(BACKUPS, {
    ...{ width: 360, height: 740, theme: 'dark', locale: 'de-AT' },
  });
  for (const path of [BACKUPS, `${BACKUPS}/${LONG}/restoration`, '/_/operations/restoration']) {
    await page.goto(site.base + path);
    expect([path, await violations()]).toEqual([path, []]);
    expect([path, await overflowOf(page)]).toEqual([path, 0]);
    await shoot(`backups-phone-${path.split('/').at(-1)}`);
  }
});
