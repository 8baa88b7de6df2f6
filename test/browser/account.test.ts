import { expect } from 'bun:test';
import { generate } from 'otplib';
import { ADMIN } from '../support/server.ts';
import { overflowOf } from './browser.ts';
import { openSite } from './site.ts';

const site = await openSite('the own account, keys and statements');

site.story(
  'keys: ? leads to the page about keys until it is switched off, and the box knows where one was',
  async () => {
    const { page, violations } = await site.signedIn('/_/operations/jobs');
    const { keyboard } = page;
    await keyboard.press('?');
    await page.waitForURL('**/_/shortcuts');
    await keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Jobs Recent' }).waitFor();
    expect(await violations()).toEqual([]);
    await keyboard.press('Enter');
    await page.waitForURL('**/_/operations/jobs');
    await page.goto(`${site.base}/_/shortcuts`);
    await page.getByRole('button', { name: 'Switch the key ? off' }).click();
    await page.getByText('Your choice of keys is saved.').waitFor();
    expect(await page.locator('command-palette').getAttribute('help')).toBeNull();
  },
);

site.story('a statement is run by the keyboard, chosen again, planned and forgotten', async () => {
  const { page, violations } = await site.signedIn('/_/operations/sql');
  const box = page.getByLabel('Statement', { exact: true });
  await box.fill('SELECT 6 * 7 AS answer');
  await box.press('Control+Enter');
  await page.getByRole('cell', { name: '42' }).waitFor();
  await box.fill('');
  await page.getByLabel('Earlier statements').selectOption({ label: 'SELECT 6 * 7 AS answer' });
  expect(await box.inputValue()).toBe('SELECT 6 * 7 AS answer');
  await box.fill('SELECT email FROM users');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.getByRole('cell', { name: /SCAN/ }).waitFor();
  await page.getByText('Tables and columns').click();
  expect(await violations()).toEqual([]);
  await page.getByRole('button', { name: 'Forget them' }).click();
  await page.reload();
  expect(await page.getByLabel('Earlier statements').count()).toBe(0);
});

site.story('a statement that takes long ends when its page is left, and the next one runs', async () => {
  const { page } = await site.signedIn('/_/operations/sql');
  const box = page.getByLabel('Statement', { exact: true });
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';
  for (let times = 0; times < 6; times++) {
    await box.fill(endless);
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await box.press('Control+Enter');
    await sent;
    await page.goto(`${site.base}/_/operations/sql`);
  }
  await box.fill("SELECT 'still here' AS said");
  await box.press('Control+Enter');
  await page.getByRole('cell', { name: 'still here' }).waitFor();
});

site.story('an authenticator app is set up on a phone, and asked for at the next login', async () => {
  const { page, context, violations, shoot } = await site.signedIn('/_/account', {
    width: 360,
    height: 740,
    locale: 'de-AT',
  });
  expect(await violations()).toEqual([]);
  await page.locator('#factorPassword').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Eine Authenticator-App einrichten' }).click();
  await page.getByRole('img', { name: /QR-Code/ }).waitFor();
  expect(await overflowOf(page)).toBe(0);
  expect(await violations()).toEqual([]);
  await shoot('second-factor');
  const secret = (await page.locator('#factor-secret').textContent())?.replaceAll(' ', '') ?? '';
  await page.getByLabel('Code aus 6 Ziffern').fill(await generate({ secret }));
  await page.getByRole('button', { name: 'Einschalten' }).click();
  await page.getByText('Ihre Authenticator-App ist eingeschaltet').waitFor();
  await context.clearCookies();
  await page.goto(`${site.base}/_/account`);
  await page.getByLabel('E-Mail').fill(ADMIN.email);
  await page.locator('[name=password]').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.getByLabel('Code aus 6 Ziffern').waitFor();
  expect(await violations()).toEqual([]);
  // Each code counts once: that of the next step is good already.
  const epoch = Math.floor(Date.now() / 1000) + 30;
  await page.getByLabel('Code aus 6 Ziffern').fill(await generate({ secret, epoch }));
  await page.getByRole('button', { name: 'Weiter' }).click();
  await page.waitForURL('**/_/account');
});
