import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { type Actor, internalRequest, systemActor } from '../../core/actor.ts';
import type { DialectOptions, SocketHandler } from '../dialect.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

let world: TestCore;
let places: number;
let subscriptions: Subscriptions;
let sockets: TestSocket[];

const guest: Actor = { kind: 'guest', request: internalRequest };
const TIMES = { silence: 15_000, sweep: 10, stuck: 60_000, init: 30 };

/** A WebSocket without a network. */
interface TestSocket {
  readonly handler: SocketHandler;
  readonly cookies: boolean;
  readonly sent: unknown[];
  /** Messages are dropped. */
  isFull: boolean;
  closed: readonly [code: number, reason: string] | undefined;
}

function options(most: number): DialectOptions {
  return {
    settings: { publicUrl: undefined, redirectUris: [], redirectSchemes: [], transactions: true },
    ...{ maxBodySize: 0, proxyHeader: () => '', requestId: () => '', clientAddress: () => '192.0.2.1' },
    holdOpen: () => undefined,
    openStream() {
      if (places === most) return undefined;
      places++;
      return () => void places--;
    },
    openSocket(request, handler, { cookies }) {
      if (request.headers.get('origin') === 'https://evil.test') return 'foreign';
      if (places === most) return 'full';
      const socket: TestSocket = { handler, cookies, sent: [], isFull: false, closed: undefined };
      sockets.push(socket);
      handler.opened({
        send(text) {
          if (socket.isFull) return false;
          socket.sent.push(JSON.parse(text));
          return true;
        },
        close(code, reason) {
          if (socket.closed) return;
          socket.closed = [code, reason];
          handler.closed();
        },
      });
      return new Response(null, { status: 101 });
    },
  };
}

beforeEach(async () => {
  world = await openTestCore();
  places = 0;
  sockets = [];
  subscriptions = createSubscriptions(world.core, options(20_000), TIMES);
  await world.core.collections.create(systemActor, {
    ...{ name: 'notes', type: 'base', listRule: "kind !== 'secret'", viewRule: "kind !== 'secret'" },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'kind', type: 'text' },
      { name: '_pin', type: 'text' },
    ],
    dialects: { trailbase: { apis: [{ name: 'notes_view', readOnly: true }] } },
  });
  await world.core.collections.create(systemActor, { name: 'vault', type: 'base', fields: [] });
  await world.core.collections.create(systemActor, {
    ...{ name: 'silent', type: 'base', listRule: '', viewRule: '', fields: [] },
    dialects: { trailbase: { subscriptions: false } },
  });
});
afterEach(() => world.close());

const notes = () => world.core.collections.get('notes');
const make = (title: string, kind = 'plain') =>
  world.core.records.create(systemActor, notes(), { title, kind, _pin: '1234' });
const change = (id: string, input: Record<string, unknown>) =>
  world.core.records.update(systemActor, notes(), id, input);

function requestOf(record: string, query = '', headers: Record<string, string> = {}): Request {
  return new Request(`http://localhost/api/records/v1/notes/subscribe/${record}${query}`, { headers });
}

/** What a stream says, chunk by chunk. */
interface Tap {
  readonly chunks: string[];
  readonly ended: Promise<void>;
  /** Resolves when every change so far has been told. */
  settled(): Promise<void>;
  cancel(): Promise<void>;
}

async function listen(record: string, query = '', actor: Actor = guest): Promise<Tap> {
  const response = await subscriptions.open(actor, requestOf(record, query), 'notes', record);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  const reader = response.body?.getReader();
  if (!reader) throw new Error('no stream');
  const chunks: string[] = [];
  const ended = (async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(new TextDecoder().decode(next.value));
    }
  })();
  return {
    ...{ chunks, ended },
    async settled() {
      await world.core.changes.settled();
      await Bun.sleep(5);
    },
    cancel: () => reader.cancel(),
  };
}

async function status(name: string, record: string, query = '', actor: Actor = guest): Promise<unknown> {
  try {
    const response = await subscriptions.open(actor, requestOf(record, query), name, record);
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    return error instanceof Error && 'status' in error ? error.status : error;
  }
}

