import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigStream, describeStorage, streamOf } from '../../../../test/contracts/storage.ts';
import { type S3Server, startS3 } from '../../../../test/support/s3-server.ts';
import { AppError } from '../../../core/errors.ts';
import { copyObject } from './copy.ts';
import { openS3Storage, type S3StorageOptions } from './index.ts';
import { createS3Service } from './service.ts';

let server: S3Server;
let spools: string;
let count = 0;
beforeAll(async () => {
  server = await startS3();
  spools = await mkdtemp(join(tmpdir(), 'dossier-s3-spool-'));
});
afterAll(async () => {
  await server.stop();
  await rm(spools, { recursive: true, force: true });
});

/** A storage of its own in the one bucket. */
function open(prefix = `t${count++}/`) {
  return openS3Storage({ ...server, name: 's3', prefix, spoolDir: join(spools, prefix) });
}

describeStorage(
  'the S3 storage',
  async () => {
    const prefix = `t${count++}/`;
    const storage = await open(prefix);
    return {
      storage,
      interrupt: async () => {
        await Bun.write(join(spools, prefix, 'half-sent'), 'x');
        return 1;
      },
      unfinished: async () => (await unfinishedUploads(server)).length,
      close: () => storage.close(),
    };
  },
  {
    without: { adopt: 'a service does not take files by name' },
    bigSize: 33 * 1024 ** 2,
    manyObjects: 1100,
  },
);

/** Uploads in parts that the stand-in still has. */
function unfinishedUploads({ dir, bucket }: S3Server): Promise<string[]> {
  return readdir(join(dir, 'store', bucket, '._S3rver_uploads')).catch(() => []);
}

