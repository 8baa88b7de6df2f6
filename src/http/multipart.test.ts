import { afterEach, expect, test } from 'bun:test';
import fc from 'fast-check';
import { MultipartError, type MultipartLimits, type MultipartSource, readMultipart } from './multipart.ts';

const TYPE = 'multipart/form-data; boundary=xx';
const LIMITS = { bodySize: 10_000_000 };
/** Far below the runner's own limit: a hang fails with a name. */
const TIMEOUT = 3000;

const unhandled: unknown[] = [];
process.on('unhandledRejection', (error) => unhandled.push(error));
afterEach(async () => {
  await Bun.sleep(1);
  expect(unhandled).toEqual([]);
});

interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly value: string;
}

function encode(...parts: Part[]): Buffer {
  const text = parts.map(({ name, filename, value }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: image/PNG`;
    return `--xx\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  return Buffer.from(`${text.join('')}--xx--\r\n`);
}

function source(body: Uint8Array | string, chunkSize = 1e9, type: string | null = TYPE): MultipartSource {
  const bytes = Buffer.from(body);
  let at = 0;
  return {
    headers: new Headers(type === null ? {} : { 'content-type': type }),
    body: new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(new Uint8Array(bytes.subarray(at, at + chunkSize)));
        at += chunkSize;
      },
    }),
  };
}

/** Reads everything into a list of `name=value` and `name:filename:type=content`. */
async function collect(from: MultipartSource, limits: MultipartLimits = LIMITS): Promise<string[]> {
  const seen: string[] = [];
  await readMultipart(from, {
    limits,
    onField: (name, value) => seen.push(`${name}=${value}`),
    async onFile(name, file) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.stream) chunks.push(chunk);
      seen.push(`${name}:${file.filename}:${file.declaredType}=${Buffer.concat(chunks)}`);
    },
  });
  return seen;
}

async function kindOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return 'resolved';
  } catch (error) {
    return error instanceof MultipartError ? error.kind : `other: ${error}`;
  }
}

test(
  'parts of any order, repeated and with UTF-8 names are handed out, however the body is cut',
  async () => {
    const body = encode(
      { name: 'f', filename: 'föö😀.png', value: 'one' },
      { name: 'title', value: 'Grüße' },
      { name: 'f', filename: 'b.png', value: '' },
      { name: 'title', value: 'again\r\n--x' },
      { name: 'f', filename: 'c.png', value: '\r\n--x\r\n-\r' },
    );
    const expected = [
      'f:b.png:image/png=',
      'f:c.png:image/png=\r\n--x\r\n-\r',
      'f:föö😀.png:image/png=one',
      'title=Grüße',
      'title=again\r\n--x',
    ];
    for (const size of [1, 2, 3, 7, 64, 1e9]) {
      const seen = await collect(source(body, size));
      expect(seen.toSorted()).toEqual(expected);
      expect(seen.filter((line) => line.startsWith('f:')).map((line) => line.slice(2, 3))).toEqual([
        'f',
        'b',
        'c',
      ]);
    }
  },
  TIMEOUT,
);

test('an extended filename is decoded', async () => {
  const body = `--xx\r\nContent-Disposition: form-data; name="f"; filename="x.txt"; filename*=UTF-8''%e2%82%ac.txt\r\n\r\nz\r\n--xx--`;
  expect(await collect(source(body))).toEqual(['f:€.txt:text/plain=z']);
});

test('folders are cut from a filename', async () => {
  expect(await collect(source(encode({ name: 'f', filename: '../../etc/passwd', value: 'z' })))).toEqual([
    'f:passwd:image/png=z',
  ]);
});

test('an unused file input is left out, a nameless binary part is a value', async () => {
  const part = (value: string) =>
    `--xx\r\nContent-Disposition: form-data; name="f"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n${value}\r\n`;
  expect(await collect(source(`${part('')}--xx--`))).toEqual([]);
  expect(await collect(source(`${part('v')}--xx--`))).toEqual(['f=v']);
});

