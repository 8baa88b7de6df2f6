import type { Response } from 'playwright-core';
import { at, textAt, textsAt } from '../support/json.ts';
import { adminToken } from '../support/server.ts';
import type { Visitor } from './browser.ts';
import type { Site } from './site.ts';

/** Where a page is seen: its address below `/_`, or how somebody comes to it. */
export type Place = string | Path;

/** A page to which more than an address leads. */
interface Path {
  /** What it is called where something is wrong with it. */
  readonly name: string;
  /** Default 200. */
  readonly status?: number;
  /** Goes there. `address` is that of something below `/_`. */
  open(visitor: Visitor, address: (place: string) => string): Promise<Response | null>;
}

const LONG = 'a_very_long_name_of_a_collection_that_somebody_chose_with_care';
/** The choices that a page gives, each at an address of its own. */
const each = (page: string, ...choices: readonly string[]) => [
  page,
  ...choices.map((one) => `${page}?${one}`),
];
/** The page of a few collections that differ: with everything, of accounts, with no field and a long name. */
const ofCollections = (page: string) => ['works', 'users', LONG].map((name) => `/collections/${name}${page}`);

/** What is no page of its own: a file, or a part of a page. */
const NO_PAGE: readonly Place[] = [];

/**
 * Every path that is asked with GET, and the addresses at which it is looked at. A new one belongs here. `{work}` and the
 * like stand for what {@link readFacts} finds; `page > address*` is the first link of the page that leads to such an address.
 */
export const PLACES: Readonly<Record<string, readonly Place[]>> = {
  '': NO_PAGE,
  '/assets/:version/:file': NO_PAGE,
  '/login': [signedOut('/login')],
  '/setup': [signedOut('/setup?token=of-another-server', 403)],
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
  '/collections/:name/changes/:change': [{ name: 'a change that was made', open: changePrice }],
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

/** As somebody sees it who has not signed in. */
function signedOut(place: string, status = 200): Path {
  return {
    ...{ name: `${place}, signed out`, status },
    async open({ page, context }, address) {
      const cookies = await context.cookies();
      await context.clearCookies();
      const answer = await page.goto(address(place));
      await context.addCookies(cookies);
      return answer;
    },
  };
}

/** A change can be undone by whoever made it. */
async function changePrice({ page }: Visitor, address: (place: string) => string): Promise<Response | null> {
  await page.goto(address('/collections/works/changes?id={work}'));
  await page.locator('.bulk-form input[type=checkbox][value=price]').check();
  await page.locator('.bulk-form [id$=price][name]:not([type=checkbox])').fill('12');
  await page.locator('.bulk-form button[type=submit]:not([name])').click();
  const [answer] = await Promise.all([
    page.waitForResponse((one) => /\/changes\/[^/?]+$/.test(one.url())),
    page.locator('.bulk-form button[name=apply]').click(),
  ]);
  return answer;
}

/** Goes to a place on a site that {@link readFacts} has read. What comes of it, and what should. */
export async function goTo(
  visitor: Visitor,
  { base }: Site,
  facts: Facts,
  place: Place,
): Promise<{ readonly name: string; readonly answers: readonly [is: number | undefined, due: number] }> {
  const address = (one: string) =>
    `${base}/_${one.replaceAll(/\{(.+?)\}/g, (_, name: string) => factOf(facts, name))}`;
  if (typeof place !== 'string') {
    const answer = await place.open(visitor, address);
    return { name: place.name, answers: [answer?.status(), place.status ?? 200] };
  }
  const [path = '', link] = place.split(' > ');
  let answer = await visitor.page.goto(address(path));
  if (link !== undefined) {
    const found = visitor.page.locator(`main a[href^="${link.slice(0, -1)}"]`).first();
    answer = await visitor.page.goto(base + (await found.getAttribute('href')));
  }
  return { name: place, answers: [answer?.status(), REFUSED.has(place) ? 422 : 200] };
}

/** Ids and names that the server chose. */
export async function readFacts({ base }: Site): Promise<Facts> {
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

export type Facts = ReadonlyMap<string, string>;

function factOf(facts: Facts, name: string): string {
  const found = facts.get(name);
  if (found === undefined) throw new Error(`no ${name} in ${[...facts.keys()].join(', ')}`);
  return encodeURIComponent(found);
}

/** Takes the backup that pages are about. */
export async function takeBackup(base: string): Promise<void> {
  const headers = { authorization: await adminToken(base), 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'before_the_long_journey_over_the_mountains.zip' });
  const answer = await fetch(`${base}/api/backups`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`no backup: ${answer.status} ${await answer.text()}`);
}
