import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { codeOf, describeStorage, streamOf } from '../../../../test/contracts/storage.ts';
import {
  createFakeService,
  type FakeService,
  type Mishap,
} from '../../../../test/support/fake-object-service.ts';
import { AppError } from '../../../core/errors.ts';
import type { PutOptions } from '../../../core/ports/storage.ts';
import { armFailpoints } from '../../../lib/failpoints.ts';
import { spoolFault } from './faults.ts';
import { createRemoteStorage } from './index.ts';
import { ServiceError } from './object-service.ts';
import type { RemoteTuning } from './options.ts';

let dir: string;
let count = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'dossier-remote-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const settings = { bucket: 'bucket', credentials: 'access_key', endpoint: 'endpoint', other: 'region' };

/** A storage over a fake service, with a clock that only pauses move. */
function open(service: FakeService, tuning: Partial<RemoteTuning> = {}) {
  const clock = { now: 0, pauses: [] as number[] };
  const spoolDir = join(dir, `spool${count++}`);
  const storage = createRemoteStorage(service, {
    ...{ name: 'remote', prefix: 'app/', spoolDir, settings },
    tuning: { memory: 300, failures: 1_000_000, ...tuning },
    timing: {
      now: () => clock.now,
      random: () => 0.5,
      sleep: async (milliseconds) => {
        clock.pauses.push(milliseconds);
        clock.now += milliseconds;
      },
    },
  });
  const spooled = async () => (await readdir(spoolDir).catch(() => [])).length;
  return { storage, clock, spoolDir, spooled };
}

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).map((_, index) => (index * 7 + (index >> 8)) % 251);
}

/** The AppError that a promise is rejected with. */
async function errorOf(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describeStorage(
  'a remote storage',
  async () => {
    const service = createFakeService(1024 * 1024, 3, 65_536);
    const { storage, spoolDir } = open(service, { memory: 128 * 1024 });
    return {
      storage,
      interrupt: async () => {
        await Bun.write(join(spoolDir, 'half-sent'), 'x');
        return 1;
      },
      unfinished: async () => service.uploads.size,
      close: () => storage.close(),
    };
  },
  { without: { adopt: 'a service does not take files by name', presign: 'the fake has no network' } },
);

const passing = fc.constantFrom('throttled', 'failed', 'unreachable', 'damaged' as const);
const lasting = fc.constantFrom('denied', 'no_bucket', 'rejected', 'changed' as const);
const mishap: fc.Arbitrary<Mishap | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('before' as const), fault: passing }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('after' as const), fault: passing }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('before' as const), fault: lasting }) },
);