test('what FormData writes is read', async () => {
  const form = new FormData();
  form.append('a', '1');
  form.append('f', new File(['content'], 'n "q".txt', { type: 'text/plain' }));
  expect(await collect(new Request('http://localhost/', { method: 'POST', body: form }))).toHaveLength(2);
});

test('an empty body and an empty form have no parts', async () => {
  expect(await collect(source(''))).toEqual([]);
  expect(await collect(source('--xx--\r\n'))).toEqual([]);
  expect(await collect({ headers: new Headers({ 'content-type': TYPE }), body: null })).toEqual([]);
});

test.each([
  ['no content type', null],
  ['another type', 'application/json'],
  ['no boundary', 'multipart/form-data'],
  ['an empty boundary', 'multipart/form-data; boundary=""'],
  ['a boundary beyond 70 characters', `multipart/form-data; boundary=${'x'.repeat(71)}`],
  ['a broken parameter', 'multipart/form-data; boundary=xx; a'],
])('%s is malformed', async (_, type) => {
  expect(await kindOf(collect(source(encode(), 1e9, type)))).toBe('malformed');
});

const whole = encode({ name: 'a', value: '1' }, { name: 'f', filename: 'x.png', value: 'content' });

test(
  'a body cut anywhere is an error and never hangs',
  async () => {
    for (let end = 1; end < whole.length - 4; end++) {
      expect(['truncated', 'malformed']).toContain(await kindOf(collect(source(whole.subarray(0, end), 5))));
    }
    expect(await kindOf(collect(source(whole.subarray(0, whole.length - 10))))).toBe('truncated');
  },
  TIMEOUT,
);

test.each([
  ['garbage', 'hello'],
  ['broken part headers', '--xx\r\nno colon here\r\n\r\nx\r\n--xx--'],
  ['endless part headers', `--xx\r\nx: ${'y'.repeat(20_000)}`],
  [
    'an unknown charset',
    '--xx\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=nope\r\n\r\nx\r\n--xx--',
  ],
])(
  '%s is malformed',
  async (_, body) => {
    expect(await kindOf(collect(source(body)))).toBe('malformed');
  },
  TIMEOUT,
);

