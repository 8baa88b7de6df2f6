import { expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { consolePages } from '../../src/console/index.ts';
import { systemActor } from '../../src/core/actor.ts';
import { createOneTimePasswords } from '../../src/drivers/one-time-passwords/otplib.ts';
import { consoleFiles } from '../support/console.ts';
import { openTestCore } from '../support/core.ts';
import { startInProcess } from '../support/in-process.ts';
import { at, textAt, textsAt } from '../support/json.ts';
import { ADMIN, adminToken, removeFolder, temporaryFolder } from '../support/server.ts';
import { overflowOf, type Visitor, type VisitorOptions } from './browser.ts';
import { fillGallery } from './gallery.ts';
import { openSite, type Site } from './site.ts';
import { addVisitors } from './visitors.ts';

const LONG = 'a_very_long_name_of_a_collection_that_somebody_chose_with_care';
/** The choices that a page gives, each at an address of its own. */
const each = (page: string, ...choices: readonly string[]) => [
  page,
  ...choices.map((one) => `${page}?${one}`),
];
/** The page of a few collections that differ: with everything, of accounts, with no field and a long name. */
const ofCollections = (page: string) => ['works', 'users', LONG].map((name) => `/collections/${name}${page}`);

/** What is no page of its own: a file, or a part of a page. */
const NO_PAGE: readonly string[] = [];
/** What is there only after something: the stories below, or of the page itself, come to it. */
const ELSEWHERE: readonly string[] = [];

/**
 * Every path that is asked with GET, and the addresses at which it is looked at. A new one belongs here. `{work}` and the
 * like stand for what {@link readFacts} finds; `page > address*` is the first link of the page that leads to such an address.
 */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  '': NO_PAGE,
  '/assets/:version/:file': NO_PAGE,
  '/login': ELSEWHERE,
  '/setup': ELSEWHERE,
  '/': ['/'],
  '/palette': each('/palette', 'q=wrks', 'q=qqqq'),
  '/shortcuts': ['/shortcuts'],
  '/account': each('/account', 'confirm=sign-out-everywhere'),
  '/accounts': each('/accounts', 'search=nobody', 'collection=_superusers'),
  '/accounts/:collection/:id': ['/accounts/users/{account}'],
  '/collections': each('/collections', 'system=1', 'search=qqqq'),
  '/collections/new': each('/collections/new', 'from=template', 'from=sql', 'from=json'),
  '/definitions': NO_PAGE,
  '/collections/:name/definition': ofCollections('/definition'),
  '/collections/:name': [
    ...ofCollections(''),
    ...['sort=created', 'page=3&sort=-price', 'filter=price%20%3D%20-7', 'filter=price%20%3E'].map(
      (query) => `/collections/works?${query}`,
    ),
    '/collections/_superusers',
  ],
  '/collections/:name/total': NO_PAGE,
  '/collections/:name/changes': ['/collections/works/changes?id={work}&id={hostile}'],
  '/collections/:name/changes/:change': ELSEWHERE,
  '/collections/:name/copies': ['/collections/works/copies'],
  '/collections/:name/filter': NO_PAGE,
  '/collections/:name/filter/problem': NO_PAGE,
  '/collections/:name/rules/choices': NO_PAGE,
  '/accounts/new': ['/accounts/new'],
  '/files/uploads': ['/files/uploads'],
  '/operations/backups/:key/restoration': [
    '/operations/backups/before_the_long_journey_over_the_mountains.zip/restoration',
  ],
  '/operations/restoration': ['/operations/restoration'],
  '/operations/storage/progress': NO_PAGE,
  '/collections/:name/connect': [...ofCollections('/connect'), '/collections/works/connect?client=curl'],
  '/collections/:name/rules': ofCollections('/rules'),
  '/collections/:name/rules/suggestions': NO_PAGE,
  '/collections/:name/choices': NO_PAGE,
  '/collections/:name/records/new': ofCollections('/records/new'),
  '/collections/:name/records/:id': [
    '/collections/works/records/{work}',
    '/collections/works/records/{hostile}',
    '/collections/users/records/{account}',
  ],
  '/collections/:name/records/:id/edit': [
    '/collections/works/records/{work}/edit',
    '/collections/users/records/{account}/edit',
  ],
  '/collections/:name/cells/:id/:field': NO_PAGE,
  '/collections/:name/records/:id/files/:file': NO_PAGE,
  '/collections/:name/export': NO_PAGE,
  '/collections/:name/import': ['/collections/works/import'],
  '/collections/:name/upload': ['/collections/works/upload'],
  '/collections/:name/removal': ['/collections/works/removal?id={work}&id={hostile}'],
  '/files': each('/files', 'kind=image', 'name=qqqq'),
  '/files/deletions': ['/files/deletions'],
  '/files/:collection/:record/:name': [
    '/files/works/{work}/{morning.png}',
    '/files/works/{work}/{notes_of_a_very_long_journey_over_the_mountains.txt}',
    '/files/works/{hostile}/{page.html}',
  ],
  '/operations': ['/operations'],
  '/operations/backups': each('/operations/backups'),
  '/operations/backups/:key': NO_PAGE,
  '/operations/requests': each('/operations/requests', 'text=qqqq', 'kind=events'),
  '/operations/requests/live': ['/operations/requests/live'],
  '/operations/requests/stream': NO_PAGE,
  '/operations/requests/export': NO_PAGE,
  '/operations/requests/:id': ['/operations/requests > /_/operations/requests/*'],
  '/operations/storage': ['/operations/storage'],
  '/operations/health': ['/operations/health'],
  '/operations/about': ['/operations/about', '/operations/about > /_/operations/about?licence=*'],
  '/operations/settings': ['/operations/settings'],
  '/operations/sql': ['/operations/sql'],
  '/operations/jobs': ['/operations/jobs'],
};

