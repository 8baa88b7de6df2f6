import { expect } from 'bun:test';
import { ADMIN } from '../support/server.ts';
import { tabTo } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { openSite } from './site.ts';

const site = await openSite('the console', { isNew: true, isBinary: true });

site.story(
  'the printed link makes an account and signs it in; it signs out and in again, and finds no collections of its own yet',
  async () => {
    const visitor = await site.visitor();
    const { page } = visitor;
    await page.goto(site.server.setupLink() ?? '');
    await visitor.shoot('first-start');
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await page.getByLabel('Password, once more').fill('something else');
    await page.getByRole('button', { name: 'Create superuser' }).click();
    expect(await page.getByText('The two passwords are not the same.').isVisible()).toBe(true);
    expect(await page.getByLabel('E-mail').inputValue()).toBe(ADMIN.email);
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await page.getByLabel('Password, once more').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Create superuser' }).click();

    await page.getByText('Your account was created, and you are signed in.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await visitor.shoot('login');
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').textContent()).toBe('E-mail or password is wrong.');
    await page.getByLabel('Password').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Begin here' }).waitFor();
    await page.getByText('0', { exact: true }).first().waitFor();
    await visitor.shoot('overview-empty');
    await fillGallery(site.base);
  },
);

site.story(
  'a superuser finds a collection, filters, sorts and turns its pages, and opens a record',
  async () => {
    const visitor = await site.signedIn('/_/collections');
    const { page } = visitor;
    await page.getByRole('cell', { name: '120' }).waitFor();
    await visitor.shoot('collections');
    await page.getByRole('link', { name: 'works' }).click();

    await page.getByText('1–50 of 120').waitFor();
    await visitor.shoot('records');
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('51–100 of 120').waitFor();
    expect(page.url()).toEndWith('/_/collections/works?page=2');
    await page.getByRole('link', { name: 'price', exact: true }).click();
    await page.waitForURL('**/works?sort=price');
    await page.getByRole('columnheader', { name: /price/ }).getByRole('link').click();
    await page.waitForURL('**/works?sort=-price');
    const first = page.locator('tbody tr').first();
    expect(await first.textContent()).toContain('1,234,567.89');
    await page.getByLabel('Filter').fill('title ~ "Work 11" && price >');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/The filter cannot be understood. At character/).waitFor();
    await visitor.shoot('records-filter-error');
    expect(await page.getByLabel('Filter').inputValue()).toBe('title ~ "Work 11" && price >');
    await page.getByLabel('Filter').fill('title ~ "Work 11" && price > 112');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('1–6 of 6').waitFor();
    await page.reload();
    expect(await page.getByText('1–6 of 6').isVisible()).toBe(true);
    await page.goBack();
    await page.getByText(/The filter cannot be understood/).waitFor();

    await page.goto(`${site.base}/_/collections/works?filter=${encodeURIComponent('title ~ "Morgen"')}`);
    await page.locator('tbody th a').click();
    await page.getByRole('heading', { name: 'Morgenröte' }).waitFor();
    await visitor.settled();
    await visitor.shoot('record');
    const loaded = '[...document.images].every((image) => image.complete && image.naturalWidth > 0)';
    expect(await page.evaluate<boolean>(loaded)).toBe(true);
  },
);

