import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { readEvents, type StreamMessage } from '../../../test/support/event-source.ts';
import { type Actor, internalRequest, systemActor } from '../../core/actor.ts';
import type { DialectOptions } from '../dialect.ts';
import { createRealtime, type Realtime } from './realtime.ts';

let world: TestCore;
let places: number;
let realtime: Realtime;
const guest: Actor = { kind: 'guest', request: internalRequest };
const request = new Request('http://localhost/api/realtime');

beforeEach(async () => {
  world = await openTestCore();
  places = 0;
  const options: DialectOptions = {
    settings: { publicUrl: undefined, redirectUris: [], redirectSchemes: [], transactions: true },
    maxBodySize: 0,
    clientAddress: () => '192.0.2.1',
    proxyHeader: () => '',
    requestId: () => '',
    holdOpen: () => undefined,
    openSocket: () => 'unsupported',
    openStream() {
      if (places === 2) return undefined;
      places++;
      return () => {
        places--;
      };
    },
  };
  realtime = createRealtime(world.core, options, { idle: 20, life: 100 });
  await world.core.collections.create(systemActor, {
    ...{ name: 'posts', type: 'base', listRule: '', fields: [{ name: 'title', type: 'text' }] },
  });
});
afterEach(() => world.close());

/** A stream, its client's id, and what came until it ended. */
async function connect() {
  const { body } = realtime.connect(request);
  if (!body) throw new Error('no stream');
  const messages: StreamMessage[] = [];
  const hello = Promise.withResolvers<string>();
  const ended = (async () => {
    for await (const message of readEvents(body)) {
      messages.push(message);
      hello.resolve(message.lastEventId);
    }
  })();
  return { id: await hello.promise, messages, ended };
}

const post = (title: string) =>
  world.core.records.create(systemActor, world.core.collections.get('posts'), { title });

describe('a stream', () => {
  test('ends when nothing was sent for a while', async () => {
    const { ended, messages } = await connect();
    await Bun.sleep(30);
    expect(places).toBe(1);
    world.clock.time += 20;
    await ended;
    expect(places).toBe(0);
    expect(messages.map(({ type }) => type)).toEqual(['PB_CONNECT']);
  });

  test('lasts while messages come, but not for ever', async () => {
    const { id, ended, messages } = await connect();
    await realtime.subscribe(guest, request, id, ['posts/*']);
    for (let step = 0; step < 6; step++) {
      world.clock.time += 15;
      await post(`after ${world.clock.time}`);
      await world.core.changes.settled();
      await Bun.sleep(25);
    }
    expect(places).toBe(1);
    world.clock.time += 10;
    await ended;
    expect(messages.length).toBe(7);
    expect(places).toBe(0);
    await expect(realtime.subscribe(guest, request, id, [])).rejects.toThrow('Missing or invalid client id.');
  });

  test('has no place when its address has as many as it may, and leaves nothing behind', async () => {
    const [one, two] = [await connect(), await connect()];
    expect(() => realtime.connect(request)).toThrow('Too Many Requests');
    world.clock.time += 1000;
    await Promise.all([one.ended, two.ended]);
    expect(places).toBe(0);
    await connect();
  });

  test('ends with the core', async () => {
    const { ended } = await connect();
    await world.core.stop();
    await ended;
    expect(places).toBe(0);
    expect(() => realtime.connect(request)).toThrow('closed');
  });

  test('keeps its frames apart, whatever a topic is called', async () => {
    const { id, messages } = await connect();
    const topic = 'posts/*?x=\n\nid:forged\nevent:forged\ndata:{}';
    await realtime.subscribe(guest, request, id, [topic]);
    await post('a\n\nid:forged\n\nevent:b');
    await world.core.changes.settled();
    await Bun.sleep(5);
    expect(messages.length).toBe(2);
    expect(messages[1]?.lastEventId).toBe(id);
    expect(JSON.parse(messages[1]?.data ?? '').record.title).toBe('a\n\nid:forged\n\nevent:b');
  });
});
