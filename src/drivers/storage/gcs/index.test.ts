import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { describeStorage, streamOf } from '../../../../test/contracts/storage.ts';
import { serveGcs } from '../../../../test/support/gcs-server.ts';
import { AppError } from '../../../core/errors.ts';
import { ServiceError } from '../remote/object-service.ts';
import { openCredentials } from './credentials.ts';
import { openGcsStorage } from './index.ts';
import { createGcsService } from './service.ts';

let server: Awaited<ReturnType<typeof serveGcs>>;
let opened = 0;
beforeAll(async () => {
  server = await serveGcs();
});
afterAll(() => server.stop());

function open(options: Partial<Parameters<typeof openGcsStorage>[0]> = {}) {
  const { endpoint, bucket, keyFile, dir } = server;
  opened++;
  return openGcsStorage({
    name: 'gcs',
    ...{ endpoint, bucket, serviceAccountKey: keyFile },
    ...{ prefix: `p${opened}/`, spoolDir: join(dir, `spool-${opened}`), partSize: 256 * 1024 },
    tuning: { pause: 1, maxPause: 5 },
    ...options,
  });
}

describeStorage(
  'gcs',
  async () => {
    const storage = await open();
    const spoolDir = join(server.dir, `spool-${opened}`);
    const interrupt = async () => {
      await Bun.write(join(spoolDir, 'left-1'), 'a part');
      await Bun.write(join(spoolDir, 'left-2'), 'another');
      return 2;
    };
    const unfinished = async () => server.state.sessions.unfinished().length;
    return { storage, interrupt, unfinished, close: () => storage.close() };
  },
  { without: { adopt: 'a bucket is no folder of this machine' }, manyObjects: 1100 },
);

const PART = 256 * 1024;

/** The same bytes every time, and no two blocks alike. */
function sample(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size)).map((_, index) => (index * 31 + (index >>> 8)) & 255);
}

function md5(bytes: Uint8Array): string {
  return new Bun.CryptoHasher('md5').update(bytes).digest('base64');
}

function part(bytes: Uint8Array, number: number, last: boolean, offset = (number - 1) * PART) {
  return { number, offset, last, size: bytes.byteLength, digest: md5(bytes) };
}

async function openService(partSize = PART) {
  const { endpoint, bucket, serviceAccountKey } = server;
  const credentials = await openCredentials({ serviceAccountKey, endpoint, bucket });
  return createGcsService({ bucket, credentials, endpoint, partSize });
}

const live = () => new AbortController().signal;

/** The fault that a service call is rejected with. */
async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => 'nothing was thrown').catch((reason) => reason);
  return error instanceof ServiceError ? error.fault : String(error);
}

/** What `check`, or opening, is refused with. */
async function refusal(options: Partial<Parameters<typeof openGcsStorage>[0]>) {
  const tuning = { attempts: 1 };
  const work = open({ tuning, ...options }).then((storage) => storage.check());
  const error = await work.catch((reason) => reason);
  if (!(error instanceof AppError)) throw new Error(`not refused: ${error}`);
  return { code: error.code, reason: error.reason, setting: error.params.setting, error };
}

describe('what is wrong with the configuration is told by its setting', () => {
  test('a key of somebody else is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = JSON.parse(server.serviceAccountKey);
    key.private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    expect(await refusal({ serviceAccountKey: JSON.stringify(key) })).toMatchObject({
      code: 'not_configured',
      reason: 'credentials_refused',
      setting: 'service_account_key',
    });
  });

  test.each([
    ['is not there', '/nowhere/key.json'],
    ['is no JSON', '{"private_key": opensesame'],
    ['is of another kind', '{"type":"authorized_user"}'],
    [
      'has a broken private key',
      '{"type":"service_account","client_email":"a@b","private_key":"opensesame"}',
    ],
    [
      'names a token address that is none',
      '{"type":"service_account","client_email":"a@b","private_key":"opensesame","token_uri":"file:///x"}',
    ],
  ])('a key that %s', async (_, serviceAccountKey) => {
    const { error, ...told } = await refusal({ serviceAccountKey });
    expect(told).toEqual({ code: 'not_configured', reason: 'bad_setting', setting: 'service_account_key' });
    expect(Bun.inspect(error)).not.toContain('opensesame');
  });

  test('the bucket does not exist', async () => {
    expect(await refusal({ bucket: 'nobodys' })).toMatchObject({
      reason: 'bucket_missing',
      setting: 'bucket',
    });
  });

  test('nothing answers', async () => {
    const key = JSON.parse(server.serviceAccountKey);
    const serviceAccountKey = JSON.stringify({ ...key, token_uri: 'http://127.0.0.1:1/token' });
    const told = { code: 'unavailable', reason: 'storage', setting: 'endpoint' };
    expect(await refusal({ endpoint: 'http://127.0.0.1:1' })).toMatchObject(told);
    expect(await refusal({ serviceAccountKey })).toMatchObject(told);
  });

  test('the text of a key works as well as its path', async () => {
    const storage = await open({ serviceAccountKey: server.serviceAccountKey });
    await storage.check();
  });
});

