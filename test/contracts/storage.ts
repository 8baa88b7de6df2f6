import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../src/core/errors.ts';
import type { Storage } from '../../src/core/ports/storage.ts';

/** An empty storage for one test. */
export interface StorageFixture {
  readonly storage: Storage;
  /** Leaves what an interrupted write leaves, where that can be imitated. Returns how many things were left. */
  readonly interrupt?: () => Promise<number>;
  /** How many unfinished uploads in parts the service keeps now. Without it that is not looked at. */
  readonly unfinished?: () => Promise<number>;
  close(): Promise<void>;
}

/** What not every storage can do. */
export type StorageFeature = 'multipart' | 'presign' | 'adopt' | 'interrupt';

/** How a driver's tests differ. */
export interface StorageTraits {
  /** Why a feature is not there; its tests are skipped by name. */
  readonly without?: Partial<Record<StorageFeature, string>>;
  /** Bytes of an object that is sent in several parts. Default 3 MiB and a bit. */
  readonly bigSize?: number;
  /** Objects of the test that lists many: more than a page of the service, where that does not take too long. Default 120. */
  readonly manyObjects?: number;
}

const encoder = new TextEncoder();

/** A stream of the given chunks. */
export async function* streamOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}

/** `count` chunks of `size` bytes that differ from each other, in memory that is used again for each. */
export async function* bigStream(count: number, size: number): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(size);
  for (let index = 0; index < count; index++) {
    chunk.fill(index * 31 + 7);
    yield chunk;
  }
}

/** The code of the AppError that a promise is rejected with; fails the test for anything else. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** In the order of the listing. */
async function keysOf(storage: Storage, prefix = '', after?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix, after)) keys.push(key);
  return keys;
}

/** For tests that move many bytes through a stand-in. */
const LONG = 30_000;

