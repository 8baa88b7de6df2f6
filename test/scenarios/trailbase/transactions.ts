import { expect } from 'bun:test';
import { at } from '../../support/json.ts';
import { type Scenario, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

const PATH = '/api/transaction/v1/execute';
const JSON_TYPE = { 'content-type': 'application/json' };

const execute = (name: string, body: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  ...{ name, method: 'POST', path: PATH, body, status: 200 },
  ...rest,
});

const room = (value: Readonly<Record<string, unknown>>, api_name = 'rooms') => ({
  Create: { api_name, value },
});

/** Batches and their refusals (specs/trailbase.md 8). */
export const transactionScenarios: readonly Scenario[] = [
  execute('nothing to do is done', { operations: [] }, { has: ['{"results":[],"ids":[]}'] }),
  execute(
    'ids of creates stand beside all results',
    {
      operations: [
        room({ id: 500, name: 'Attic' }),
        { Update: { api_name: 'rooms', record_id: 500, value: { seats: 1 } } },
        { Delete: { api_name: 'rooms', record_id: '500' } },
      ],
      transaction: true,
    },
    { has: ['{"results":[{"Id":"500"},{"Id":"500"},{"Id":"500"}],"ids":["500"]}'] },
  ),
  execute(
    'a taken number that is ignored is told',
    { operations: [room({ id: 600, holder: 'a' }, 'tickets'), room({ id: 600, holder: 'b' }, 'tickets')] },
    {
      has: ['{"results":[{"Id":"600"},{"Error":"QueryReturnedNoRows"}],"ids":["600"]}'],
    },
  ),
  execute(
    'UUIDs are echoed as this wire writes them',
    { operations: [{ Update: { api_name: 'films', record_id: '{shownText}', value: { rating: 8 } } }] },
    {
      ...{ as: 'alice', has: ['"Id":"{shown}"'] },
    },
  ),
  execute(
    'an unknown first API',
    { operations: [room({}, 'nothing')] },
    { status: 400, has: ['empty ops?'] },
  ),
  execute('a view first', { operations: [room({}, 'premieres')] }, { status: 400, has: ['empty ops?'] }),
  execute(
    'an unknown later API',
    { operations: [room({ name: 'x' }), room({}, 'nothing')], transaction: true },
    { status: 405 },
  ),
  execute(
    'what is forbidden',
    { operations: [room({ title: 'x' }, 'films')] },
    { status: 403, responseHeaders: { 'content-length': '0' } },
  ),
  execute(
    'what is missing',
    { operations: [{ Delete: { api_name: 'rooms', record_id: '999' } }] },
    { status: 404 },
  ),
  execute(
    'what is no id',
    { operations: [{ Delete: { api_name: 'rooms', record_id: 'x' } }] },
    { status: 400, has: ['Invalid id'] },
  ),
  execute(
    'what is no value',
    { operations: [room({ seats: 'x' })] },
    { status: 400, has: ['Invalid Parameters'] },
  ),
  execute(
    'a constraint',
    { operations: [room({ id: 1 })], transaction: true },
    { status: 400, has: ['db constraint: pk'] },
  ),
  execute(
    'another id',
    { operations: [{ Update: { api_name: 'rooms', record_id: '1', value: { id: 2 } } }] },
    { status: 400 },
  ),
  execute(
    'too many',
    { operations: Array.from({ length: 129 }, () => room({})) },
    { status: 400, has: ['Batch size exceeds limit: 128'] },
  ),
  execute('another type', '{}', { headers: { 'content-type': 'text/plain' }, status: 415 }),
  execute('bad syntax', '{"operations":', { headers: JSON_TYPE, status: 400 }),
  execute('no body', '', { headers: JSON_TYPE, status: 400 }),
  ...[
    {},
    [],
    5,
    null,
    { operations: {} },
    { operations: [5] },
    { operations: [{}] },
    { operations: [{ Drop: {} }] },
    { operations: [{ Create: {} }] },
    { operations: [room({})], transaction: 'yes' },
  ].map((body) =>
    execute(`${JSON.stringify(body)} has another shape`, JSON.stringify(body), {
      headers: JSON_TYPE,
      status: 422,
    }),
  ),
  execute(
    'two operations in one',
    { operations: [{ ...room({}), Delete: { api_name: 'rooms', record_id: '1' } }] },
    { status: 422 },
  ),
  execute(
    'a value that is no record',
    { operations: [{ Create: { api_name: 'rooms', value: [1] } }] },
    { status: 422 },
  ),
  { name: 'there is nothing to read there', path: PATH, status: 405 },
];

/** What a failure leaves behind. */
export const transactionStories: readonly Story[] = [
  {
    name: 'a transaction that fails leaves nothing',
    async run(world) {
      const before = await countRooms(world);
      const body = { operations: [room({ name: 'gone' }), room({ id: 1 })], transaction: true };
      expect((await send(world, { method: 'POST', path: PATH, body })).status).toBe(400);
      expect(await countRooms(world)).toBe(before);
    },
  },
  {
    name: 'without a transaction, what was done before the failure stays, and nothing after it is done',
    async run(world) {
      const before = await countRooms(world);
      const body = { operations: [room({ name: 'stays' }), room({ id: 1 }), room({ name: 'never' })] };
      expect((await send(world, { method: 'POST', path: PATH, body })).status).toBe(400);
      expect(await countRooms(world)).toBe(before + 1);
      const { text } = await sendOk(world, { path: '/api/records/v1/rooms?limit=1' });
      expect(text).toContain('stays');
    },
  },
];

async function countRooms(world: World): Promise<number> {
  const { json } = await sendOk(world, { path: '/api/records/v1/rooms?count=true&limit=0' });
  return Number(at(json, 'total_count'));
}