test('a token that the service has forgotten is replaced', async () => {
  const storage = await open();
  await storage.put('k1abc', streamOf('kept'));
  server.state.identity.forget();
  expect(new TextDecoder().decode(await storage.bytes('k1abc'))).toBe('kept');
});

test.each([0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1, 3 * PART - 1])(
  'an object of %d bytes arrives whole, at the edges of parts',
  async (size) => {
    const storage = await open();
    const bytes = sample(size);
    await storage.put('edge1', streamOf(bytes));
    expect(Buffer.compare(await storage.bytes('edge1'), bytes)).toBe(0);
  },
);

test('bytes that were damaged on the way are refused, whole or in parts', async () => {
  const service = await openService();
  const facts = { size: 4, digest: md5(sample(5)) };
  expect(await faultOf(service.putWhole('bad1', sample(4), facts, live()))).toBe('damaged');
  expect(await service.head('bad1', live())).toBeUndefined();

  const upload = await service.startMultipart('bad2', live());
  await service.putPart('bad2', upload, sample(PART), part(sample(PART), 1, false), live());
  // Another hand sends other bytes to the session than the service object has hashed.
  await fetch(upload, {
    method: 'PUT',
    headers: { 'content-range': `bytes ${PART}-${2 * PART - 1}/*` },
    body: new Uint8Array(PART),
  });
  const rest = sample(PART + 5);
  expect(await faultOf(service.putPart('bad2', upload, rest, part(rest, 2, true), live()))).toBe('damaged');
  expect(await service.head('bad2', live())).toBeUndefined();
});

test('a part whose answer was lost goes on with what the service kept', async () => {
  const service = await openService(2 * PART);
  const upload = await service.startMultipart('lost1', live());
  const bytes = sample(3 * PART + 7);
  const first = bytes.slice(0, 2 * PART);
  const facts = { ...part(first, 1, false), offset: 0 };
  const ended = service.putPart('lost1', upload, first, facts, AbortSignal.abort(new Error('cut')));
  await expect(ended).rejects.toThrow('cut');
  const headers = { 'content-range': `bytes 0-${PART - 1}/*` };
  const kept = await fetch(upload, { method: 'PUT', headers, body: first.slice(0, PART) });
  expect(kept.headers.get('range')).toBe(`bytes=0-${PART - 1}`);

  const sent = [await service.putPart('lost1', upload, first, facts, live())];
  const last = bytes.slice(2 * PART);
  sent.push(await service.putPart('lost1', upload, last, part(last, 2, true, 2 * PART), live()));
  await service.completeMultipart('lost1', upload, sent, live());
  const { body } = await service.get('lost1', undefined, undefined, live());
  expect(Buffer.compare(await new Response(body).bytes(), bytes)).toBe(0);
});

test.each([
  ['the multiple that it keeps', PART],
  ['fewer bytes than it promises, as has been seen', 1],
])('a part that broke off goes on behind what the service kept: %s', async (_, keptMultiple) => {
  const service = await openService(3 * PART);
  const key = `broken-${keptMultiple}`;
  const bytes = sample(3 * PART + 7);
  server.state.sessions.keptMultiple = keptMultiple;
  try {
    const upload = await service.startMultipart(key, live());
    const first = bytes.slice(0, 3 * PART);
    const facts = part(first, 1, false);
    const ended = service.putPart(key, upload, first, facts, AbortSignal.abort(new Error('cut')));
    await expect(ended).rejects.toThrow('cut');
    // What came of the cut request: one and a half multiples.
    const broken = first.slice(0, 1.5 * PART);
    const headers = { 'content-range': `bytes 0-${3 * PART - 1}/*` };
    expect((await fetch(upload, { method: 'PUT', headers, body: broken })).status).toBe(400);
    const asked = await fetch(upload, { method: 'PUT', headers: { 'content-range': 'bytes */*' } });
    const kept = keptMultiple === PART ? PART : 1.5 * PART;
    expect(asked.headers.get('range')).toBe(`bytes=0-${kept - 1}`);

    const sent = [await service.putPart(key, upload, first, facts, live())];
    const last = bytes.slice(3 * PART);
    sent.push(await service.putPart(key, upload, last, part(last, 2, true, 3 * PART), live()));
    await service.completeMultipart(key, upload, sent, live());
  } finally {
    server.state.sessions.keptMultiple = PART;
  }
  const { body } = await service.get(key, undefined, undefined, live());
  expect(Buffer.compare(await new Response(body).bytes(), bytes)).toBe(0);
});