describe('whatever goes wrong', () => {
  test('a put succeeds with the very bytes, or fails; then discarding leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 4500 }),
        fc.integer({ min: 1, max: 1200 }),
        fc.array(mishap, { maxLength: 25 }),
        async (size, step, mishaps) => {
          const service = createFakeService();
          service.mishaps = [...mishaps];
          const { storage, spooled } = open(service);
          const bytes = bytesOf(size);
          async function* source() {
            for (let at = 0; at < size; at += step) yield bytes.subarray(at, at + step);
          }
          let upload = '';
          const journal: PutOptions['journal'] = async (id) => {
            upload = id;
          };
          let stored = true;
          try {
            const result = await storage.put('k1', source(), { journal });
            expect(result.size).toBe(size);
            expect(result.sha256).toBe(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'));
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            stored = false;
          }
          expect(await spooled()).toBe(0);
          if (stored)
            expect(Buffer.compare(service.objects.get('app/k1') ?? new Uint8Array(1), bytes)).toBe(0);
          service.mishaps = [];
          if (!stored) await storage.discard('k1', upload);
          expect(service.objects.size).toBe(stored ? 1 : 0);
          if (!stored) expect(service.uploads.size).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a read gives every byte, or errors: never a short end', async () => {
    const bodyMishap: fc.Arbitrary<Mishap | undefined> = fc.oneof(
      mishap,
      fc.record({
        kind: fc.constantFrom('short' as const, 'break' as const),
        bytes: fc.integer({ min: 0, max: 3000 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3000 }),
        fc.tuple(fc.nat(2999), fc.nat(2999)),
        fc.array(bodyMishap, { maxLength: 15 }),
        async (size, [one, two], mishaps) => {
          const service = createFakeService();
          const bytes = bytesOf(size);
          service.objects.set('app/k1', bytes);
          service.mishaps = [...mishaps];
          const { storage } = open(service);
          const [start, end] = [Math.min(one, two) % size, Math.max(one, two) % size].sort((a, b) => a - b);
          if (start === undefined || end === undefined) throw new Error('unreachable');
          try {
            const body = await storage.read('k1', { start, end });
            const got = await new Response(body).bytes();
            expect(Buffer.compare(got, bytes.subarray(start, end + 1))).toBe(0);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
          expect(service.openBodies.count).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a put', () => {
  test('of a small object is one request from memory; of a large one, parts and an end', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    await storage.put('small', streamOf(bytesOf(1000)));
    expect(service.requests).toEqual(['putWhole']);
    service.requests.length = 0;
    await storage.put('large', streamOf(bytesOf(2001)));
    expect(service.requests.toSorted()).toEqual([
      'completeMultipart',
      ...Array(3).fill('putPart'),
      'startMultipart',
    ]);
  });

  test('whose answer was lost asks whether the object is there, and does not send it again', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    service.mishaps = [{ kind: 'after', fault: 'unreachable' }];
    await storage.put('k1', streamOf(bytesOf(10)));
    expect(service.requests).toEqual(['putWhole', 'head']);
    service.requests.length = 0;
    service.mishaps = [...Array(4).fill(undefined), { kind: 'after', fault: 'failed' }];
    await storage.put('k2', streamOf(bytesOf(2001)));
    expect(service.requests.slice(-2)).toEqual(['completeMultipart', 'head']);
    expect(service.uploads.size).toBe(0);
  });

  test('that fails for good ends its upload and leaves nothing', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    service.mishaps = [undefined, { kind: 'before', fault: 'denied' }];
    const error = await errorOf(storage.put('k1', streamOf(bytesOf(3500))));
    expect([error.code, error.reason, error.params.error]).toEqual(['unavailable', 'storage', 'denied']);
    expect([service.objects.size, service.uploads.size]).toEqual([0, 0]);
  });

  test('whose upload the service has dropped is unavailable, not a missing object', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    service.mishaps = [undefined, { kind: 'before', fault: 'missing' }];
    const error = await errorOf(storage.put('k1', streamOf(bytesOf(3500))));
    expect([error.code, error.reason]).toEqual(['unavailable', 'storage']);
  });

  test('whose beginning had to be repeated leaves no unknown upload', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    service.mishaps = [{ kind: 'after', fault: 'unreachable' }];
    await storage.put('k1', streamOf(bytesOf(2500)));
    expect([service.objects.size, service.uploads.size]).toEqual([1, 0]);
  });

  test('does not take more from its source than the service keeps up with', async () => {
    const service = createFakeService(1000, 2);
    const { storage } = open(service, { timeout: 200 });
    service.mishaps = [undefined, { kind: 'hang' }, { kind: 'hang' }];
    let asked = 0;
    async function* source() {
      for (; asked < 100; asked++) yield bytesOf(500);
    }
    const put = storage.put('k1', source());
    await Bun.sleep(50);
    // Two parts on their way, one waiting, and the chunk that does not fit.
    expect(asked).toBeLessThanOrEqual(7);
    await put;
    expect(service.objects.get('app/k1')?.byteLength).toBe(50_000);
  });

  test.each([
    'write.before',
    'write.mid',
    'write.synced',
    'write.renamed',
    'write.dirsynced',
    'upload.created',
    'upload.part',
    'upload.completing',
    'upload.completed',
  ])('that fails at %s leaves nothing', async (name) => {
    const service = createFakeService();
    const { storage, spooled } = open(service);
    armFailpoints(`${name}=error`);
    try {
      expect(await codeOf(storage.put('k1', streamOf(bytesOf(2500))))).toBe('unavailable');
    } finally {
      armFailpoints('');
    }
    expect([service.objects.size, service.uploads.size, await spooled()]).toEqual([0, 0, 0]);
  });

  test('has no room for its parts: a full storage, and nothing is asked of the service', async () => {
    expect(spoolFault(Object.assign(new Error('full'), { code: 'ENOSPC' })).code).toBe('storage_full');
    const service = createFakeService();
    const storage = createRemoteStorage(service, {
      ...{ name: 'remote', prefix: '', settings, spoolDir: '/dev/null/spool' },
      tuning: { memory: 10 },
    });
    expect(await codeOf(storage.put('k1', streamOf(bytesOf(500_000))))).toBe('unavailable');
    expect(service.requests).toEqual([]);
  });
});

describe('trying again', () => {
  test('pauses grow, carry chance, and are as long as the service asks', async () => {
    const service = createFakeService();
    const { storage, clock } = open(service);
    service.always = { kind: 'before', fault: 'failed' };
    expect(await codeOf(storage.head('k1'))).toBe('unavailable');
    expect(clock.pauses).toEqual([50, 100, 200, 400]);
    clock.pauses.length = 0;
    service.mishaps = [{ kind: 'before', fault: 'throttled', retryAfter: 7 }];
    service.always = undefined;
    await storage.head('k1');
    expect(clock.pauses).toEqual([7000]);
  });

  test('a longer wait than the patience is the caller’s to take', async () => {
    const service = createFakeService();
    const { storage } = open(service, { patience: 5000 });
    service.always = { kind: 'before', fault: 'throttled', retryAfter: 90 };
    const error = await errorOf(storage.head('k1'));
    expect(error.params).toEqual({ error: 'throttled', retryAfter: 90 });
    expect(service.requests).toHaveLength(1);
  });

  test('what will not pass is asked once', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    for (const fault of ['denied', 'no_bucket', 'rejected'] as const) {
      service.mishaps = [{ kind: 'before', fault }];
      service.requests.length = 0;
      const error = await errorOf(storage.head('k1'));
      expect([error.code, error.params.error, service.requests.length]).toEqual(['unavailable', fault, 1]);
    }
  });

  test('nobody is told to wait for days', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    service.always = { kind: 'before', fault: 'throttled', retryAfter: 999_999 };
    expect((await errorOf(storage.head('k1'))).params.retryAfter).toBe(3600);
  });

  test('whoever waits for a service that never answers is told so after two timeouts and some', async () => {
    const service = createFakeService();
    service.always = { kind: 'hang' };
    const storage = createRemoteStorage(service, {
      ...{ name: 'remote', prefix: '', settings, spoolDir: join(dir, 'silent') },
      tuning: { timeout: 200, patience: 400, pause: 1, leastSpeed: 1_000_000_000 },
    });
    async function timeOf(work: () => Promise<unknown>): Promise<number> {
      const started = performance.now();
      expect((await errorOf(work())).code).toBe('unavailable');
      return performance.now() - started;
    }
    expect(await timeOf(() => storage.read('k1'))).toBeLessThan(700);
    expect(await timeOf(() => storage.put('k1', streamOf('x')))).toBeLessThan(800);
    expect(await timeOf(() => storage.put('k2', streamOf(bytesOf(3500))))).toBeLessThan(800);
    // A start waits for it.
    expect(await timeOf(() => storage.check())).toBeLessThan(400);
  });

  test('a request that hangs is ended and sent again', async () => {
    const service = createFakeService();
    const { storage } = open(service, { timeout: 20 });
    service.mishaps = [{ kind: 'hang' }];
    await storage.put('k1', streamOf('x'));
    expect(service.requests).toEqual(['putWhole', 'head', 'putWhole']);
  });
});

describe('a service that keeps failing', () => {
  const down: Mishap = { kind: 'before', fault: 'unreachable' };

  test('is left alone for longer and longer, and tried with one request', async () => {
    const service = createFakeService();
    const { storage, clock } = open(service, { attempts: 1, failures: 3 });
    service.always = down;
    for (let index = 0; index < 3; index++) await errorOf(storage.head('k1'));
    const refused = await errorOf(storage.head('k1'));
    expect([refused.code, refused.reason, refused.params.retryAfter]).toEqual(['unavailable', 'storage', 1]);
    expect(service.requests).toHaveLength(3);
    for (const seconds of [2, 4, 8, 16, 30, 30]) {
      clock.now += 60_000;
      await Promise.all([errorOf(storage.head('k1')), errorOf(storage.head('k1'))]);
      expect((await errorOf(storage.head('k1'))).params.retryAfter).toBe(seconds);
    }
    expect(service.requests).toHaveLength(9);
    clock.now += 30_000;
    service.always = undefined;
    expect(await storage.head('k1')).toBeUndefined();
    await Promise.all([storage.head('k1'), storage.head('k1')]);
  });

  test('is tried by another request when the one that tries takes long', async () => {
    const service = createFakeService();
    const { storage, clock } = open(service, { attempts: 1, failures: 1 });
    service.always = down;
    await errorOf(storage.head('k1'));
    clock.now += 1000;
    service.always = undefined;
    const copied = Promise.withResolvers<void>();
    service.copy = () => copied.promise;
    const copy = storage.copy('k1', 'k2');
    expect((await errorOf(storage.head('k1'))).params.retryAfter).toBe(1);
    clock.now += 30_000;
    expect(await storage.head('k1')).toBeUndefined();
    copied.reject(new ServiceError('unreachable'));
    await errorOf(copy);
    // The later one has shown that the service is back.
    expect(await storage.head('k1')).toBeUndefined();
  });

  test('takes no byte of an upload while it is left alone', async () => {
    const service = createFakeService();
    const { storage } = open(service, { attempts: 1, failures: 1 });
    service.always = down;
    await errorOf(storage.head('k1'));
    let asked = 0;
    async function* source() {
      asked++;
      yield bytesOf(10);
    }
    expect((await errorOf(storage.put('k1', source()))).params.retryAfter).toBe(1);
    expect(asked).toBe(0);
  });

  test('is not one that refuses or misses', async () => {
    const service = createFakeService();
    const { storage } = open(service, { failures: 2 });
    for (const fault of ['missing', 'denied', 'rejected', 'changed'] as const) {
      service.always = { kind: 'before', fault };
      for (let index = 0; index < 4; index++) await storage.bytes('k1').catch(() => {});
    }
    service.always = undefined;
    expect(await storage.head('k1')).toBeUndefined();
  });
});

describe('a read', () => {
  test('goes on where it broke off, with the same content', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    const bytes = bytesOf(2000);
    service.objects.set('app/k1', bytes);
    service.mishaps = [
      { kind: 'break', bytes: 700 },
      { kind: 'short', bytes: 300 },
    ];
    expect(Buffer.compare(await new Response(await storage.read('k1')).bytes(), bytes)).toBe(0);
    expect(service.requests).toEqual(['get', 'get', 'get']);
  });

  test('whose first request hangs is asked for again', async () => {
    const service = createFakeService();
    const { storage } = open(service, { timeout: 20 });
    service.objects.set('app/k1', bytesOf(700));
    service.mishaps = [{ kind: 'hang' }, { kind: 'before', fault: 'failed' }];
    expect(Buffer.compare(await storage.bytes('k1'), bytesOf(700))).toBe(0);
    expect(service.requests).toEqual(['get', 'get', 'get']);
  });

  test('of content that was replaced meanwhile errors', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    service.objects.set('app/k1', bytesOf(2000));
    service.mishaps = [{ kind: 'break', bytes: 512 }];
    const body = await storage.read('k1');
    service.objects.set('app/k1', bytesOf(2001));
    expect(await codeOf(new Response(body).bytes())).toBe('unavailable');
  });

  test('that is cancelled ends its request, and takes no more than was asked for', async () => {
    const service = createFakeService();
    const { storage } = open(service);
    service.objects.set('app/k1', bytesOf(200_000));
    const body = await storage.read('k1');
    if (body instanceof Blob) throw new Error('a blob');
    const reader = body.getReader();
    await reader.read();
    await Bun.sleep(5);
    expect(service.given.bytes).toBeLessThanOrEqual(512);
    await reader.cancel();
    expect(service.openBodies.count).toBe(0);
  });
});

