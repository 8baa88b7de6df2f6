import { expect } from 'bun:test';
import fc from 'fast-check';
import { settledAudit } from '../../support/audit.ts';
import { MULTIPART_TYPE, multipart } from '../../support/multipart.ts';
import { type Ask, type Story, send, type World } from '../../support/scenarios.ts';

/**
 * Requests that nobody wrote by hand: whatever comes, the answer is below 500, shows nothing of the inside, and leaves
 * records, catalogue and disk in agreement (SECURITY-REQUIREMENTS 2.5, 2.6).
 */
export const hostileStories: readonly Story[] = [
  hostile('record bodies of any JSON', 150, () =>
    fc
      .record({ title: anything, count: anything, note: anything, cover: anything, pages: anything })
      .map((body) => ({
        ...{ method: 'POST', path: '/api/collections/albums/records', body },
      })),
  ),
  hostile('every field type with any JSON', 200, () =>
    fc
      .record(
        {
          ...{
            title: anything,
            body: anything,
            status: anything,
            tags: anything,
            views: anything,
            pinned: anything,
          },
          ...{
            meta: anything,
            place: anything,
            due: anything,
            link: anything,
            contact: anything,
            author: anything,
          },
          ...{ 'views+': anything, 'tags-': anything, '+tags': anything, 'author+': anything, id: anything },
        },
        { requiredKeys: [] },
      )
      .map((body) => ({
        method: 'PATCH',
        path: '/api/collections/posts/records/{draft}',
        as: 'alice',
        body,
      })),
  ),
  {
    name: 'a collection to be changed',
    async run(world) {
      const body = { name: 'odd_one', type: 'base', fields: [{ name: 'a', type: 'text' }] };
      const made = await send(world, { method: 'POST', path: '/api/collections', as: 'admin', body });
      expect(made.status).toBe(200);
    },
  },
  hostile('definitions of any JSON', 150, () =>
    fc
      .record(
        {
          ...{
            name: fc.oneof(anything, fc.constant('odd_one')),
            type: fc.oneof(anything, fc.constant('auth')),
          },
          ...{ fields: fc.oneof(anything, fc.array(fieldLike)), indexes: anything, listRule: anything },
          ...{
            viewRule: anything,
            authToken: anything,
            passwordAuth: anything,
            oauth2: anything,
            mfa: anything,
          },
        },
        { requiredKeys: [] },
      )
      .map((body) => ({ method: 'PATCH', path: '/api/collections/odd_one', as: 'admin', body })),
  ),
  hostile('filters and sorts made of pieces', 300, () =>
    fc
      .tuple(
        fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 9 }),
        fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }),
        fc.constantFrom('alice', 'admin'),
      )
      .map(([filter, sort, as]) => {
        const query = new URLSearchParams({ filter: filter.join(' '), sort: sort.join(',') });
        return { path: `/api/collections/posts/records?${query}`, as };
      }),
  ),
  hostile('queries of any text', 150, () =>
    fc
      .record({
        page: text,
        perPage: text,
        sort: text,
        filter: text,
        expand: text,
        fields: text,
        skipTotal: text,
      })
      .map((query) => ({ path: `/api/collections/posts/records?${new URLSearchParams(query)}` })),
  ),
  hostile('paths of any text', 200, () =>
    fc
      .tuple(
        fc.constantFrom('GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'),
        fc.constantFrom('collections', 'files', 'backups', 'files/albums', 'collections/posts/records'),
        fc.array(
          text.map((each) => encodeURIComponent(each.toWellFormed())),
          { minLength: 1, maxLength: 4 },
        ),
      )
      .map(([method, start, rest]) => ({ method, path: `/api/${start}/${rest.join('/')}`, as: 'alice' })),
  ),
  hostile('multipart bodies with any names', 100, () =>
    fc
      .array(
        fc.record({
          name: fc.constantFrom(
            'title',
            'cover',
            'pages',
            'pages+',
            '+pages',
            'pages-',
            '@jsonPayload',
            '__proto__',
          ),
          value: fc.oneof(text, fc.uint8Array({ maxLength: 300 })),
          filename: fc.option(text, { nil: undefined }),
        }),
        { maxLength: 6 },
      )
      .map((parts) => ({
        ...{ method: 'POST', path: '/api/collections/albums/records' },
        headers: { 'content-type': MULTIPART_TYPE },
        body: multipart(parts),
      })),
  ),
  hostile('bodies of any bytes under any type', 150, () =>
    fc
      .tuple(
        fc.constantFrom(
          'application/json',
          'application/json; charset=utf-16',
          'application/x-www-form-urlencoded',
          MULTIPART_TYPE,
          'multipart/form-data; boundary=""',
          'text/html',
          '',
        ),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.constantFrom(
          '/api/collections/albums/records',
          '/api/collections/users/auth-with-password',
          '/api/collections/users/impersonate/x',
          '/api/files/token',
          '/api/backups',
          '/api/collections',
        ),
      )
      .map(([type, body, path]) => ({ method: 'POST', path, headers: { 'content-type': type }, body })),
  ),
  hostile('tokens of any text', 100, () =>
    fc
      .tuple(text, fc.constantFrom('', 'Bearer ', 'eyJhbGciOiJIUzI1NiJ9.'))
      .filter(([value]) => !/[^\x20-\x7e]/.test(value))
      .map(([value, prefix]) => ({
        path: `/api/files/papers/x/y?token=${encodeURIComponent(prefix + value)}`,
        headers: { authorization: prefix + value },
      })),
  ),
  {
    name: 'after all that, records, catalogue and disk agree',
    async run(world) {
      await send(world, { method: 'DELETE', path: '/api/collections/odd_one', as: 'admin' });
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
      expect((await send(world, { path: '/api/collections/posts/records/{published}' })).status).toBe(200);
    },
  },
];

