import { expect } from 'bun:test';
import { at, textAt } from '../../support/json.ts';
import { type Scenario, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

const R = '/api/records/v1';
const FILMS = `${R}/films`;

const list = (name: string, query: string, rest: Partial<Scenario> = {}): Scenario => ({
  ...{ name, path: `${FILMS}?${query}`, status: 200 },
  ...rest,
});

const refused = (text: string, queries: readonly string[], path = FILMS): readonly Scenario[] =>
  queries.map((query) => ({
    name: `${query} is refused: ${text}`,
    path: `${path}?${query}`,
    status: 400,
    has: [text],
  }));

/** Lists, filters, orders, cursors and their refusals (specs/trailbase.md 5). */
export const listScenarios: readonly Scenario[] = [
  list('a guest lists what is public, newest first', '', {
    has: ['"cursor":"', '"title":"Harbour"', 'Old lighthouse'],
    lacks: ['Secret rushes', 'total_count', 'internal', '_note'],
  }),
  list('the owner lists more', '', { as: 'alice', has: ['Secret rushes'] }),
  list('a count is of what the caller may see', 'count=true&limit=1', { has: ['"total_count":3'] }),
  list('a count alone has no records', 'count=1&limit=0', {
    has: ['"total_count":3', '"records":[]'],
    lacks: ['cursor'],
  }),
  list('nothing found is a list without a cursor', 'filter[title]=x', {
    has: ['{"total_count":0,"records":[]}'],
  }),
  list('two equalities', 'filter[title]=Harbour&filter[year]=1931', {
    has: ['Harbour'],
    lacks: ['lighthouse', 'total_count'],
  }),
  list('text that is hostile to addresses', `filter[title][$eq]=${encodeURIComponent('Light=?&/\\^')}`, {
    has: ['Light=?&/'],
    lacks: ['Harbour'],
  }),
  list('a range', 'filter[year][$gte]=1920&filter[year][$lt]=1931', {
    has: ['lighthouse'],
    lacks: ['Harbour'],
  }),
  list('unequal finds no null', 'filter[year][$ne]=1931', { has: ['lighthouse'], lacks: ['Light=?'] }),
  list('null is asked for by name', 'filter[year][$is]=NULL', { has: ['Light=?'], lacks: ['Harbour'] }),
  list('not null is, too', 'filter[year][$is]=!NULL', { has: ['Harbour'], lacks: ['Light=?'] }),
  list('like minds the case', 'filter[title][$like]=%25light%25', {
    has: ['Old lighthouse'],
    lacks: ['Light=?'],
  }),
  list('like has no escape', 'filter[title][$like]=Harbo_r', { has: ['Harbour'] }),
  list('a pattern', 'filter[title][$re]=^H.*r$', { has: ['Harbour'], lacks: ['lighthouse'] }),
  list('one or the other', 'filter[$or][0][title]=Harbour&filter[$or][1][year][$lt]=1921', {
    has: ['Harbour', 'lighthouse'],
    lacks: ['Light=?'],
  }),
  list('bytes', 'filter[checksum]=_-8=', { has: ['Harbour'], lacks: ['lighthouse'] }),
  list('an id', 'filter[id]={shown}', { has: ['Harbour'], lacks: ['lighthouse'] }),
  list('an account', 'filter[owner]={bob}', { has: ['lighthouse'], lacks: ['Harbour'] }),
  list('a filter finds nothing that may not be read', 'filter[title]=Secret+rushes&count=true', {
    has: ['"total_count":0'],
    lacks: ['Secret'],
  }),
  list('a polygon', 'filter[location][@within]=POLYGON((5 50,15 50,15 60,5 60,5 50))', {
    has: ['Harbour'],
    lacks: ['lighthouse'],
  }),
  list('another polygon', 'filter[location][@within]=POLYGON((20 50,25 50,25 60,20 60,20 50))', {
    lacks: ['Harbour'],
  }),
  list('parents come along', 'expand=director&filter[title]=Harbour', {
    as: 'alice',
    has: ['"data":{"id":"{director}","name":"Dora Director"}'],
    lacks: ['salary'],
  }),
  list('no parent comes along to who may not read it', 'expand=director', { lacks: ['Dora'] }),
  list('features of a map', 'geojson=location&filter[title]=Harbour&count=true', {
    has: [
      '"type":"FeatureCollection"',
      '"total_count":1',
      '"type":"Feature","id":"{shown}","geometry":{"type":"Point","coordinates":[10,53.5]}',
      '"properties":{',
    ],
    lacks: ['"records"', '"location"'],
  }),
  list('a map of nothing', 'geojson=location&filter[title]=x', {
    has: ['"type":"FeatureCollection"', '"features":[]'],
  }),
  list('no cursor for who wants none', 'skip_cursor=true', { lacks: ['cursor'] }),
  list('no cursor in another order', 'order=title', { lacks: ['cursor'] }),
  list('unknown parameters mean nothing', 'sort=x&page=2&fields=title', { has: ['Harbour', '"year"'] }),
  {
    name: 'a view has no cursor',
    path: `${R}/premieres?order=name&count=true`,
    as: 'alice',
    status: 200,
    has: ['"total_count":3', '"name":"Harbour"'],
    lacks: ['cursor', 'Secret'],
  },
  {
    name: 'a view is filtered by its own names',
    path: `${R}/premieres?filter[name]=Harbour`,
    status: 200,
    has: ['"released":1931'],
  },
  {
    name: 'and only by those',
    path: `${R}/premieres?filter[title]=Harbour`,
    status: 400,
    has: ['Invalid filter params'],
  },
  {
    name: 'a multiple choice holds a value',
    path: `${R}/rooms?filter[tags]=organ`,
    status: 200,
    has: ['Big'],
    lacks: ['Small'],
  },
  ...['alice', 'boss', undefined].map(
    (as): Scenario => ({
      ...{ name: `a view may ask of other tables what ${as ?? 'a guest'} may not`, as, status: 200 },
      path: '/api/records/v1/works_of_known_people?count=true',
      has: ['"total_count":1', 'Harbour'],
    }),
  ),
  { name: 'a guest cannot list the club', path: `${R}/club`, status: 403, lacks: ['popcorn'] },
  { name: 'nor ask it anything', path: `${R}/club?filter[word][$nonsense]=1`, status: 403 },
  { name: 'a member lists the club', path: `${R}/club`, as: 'bob', status: 200, has: ['popcorn'] },
  { name: 'nobody lists the vault', path: `${R}/vault`, as: 'alice', status: 403 },
  ...refused(
    'Invalid filter params',
    [
      ...[
        'filter[nothing]=1',
        'filter[internal]=1',
        'filter[_note]=1',
        'filter[owner.email]=x',
        'filter[year]=x',
        'filter[year]=1.5',
      ],
      ...[
        'filter[checksum]=!',
        'filter[title][$is]=x',
        'filter[@request.auth.id]=x',
        'filter[location][@within]=POINT(1 2);',
      ],
    ].filter((query) => !query.includes('@request')),
  ),
  ...refused('Invalid query', [
    ...[
      'filter[title][$foo]=1',
      'filter[@request.auth.id]=x',
      'filter=title',
      'limit=-1',
      'limit=x',
      'offset=x',
      'count=x',
    ],
    ...[
      'order=nothing',
      'order=internal',
      'order=_note',
      'order=owner.email',
      'order=title,year,rating,id,public,edition',
    ],
  ]),
  ...refused('limit exceeds max limit of 1024', ['limit=1025', 'limit=99999999']),
  ...refused('Invalid expansion', ['expand=', 'expand=title', 'expand=nothing']),
  ...refused('Invalid geometry column', ['geojson=title', 'geojson=nothing']),
  ...refused('Bad cursor: b64', ['cursor=???', 'cursor=a']),
  ...refused('Bad cursor', ['cursor=AAAA', `cursor=${'A'.repeat(80)}`]),
  ...refused('Only TABLEs with PK primary order support cursors', [
    'cursor=AAAA&order=title',
    'cursor=AAAA&order=title,id',
  ]),
  ...refused('Only TABLEs with PK primary order support cursors', ['cursor=AAAA'], `${R}/premieres`),
];

/** Walks through pages. */
export const listStories: readonly Story[] = [
  {
    name: 'cursors lead through every record once, in either order',
    async run(world) {
      for (const order of ['', '&order=-id', '&order=%2Bid', '&order=id']) {
        const whole = await titles(world, `limit=50${order}`);
        const walked: string[] = [];
        let cursor = '';
        for (let page = 0; page < 10; page++) {
          const { json } = await sendOk(world, { path: `${FILMS}?limit=2&count=true${order}${cursor}` });
          expect(at(json, 'total_count')).toBe(whole.length);
          const found = titlesOf(json);
          if (found.length === 0) break;
          walked.push(...found);
          cursor = `&cursor=${textAt(json, 'cursor')}`;
        }
        expect(walked).toEqual(whole);
        expect(new Set(walked).size).toBe(whole.length);
      }
    },
  },
  {
    name: 'a cursor is good for its API and order alone',
    async run(world) {
      const { json } = await sendOk(world, { path: `${FILMS}?limit=1` });
      const cursor = textAt(json, 'cursor');
      expect((await send(world, { path: `${FILMS}?order=%2Bid&cursor=${cursor}` })).text).toBe('Bad cursor');
      expect((await send(world, { path: `${R}/rooms?cursor=${cursor}` })).text).toBe('Bad cursor');
      expect((await send(world, { path: `${FILMS}?cursor=${cursor}` })).status).toBe(200);
    },
  },
  {
    name: 'the next page by offset is the same as by cursor',
    async run(world) {
      const first = await sendOk(world, { path: `${FILMS}?limit=1&skip_cursor=false` });
      const byCursor = await sendOk(world, {
        path: `${FILMS}?limit=1&cursor=${textAt(first.json, 'cursor')}`,
      });
      const byOffset = await sendOk(world, { path: `${FILMS}?limit=1&offset=1` });
      expect(at(byOffset.json, 'records')).toEqual(at(byCursor.json, 'records'));
    },
  },
  {
    name: 'orders have their keys in turn',
    async run(world) {
      expect(await titles(world, 'order=%2Btitle')).toEqual((await titles(world, 'order=title')).toSorted());
      expect(await titles(world, 'order=-title')).toEqual((await titles(world, 'order=+title')).toReversed());
      const byYear = await sendOk(world, { path: `${FILMS}?order=public,-year&filter[year][$is]=!NULL` });
      expect(titlesOf(byYear.json)).toEqual(['Harbour', 'Old lighthouse']);
    },
  },
];

async function titles(world: World, query: string): Promise<string[]> {
  return titlesOf((await sendOk(world, { path: `${FILMS}?${query}` })).json);
}

function titlesOf(json: unknown): string[] {
  const records = at(json, 'records');
  return Array.isArray(records) ? records.map((record) => textAt(record, 'title')) : [];
}
