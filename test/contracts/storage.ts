import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { AppError } from '../../src/core/errors.ts';
import type { Storage } from '../../src/core/ports/storage.ts';

/** An empty storage for one test. */
export interface StorageFixture {
  readonly storage: Storage;
  /** Leaves what an interrupted write leaves, where that can be imitated. Returns how many things were left. */
  readonly interrupt?: () => Promise<number>;
  close(): Promise<void>;
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

async function keysOf(storage: Storage, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

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
export function describeStorage(name: string, open: () => Promise<StorageFixture>): void {
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

    test('sweep removes what interrupted writes left, and no object', async () => {
      if (fixture.interrupt === undefined) return;
      await storage.put('k1abc', streamOf('kept'));
      const left = await fixture.interrupt();
      expect(await keysOf(storage)).toEqual(['k1abc']);
      expect(await storage.sweep()).toBe(left);
      expect(await storage.sweep()).toBe(0);
      expect(await textOf(storage, 'k1abc')).toBe('kept');
    });

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
      expect(await keysOf(storage)).toEqual([]);
    });
  });
}
