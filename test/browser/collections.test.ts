import { expect } from 'bun:test';
import { overflowOf, type Visitor } from './browser.ts';
import { openSite } from './site.ts';

const site = await openSite('collections');

const fieldNames = ({ page }: Visitor) => page.locator('.field-name').allTextContents();

site.story(
  'a superuser makes a collection, gives it fields, orders them by mouse and keyboard, reviews and applies',
  async () => {
    const visitor = await site.signedIn('/_/collections/new');
    const { page } = visitor;
    await page.getByLabel('Name').fill('Räume');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Letters without accents, digits and _ only').waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('Räume');
    expect(await visitor.violations()).toEqual([]);
    await page.getByLabel('Name').fill('rooms');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL('**/collections/rooms/definition');

    await page.getByLabel('Type of the new field').selectOption({ label: 'Choice' });
    await page.getByRole('button', { name: 'Add field' }).click();
    await page.locator('input[name$=".name"]:focus').waitFor();
    await page.keyboard.type('kind');
    await page.getByRole('button', { name: 'Review changes' }).first().click();
    await page.getByText('This is needed.').waitFor();
    expect(await visitor.violations()).toEqual([]);
    await page.getByLabel('Values, one per line').fill('big\nsmall');
    await page.getByRole('button', { name: 'Move kind up' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect(await fieldNames(visitor)).toEqual(['id', 'kind', 'created', 'updated']);
    const handles = page.locator('.drag-handle');
    await handles.nth(3).dragTo(handles.nth(2), { targetPosition: { x: 2, y: 2 } });
    expect(await fieldNames(visitor)).toEqual(['id', 'kind', 'updated', 'created']);
    await visitor.shoot('definition');
    await page.getByRole('button', { name: 'Review changes' }).first().click();
    await page.getByText('The field “kind” is added.').waitFor();
    await visitor.shoot('definition-review');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Apply changes' }).click();
    await page.getByText('The changes are applied.').waitFor();
    expect(await fieldNames(visitor)).toEqual(['id', 'kind', 'updated', 'created']);

    await page.getByRole('link', { name: 'Delete collection…' }).click();
    await page.getByRole('textbox', { name: 'Type “rooms” to confirm' }).fill('rooms');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Delete collection', exact: true }).click();
    await page.getByText('The collection is deleted.').waitFor();
  },
);

site.story(
  'on a phone and without script, templates, SQL and definitions make collections, and fields are moved',
  async () => {
    const visitor = await site.signedIn('/_/collections/new?from=template', {
      width: 360,
      theme: 'dark',
      hasScript: false,
    });
    const { page } = visitor;
    expect(await overflowOf(page)).toBe(0);
    await visitor.shoot('phone-new-collection');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.goto(`${site.base}/_/collections/posts/definition`);
    await page.getByRole('button', { name: 'Move title down' }).click();
    expect((await fieldNames(visitor)).slice(0, 3)).toEqual(['id', 'slug', 'title']);
    expect(await overflowOf(page)).toBe(0);
    await page.locator('summary').filter({ hasText: 'cover' }).click();
    await page.locator('details[open]').getByLabel('Delete this field').check();
    await page.getByRole('button', { name: 'Review changes' }).first().click();
    await page.getByText('The field “cover” is deleted').waitFor();
    expect(await overflowOf(page)).toBe(0);
    await page.getByRole('button', { name: 'Back to editing' }).click();
    await page.getByText('will be deleted').waitFor();

    await page.goto(`${site.base}/_/collections/new?from=sql`);
    const sql = 'CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;';
    await page.getByLabel('CREATE TABLE statements').fill(`${sql} DROP TABLE posts;`);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('The statements cannot be taken.').waitFor();
    await page.getByLabel('CREATE TABLE statements').fill(sql);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: /Collections|Made/ }).waitFor();
    await page.goto(`${site.base}/_/collections/tasks/definition`);
    await page.getByText('Integer, counted up from 1').first().waitFor();

    await page.goto(`${site.base}/_/collections/new?from=json`);
    await page
      .getByRole('textbox', { name: 'Definitions' })
      .fill('[{"name":"tasks","listRule":""},{"name":"lists"}]');
    await page.getByRole('button', { name: 'Review', exact: true }).click();
    await page.getByText('The collection “lists” is created.').waitFor();
    expect(await overflowOf(page)).toBe(0);
    await page.getByRole('button', { name: 'Apply changes' }).click();
    await page.getByRole('link', { name: 'lists' }).waitFor();
  },
);

site.story(
  'a change that takes data is counted and done once the name is typed, and definitions come of a file',
  async () => {
    const visitor = await site.signedIn('/_/collections/new?from=json');
    const { page } = visitor;
    const rooms = { name: 'halls', fields: [{ name: 'label', type: 'text' }] };
    const file = {
      name: 'halls.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(rooms)),
    };
    await page.getByLabel('File with definitions').setInputFiles(file);
    await page.getByRole('button', { name: 'Review the file' }).click();
    await page.getByText('The collection “halls” is created.').waitFor();
    await page.getByRole('button', { name: 'Apply changes' }).click();
    await page.getByRole('link', { name: 'halls' }).waitFor();
    await page.goto(`${site.base}/_/collections/halls/records/new`);
    await page.getByRole('textbox', { name: 'label' }).fill('Great hall');
    await page.getByRole('button', { name: 'Create record' }).first().click();
    await page.locator('.toast').waitFor();

    await page.goto(`${site.base}/_/collections/halls/definition`);
    await page.locator('summary').filter({ hasText: 'label' }).click();
    await page.getByRole('button', { name: 'Duplicate this field' }).click();
    await page.locator('summary').filter({ hasText: 'label_copy' }).waitFor();
    await page.locator('summary').filter({ hasText: 'Choose the columns' }).click();
    await page.getByLabel('Column 1', { exact: true }).selectOption('label_copy');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Add this index' }).click();
    expect(await page.locator('input[name="index"]').first().inputValue()).toContain('(`label_copy`)');
    await page
      .locator('.field-row')
      .filter({ has: page.locator('.field-name', { hasText: /^label$/ }) })
      .locator('summary')
      .click();
    await page.locator('details[open]').getByLabel('Delete this field').first().check();
    await page.getByRole('button', { name: 'Review changes' }).first().click();
    await page.getByText('with its values in 1 record.').waitFor();
    expect(await visitor.violations()).toEqual([]);
    const typed = page.getByLabel('Type “halls” to confirm');
    await typed.fill('hall');
    await page.keyboard.press('Enter');
    await page.getByText('Type “halls” exactly').waitFor();
    await typed.fill('halls');
    await page.keyboard.press('Enter');
    await page.getByText('The changes are applied.').waitFor();
    expect(await fieldNames(visitor)).toEqual(['id', 'label_copy']);

    await page.getByRole('link', { name: 'Duplicate' }).click();
    await page.getByRole('button', { name: 'Duplicate' }).click();
    await page.waitForURL('**/collections/halls_copy/definition');
    await page.goto(`${site.base}/_/collections/users/definition`);
    await page.locator('summary').filter({ hasText: 'How long tokens last' }).click();
    await page.getByLabel('Sign-in: seconds').fill('3600');
    expect(await visitor.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Review changes' }).first().click();
    await page.getByText('authToken.duration').waitFor();
  },
);