site.story(
  'nothing that was stored runs: markup, names with scripts, SVG and addresses with javascript:',
  async () => {
    const visitor = await site.signedIn('/_/collections/works?sort=created');
    const { page } = visitor;
    const hacked = () => page.evaluate<unknown>('window.hacked');
    expect(await hacked()).toBeUndefined();
    const rows = page.locator('tbody tr');
    expect(await rows.first().textContent()).toContain('<script>');
    await visitor.shoot('records-hostile');
    await rows.first().locator('th a').click();
    await page.waitForURL('**/records/*');
    expect(await hacked()).toBeUndefined();
    expect(await visitor.violations()).toEqual([]);

    const links = await page.locator('a.file').all();
    const pages = await Promise.all(links.map((one) => one.getAttribute('href')));
    // The links lead to pages about the files; these are the files themselves.
    const files = pages.map((one) =>
      one?.replace(/^\/_\/files\/([^/]+)\/([^/]+)\//, '/_/collections/$1/records/$2/files/'),
    );
    expect(files).toHaveLength(2);
    for (const file of files) {
      const answer = await page.request.get(`${site.base}${file}`);
      expect(answer.headers()['content-disposition']).toStartWith('attachment');
      expect(answer.headers()['content-security-policy']).toContain('sandbox');
      expect(answer.headers()['x-content-type-options']).toBe('nosniff');
    }
    await page.goto(
      `${site.base}/_/collections?search=${encodeURIComponent('"><script>window.hacked=1</script>')}`,
    );
    expect(await hacked()).toBeUndefined();
    await page.goto(`${site.base}/_/login?next=javascript:window.hacked=1`);
    await page.waitForURL('**/_/');
  },
);

site.story(
  'the keyboard alone signs in, reaches the content, sorts, and opens and closes a dialog',
  async () => {
    const visitor = await site.visitor();
    const { page } = visitor;
    const { keyboard } = page;
    await page.goto(`${site.base}/_/collections/works`);
    await page.locator('#email:focus').waitFor();
    await keyboard.type(ADMIN.email);
    await keyboard.press('Tab');
    await keyboard.type(ADMIN.password);
    await keyboard.press('Enter');
    await page.waitForURL('**/_/collections/works');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('main');
    await tabTo(page, '#filter');
    await keyboard.type('price = 7');
    await keyboard.press('Enter');
    await page.getByText('1–1 of 1').waitFor();
    await tabTo(page, 'details:has(input[name=column]) > summary');
    await keyboard.press('Enter');
    await tabTo(page, 'input[name=column]');
    await visitor.shoot('records-columns');
    expect(await visitor.violations()).toEqual([]);

    // What was used keeps the focus: nobody has to begin at the top again.
    await page.goto(`${site.base}/_/collections/works`);
    for (const [id, address] of [
      ['sort-title', /sort=title/],
      ['page-next', /page=2/],
    ] as const) {
      await tabTo(page, `#${id}`, 200);
      await keyboard.press('Enter');
      await page.waitForURL(address);
      await page.locator(`#${id}:focus`).waitFor();
    }

    await page.goto(`${site.base}/_/account`);
    await tabTo(page, '[data-open]');
    await keyboard.press('Enter');
    await tabTo(page, 'dialog input[name=confirm]', 3);
    expect(await page.locator('dialog button[type=submit]').isDisabled()).toBe(true);
    await keyboard.type(ADMIN.email);
    expect(await page.locator('dialog button[type=submit]').isDisabled()).toBe(false);
    await visitor.shoot('confirm-dialog');
    expect(await visitor.violations()).toEqual([]);
    await keyboard.press('Escape');
    expect(await page.locator('dialog').isVisible()).toBe(false);
  },
);

site.story('no button offers to copy where the browser lets no page do so', async () => {
  const visitor = await site.signedIn('/_/collections/works');
  const { page } = visitor;
  const buttons = page.locator('copy-button button');
  await page.locator('tbody th a').first().click();
  await buttons.first().waitFor();
  // As over plain HTTP from another machine.
  await page.addInitScript("Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })");
  await page.reload();
  await page.locator('copy-button').first().waitFor({ state: 'attached' });
  expect(await buttons.count()).toBe(0);
});

site.story('without script the same forms and links do the same', async () => {
  const visitor = await site.signedIn('/_/collections/works?page=2', { hasScript: false });
  const { page } = visitor;
  await page.getByRole('link', { name: 'count', exact: true }).click();
  await page.getByText('51–100 of 120').waitFor();
  await page.getByLabel('Filter').fill('price = 7');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('1–1 of 1').waitFor();
  await page.goto(`${site.base}/_/account`);
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await page.getByRole('combobox', { name: 'Theme' }).selectOption('dark');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Ihr Konto' }).waitFor();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.getByRole('link', { name: 'Überall abmelden' }).click();
  await page.getByLabel(/eintippen/).fill('somebody else');
  await page.locator('dialog button[type=submit]').click();
  await page.getByText(/genau so eintippen/).waitFor();
  await visitor.shoot('account-dark-german');
  await page.goto(`${site.base}/_/account`);
  await page.getByRole('button', { name: 'Abmelden', exact: true }).click();
  await page.getByText('Sie sind abgemeldet.').waitFor();
  await page.goto(`${site.base}/_/collections`);
  expect(page.url()).toContain('/_/login?next=');
});