function sha256(...chunks: readonly (string | Uint8Array)[]): string {
  const hash = new Bun.CryptoHasher('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

async function textOf(
  storage: Storage,
  key: string,
  range?: { start: number; end: number },
): Promise<string> {
  return new Response(await storage.read(key, range)).text();
}

/** The promises of the storage port, as tests; each driver's own test calls this with how to open an empty one. */
export function describeStorage(
  name: string,
  open: () => Promise<StorageFixture>,
  { without = {}, bigSize = 3 * 1024 ** 2 + 17, manyObjects = 120 }: StorageTraits = {},
): void {
  const testOf = (feature: StorageFeature, title: string, body: () => Promise<void>): void => {
    const reason = without[feature];
    if (reason === undefined) test(title, body, LONG);
    else test.skip(`${title} (not here: ${reason})`, body);
  };
  /** Chunks that make a big object. */
  const chunkSize = 100_003;
  const bigChunks = Math.ceil(bigSize / chunkSize);

  describe(`${name} keeps the storage contract`, () => {
    let fixture: StorageFixture;
    let storage: Storage;
    beforeEach(async () => {
      fixture = await open();
      storage = fixture.storage;
    });
    afterEach(() => fixture.close());

    test('what was put is read back, with its size and checksum', async () => {
      const result = await storage.put('k1abc', streamOf('hello, ', 'world'));
      expect(result).toEqual({ size: 12, sha256: sha256('hello, world') });
      expect(await textOf(storage, 'k1abc')).toBe('hello, world');
      expect(new TextDecoder().decode(await storage.bytes('k1abc'))).toBe('hello, world');
      expect((await storage.head('k1abc'))?.size).toBe(12);
    });

    test('an object knows when it was written', async () => {
      const before = Date.now();
      await storage.put('k1abc', streamOf('x'));
      const modified = (await storage.head('k1abc'))?.modified ?? 0;
      expect(Math.abs(modified - before)).toBeLessThan(60_000);
    });

    test('an empty object is an object', async () => {
      expect(await storage.put('empty1', streamOf())).toEqual({ size: 0, sha256: sha256('') });
      expect((await storage.bytes('empty1')).byteLength).toBe(0);
      expect(await textOf(storage, 'empty1')).toBe('');
    });

    test('empty chunks between others change nothing', async () => {
      const result = await storage.put('k1abc', streamOf('', 'a', '', 'b', ''));
      expect(result).toEqual({ size: 2, sha256: sha256('ab') });
    });

    test('a big object of odd chunks arrives whole, though the source uses its memory again', async () => {
      const expected = new Bun.CryptoHasher('sha256');
      for await (const chunk of bigStream(41, 100_003)) expected.update(chunk);
      const result = await storage.put('big1', bigStream(41, 100_003));
      const digest = expected.digest('hex');
      expect(result).toEqual({ size: 41 * 100_003, sha256: digest });
      expect(sha256(await storage.bytes('big1'))).toBe(digest);
    });

    test('one chunk larger than any buffer arrives whole', async () => {
      const bytes = new Uint8Array(3_000_001).map((_, index) => index % 251);
      const result = await storage.put('big2', streamOf(bytes));
      expect(result.sha256).toBe(sha256(bytes));
      expect(sha256(await storage.bytes('big2'))).toBe(sha256(bytes));
    });

    test('ranges are inclusive at both ends', async () => {
      await storage.put('k1abc', streamOf('0123456789'));
      expect(await textOf(storage, 'k1abc', { start: 2, end: 4 })).toBe('234');
      expect(await textOf(storage, 'k1abc', { start: 0, end: 9 })).toBe('0123456789');
      expect(await textOf(storage, 'k1abc', { start: 9, end: 9 })).toBe('9');
    });

    test('onChunk sees every byte in order', async () => {
      let seen = '';
      await storage.put('k1abc', streamOf('ab', 'cd', 'ef'), {
        onChunk: (chunk) => {
          seen += new TextDecoder().decode(chunk);
        },
      });
      expect(seen).toBe('abcdef');
    });

    test('concurrent puts do not mix', async () => {
      const names = Array.from({ length: 24 }, (_, index) => `c${index}object`);
      await Promise.all(names.map((key, index) => storage.put(key, bigStream(index, 20_001))));
      for (const [index, key] of names.entries()) {
        expect((await storage.head(key))?.size).toBe(index * 20_001);
      }
      expect(await keysOf(storage)).toEqual([...names].sort());
    });

    test('an error of the source is passed on as it is, and nothing is left', async () => {
      const failure = new Error('the line went dead');
      async function* broken() {
        yield encoder.encode('some bytes');
        throw failure;
      }
      await expect(storage.put('k1abc', broken())).rejects.toBe(failure);
      expect(await storage.head('k1abc')).toBeUndefined();
      expect(await keysOf(storage)).toEqual([]);
      expect(await storage.sweep()).toBe(0);
    });

    test('maxSize lets exactly that many bytes in, and cuts at one more', async () => {
      expect((await storage.put('fits1', streamOf('12345', '67890'), { maxSize: 10 })).size).toBe(10);
      let asked = 0;
      async function* endless() {
        for (;;) {
          asked++;
          yield encoder.encode('12345');
        }
      }
      expect(await codeOf(storage.put('large1', endless(), { maxSize: 10 }))).toBe('too_large');
      expect(asked).toBeLessThan(5);
      expect(await storage.head('large1')).toBeUndefined();
      expect(await storage.sweep()).toBe(0);
    });

    test('an aborted put ends though its source never answers, and leaves nothing', async () => {
      const controller = new AbortController();
      async function* silent() {
        yield encoder.encode('first');
        await new Promise<void>(() => {});
      }
      const put = storage.put('k1abc', silent(), { signal: controller.signal });
      setTimeout(() => controller.abort(new Error('client left')), 5);
      await expect(put).rejects.toThrow('client left');
      expect(await storage.head('k1abc')).toBeUndefined();
      expect(await storage.sweep()).toBe(0);
    });

    test('a put with an aborted signal does not begin', async () => {
      const put = storage.put('k1abc', streamOf('x'), { signal: AbortSignal.abort(new Error('too late')) });
      await expect(put).rejects.toThrow('too late');
      expect(await keysOf(storage)).toEqual([]);
    });

    test('removing works once, twice, and where nothing ever was', async () => {
      await storage.put('k1abc', streamOf('x'));
      await storage.remove('k1abc');
      await storage.remove('k1abc');
      await storage.remove('never1');
      expect(await storage.head('k1abc')).toBeUndefined();
    });

    test('reading what is not there is not_found', async () => {
      expect(await storage.head('never1')).toBeUndefined();
      expect(await codeOf(storage.bytes('never1'))).toBe('not_found');
      expect(await codeOf(storage.read('never1'))).toBe('not_found');
      expect(await codeOf(storage.read('never1', { start: 0, end: 0 }))).toBe('not_found');
    });

    test('list gives keys and sizes under a prefix', async () => {
      await storage.put('aa11', streamOf('1'));
      await storage.put('aa12.thumb', streamOf('22'));
      await storage.put('bb11', streamOf('333'));
      await storage.put('bb12/deep/er', streamOf('4444'));
      expect(await keysOf(storage)).toEqual(['aa11', 'aa12.thumb', 'bb11', 'bb12/deep/er']);
      expect(await keysOf(storage, 'aa1')).toEqual(['aa11', 'aa12.thumb']);
      expect(await keysOf(storage, 'bb12/')).toEqual(['bb12/deep/er']);
      expect(await keysOf(storage, 'zz')).toEqual([]);
      const sizes: number[] = [];
      for await (const { size } of storage.list('')) sizes.push(size);
      expect(sizes.sort()).toEqual([1, 2, 3, 4]);
    });

    test('an empty storage lists and sweeps nothing', async () => {
      expect(await keysOf(storage)).toEqual([]);
      expect(await storage.sweep()).toBe(0);
    });

    testOf('interrupt', 'sweep removes what interrupted writes left, and no object', async () => {
      await storage.put('k1abc', streamOf('kept'));
      const left = (await fixture.interrupt?.()) ?? 0;
      expect(left).toBeGreaterThan(0);
      expect(await keysOf(storage)).toEqual(['k1abc']);
      expect(await storage.sweep()).toBe(left);
      expect(await storage.sweep()).toBe(0);
      expect(await textOf(storage, 'k1abc')).toBe('kept');
    });

    test('a storage says what it is', async () => {
      expect(storage.name).not.toBe('');
      expect(['local', 's3', 'gcs', 'azure']).toContain(storage.type);
      await storage.check();
      expect(await keysOf(storage)).toEqual([]);
      await storage.check();
    });

    test(
      'a listing is in the order of the keys’ bytes, whatever they are made of',
      async () => {
        const keys = ['a', 'a-', 'a-b', 'a.b', 'a0', 'a00', 'a9', 'a_', 'a_b', 'aa', 'ab', '-', '-a', '0'];
        keys.push(
          '9z',
          '_',
          '__',
          '_z',
          'b/a',
          'b/a.b',
          'b/c/d',
          'b/c-d',
          'b-c',
          'b.c',
          'b0',
          'z',
          'c'.repeat(200),
        );
        for (const key of keys.toReversed()) await storage.put(key, streamOf(key));
        const ordered = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await keysOf(storage)).toEqual(ordered);
        for (const key of keys) {
          const rest = ordered.slice(ordered.indexOf(key) + 1);
          expect(await keysOf(storage, '', key)).toEqual(rest);
          expect(await keysOf(storage, key)).toEqual(ordered.filter((each) => each.startsWith(key)));
          expect(await keysOf(storage, 'b', key)).toEqual(rest.filter((each) => each.startsWith('b')));
          expect(await textOf(storage, key)).toBe(key);
        }
        expect(await keysOf(storage, '', 'a-a')).toEqual(ordered.slice(ordered.indexOf('a-b')));
        expect(await keysOf(storage, '', 'zzz')).toEqual([]);
      },
      LONG,
    );

    test(
      'many objects are listed once each, and a listing may be left and taken up again',
      async () => {
        const keys = Array.from({ length: manyObjects }, (_, index) => `m${(index * 7919) % 100_003}x`);
        const waiting = [...keys];
        const worker = async () => {
          for (let key = waiting.pop(); key !== undefined; key = waiting.pop())
            await storage.put(key, streamOf('x'));
        };
        await Promise.all(Array.from({ length: 16 }, worker));
        keys.sort();
        expect(await keysOf(storage)).toEqual(keys);
        const some: string[] = [];
        for await (const { key } of storage.list('m')) {
          some.push(key);
          if (some.length === 50) break;
        }
        expect([...some, ...(await keysOf(storage, 'm', some.at(-1)))]).toEqual(keys);
      },
      LONG,
    );

    test(
      'objects that are there all the time are listed while others come and go',
      async () => {
        const kept = Array.from({ length: 20 }, (_, index) => `k${index + 10}`);
        for (const key of kept) await storage.put(key, streamOf('x'));
        const seen: string[] = [];
        let round = 0;
        for await (const { key } of storage.list('')) {
          seen.push(key);
          await storage.put(`a${round}`, streamOf('x'));
          await storage.put(`z${round}`, streamOf('x'));
          await storage.remove(`a${round++}`);
        }
        expect(seen.filter((key) => key.startsWith('k'))).toEqual(kept);
      },
      LONG,
    );

    test(
      'a copy is an object of its own',
      async () => {
        await storage.put('from1', bigStream(41, 100_003));
        await storage.copy('from1', 'aside/from1');
        expect((await storage.head('aside/from1'))?.size).toBe(41 * 100_003);
        expect(await keysOf(storage)).toEqual(['aside/from1', 'from1']);
        const digest = sha256(await storage.bytes('from1'));
        await storage.remove('from1');
        expect(await storage.head('from1')).toBeUndefined();
        expect(sha256(await storage.bytes('aside/from1'))).toBe(digest);
        await storage.put('empty1', streamOf());
        await storage.copy('empty1', 'empty2');
        expect((await storage.head('empty2'))?.size).toBe(0);
      },
      LONG,
    );

    test('a copy may be made again', async () => {
      await storage.put('from1', streamOf('text'));
      await storage.copy('from1', 'to1');
      await storage.copy('from1', 'to1');
      expect(await textOf(storage, 'to1')).toBe('text');
      expect(await textOf(storage, 'from1')).toBe('text');
      expect(await keysOf(storage)).toEqual(['from1', 'to1']);
      expect(await storage.sweep()).toBe(0);
    });

    test('a copy of what is not there is not_found and makes nothing', async () => {
      expect(await codeOf(storage.copy('never1', 'to1'))).toBe('not_found');
      expect(await codeOf(storage.copy('never1', 'new/folder/to1'))).toBe('not_found');
      expect(await keysOf(storage)).toEqual([]);
    });

    test('discard takes away the object, and may be repeated', async () => {
      await storage.put('k1abc', streamOf('x'));
      await storage.put('k1abcd', streamOf('kept'));
      for (let round = 0; round < 2; round++) await storage.discard('k1abc', '');
      await storage.discard('never1', '');
      expect(await keysOf(storage)).toEqual(['k1abcd']);
    });

    test(
      'an object of many parts arrives whole, in order, and in ranges across parts',
      async () => {
        const whole = Buffer.concat(
          await Array.fromAsync(bigStream(bigChunks, chunkSize), (each) => each.slice()),
        );
        const result = await storage.put('big3', bigStream(bigChunks, chunkSize));
        expect(result).toEqual({ size: whole.byteLength, sha256: sha256(whole) });
        const read = await new Response(await storage.read('big3')).bytes();
        expect(sha256(read)).toBe(result.sha256);
        for (const start of [0, 1, Math.floor(whole.byteLength / 2), whole.byteLength - 70_000]) {
          const range = { start, end: start + 69_999 };
          const part = await new Response(await storage.read('big3', range)).bytes();
          expect(sha256(part)).toBe(sha256(whole.subarray(start, start + 70_000)));
        }
        if (fixture.unfinished) expect(await fixture.unfinished()).toBe(0);
      },
      LONG,
    );

    test(
      'a put that is ended at any moment leaves nothing, or the whole object',
      async () => {
        for (const moment of [0, 1, bigChunks >> 1, bigChunks - 1, bigChunks]) {
          const controller = new AbortController();
          const reason = new Error('client left');
          const key = `ended${moment}`;
          const source = async function* () {
            let index = 0;
            for await (const chunk of bigStream(bigChunks, chunkSize)) {
              if (index++ === moment) controller.abort(reason);
              yield chunk;
            }
            if (moment === bigChunks) setTimeout(() => controller.abort(reason), 1);
          };
          const outcome = await storage
            .put(key, source(), { signal: controller.signal })
            .catch((error) => error);
          const head = await storage.head(key);
          if (head === undefined) expect(outcome).toBe(reason);
          else expect(outcome).toMatchObject({ size: head.size });
          if (moment < bigChunks) expect(head).toBeUndefined();
        }
        expect(await storage.sweep()).toBe(0);
        if (fixture.unfinished) expect(await fixture.unfinished()).toBe(0);
      },
      LONG,
    );

    testOf(
      'multipart',
      'the id of an upload in parts is journalled once, before the object is there',
      async () => {
        const journalled: string[] = [];
        await storage.put('big4', bigStream(bigChunks, chunkSize), {
          journal: async (upload) => {
            journalled.push(upload);
            expect(await storage.head('big4')).toBeUndefined();
          },
        });
        expect(journalled).toHaveLength(1);
        expect(journalled[0]).not.toBe('');
        // A crash may come between the object's completion and its row: then both are discarded.
        for (let round = 0; round < 2; round++) await storage.discard('big4', journalled[0] ?? '');
        expect(await storage.head('big4')).toBeUndefined();
      },
    );

    testOf('multipart', 'a journal that fails ends the put, and nothing is left', async () => {
      const failure = new Error('no room for the id');
      const put = storage.put('big5', bigStream(bigChunks, chunkSize), {
        journal: () => Promise.reject(failure),
      });
      await expect(put).rejects.toBe(failure);
      expect(await storage.head('big5')).toBeUndefined();
      if (fixture.unfinished) expect(await fixture.unfinished()).toBe(0);
    });

    testOf('multipart', 'discard ends an upload whose process is gone, with its id and without', async () => {
      for (const known of [true, false]) {
        const controller = new AbortController();
        const { promise: begun, resolve } = Promise.withResolvers<string>();
        const put = storage.put(`big6${known}`, bigStream(bigChunks, chunkSize), {
          signal: controller.signal,
          journal: (upload) => {
            resolve(upload);
            return new Promise<void>(() => {});
          },
        });
        put.catch(() => {});
        const upload = await begun;
        if (fixture.unfinished) expect(await fixture.unfinished()).toBe(1);
        await storage.discard(`big6${known}`, known ? upload : '');
        if (fixture.unfinished) expect(await fixture.unfinished()).toBe(0);
        controller.abort(new Error('over'));
        await expect(put).rejects.toThrow('over');
        expect(await storage.head(`big6${known}`)).toBeUndefined();
      }
    });

    test(
      'reads, writes and removals at once do not disturb each other',
      async () => {
        await storage.put('steady', bigStream(7, 50_001));
        const digest = sha256(await storage.bytes('steady'));
        await Promise.all(
          Array.from({ length: 12 }, async (_, index) => {
            await storage.put(`p${index}`, bigStream(index, 10_001));
            expect(sha256(await new Response(await storage.read('steady')).bytes())).toBe(digest);
            await storage.copy(`p${index}`, `q${index}`);
            await storage.remove(`p${index}`);
            expect((await storage.head(`q${index}`))?.size).toBe(index * 10_001);
          }),
        );
        expect((await keysOf(storage, 'q')).length).toBe(12);
        expect(await keysOf(storage, 'p')).toEqual([]);
      },
      LONG,
    );

    test('a range past the end is an error, never a short body', async () => {
      await storage.put('k1abc', streamOf('0123'));
      const read = async () => {
        const body = await storage.read('k1abc', { start: 2, end: 4 });
        await new Response(body).bytes();
      };
      await expect(read()).rejects.toThrow();
    });

    testOf('adopt', 'a finished file becomes an object by its name alone', async () => {
      const path = join(tmpdir(), `dossier-adopt-${crypto.randomUUID()}`);
      await writeFile(path, 'finished', { mode: 0o600 });
      try {
        const adopted = await storage.adopt?.('new/adopted1', path);
        if (adopted === true) {
          expect(await textOf(storage, 'new/adopted1')).toBe('finished');
          expect(await Bun.file(path).exists()).toBe(false);
        } else {
          expect(await storage.head('new/adopted1')).toBeUndefined();
          expect(await Bun.file(path).text()).toBe('finished');
        }
        expect(adopted).toBeBoolean();
      } finally {
        await rm(path, { force: true });
      }
    });

    testOf(
      'presign',
      'a presigned address gives the object with the headers that were asked for',
      async () => {
        await storage.put('k1abc', streamOf('hello'));
        const disposition = 'attachment; filename="a b.txt"';
        const options = {
          seconds: 60,
          contentType: 'text/plain',
          disposition,
          cacheControl: 'private, max-age=60',
        };
        const address = (await storage.presign?.('k1abc', options)) ?? '';
        const response = await fetch(address);
        expect(response.status).toBe(200);
        expect(await response.text()).toBe('hello');
        expect(response.headers.get('content-type')).toStartWith('text/plain');
        expect(response.headers.get('content-disposition')).toBe(disposition);
        expect(response.headers.get('cache-control')).toBe('private, max-age=60');
      },
    );

    test.each([
      '',
      '/',
      '/etc/passwd',
      '..',
      '../up',
      'a/../../b',
      'a/./b',
      'a//b',
      'a/',
      '.hidden',
      'a/.hidden',
      'UPPER',
      'a b',
      'a\0b',
      'a\\b',
      'a:b',
      'é',
      'x'.repeat(201),
      `${'x/'.repeat(300)}x`,
    ])('the key %p is refused everywhere', async (key) => {
      expect(await codeOf(storage.put(key, streamOf('x')))).toBe('internal');
      expect(await codeOf(storage.head(key))).toBe('internal');
      expect(await codeOf(storage.read(key))).toBe('internal');
      expect(await codeOf(storage.bytes(key))).toBe('internal');
      expect(await codeOf(storage.remove(key))).toBe('internal');
      expect(await codeOf(storage.discard(key, ''))).toBe('internal');
      expect(await codeOf(storage.copy(key, 'k1abc'))).toBe('internal');
      expect(await codeOf(storage.copy('k1abc', key))).toBe('internal');
      expect(await keysOf(storage)).toEqual([]);
    });
  });
}
