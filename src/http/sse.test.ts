import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createEventStream, dataLines, type EventPool, type EventStream, eventFrame } from './sse.ts';

/** What a reader makes of frames, by the letter of the standard. */
function read(frames: string): { id: string; event: string; data: string }[] {
  const events: { id: string; event: string; data: string }[] = [];
  let id = '';
  let event = '';
  let data: string[] = [];
  for (const line of frames.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push({ id, event, data: data.join('\n') });
      [event, data] = ['', []];
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id' && !value.includes('\0')) id = value;
    if (name === 'event') event = value;
    if (name === 'data') data.push(value);
  }
  return events;
}

describe('a frame', () => {
  test('has its fields in the order id, event, data, and ends with a blank line', () => {
    expect(eventFrame({ id: 'a', event: 'b', data: 'c' })).toBe('id:a\nevent:b\ndata:c\n\n');
    expect(eventFrame({ data: '' })).toBe('data:\n\n');
    expect(dataLines('a\nb')).toBe('data:a\ndata:b');
  });

  test('is read as it was meant, whatever it carries', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', ':', '\n', '\r', 'data:x', 'é', '{') });
    fc.assert(
      fc.property(text, (data) => {
        const [event, ...more] = read(eventFrame({ id: 'i', event: 'e', data }));
        expect(event).toEqual({ id: 'i', event: 'e', data: data.replace(/\r\n|\r/g, '\n') });
        expect(more).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('is one event, whatever its names carry', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\0', 'data:x', 'event:y', ':') });
    fc.assert(
      fc.property(text, text, (id, event) => {
        expect(read(eventFrame({ id, event, data: 'd' })).map(({ data }) => data)).toEqual(['d']);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a stream', () => {
  test('hands each frame on as one chunk, and those that waited as one', async () => {
    const { stream } = open();
    const reader = stream.body.getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value);
    const early = next();
    expect(stream.send('one')).toBe(true);
    expect(await early).toBe('one');
    for (const frame of ['two', 'three', 'four']) stream.send(frame);
    expect(await next()).toBe('two');
    expect(await next()).toBe('threefour');
  });

  test('ends when it is closed, and says so once', async () => {
    const { stream, closed } = open();
    const reader = stream.body.getReader();
    stream.close();
    stream.close();
    expect((await reader.read()).done).toBe(true);
    expect(closed()).toBe(1);
    expect(stream.send('late')).toBe(false);
  });

  test('is over when its reader goes', async () => {
    const { stream, closed } = open();
    await stream.body.cancel();
    expect(closed()).toBe(1);
    expect(stream.send('late')).toBe(false);
  });

  test('is ended when more waits than may', () => {
    const { stream, closed } = open(10);
    expect(stream.send('straight on')).toBe(true);
    expect(stream.send('12345')).toBe(true);
    expect(stream.send('67890')).toBe(true);
    expect(stream.send('!')).toBe(false);
    expect(closed()).toBe(1);
  });
});

test('streams that share a pool are ended when all that waits is more than it allows', () => {
  const pool = { waiting: 0, most: 10 };
  const [one, two] = [open(100, pool), open(100, pool)];
  for (const { stream } of [one, two]) stream.send('straight on');
  expect(one.stream.send('123456')).toBe(true);
  expect(two.stream.send('123456')).toBe(false);
  expect([one.closed(), two.closed()]).toEqual([0, 1]);
  expect(pool.waiting).toBe(6);
  one.stream.close();
  expect(pool.waiting).toBe(0);
});

describe('a stream that drops', () => {
  async function chunks(body: ReadableStream<Uint8Array>): Promise<string[]> {
    const found: string[] = [];
    for await (const chunk of body) found.push(new TextDecoder().decode(chunk));
    return found;
  }

  test('goes on, keeps its frames apart, and says when there is room again', async () => {
    let room = 0;
    const stream = createEventStream({
      ...{ buffer: 1000, frames: 2, onClose: () => undefined },
      drops: {
        onRoom() {
          room++;
          stream.send('lost');
        },
      },
    });
    const taken = ['a', 'b', 'c', 'd', 'e'].map((frame) => stream.send(frame));
    expect(taken).toEqual([true, true, true, false, false]);
    expect([stream.isWaiting, room]).toEqual([true, 0]);
    const reader = stream.body.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect([await read(), await read(), await read(), await read()]).toEqual(['a', 'b', 'c', 'lost']);
    expect([stream.isWaiting, room]).toEqual([false, 1]);
    expect(stream.send('f')).toBe(true);
    expect(await read()).toBe('f');
  });

  test('drops what all streams together have no room for', async () => {
    const pool: EventPool = { waiting: 8, most: 10 };
    const stream = createEventStream({
      ...{ buffer: 1000, pool, onClose: () => undefined },
      drops: { onRoom: () => undefined },
    });
    expect([stream.send('straight on'), stream.send('12'), stream.send('3')]).toEqual([true, true, false]);
    stream.close();
    expect(pool.waiting).toBe(8);
  });

  test('finishes with what waits', async () => {
    let closed = 0;
    const stream = createEventStream({
      ...{ buffer: 1000, drops: { onRoom: () => undefined } },
      onClose() {
        closed++;
      },
    });
    for (const frame of ['a', new TextEncoder().encode('b'), 'c']) stream.send(frame);
    stream.finish();
    expect([stream.send('d'), closed]).toEqual([false, 0]);
    expect(await chunks(stream.body)).toEqual(['a', 'b', 'c']);
    expect(closed).toBe(1);
    const quiet = open();
    quiet.stream.finish();
    expect(quiet.closed()).toBe(1);
    expect(await chunks(quiet.stream.body)).toEqual([]);
  });
});

describe('over a connection', () => {
  test('frames arrive at once, quiet is no end, and a client that goes is noticed', async () => {
    const { stream, closed } = open();
    await using server = serve(stream);
    const abort = new AbortController();
    // With the head, which waits for it.
    stream.send(eventFrame({ data: 'one' }));
    const response = await fetch(server.url, { signal: abort.signal });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data:one\n\n');
    // Beyond the time after which the server closes quiet connections.
    await Bun.sleep(2500);
    stream.send(eventFrame({ data: 'two' }));
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data:two\n\n');
    abort.abort();
    for (let tries = 0; closed() === 0 && tries < 200; tries++) await Bun.sleep(5);
    expect(closed()).toBe(1);
  }, 10_000);

  test('a client that does not read is ended, and keeps little in memory', async () => {
    const { stream, closed } = open(100_000);
    await using server = serve(stream);
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: Number(server.url.port),
      socket: { data: () => undefined, error: () => undefined },
    });
    socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    await Bun.sleep(50);
    socket.pause();
    const frame = eventFrame({ data: 'x'.repeat(50_000) });
    let sent = 0;
    while (stream.send(frame) && sent < 1000) {
      sent++;
      await Bun.sleep(1);
    }
    // What the system's own buffers took, and no more.
    expect(sent).toBeLessThan(500);
    expect(closed()).toBe(1);
    socket.terminate();
  }, 10_000);
});

function open(buffer = 1000, pool?: EventPool): { stream: EventStream; closed(): number } {
  let count = 0;
  const onClose = () => {
    count++;
  };
  return { stream: createEventStream({ buffer, pool, onClose }), closed: () => count };
}

function serve(stream: EventStream) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 1,
    fetch(request, own) {
      own.timeout(request, 0);
      return new Response(stream.body, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  return { url: server.url, [Symbol.asyncDispose]: () => server.stop(true) };
}