test('a declared length beyond the limit is refused before anything is read', async () => {
  let pulled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull() {
        pulled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers({ 'content-type': TYPE, 'content-length': '101' });
  expect(await kindOf(collect({ headers, body }, { bodySize: 100 }))).toBe('too_large');
  expect(pulled).toBe(false);
});

test('an undeclared length beyond the limit is cut, at the limit it passes', async () => {
  expect(await kindOf(collect(source(whole, 10), { bodySize: whole.length - 1 }))).toBe('too_large');
  expect(await kindOf(collect(source(whole, 10), { bodySize: whole.length }))).toBe('resolved');
});

test('limits on text hold exactly', async () => {
  const body = encode({ name: 'a', value: '12345' }, { name: 'b', value: '12345' });
  expect(await kindOf(collect(source(body), { ...LIMITS, fieldSize: 5 }))).toBe('resolved');
  expect(await kindOf(collect(source(body), { ...LIMITS, fieldSize: 4 }))).toBe('too_large');
  expect(await kindOf(collect(source(body), { ...LIMITS, fieldsSize: 10 }))).toBe('resolved');
  expect(await kindOf(collect(source(body), { ...LIMITS, fieldsSize: 9 }))).toBe('too_large');
});

test('limits on parts hold exactly, also for parts that say nothing', async () => {
  expect(await kindOf(collect(source(whole), { ...LIMITS, parts: 2 }))).toBe('resolved');
  expect(await kindOf(collect(source(whole), { ...LIMITS, parts: 1 }))).toBe('too_many_parts');
  const mute = `${'--xx\r\nx: y\r\n\r\n\r\n'.repeat(50)}--xx--`;
  expect(await kindOf(collect(source(mute), { ...LIMITS, parts: 20 }))).toBe('too_many_parts');
});

const large = encode(
  { name: 'a', value: '1' },
  { name: 'f', filename: '1.png', value: 'x'.repeat(2_000_000) },
  { name: 'f', filename: '2.png', value: 'y'.repeat(2_000_000) },
  { name: 'z', value: '1' },
);

test(
  'the error of a handler ends the reading and is passed on',
  async () => {
    for (const readFirst of [false, true]) {
      const files: string[] = [];
      const reading = readMultipart(source(large, 10_000), {
        limits: LIMITS,
        onField() {},
        async onFile(_, file) {
          files.push(file.filename);
          if (readFirst) await file.stream[Symbol.asyncIterator]().next();
          throw new Error('disk full');
        },
      });
      expect(await kindOf(reading)).toBe('other: Error: disk full');
      expect(files).toEqual(['1.png']);
    }
    const reading = readMultipart(source(large, 10_000), {
      limits: LIMITS,
      onField() {
        throw new Error('no such field');
      },
      async onFile() {},
    });
    expect(await kindOf(reading)).toBe('other: Error: no such field');
  },
  TIMEOUT,
);

test('a handler that fails after the last byte has come still fails the reading', async () => {
  for (const size of [100, 1e9]) {
    const reading = readMultipart(source(encode({ name: 'f', filename: '1.png', value: 'x' }), size), {
      limits: LIMITS,
      onField() {},
      async onFile(_, file) {
        for await (const _chunk of file.stream);
        await Bun.sleep(10);
        throw new Error('fsync failed');
      },
    });
    expect(await kindOf(reading)).toBe('other: Error: fsync failed');
  }
});

test(
  'a file that is not read, or only begun, is skipped',
  async () => {
    for (const begin of [false, true]) {
      const seen: string[] = [];
      await readMultipart(source(large, 10_000), {
        limits: LIMITS,
        onField: (name) => seen.push(name),
        async onFile(_, file) {
          seen.push(file.filename);
          if (begin) for await (const chunk of file.stream) if (chunk.byteLength > 0) break;
        },
      });
      expect(seen.toSorted()).toEqual(['1.png', '2.png', 'a', 'z']);
    }
  },
  TIMEOUT,
);

test(
  'a file in progress fails when the body does, and its handler settles first',
  async () => {
    let handled = '';
    const reading = readMultipart(source(large.subarray(0, 1_000_000), 10_000), {
      limits: LIMITS,
      onField() {},
      async onFile(_, file) {
        try {
          for await (const _chunk of file.stream);
        } catch (error) {
          await Bun.sleep(5);
          handled = error instanceof MultipartError ? error.kind : String(error);
          throw error;
        }
      },
    });
    expect(await kindOf(reading)).toBe('truncated');
    expect(handled).toBe('truncated');
  },
  TIMEOUT,
);

test(
  'a client that goes away ends the reading',
  async () => {
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start: (c) => c.enqueue(new Uint8Array(large.subarray(0, 5000))),
    });
    const headers = new Headers({ 'content-type': TYPE });
    setTimeout(() => controller.abort(), 10);
    expect(await kindOf(collect({ headers, body, signal: controller.signal }))).toBe('aborted');
    expect(await kindOf(collect({ headers, body: brokenBody(), signal: new AbortController().signal }))).toBe(
      'aborted',
    );
  },
  TIMEOUT,
);

function brokenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start: (c) => c.enqueue(new Uint8Array(large.subarray(0, 5000))),
    pull: (c) => c.error(new Error('reset')),
  });
}

