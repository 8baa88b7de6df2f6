import { expect } from 'bun:test';
import { ADMIN } from '../support/server.ts';
import { fillGallery } from './gallery.ts';
import { openSite } from './site.ts';
import { addVisitors } from './visitors.ts';

const RULES = '/_/collections/works/rules';

const site = await openSite('rules, connect and accounts', { holds: [fillGallery, addVisitors] });

site.story(
  'a rule is written with suggestions and messages in place, tried as a guest, looked at and saved',
  async () => {
    const visitor = await site.signedIn(RULES);
    const { page } = visitor;
    const rule = page.locator('#rule-update');
    expect(await rule.isVisible()).toBe(false);
    await page.locator('#kind-update').selectOption('condition');
    await rule.pressSequentially('pri');
    await page.getByRole('option', { name: 'price' }).waitFor();
    await visitor.shoot('rules-suggestions');
    expect(await visitor.violations()).toEqual([]);
    await page.keyboard.press('Enter');
    await rule.pressSequentially(' > 5 && nothing = 1');
    await page.locator('#fault-update mark').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('#fault-update mark').textContent()).toBe('nothing');
    expect(await rule.getAttribute('aria-invalid')).toBe('true');
    expect(await visitor.violations()).toEqual([]);

    await rule.fill('price > 5 && @request.auth.id != ""');
    await page.locator('#fault-update mark').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByLabel('What is tried').selectOption('update');
    const id = await page.locator('#trial-records option').first().getAttribute('value');
    await page.getByLabel('Id of the record, or what to look for').fill(id ?? '');
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.locator('#trial-outcome').getByText('Refused').waitFor();
    expect(await page.locator('#trial-outcome').textContent()).toContain('@request.auth.id');
    expect(await visitor.violations()).toEqual([]);

    await page.getByRole('button', { name: 'Review changes' }).click();
    await page.getByRole('heading', { name: 'What will change' }).waitFor();
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Save rules' }).click();
    await page.locator('.toast').waitFor();
    expect(await rule.inputValue()).toBe('price > 5 && @request.auth.id != ""');
  },
);

site.story('without script a rule is checked, looked at and saved as well', async () => {
  const visitor = await site.signedIn(RULES, { hasScript: false });
  const { page } = visitor;
  await page.locator('#kind-view').selectOption('condition');
  await page.locator('#rule-view').fill('nothing = 1');
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  expect(await page.locator('#fault-view mark').textContent()).toBe('nothing');
  await page.locator('#rule-view').fill('sold = false');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Save rules' }).click();
  expect(await page.locator('#rule-view').inputValue()).toBe('sold = false');
});

site.story('a developer copies a snippet of their client, with the address of this server', async () => {
  const visitor = await site.signedIn('/_/collections/works/connect');
  const { page, context } = visitor;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('navigation', { name: 'Clients' }).getByRole('link', { name: 'curl' }).click();
  await page.waitForURL('**/connect?client=curl');
  await visitor.shoot('connect');
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await page.locator('.toast').waitFor();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toContain(site.base);
  expect(copied).toBe((await page.locator('#snippet-1').textContent())?.trim() ?? '');
});

site.story('an account is found, one of its sessions ends, and then all of them', async () => {
  const visitor = await site.signedIn('/_/accounts');
  const { page } = visitor;
  await visitor.shoot('accounts');
  await page.getByLabel('Search by e-mail, name or id').fill('visitor-1');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.locator('tbody a').click();
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  expect(await page.locator('tbody tr').count()).toBe(2);
  await visitor.shoot('account');
  expect(await visitor.violations()).toEqual([]);
  await page.locator('tbody button').first().click();
  await page.locator('.toast').waitFor();
  expect(await page.locator('tbody tr').count()).toBe(1);
  await page.getByRole('link', { name: 'End every session' }).click();
  expect(await visitor.violations()).toEqual([]);
  const confirm = page.locator('#end-all input[name=confirm]');
  await confirm.fill((await confirm.getAttribute('data-typed')) ?? '');
  await page.locator('#end-all button[type=submit]').click();
  await page.getByText('There is no session that can be renewed').waitFor();
});

site.story('an account is made, tried at a rule that was chosen in one step, and deleted', async () => {
  const visitor = await site.signedIn('/_/accounts');
  const { page } = visitor;
  await page.getByRole('link', { name: 'New account' }).click();
  await page.getByLabel('E-mail', { exact: true }).fill('tester@example.com');
  await page.getByLabel('Password', { exact: true }).fill('correct horse');
  await page.getByLabel('Password, once more').fill('another horse');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByText('The two passwords are not the same.').waitFor();
  expect(await visitor.violations()).toEqual([]);
  await page.getByLabel('Password', { exact: true }).fill('correct horse');
  await page.getByLabel('Password, once more').fill('correct horse');
  await page.keyboard.press('Enter');
  await page.getByText('The account was created.').waitFor();
  expect(await visitor.violations()).toEqual([]);
  const account = page.url();

  await page.goto(`${site.base}/_/collections/users/rules`);
  await page.locator('#kind-view').selectOption({ label: 'Everyone who is signed in' });
  await page.getByLabel('What is tried').selectOption('view');
  await page.getByLabel('Who asks').selectOption('users');
  for (const name of ['account', 'record']) {
    const input = page.locator(`[id="trial.${name}"]`);
    await input.fill('');
    await input.pressSequentially('tester');
    await page.locator(`#trial-${name}s option`).nth(1).waitFor({ state: 'detached' });
    await input.fill((await page.locator(`#trial-${name}s option`).getAttribute('value')) ?? '');
  }
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.locator('#trial-outcome').getByText('Allowed').waitFor();
  const isSeen = "document.querySelector('#trial-outcome').getBoundingClientRect().top < innerHeight";
  expect(await page.evaluate<boolean>(isSeen)).toBe(true);
  expect(await visitor.violations()).toEqual([]);

  await page.goto(account);
  await page.locator('#tokenOwn').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.locator('#test-token').waitFor();
  await page.getByRole('link', { name: 'Delete account' }).click();
  await page.locator('#delete-account input[name=confirm]').fill('tester@example.com');
  await page.keyboard.press('Enter');
  await page.getByText('The account is deleted.').waitFor();
});