test('an ended upload takes no more parts, and ending it again changes nothing', async () => {
  const service = await openService();
  const upload = await service.startMultipart('ended1', live());
  expect(await service.listMultiparts('ended1', live())).toEqual([upload]);
  await service.putPart('ended1', upload, sample(PART), part(sample(PART), 1, false), live());
  await service.abortMultipart('ended1', upload, live());
  await service.abortMultipart('ended1', upload, live());
  expect(await service.listMultiparts('ended1', live())).toEqual([]);
  expect(server.state.sessions.unfinished()).toEqual([]);
  expect(await faultOf(service.putPart('ended1', upload, sample(9), part(sample(9), 2, true), live()))).toBe(
    'missing',
  );
  expect(await service.head('ended1', live())).toBeUndefined();
});

test('the id of a session leads to no other server than the configured one', async () => {
  let asked = 0;
  const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response(String(++asked)) });
  const service = await openService();
  await service.abortMultipart('k1', `http://127.0.0.1:${other.port}/upload/x`, live());
  await service.abortMultipart('k1', 'not an address', live());
  await other.stop(true);
  expect(asked).toBe(0);
});

test('a read of content that was replaced is refused', async () => {
  const service = await openService();
  const facts = { size: 9, digest: md5(sample(9)) };
  await service.putWhole('replaced1', sample(9), facts, live());
  const { etag, size, body } = await service.get('replaced1', { start: 2, end: 5 }, undefined, live());
  expect(Buffer.compare(await new Response(body).bytes(), sample(9).slice(2, 6))).toBe(0);
  expect(size).toBe(4);
  await service.putWhole('replaced1', sample(9), facts, live());
  expect(await faultOf(service.get('replaced1', { start: 6, end: 8 }, etag, live()))).toBe('changed');
});

test('a presigned address works for plain requests, with the headers asked for, until it is changed', async () => {
  const storage = await open();
  await storage.put('report', streamOf('figures'));
  const disposition = `attachment; filename="a b.pdf"; filename*=UTF-8''%C3%A4%20b.pdf`;
  const headers = { contentType: 'application/pdf', disposition, cacheControl: 'private, max-age=60' };
  const address = (await storage.presign?.('report', { seconds: 60, ...headers })) ?? '';
  const response = await fetch(address);
  expect(await response.text()).toBe('figures');
  expect(response.headers.get('content-disposition')).toBe(disposition);
  expect(response.headers.get('content-type')).toBe('application/pdf');
  expect(response.headers.get('cache-control')).toBe('private, max-age=60');
  expect((await fetch(address.replace('attachment', 'inline'))).status).toBe(403);
  expect((await fetch(address.replace('report', 'payroll'))).status).toBe(403);
});

test('storages with different prefixes in one bucket do not see each other', async () => {
  const [ours, theirs] = [await open({ prefix: 'ours/' }), await open({ prefix: 'theirs/' })];
  await ours.put('k1abc', streamOf('ours'));
  expect(await theirs.head('k1abc')).toBeUndefined();
  await theirs.remove('k1abc');
  expect(new TextDecoder().decode(await ours.bytes('k1abc'))).toBe('ours');
  expect(await Array.fromAsync(theirs.list(''))).toEqual([]);
});

test('a big object is copied inside the service, however many calls that takes', async () => {
  const storage = await open();
  const bytes = sample(3 * 1024 * 1024 + 5);
  await storage.put('from1', streamOf(bytes));
  await storage.copy('from1', 'to1');
  expect(Buffer.compare(await storage.bytes('to1'), bytes)).toBe(0);
});

test('a last part whose answer was lost is ended with its checksum, and asked again when it was ended', async () => {
  const service = await openService();
  const bytes = sample(PART);
  for (const ended of [false, true]) {
    const key = `last-${ended}`;
    const upload = await service.startMultipart(key, live());
    const facts = part(bytes, 1, true);
    const cut = service.putPart(key, upload, bytes, facts, AbortSignal.abort(new Error('cut')));
    await expect(cut).rejects.toThrow('cut');
    // What came of the cut request at the service: all bytes, as the end or not.
    const headers = { 'content-range': `bytes 0-${PART - 1}/${ended ? PART : '*'}` };
    const answer = await fetch(upload, { method: 'PUT', headers, body: bytes, redirect: 'manual' });
    expect(answer.status).toBe(ended ? 200 : 308);
    const sent = [await service.putPart(key, upload, bytes, facts, live())];
    await service.completeMultipart(key, upload, sent, live());
    expect((await service.head(key, live()))?.size).toBe(PART);
  }
});