describe('a stream of a table', () => {
  test('says hello at once, then tells each change in a chunk of its own, counted from 1', async () => {
    const tap = await listen('*');
    const { values } = await make('one\n\ndata: two');
    const id = String(values.id);
    await change(id, { title: 'three' });
    await world.core.records.delete(systemActor, notes(), id);
    await tap.settled();
    const record = (title: string) => `{"id":"${id}","title":${JSON.stringify(title)},"kind":"plain"}`;
    expect(tap.chunks).toEqual([
      ': ping\n\n',
      `data: {"Insert":${record('one\n\ndata: two')},"seq":1}\n\n`,
      `data: {"Update":${record('three')},"seq":2}\n\n`,
      `data: {"Delete":${record('three')},"seq":3}\n\n`,
    ]);
  });

  test('passes over what the rule or the filter leaves out, without a gap in the count', async () => {
    const all = await listen('*');
    const some = await listen('*', '?filter[title][$like]=a%25');
    const found = await listen('*', '?filter[title][$re]=^.b');
    const { values } = await make('ab');
    await make('bb');
    await make('ac', 'secret');
    await change(String(values.id), { title: 'xb' });
    await all.settled();
    expect(all.chunks.map(kindOf)).toEqual([undefined, 'Insert 1', 'Insert 2', 'Update 3']);
    expect(some.chunks.map(kindOf)).toEqual([undefined, 'Insert 1']);
    expect(found.chunks.map(kindOf)).toEqual([undefined, 'Insert 1', 'Insert 2', 'Update 3']);
  });

  test('is refused where there is nothing to hear', async () => {
    expect(await status('nothing', '*')).toBe(405);
    expect(await status('notes_view', '*')).toBe(405);
    expect(await status('_superusers', '*', '', systemActor)).toBe(405);
    expect(await status('silent', '*')).toBe(403);
    expect(await status('vault', '*')).toBe(403);
    expect(await status('vault', '*', '', systemActor)).toBe(200);
    expect(await status('notes', '*', '?filter[nope]=1')).toBe(400);
    expect(await status('notes', '*', '?filter[_pin]=1234')).toBe(400);
    await expect(
      subscriptions.open(guest, requestOf('*', '?filter[title][$re]=('), 'notes', '*'),
    ).rejects.toMatchObject({ reason: 'bad_filter' });
    expect(places).toBe(0);
  });

  test('has no place when its address has as many as it may', async () => {
    subscriptions = createSubscriptions(world.core, options(1), TIMES);
    const tap = await listen('*');
    expect(await status('notes', '*')).toBe(429);
    await tap.cancel();
    expect(places).toBe(0);
    expect(await status('notes', '*')).toBe(200);
  });

  test('says that it is still there after a time of silence', async () => {
    const tap = await listen('*');
    world.clock.time += 14_000;
    await Bun.sleep(40);
    expect(tap.chunks.length).toBe(1);
    world.clock.time += 1000;
    await Bun.sleep(40);
    expect(tap.chunks).toEqual([': ping\n\n', ':\n\n']);
    await make('one');
    await tap.settled();
    world.clock.time += 14_000;
    await Bun.sleep(40);
    expect(tap.chunks.length).toBe(3);
  });

  test('ends with the core, and when the API is none any more', async () => {
    const tap = await listen('*');
    await world.core.collections.update(systemActor, 'notes', {
      dialects: { trailbase: { subscriptions: false } },
    });
    await make('one');
    await tap.ended;
    expect(tap.chunks.at(-1)).toBe('data: {"Error":{"status":1,"message":"Access denied"},"seq":1}\n\n');
    await world.core.collections.update(systemActor, 'notes', { dialects: { trailbase: null } });
    const other = await listen('*');
    await world.core.stop();
    await other.ended;
    expect(places).toBe(0);
  });
});

describe('a stream of a record', () => {
  test('tells what becomes of it, and stays when it is gone', async () => {
    const { values } = await make('one');
    const id = String(values.id);
    const tap = await listen(id);
    await make('another');
    await change(id, { title: 'two' });
    await world.core.records.delete(systemActor, notes(), id);
    await tap.settled();
    expect(tap.chunks.map(kindOf)).toEqual([undefined, 'Update 1', 'Delete 2']);
    expect(places).toBe(1);
  });

  test('ends with a word when its client may not see it any more', async () => {
    const { values } = await make('one');
    const tap = await listen(String(values.id));
    const root = await listen(String(values.id), '', systemActor);
    await change(String(values.id), { kind: 'secret' });
    await tap.ended;
    await root.settled();
    expect(tap.chunks).toEqual([
      ': ping\n\n',
      'data: {"Error":{"status":1,"message":"Access denied"},"seq":1}\n\n',
    ]);
    expect(root.chunks.map(kindOf)).toEqual([undefined, 'Update 1']);
    expect(places).toBe(1);
  });

  test('ends so also when what it may not see is deleted', async () => {
    const { values } = await make('one');
    const tap = await listen(String(values.id));
    await world.core.collections.update(systemActor, 'notes', { viewRule: null });
    await world.core.records.delete(systemActor, notes(), String(values.id));
    await tap.ended;
    expect(tap.chunks.at(-1)).toContain('"Error"');
    expect(tap.chunks.join('')).not.toContain('Delete');
  });

  test('is refused for one that is missing or may not be seen, which look the same', async () => {
    const { values } = await make('one', 'secret');
    expect(await status('notes', String(values.id))).toBe(403);
    expect(await status('notes', 'nosuchrecord123')).toBe(403);
    await world.core.collections.update(systemActor, 'notes', { viewRule: '' });
    expect(await status('notes', 'nosuchrecord123')).toBe(404);
    expect(await status('notes', String(values.id))).toBe(200);
  });
});

