import { expect } from 'bun:test';
import fc from 'fast-check';
import { settledAudit } from '../../support/audit.ts';
import { type Ask, type Story, send, type World } from '../../support/scenarios.ts';

const R = '/api/records/v1';

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    2 ** 53,
    1e300,
    -0,
    '9223372036854775808',
    '\u0000',
    '\ud800',
    '__proto__',
    'A'.repeat(36),
    [256],
    [[]],
  ),
);

const COLUMNS =
  'id title year rating checksum edition remark facts location public internal director owner _note'.split(
    ' ',
  );

const record = fc.record(Object.fromEntries(COLUMNS.map((name) => [name, anything])), { requiredKeys: [] });

const segment = fc.constantFrom(
  ...COLUMNS,
  '$or',
  '$and',
  '0',
  '1',
  '$eq',
  '$like',
  '$re',
  '$is',
  '@within',
  '',
  '__proto__',
  'a.b',
  "x'; --",
);
const value = fc.oneof(
  fc.string(),
  fc.constantFrom('NULL', '%', '((((', '(a+)+$', 'POINT(1 2)', 'POLYGON((', '1e999', 'AAAA'),
);
const filter = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), value)
  .map(
    ([segments, text]) =>
      `filter${segments.map((each) => `[${encodeURIComponent(each)}]`).join('')}=${encodeURIComponent(text.toWellFormed())}`,
  );
const parameter = fc
  .tuple(
    fc.constantFrom('limit', 'offset', 'cursor', 'count', 'order', 'expand', 'geojson', 'skip_cursor'),
    fc.oneof(value, fc.constantFrom(...COLUMNS, '0', '1', '-1')),
  )
  .map(([name, text]) => `${name}=${encodeURIComponent(text.toWellFormed())}`);

/**
 * Requests that nobody wrote by hand: whatever comes, the answer is below 500, shows nothing of the inside, is never JSON when
 * it refuses, and leaves records, catalogue and disk in agreement (SECURITY-REQUIREMENTS 2.5, 2.6).
 */
export const hostileStories: readonly Story[] = [
  hostile(
    'records of any JSON',
    200,
    record.map((body) => ({ method: 'POST', path: `${R}/films`, as: 'bob', body: asJson(body) })),
  ),
  hostile(
    'patches of any JSON',
    200,
    record.map((body) => ({ method: 'PATCH', path: `${R}/films/{shown}`, as: 'alice', body: asJson(body) })),
  ),
  hostile(
    'lists of any JSON',
    50,
    fc
      .array(anything, { maxLength: 5 })
      .map((body) => ({ method: 'POST', path: `${R}/films`, as: 'bob', body: asJson(body) })),
  ),
  hostile(
    'forms of anything',
    50,
    fc.dictionary(fc.constantFrom(...COLUMNS), fc.string(), { maxKeys: 5 }).map((values) => ({
      ...{
        method: 'POST',
        path: `${R}/films`,
        as: 'bob',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      body: Object.entries(values)
        .map(([name, text]) => `${name}=${encodeURIComponent(text.toWellFormed())}`)
        .join('&'),
    })),
  ),
  hostile(
    'queries of anything',
    300,
    fc
      .array(fc.oneof(filter, parameter), { maxLength: 4 })
      .map((parts) => ({ path: `${R}/films?${parts.join('&')}` })),
  ),
  hostile(
    'ids of anything',
    150,
    fc
      .tuple(
        fc.constantFrom('films', 'rooms', 'club', 'users', 'premieres'),
        fc.constantFrom('GET', 'DELETE', 'PATCH'),
        fc.oneof(
          fc.string({ minLength: 1 }),
          fc.constantFrom('%ff', '..', '%00', '-1', '0', '9223372036854775807'),
        ),
      )
      .map(([api, method, id]) => ({
        method,
        path: `${R}/${api}/${id.startsWith('%') ? id : encodeURIComponent(id.toWellFormed())}`,
        body: method === 'PATCH' ? {} : undefined,
      })),
  ),
  hostile(
    'batches of anything',
    100,
    fc
      .array(
        fc.record({
          Create: fc.record({
            api_name: fc.constantFrom('rooms', 'films', 'users', '_superusers', '__proto__'),
            value: anything,
          }),
        }),
        { maxLength: 3 },
      )
      .map((operations) => ({
        method: 'POST',
        path: '/api/transaction/v1/execute',
        body: asJson({ operations }),
      })),
  ),
  {
    name: 'no key of a body reaches a prototype',
    async run(world) {
      const body = '{"__proto__":{"seats":5},"constructor":{"prototype":{"seats":5}},"name":"proto"}';
      const headers = { 'content-type': 'application/json' };
      const made = await send(world, { method: 'POST', path: `${R}/rooms`, headers, body });
      expect(made.status).toBe(200);
      const { text } = await send(world, { path: `${R}/rooms?limit=1` });
      expect(text).toContain('"seats":100');
    },
  },
  {
    name: 'no order, filter or expand tells of what cannot be read',
    async run(world) {
      for (const query of [
        'filter[internal][$like]=s%25',
        'order=internal',
        'filter[_note]=lent',
        'order=_note',
        'expand=internal',
        'filter[owner.email]=x',
      ])
        expect((await send(world, { path: `${R}/films?${query}`, as: 'bob' })).status).toBe(400);
    },
  },
];

/** The stock sender fills placeholders of text in objects, which no hostile text should meet. */
function asJson(value: unknown): string {
  return JSON.stringify(value);
}

function hostile(name: string, runs: number, asks: fc.Arbitrary<Ask>): Story {
  return {
    name: `${name}: below 500, and nothing is left behind`,
    async run(world) {
      await fc.assert(
        fc.asyncProperty(asks, async (ask) => {
          const headers =
            typeof ask.body === 'string' && ask.headers === undefined
              ? { 'content-type': 'application/json' }
              : ask.headers;
          const answer = await send(world, { ...ask, headers });
          expect(answer.status, `${ask.path} ${answer.text}`).toBeLessThan(500);
          if (answer.status >= 400)
            expect(answer.headers.get('content-type') ?? 'text/plain').toStartWith('text/plain');
        }),
        { numRuns: runs, seed: 7 },
      );
      await audit(world);
    },
  };
}

async function audit({ dir }: World): Promise<void> {
  if (dir !== undefined) expect(await settledAudit(dir)).toEqual([]);
}
