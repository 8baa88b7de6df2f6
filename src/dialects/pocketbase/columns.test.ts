import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { readEvents } from '../../../test/support/event-source.ts';
import { type Actor, internalRequest, systemActor } from '../../core/actor.ts';
import type { DialectOptions } from '../dialect.ts';
import { pocketbase } from './index.ts';
import { createRealtime } from './realtime.ts';

const options: DialectOptions = {
  settings: { publicUrl: undefined, redirectUris: [], redirectSchemes: [], transactions: true },
  maxBodySize: 1_000_000,
  clientAddress: () => '192.0.2.1',
  proxyHeader: () => '',
  requestId: () => '',
  holdOpen: () => undefined,
  openSocket: () => 'unsupported',
  openStream: () => () => undefined,
};
const guest: Actor = { kind: 'guest', request: internalRequest };
const MOST = '9223372036854775807';

let world: TestCore;
let app: { handle(request: Request): Promise<Response> };

beforeEach(async () => {
  world = await openTestCore();
  app = pocketbase.routes(world.core, options);
  const rules = { listRule: '', viewRule: '', createRule: '', updateRule: '' };
  await world.core.collections.create(systemActor, {
    ...{ name: 'things', ...rules },
    fields: [
      { name: 'n', type: 'integer' },
      { name: 'plain', type: 'number' },
      { name: 'text', type: 'text' },
      { name: 'u', type: 'uuid' },
      { name: 'b', type: 'bytes' },
      { name: 'x', type: 'any' },
      { name: 'g', type: 'geometry' },
      { name: 'j', type: 'json' },
      { name: '_pin', type: 'string', writeOnly: true },
    ],
  });
});
afterEach(() => world.close());

async function send(method: string, path: string, body?: string | FormData): Promise<[number, string]> {
  const headers = typeof body === 'string' ? { 'content-type': 'application/json' } : undefined;
  const request = new Request(`http://localhost/api/collections/${path}`, { method, body, headers });
  const response = await app.handle(request);
  return [response.status, await response.text()];
}

/** A record's JSON text without what differs from run to run. */
const shown = (text: string) =>
  text
    .trim()
    .replace(/"collectionId":"[^"]*",/, '')
    .replace(/"id":"[^"]*",/, '');
const idOf = (text: string) => String(JSON.parse(text).id);

describe('columns of tables in this dialect', () => {
  test('have every digit of an integer in JSON bodies and answers', async () => {
    const [status, made] = await send(
      'POST',
      'things/records',
      `{"n":${MOST},"plain":${MOST},"text":${MOST},"j":{"n":[${MOST}]}}`,
    );
    expect(status).toBe(200);
    const expected =
      `{"b":null,"collectionName":"things","g":null,"j":{"n":[${MOST}]},"n":${MOST},"plain":9223372036854776000,` +
      `"text":"${MOST}","u":null,"x":null}`;
    expect(shown(made)).toBe(expected);
    const [, read] = await send('GET', `things/records/${idOf(made)}`);
    expect(shown(read)).toBe(expected);
    const [, list] = await send('GET', `things/records?filter=${encodeURIComponent(`n=${MOST}`)}&fields=n,j`);
    expect(JSON.parse(list).totalItems).toBe(1);
    expect(list).toContain(`"items":[{"j":{"n":[${MOST}]},"n":${MOST}}]`);
  });

  test('take what clients without null and integers send', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ n: MOST, u: '', b: 'AQI', x: '5', g: '', _pin: 'p' }))
      form.set(name, value);
    form.set('@jsonPayload', `{"j":${MOST}}`);
    const [status, made] = await send('POST', 'things/records', form);
    expect(status).toBe(200);
    expect(shown(made)).toBe(
      `{"b":"AQI=","collectionName":"things","g":null,"j":${MOST},"n":${MOST},"plain":0,"text":"","u":null,"x":5}`,
    );
    const [, changed] = await send('PATCH', `things/records/${idOf(made)}`, '{"n":"","n-":1,"x":null}');
    expect(changed).toContain('"n":-1');
    expect(changed).toContain('"x":null');
  });

  test('refuse the rest with 400', async () => {
    const bodies = [
      '{"n":9223372036854775808}',
      '{"n":1e400}',
      '{"n":1.5}',
      '{"u":"x"}',
      '{"b":"*"}',
      '{"g":{"type":"Point"}}',
      '{"x":{}}',
    ];
    for (const body of bodies) {
      const [status, text] = await send('POST', 'things/records', body);
      expect([body, status]).toEqual([body, 400]);
      expect(Object.keys(JSON.parse(text).data)).toEqual([body.charAt(2)]);
    }
  });

  test('that are write-only are in no answer, and no filter finds them', async () => {
    const [, made] = await send('POST', 'things/records', '{"_pin":"secret"}');
    expect(made).not.toContain('_pin');
    const [status] = await send('GET', `things/records?filter=${encodeURIComponent("_pin='secret'")}`);
    expect(status).toBe(400);
    const [sorted] = await send('GET', 'things/records?sort=_pin');
    expect(sorted).toBe(400);
  });

  test('are told to subscribers with every digit', async () => {
    const request = new Request('http://localhost/api/realtime');
    const realtime = createRealtime(world.core, options, { idle: 50, life: 200 });
    const { body } = realtime.connect(request);
    if (!body) throw new Error('no stream');
    const told: string[] = [];
    for await (const { type: event, data, lastEventId } of readEvents(body)) {
      if (event !== 'PB_CONNECT') {
        told.push(data);
        continue;
      }
      await realtime.subscribe(guest, request, lastEventId, ['things']);
      await send('POST', 'things/records', `{"n":${MOST},"j":${MOST},"x":${MOST}}`);
      await world.core.changes.settled();
      world.clock.time += 1000;
    }
    expect(told).toHaveLength(1);
    for (const name of ['n', 'j', 'x']) expect(told[0]).toContain(`"${name}":${MOST}`);
    expect(told[0]).not.toContain('_pin');
  });
});

test('what other dialects keep with a collection is neither shown nor taken', async () => {
  const { collections } = world.core;
  await collections.update(systemActor, 'things', { dialects: { trailbase: { hardLimit: 5 } } });
  const { token } = await signIn();
  const request = (method: string, body?: string) =>
    app.handle(
      new Request('http://localhost/api/collections/things', {
        method,
        body,
        headers: { authorization: token, 'content-type': 'application/json' },
      }),
    );
  const shownThere = await (await request('GET')).text();
  expect(JSON.parse(shownThere).name).toBe('things');
  expect(shownThere).not.toMatch(/dialects|hardLimit/);
  const changed = await request('PATCH', '{"listRule":null,"dialects":{"trailbase":null,"other":{}}}');
  expect(changed.status).toBe(200);
  expect(collections.get('things').dialects).toEqual({ trailbase: { hardLimit: 5 } });
  expect(collections.get('things').rules.list).toBeNull();
  // A definition can be sent back as it was read.
  expect((await request('PATCH', shownThere)).status).toBe(200);
});

async function signIn(): Promise<{ token: string }> {
  const { collections, records, auth } = world.core;
  const superusers = collections.get('_superusers');
  const password = 'correct horse battery';
  const credentials = { email: 'ann@example.com', password, passwordConfirm: password };
  await records.create(systemActor, superusers, credentials);
  return auth.withPassword(guest, superusers, { identity: credentials.email, password });
}