describe('a client that does not read', () => {
  test('misses events, and is told so before the next one', async () => {
    const response = await subscriptions.open(guest, requestOf('*'), 'notes', '*');
    const reader = response.body?.getReader();
    if (!reader) throw new Error('no stream');
    for (let n = 0; n < 100; n++) await make(`note ${n}`);
    await world.core.changes.settled();
    const seen: (string | undefined)[] = [];
    const read = async () => seen.push(kindOf(new TextDecoder().decode((await reader.read()).value)));
    for (let n = 0; n < 66; n++) await read();
    await make('later');
    await world.core.changes.settled();
    await read();
    expect(seen.slice(0, 2)).toEqual([undefined, 'Insert 1']);
    expect(seen.slice(63)).toEqual(['Insert 63', 'Insert 64', 'Error 65', 'Insert 66']);
    await reader.cancel();
    expect(places).toBe(0);
  });
});

describe('a client that never reads', () => {
  test('is given up after a while; one that is only slow is not', async () => {
    const open = () => subscriptions.open(guest, requestOf('*', '?filter[kind]=plain'), 'notes', '*');
    const [stuck, slow] = [(await open()).body, (await open()).body?.getReader()];
    for (let n = 0; n < 10; n++) await make(`note ${n}`);
    await world.core.changes.settled();
    for (let minute = 0; minute < 3; minute++) {
      await Bun.sleep(30);
      await slow?.read();
      world.clock.time += 40_000;
    }
    await Bun.sleep(30);
    expect(places).toBe(1);
    expect(stuck?.locked).toBe(false);
    await slow?.cancel();
    expect(places).toBe(0);
  });
});

describe('files', () => {
  test('are shown as they were, whatever has become of them since', async () => {
    const { records } = world.core;
    await world.core.collections.update(systemActor, 'notes', {
      fields: [...notes().fields, { name: 'photo', type: 'file', maxSelect: 1 }],
    });
    const photo = notes().fields.find(({ name }) => name === 'photo');
    if (photo === undefined) throw new Error('no photo');
    const received = async (filename: string, id?: string) => {
      const intake = await records.admit(systemActor, notes(), id);
      const upload = await intake.receive(photo, { filename, stream: bytes() });
      return { input: { photo: upload }, options: { intake } };
    };
    const tap = await listen('*');
    const { values } = await make('a');
    const id = String(values.id);
    const change = { kind: 'update', collection: notes(), id } as const;
    // In one transaction, so that nothing of the first is left when it is told.
    await records.batch(systemActor, [
      { ...change, ...(await received('one.txt', id)) },
      { ...change, ...(await received('two.txt', id)) },
      { kind: 'delete', collection: notes(), id },
    ]);
    await tap.settled();
    expect(tap.chunks[1]).toContain('"photo":null');
    expect(tap.chunks[2]).toContain('{"Update":{');
    expect(tap.chunks[2]).toContain('"photo":{"original_filename":"one.txt"');
    expect(tap.chunks[3]).toContain('"photo":{"original_filename":"two.txt"');
    expect(tap.chunks[4]).toContain('{"Delete":{');
    expect(tap.chunks[4]).toContain('"photo":{"original_filename":"two.txt"');
  });
});

async function* bytes() {
  yield Uint8Array.of(65);
}

