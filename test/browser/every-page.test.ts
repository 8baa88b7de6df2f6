import { expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { consolePages } from '../../src/console/index.ts';
import { systemActor } from '../../src/core/actor.ts';
import { createOneTimePasswords } from '../../src/drivers/one-time-passwords/otplib.ts';
import { consoleFiles } from '../support/console.ts';
import { openTestCore } from '../support/core.ts';
import { startInProcess } from '../support/in-process.ts';
import { ADMIN, removeFolder, temporaryFolder } from '../support/server.ts';
import { overflowOf, type Visitor, type VisitorOptions } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { goTo, PLACES, type Place, readFacts, takeBackup } from './places.ts';
import { openSite, type Site } from './site.ts';
import { addVisitors } from './visitors.ts';

/** What all see when somebody has just begun. */
const EMPTY = ['/', '/collections', '/accounts', '/files', '/collections/users', '/operations/backups'];

/** How each page is looked at. */
const LOOKS = {
  wide: {},
  'in German on a phone': { width: 360, height: 740, locale: 'de-AT', theme: 'dark' },
} satisfies Readonly<Record<string, VisitorOptions>>;

const site = await openSite('every page', { holds: [fillGallery, addVisitors, takeBackup] });
const empty = await openSite('every page of an empty server');

test('every page has its row, and every row its page', async () => {
  const { core, close } = await openTestCore();
  const { routes } = consolePages({
    ...{ core, files: consoleFiles, publicUrl: undefined },
    ...{ clientAddress: () => '', requestId: () => '' },
  });
  const asked = routes.filter(({ method }) => method === 'GET').map(({ path }) => path.slice('/_'.length));
  expect(asked.sort()).toEqual(Object.keys(PLACES).sort());
  await close();
});

/** By the first part of their paths. */
const sections = Map.groupBy(
  Object.entries(PLACES).flatMap(([path, places]) => (places.length > 0 ? [[path, places] as const] : [])),
  ([path]) => path.split('/')[1] ?? '',
);

for (const [section, rows] of sections) {
  site.story(`every page at /_/${section} is free of violations, wide and in German on a phone`, async () => {
    await lookAtAll(
      site,
      rows.flatMap(([, places]) => places),
    );
  });
}

empty.story('pages that have nothing to show yet are free of violations, too', () => lookAtAll(empty, EMPTY));

/** Opens each page wide and in English, and narrow and in German. Everything that is wrong is told at once. */
async function lookAtAll(where: Site, places: readonly Place[]): Promise<void> {
  const facts = where === site ? await readFacts(where) : new Map();
  const wrong = await Promise.all(
    Object.entries(LOOKS).map(async ([look, options]) => {
      const visitor = await where.signedIn('/_/shortcuts', options);
      const found: string[] = [];
      for (const place of places) {
        const {
          name,
          answers: [is, due],
        } = await goTo(visitor, where, facts, place);
        if (is !== due) found.push(`${name}: ${is}`);
        found.push(...(await faultsOf(visitor)).map((one) => `${name}, ${look}: ${one}`));
      }
      return found;
    }),
  );
  expect(wrong.flat()).toEqual([]);
}

const save = (page: Page) => page.locator('.record-form [type=submit].primary').first().click();

/** What is wrong with the page that is open. A phone has the colours of a wide window, of which both themes are looked at. */
async function faultsOf(visitor: Visitor): Promise<readonly string[]> {
  await visitor.settled();
  const overflow = await overflowOf(visitor.page);
  const isPhone = (visitor.page.viewportSize()?.width ?? 0) < 600;
  return [
    ...(await visitor.violations(isPhone ? ['dark'] : undefined)),
    ...(overflow > 0 ? [`${overflow} pixels too wide`] : []),
  ];
}

/** Looks at the answer that something brings, which is to have this status. */
async function lookAfter(visitor: Visitor, act: () => Promise<unknown>, status: number): Promise<void> {
  const { page } = visitor;
  const [answer] = await Promise.all([
    page.waitForResponse(
      (one) => ['document', 'fetch'].includes(one.request().resourceType()) && ![303].includes(one.status()),
    ),
    act(),
  ]);
  expect([answer.url(), answer.status()]).toEqual([answer.url(), status]);
  await visitor.settled();
  expect([answer.url(), await faultsOf(visitor)]).toEqual([answer.url(), []]);
}

for (const [name, look] of Object.entries(LOOKS)) {
  site.story(`what is refused is told by pages free of violations, ${name}`, async () => {
    const { work } = Object.fromEntries(await readFacts(site));
    const visitor = await site.signedIn('/_/account', look);
    const { page, context } = visitor;
    const open = (path: string) => page.goto(site.base + path);
    const set = (selector: string, text: string) =>
      page.evaluate(`document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(text)}`);

    await lookAfter(visitor, () => open('/_/nothing'), 404);
    await lookAfter(visitor, () => open('/_/collections/nothing'), 404);
    await open('/_/account');
    await set('form[action$="/look"] [name=csrf]', 'of another session');
    await lookAfter(visitor, () => page.locator('form[action$="/look"] [type=submit]').click(), 403);

    // One admin's form is open while another changes the same record. Who has typed is not led away without being asked.
    const edit = `/_/collections/works/records/${work}/edit`;
    const [late, other] = [await site.signedIn(edit, look), await site.signedIn(edit)];
    await other.page.getByLabel('title', { exact: true }).fill(`Changed by another, ${name}`);
    await other.page.getByRole('button', { name: 'Save changes' }).click();
    await other.page.waitForURL(`**/records/${work}`);
    await late.page.getByLabel('title', { exact: true }).fill('Changed here');
    await lookAfter(late, () => save(late.page), 409);

    const careless = await site.signedIn('/_/collections/works/records/new', look);
    await careless.page.getByLabel('price', { exact: true }).fill('much');
    await lookAfter(careless, () => save(careless.page), 422);

    await open('/_/account');
    await context.clearCookies();
    await lookAfter(visitor, () => page.locator('form[action$="/look"] [type=submit]').click(), 200);
    expect(page.url()).toContain('/_/login?next=');
  });

  site.story(`what comes before signing in is free of violations, ${name}`, async () => {
    const dir = join(temporaryFolder(), 'data');
    const fresh = await startInProcess(dir, { DOSSIER_AUTH_FAILED_LOGINS: '3' });
    try {
      const visitor = await site.visitor(look);
      const { page } = visitor;
      const open = (path: string) => page.goto(fresh.base + path);
      const submit = () => page.locator('main [type=submit]').click();
      const fill = async (password: string, again?: string) => {
        await page.locator('#email').fill(ADMIN.email);
        await page.locator('#password').fill(password);
        if (again !== undefined) await page.locator('#passwordConfirm').fill(again);
      };
      const setup = `/_/setup?token=${fresh.setupToken()}`;
      await lookAfter(visitor, () => open('/_/nothing'), 404);
      await lookAfter(visitor, () => open('/_/'), 200);
      await lookAfter(visitor, () => open('/_/setup?token=wrong'), 403);
      await lookAfter(visitor, () => open(setup), 200);
      await fill(ADMIN.password, 'something else');
      await lookAfter(visitor, submit, 422);
      await fill(ADMIN.password, ADMIN.password);
      await lookAfter(visitor, submit, 200);
      await visitor.context.clearCookies();
      await lookAfter(visitor, () => open(setup), 403);
      await open('/_/login');
      await fill('wrong');
      await lookAfter(visitor, submit, 422);

      const { core } = fresh;
      const collection = core.collections.get('_superusers');
      const record = await core.records.findStoredBy(collection, 'email', ADMIN.email);
      const secret = await createOneTimePasswords().newSecret();
      await core.auth.totp.adopt(systemActor, { collection, record: record ?? {} }, secret);
      await fill(ADMIN.password);
      await lookAfter(visitor, submit, 200);
      await page.locator('#code').fill('123');
      await lookAfter(visitor, submit, 422);

      await open('/_/login');
      for (let attempt = 0; attempt < 3; attempt++) {
        await fill('wrong');
        await submit();
        await visitor.settled();
      }
      await fill('wrong');
      await lookAfter(visitor, submit, 429);
    } finally {
      await fresh.stop();
      removeFolder(dirname(dir));
    }
  });
}