describe('with S3', () => {
  test('two storages of one bucket do not see each other', async () => {
    const [one, two] = [await open('one/'), await open('two/')];
    await one.put('k1', streamOf('one'));
    await two.put('k1', streamOf('two'));
    await one.remove('k1');
    expect(await one.head('k1')).toBeUndefined();
    expect(new TextDecoder().decode(await two.bytes('k1'))).toBe('two');
    expect(await Array.fromAsync(two.list(''))).toEqual([{ key: 'k1', size: 3 }]);
  });

  test('a presigned address gives ranges', async () => {
    const storage = await open();
    await storage.put('k1', streamOf('0123456789'));
    const wanted = {
      contentType: 'text/plain',
      disposition: 'attachment',
      cacheControl: 'private',
      seconds: 60,
    };
    const address = (await storage.presign?.('k1', wanted)) ?? '';
    const part = await fetch(address, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
  });

  test('bytes that are not those of the signed hash are refused', async () => {
    const [client, { getSignedUrl }] = await Promise.all([
      import('@aws-sdk/client-s3'),
      import('@aws-sdk/s3-request-presigner'),
    ]);
    const service = createS3Service(server, { client, getSignedUrl });
    const { signal } = new AbortController();
    const [right, wrong] = ['right', 'wrong'].map((text) => new TextEncoder().encode(text));
    const digest = new Bun.CryptoHasher('sha256').update('right').digest('hex');
    const facts = { size: 5, digest };
    await service.putWhole('hashed', right ?? new Uint8Array(), facts, signal);
    const refused = service.putWhole('damaged', wrong ?? new Uint8Array(), facts, signal);
    expect(await refused.catch((error: unknown) => error)).toMatchObject({ fault: 'damaged' });
    expect(await service.head('damaged', signal)).toBeUndefined();
  });

  test.skip('a wrong secret or a forged address is refused (not here: s3rver compares no V4 signatures)', () => {});

  test('what is wrong with the settings is named', async () => {
    const check = async (change: Partial<S3StorageOptions>) => {
      const storage = await openS3Storage({
        ...{ ...server, name: 's3', spoolDir: join(spools, 'check'), tuning: { attempts: 1 } },
        ...change,
      });
      return storage.check().then(
        () => 'fine',
        (error: AppError) => `${error.code} ${error.reason} ${error.params.setting}`,
      );
    };
    expect(await check({})).toBe('fine');
    expect(await check({ bucket: 'nobody-has-this' })).toBe('not_configured bucket_missing bucket');
    expect(await check({ accessKey: 'WRONG' })).toBe('not_configured credentials_refused access_key');
    expect(await check({ endpoint: 'http://127.0.0.1:1' })).toBe('unavailable storage endpoint');
  });

  test('an object beyond one request’s limit is copied in parts', async () => {
    const storage = await open('copies/');
    const size = 11 * 1024 * 1024 + 5;
    const { sha256 } = await storage.put('from', bigStream(1, size));
    const sdk = await import('@aws-sdk/client-s3');
    const client = new sdk.S3Client({
      ...{ region: server.region, endpoint: server.endpoint, forcePathStyle: true },
      credentials: { accessKeyId: server.accessKey, secretAccessKey: server.secretKey },
    });
    await copyObject({
      ...{ s3: sdk, client, bucket: server.bucket, from: 'copies/from', to: 'copies/to' },
      options: { abortSignal: new AbortController().signal },
      limit: 5 * 1024 * 1024,
    });
    const copied = new Bun.CryptoHasher('sha256').update(await storage.bytes('to')).digest('hex');
    expect(copied).toBe(sha256);
    client.destroy();
  });

  test('200 with an error in it, or with nothing, is a fault and is tried again', async () => {
    const answers = [
      '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>later</Message></Error>',
      '',
      'not even XML',
      '<CopyObjectResult><ETag>"abc"</ETag></CopyObjectResult>',
    ];
    let asked = 0;
    using service = Bun.serve({
      ...{ port: 0, hostname: '127.0.0.1' },
      fetch: ({ method }) => {
        if (method === 'HEAD')
          return new Response(null, { headers: { 'content-length': '5', etag: '"abc"' } });
        return new Response(answers[asked++] ?? '');
      },
    });
    const storage = await openS3Storage({
      ...{ ...server, endpoint: service.url.origin, name: 's3', spoolDir: join(spools, 'errors') },
      tuning: { pause: 1 },
    });
    await storage.copy('from1', 'to1');
    expect(asked).toBe(4);
  });

  test.each([
    ['an answer that never ends', 500, {}, 'failed'],
    ['a listing that never ends', 200, {}, 'failed'],
    ['another range than was asked for', 206, { 'content-range': 'bytes 0-2/10', etag: '"a"' }, 'failed'],
  ])('%s is a fault', async (what, status, headers, fault) => {
    const endless = () =>
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)) });
    using service = Bun.serve({
      ...{ port: 0, hostname: '127.0.0.1' },
      fetch: () => new Response(status === 206 ? '012' : endless(), { status, headers }),
    });
    const storage = await openS3Storage({
      ...{ ...server, endpoint: service.url.origin, name: 's3', spoolDir: join(spools, 'faults') },
      tuning: { attempts: 1, timeout: 4000, slowTimeout: 4000 },
    });
    const range = { start: 5, end: 7 };
    const asked = what.includes('listing') ? Array.fromAsync(storage.list('')) : storage.read('k1', range);
    const error = await asked.catch((thrown: unknown) => thrown);
    if (!(error instanceof AppError)) throw new Error('no AppError');
    expect([error.reason, error.params.error]).toEqual(['storage', fault]);
  });

  test.each([
    [503, 'SlowDown', 'throttled'],
    [500, 'InternalError', 'failed'],
    [403, 'AccessDenied', 'denied'],
    [404, 'NoSuchBucket', 'no_bucket'],
    [400, 'InvalidArgument', 'rejected'],
    [404, '', 'failed'],
  ])('%p %p is %p, and neither address nor key is told', async (status, code, fault) => {
    const body = code === '' ? '<html>' : `<Error><Code>${code}</Code><Message>m</Message></Error>`;
    using service = Bun.serve({
      ...{ port: 0, hostname: '127.0.0.1' },
      fetch: () => new Response(body, { status, headers: { 'retry-after': '3' } }),
    });
    const storage = await openS3Storage({
      ...{ ...server, endpoint: service.url.origin, name: 's3', spoolDir: join(spools, 'faults') },
      tuning: { attempts: 1 },
    });
    const error = await storage.bytes('k1').catch((thrown: unknown) => thrown);
    if (!(error instanceof AppError)) throw new Error('no AppError');
    expect([error.code, error.reason, error.params]).toEqual([
      'unavailable',
      'storage',
      { error: fault, retryAfter: 3 },
    ]);
  });
});
