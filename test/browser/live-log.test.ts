import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import { overflowOf } from './browser.ts';
import { openSite } from './site.ts';

const site = await openSite('the live log');
const LIVE = '/_/operations/requests/live';

async function ask(path: string, times = 1): Promise<void> {
  for (let sent = 0; sent < times; sent += 50) {
    const some = Array.from({ length: Math.min(50, times - sent) }, () =>
      fetch(site.base + path).then((answer) => answer.arrayBuffer()),
    );
    await Promise.all(some);
  }
}

const rows = (page: Page) => page.locator('live-log tbody tr');

site.story(
  'requests appear as they come, wait while the view is paused, and make room for each other',
  async () => {
    const { page, violations, shoot } = await site.signedIn(`${LIVE}?path=%2Fapi%2Fhealth`);
    await page.getByText('Connected').waitFor();
    await ask('/api/health?first');
    await page.getByText('/api/health?first').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await ask('/api/health?second');
    await page.getByText('Waiting: 1').waitFor();
    expect(await page.getByText('/api/health?second').count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('/api/health?second').waitFor();
    expect(await rows(page).first().textContent()).toContain('/api/health?second');
    await ask('/elsewhere');
    await ask('/api/health?<b>"flood"', 400);
    await ask('/api/health?last');
    await page.getByText('/api/health?last').waitFor();
    expect(await rows(page).count()).toBe(100);
    expect(await page.getByText('/elsewhere').count()).toBe(0);
    await page.getByText('New since this page was opened: 403').waitFor();
    expect(await violations()).toEqual([]);
    await shoot('live-log');
  },
);

site.story('the view ends with its session, and leads to the login', async () => {
  const { page, context } = await site.signedIn(LIVE);
  await page.getByText('Connected').waitFor();
  const other = await context.newPage();
  await other.goto(`${site.base}/_/account`);
  await other.getByRole('button', { name: 'Sign out', exact: true }).click();
  await other.waitForURL('**/_/login');
  await page.getByText('The session has ended').waitFor();
  await ask('/api/health?afterwards');
  expect(await page.getByText('/api/health?afterwards').count()).toBe(0);
});

site.story('a view that lost its connection comes back to where it was', async () => {
  const { page, context, faults } = await site.signedIn(LIVE);
  await page.getByText('Connected').waitFor();
  await context.setOffline(true);
  // Streams that are open go on in Chromium: one that is new does not.
  await page.evaluate("const log = document.querySelector('live-log'); log.replaceWith(log)");
  await page.getByText('Not connected').waitFor();
  await ask('/api/health?meanwhile');
  await context.setOffline(false);
  await page.getByText('/api/health?meanwhile').waitFor();
  for (const fault of faults.splice(0)) expect(fault).toContain('ERR_INTERNET_DISCONNECTED');
});

site.story('on a phone, and without script, the latest are there to be seen', async () => {
  const phone = await site.signedIn(LIVE, { width: 360, height: 740, theme: 'dark', locale: 'de-AT' });
  await phone.page.getByText('Verbunden').waitFor();
  expect(await overflowOf(phone.page)).toBe(0);
  expect(await phone.violations()).toEqual([]);
  const plain = await site.signedIn(LIVE, { hasScript: false });
  await ask('/api/health?unseen');
  // Entries appear a fraction of a second after their request.
  const unseen = plain.page.getByText('/api/health?unseen');
  while ((await unseen.count()) === 0) {
    await plain.page.getByRole('link', { name: 'Show the latest' }).click();
  }
});