describe('what the operator is told', () => {
  test.each([
    ['no_bucket', 'not_configured', 'bucket_missing', 'bucket'],
    ['denied', 'not_configured', 'credentials_refused', 'access_key'],
    ['rejected', 'not_configured', 'bad_setting', 'region'],
    ['unreachable', 'unavailable', 'storage', 'endpoint'],
  ] as const)('%s is %s %s at %s', async (fault, code, reason, setting) => {
    const service = createFakeService();
    const { storage } = open(service);
    service.always = { kind: 'before', fault };
    const error = await errorOf(storage.check());
    expect([error.code, error.reason, error.params.setting]).toEqual([code, reason, setting]);
  });
});

test('a folder where parts wait is swept of files; what else lies there keeps no server from starting', async () => {
  const { storage, spoolDir } = open(createFakeService());
  await Bun.write(join(spoolDir, 'folder', 'kept'), 'x');
  await Bun.write(join(spoolDir, 'left'), 'x');
  expect(await storage.sweep()).toBe(1);
  expect(await readdir(spoolDir)).toEqual(['folder']);
});

describe('a service whose listings lie', () => {
  const page = (...keys: string[]) => ({
    objects: keys.map((key) => ({ key, size: 1 })),
    more: true,
  });
  async function listed(pages: readonly ReturnType<typeof page>[]) {
    const service = createFakeService();
    let asked = 0;
    service.list = async () => pages[Math.min(asked++, pages.length - 1)] ?? page();
    const { storage } = open(service);
    const keys: string[] = [];
    for await (const { key } of storage.list('')) keys.push(key);
    return keys;
  }

  test('by giving the same page for ever ends the listing with an error', async () => {
    expect((await errorOf(listed([page('app/a', 'app/b')]))).reason).toBe('storage');
    expect((await errorOf(listed([page('app/a', 'app/c'), page('app/b')]))).reason).toBe('storage');
    expect((await errorOf(listed([page()]))).reason).toBe('storage');
  });

  test('by naming what lies elsewhere is not believed', async () => {
    const last = { ...page('app/b', 'apple', 'secret'), more: false };
    expect(await listed([page('aaaaaaa', 'app/', 'app/a'), last])).toEqual(['a', 'b']);
  });
});

test('an object that is too large for memory is not read into it', async () => {
  const service = createFakeService();
  const body = () => new Blob(['x']).stream();
  service.get = async () => ({ body: body(), size: 8 * 1024 ** 3, etag: 'e' });
  const { storage } = open(service);
  const error = await errorOf(storage.bytes('k'));
  expect([error.code, error.params.error]).toEqual(['unavailable', 'too_large']);
});