/** Addresses that are answered as a form is that cannot be taken. */
const REFUSED: ReadonlySet<string> = new Set(['/collections/works?filter=price%20%3E']);

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
    const facts = await readFacts(site);
    const addresses = rows.flatMap(([, places]) =>
      places.map((place) => place.replaceAll(/\{(.+?)\}/g, (_, name: string) => factOf(facts, name))),
    );
    await lookAtAll(site, addresses);
  });
}

empty.story('pages that have nothing to show yet are free of violations, too', () => lookAtAll(empty, EMPTY));

/** Opens each page wide and in English, and narrow and in German. Everything that is wrong is told at once. */
async function lookAtAll(where: Site, addresses: readonly string[]): Promise<void> {
  const wrong = await Promise.all(
    Object.entries(LOOKS).map(async ([name, look]) => {
      const visitor = await where.signedIn('/_/shortcuts', look);
      const found: string[] = [];
      for (const address of addresses) {
        const [path, link] = address.split(' > ');
        let answer = await visitor.page.goto(`${where.base}/_${path}`);
        if (link !== undefined) {
          const found = visitor.page.locator(`main a[href^="${link.slice(0, -1)}"]`).first();
          answer = await visitor.page.goto(where.base + (await found.getAttribute('href')));
        }
        if (answer?.status() !== (REFUSED.has(address) ? 422 : 200))
          found.push(`${address}: ${answer?.status()}`);
        found.push(...(await faultsOf(visitor)).map((one) => `${address}, ${name}: ${one}`));
      }
      return found;
    }),
  );
  expect(wrong.flat()).toEqual([]);
}

const save = (page: Page) => page.locator('.record-form [type=submit].primary').first().click();

/** What is wrong with the page that is open. */
async function faultsOf(visitor: Visitor): Promise<readonly string[]> {
  await visitor.settled();
  const overflow = await overflowOf(visitor.page);
  return [...(await visitor.violations()), ...(overflow > 0 ? [`${overflow} pixels too wide`] : [])];
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

/** Ids and names that the server chose. */
async function readFacts({ base }: Site): Promise<Facts> {
  const authorization = await adminToken(base);
  const first = async (collection: string, query = ''): Promise<unknown> => {
    const path = `/api/collections/${collection}/records?${query}`;
    const answer = await fetch(base + path, { headers: { authorization } });
    return at(await answer.json(), 'items.0');
  };
  const work = await first('works', 'sort=created&skipTotal=1&page=2&perPage=1');
  const hostile = await first('works', 'sort=created&perPage=1');
  const files = [work, hostile].flatMap((one) => textsAt(one, 'pictures'));
  return new Map([
    ['work', textAt(work, 'id')],
    ['hostile', textAt(hostile, 'id')],
    ['account', textAt(await first('users'), 'id')],
    ...files.map((name) => [name.replace(/_\w{10}(?=\.)/, ''), name] as const),
  ]);
}

type Facts = ReadonlyMap<string, string>;

function factOf(facts: Facts, name: string): string {
  const found = facts.get(name);
  if (found === undefined) throw new Error(`no ${name} in ${[...facts.keys()].join(', ')}`);
  return encodeURIComponent(found);
}

async function takeBackup(base: string): Promise<void> {
  const headers = { authorization: await adminToken(base), 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'before_the_long_journey_over_the_mountains.zip' });
  const answer = await fetch(`${base}/api/backups`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`no backup: ${answer.status} ${await answer.text()}`);
}