test(
  'the body is held back while a handler is busy',
  async () => {
    let pulled = 0;
    const chunk = new Uint8Array(65_536);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulled === 0) {
          controller.enqueue(
            new Uint8Array(encode({ name: 'f', filename: 'x', value: '' }).subarray(0, -10)),
          );
        } else if (pulled < 500) controller.enqueue(chunk);
        else {
          controller.enqueue(new Uint8Array(Buffer.from('\r\n--xx--')));
          controller.close();
        }
        pulled++;
      },
    });
    let pulledWhileBusy = 0;
    await readMultipart(
      { headers: new Headers({ 'content-type': TYPE }), body },
      {
        limits: { bodySize: 1e9 },
        onField() {},
        async onFile(_, file) {
          await Bun.sleep(30);
          pulledWhileBusy = pulled;
          for await (const _chunk of file.stream);
        },
      },
    );
    expect(pulledWhileBusy).toBeLessThan(40);
    expect(pulled).toBeGreaterThan(500);
  },
  TIMEOUT,
);

test('any bytes settle with parts or the own error', async () => {
  const piece = fc.constantFrom(
    '--xx',
    '\r\n',
    '--',
    'Content-Disposition: form-data; name="a"',
    '; filename="b"',
    'q',
    ':',
    '"',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.integer({ min: 1, max: 50 }),
      async (pieces, size) => {
        expect(await kindOf(collect(source(pieces.join(''), size), { ...LIMITS, parts: 3 }))).not.toStartWith(
          'other',
        );
      },
    ),
    { numRuns: 300 },
  );
}, 10_000);

test('a file that only drips is given up, and so is its reader', async () => {
  let timer: ReturnType<typeof setInterval> | undefined;
  const start = encode({ name: 'f', filename: 'x', value: '' }).subarray(0, -10);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(start));
      timer = setInterval(() => controller.enqueue(new Uint8Array([0x20])), 20);
    },
    cancel: () => clearInterval(timer),
  });
  let fileError: unknown;
  const reading = readMultipart(
    { headers: new Headers({ 'content-type': TYPE }), body },
    {
      limits: { bodySize: 1e9, pace: { stall: 1000, grace: 150, rate: 1000 } },
      onField() {},
      async onFile(_, file) {
        try {
          await Array.fromAsync(file.stream);
        } catch (error) {
          fileError = error;
          throw error;
        }
      },
    },
  );
  await expect(reading).rejects.toMatchObject({ kind: 'too_slow' });
  expect(fileError).toMatchObject({ kind: 'too_slow' });
});

test('a body of 300 MB passes in constant memory', async () => {
  const chunk = new Uint8Array(65_536);
  const count = 4800;
  let sent = -1;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === -1) {
        controller.enqueue(new Uint8Array(encode({ name: 'f', filename: 'x', value: '' }).subarray(0, -10)));
      } else if (sent < count) controller.enqueue(chunk);
      else {
        controller.enqueue(new Uint8Array(Buffer.from('\r\n--xx--')));
        controller.close();
      }
      sent++;
    },
  });
  const before = process.memoryUsage.rss();
  let peak = before;
  let size = 0;
  let seen = 0;
  await readMultipart(
    { headers: new Headers({ 'content-type': TYPE }), body },
    {
      limits: { bodySize: 1e9 },
      onField() {},
      async onFile(_, file) {
        for await (const bytes of file.stream) {
          size += bytes.byteLength;
          if (++seen % 256 === 0) {
            await new Promise(setImmediate);
            peak = Math.max(peak, process.memoryUsage.rss());
          }
        }
      },
    },
  );
  expect(size).toBe(count * chunk.length);
  expect((peak - before) / 2 ** 20).toBeLessThan(64);
}, 20_000);

test(
  'an answer given early reaches a client that is still sending',
  async () => {
    const server = Bun.serve({
      port: 0,
      async fetch(request) {
        return new Response(await kindOf(collect(request, { bodySize: 100_000 })), { status: 413 });
      },
    });
    try {
      for (let i = 0; i < 3; i++) {
        const response = await fetch(server.url, {
          method: 'POST',
          headers: { 'content-type': TYPE },
          body: new Uint8Array(large),
        });
        expect(await response.text()).toBe('too_large');
      }
    } finally {
      await server.stop(true);
    }
  },
  TIMEOUT,
);