describe('a WebSocket', () => {
  const open = async (actor: Actor = guest, headers: Record<string, string> = {}, record = '*') => {
    const request = requestOf(record, '?ws=true', headers);
    const response = await subscriptions.open(actor, request, 'notes', record);
    expect(response.status).toBe(101);
    const socket = sockets.at(-1);
    if (!socket) throw new Error('no socket');
    return socket;
  };
  const hello = '{"Init":{"auth_token":null}}';

  test('has the events without a number once the client has said who it is', async () => {
    const socket = await open();
    await make('unheard');
    await world.core.changes.settled();
    socket.handler.message(hello);
    await Bun.sleep(1);
    const { values } = await make('heard');
    await world.core.changes.settled();
    expect(socket.sent).toEqual([{ Insert: { id: values.id, title: 'heard', kind: 'plain' } }]);
    expect(socket.closed).toBeUndefined();
  });

  test('needs no such word where the handshake told', async () => {
    const [first, second] = [await open(systemActor), await open(guest, { authorization: 'Bearer x' })];
    await make('one', 'secret');
    await make('two');
    await world.core.changes.settled();
    expect([first.sent.length, second.sent.length]).toEqual([2, 1]);
  });

  test('is closed for a wrong word, a wrong token, none in time, and bytes', async () => {
    for (const wrong of [
      '',
      'null',
      '[]',
      '{}',
      '{"Init":{}}',
      '{"Init":{"auth_token":1}}',
      '{"__proto__":{"Init":{"auth_token":null}}}',
    ]) {
      const socket = await open();
      socket.handler.message(wrong);
      await Bun.sleep(1);
      expect(socket.closed).toEqual([1008, 'unauthorized']);
    }
    const forged = await open();
    forged.handler.message('{"Init":{"auth_token":"ey.ey.x"}}');
    for (let tries = 0; !forged.closed && tries < 200; tries++) await Bun.sleep(5);
    expect(forged.closed).toEqual([1008, 'unauthorized']);
    const bytes = await open();
    bytes.handler.message(undefined);
    expect(bytes.closed?.[0]).toBe(1011);
    const late = await open();
    await Bun.sleep(60);
    expect(late.closed?.[0]).toBe(1011);
  });

  test('is closed for who may not hear, and when it may not any more', async () => {
    const { values } = await make('one', 'secret');
    const id = String(values.id);
    const hidden = await open(guest, {}, id);
    hidden.handler.message(hello);
    await Bun.sleep(5);
    expect(hidden.closed).toEqual([1008, 'unauthorized']);
    await change(id, { kind: 'plain' });
    const shown = await open(guest, {}, id);
    shown.handler.message(hello);
    await Bun.sleep(5);
    await change(id, { kind: 'secret' });
    await world.core.changes.settled();
    expect(shown.sent).toEqual([{ Error: { status: 1, message: 'Access denied' } }]);
    expect(shown.closed?.[0]).toBe(1008);
  });

  test('tells of what was lost', async () => {
    const socket = await open(systemActor);
    socket.isFull = true;
    await make('lost');
    await world.core.changes.settled();
    socket.isFull = false;
    socket.handler.roomy();
    await make('kept');
    await world.core.changes.settled();
    expect(socket.sent.map((message) => JSON.stringify(message).slice(0, 20))).toEqual([
      '{"Error":{"status":2',
      expect.stringContaining('{"Insert":'),
    ]);
  });

  test('is refused to pages of other sites, and to who has too many', async () => {
    const refused = (headers: Record<string, string>) =>
      subscriptions.open(guest, requestOf('*', '?ws=true', headers), 'notes', '*');
    expect(refused({ origin: 'https://evil.test' })).rejects.toMatchObject({ status: 403 });
    expect((await open(guest, { cookie: 'auth_token=x' })).cookies).toBe(true);
    expect((await open(guest, { cookie: 'theme=dark' })).cookies).toBe(false);
    places = 20_000;
    expect(refused({})).rejects.toMatchObject({ status: 429 });
  });
});

test('ten thousand hear of one change within a second, in little memory', async () => {
  const before = process.memoryUsage().rss;
  const bodies: ReadableStream<Uint8Array>[] = [];
  for (let n = 0; n < 10_000; n++) {
    const { body } = await subscriptions.open(guest, requestOf('*'), 'notes', '*');
    if (!body) throw new Error('no stream');
    bodies.push(body);
  }
  const readers = bodies.map((body) => body.getReader());
  await Promise.all(readers.map((reader) => reader.read()));
  const heard = Promise.all(readers.map((reader) => reader.read()));
  const start = performance.now();
  await make('x'.repeat(2000));
  const chunks = await heard;
  expect(performance.now() - start).toBeLessThan(1000);
  expect(new Set(chunks.map(({ value }) => value)).size).toBe(1);
  expect(process.memoryUsage().rss - before).toBeLessThan(250_000_000);
  await Promise.all(readers.map((reader) => reader.cancel()));
  expect(places).toBe(0);
}, 30_000);

/** `Insert 1`; undefined for comments. */
function kindOf(chunk: string): string | undefined {
  return /^data: \{"(\w+)".*"seq":(\d+)\}\n\n$/.exec(chunk)?.slice(1).join(' ');
}