const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    '-1',
    '0',
    '1e400',
    'NaN',
    'null',
    '../..',
    '\u0000',
    '\ud800',
    "' OR 1=1 --",
    '%00',
    '@request.auth.id',
  ),
);

const anything: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.integer(),
  fc.constantFrom(null, true, false, 1e308, -0.1, [], {}, [[[]]], '2026-13-45', 'x'.repeat(6000)),
  fc.jsonValue({ maxDepth: 3 }),
);

const fieldLike: fc.Arbitrary<unknown> = fc.record(
  {
    id: anything,
    name: fc.oneof(anything, fc.constantFrom('a', 'b', 'id', 'email')),
    type: fc.constantFrom(
      'text',
      'number',
      'select',
      'file',
      'relation',
      'json',
      'autodate',
      'password',
      'nope',
    ),
    ...{ min: anything, max: anything, values: anything, maxSelect: anything, pattern: anything },
    ...{ collectionId: anything, thumbs: anything, mimeTypes: anything, required: anything },
  },
  { requiredKeys: ['name', 'type'] },
);

const PIECES = [
  ...[
    'title',
    'tags',
    'tags:each',
    'tags:length',
    'meta.a.b',
    'place.lon',
    'author.name',
    'owner.email',
    'due',
    'id',
  ],
  ...[
    'comments_via_post.text',
    '@now',
    '@request.auth.id',
    '@collection.vault.secret',
    'title:lower',
    '@random',
    '@rowid',
  ],
  ...[
    "'x'",
    '"y"',
    '1',
    '-2.5',
    'null',
    'true',
    '=',
    '!=',
    '~',
    '!~',
    '>',
    '<=',
    '?=',
    '?~',
    '&&',
    '||',
    '(',
    ')',
  ],
  ...[
    'geoDistance(place.lon,place.lat,1,2)',
    "strftime('%Y',due)",
    '//',
    '\n',
    '+title',
    '-views',
    '\\',
    ':isset',
  ],
];

/** Longer hunts, and other choices, on demand. */
const times = Number(process.env.DOSSIER_TEST_TIMES ?? 1);
const seed = Number(process.env.DOSSIER_TEST_SEED ?? 20_260_309);

/** Sends `runs` generated requests; the same ones in every run. */
function hostile(name: string, runs: number, asks: () => fc.Arbitrary<Ask>): Story {
  return {
    name: `anything goes: ${name}`,
    run: (world) =>
      fc.assert(
        fc.asyncProperty(asks(), (ask) => expectAnswer(world, ask)),
        { numRuns: runs * times, seed, endOnFailure: true },
      ),
  };
}

async function expectAnswer(world: World, ask: Ask): Promise<void> {
  const answer = await send(world, ask);
  expect(answer.status, `${answer.status} ${answer.text.slice(0, 300)}`).toBeLessThan(500);
}
