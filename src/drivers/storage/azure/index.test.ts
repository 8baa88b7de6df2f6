import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { BlobSASPermissions, BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { describeStorage, streamOf } from '../../../../test/contracts/storage.ts';
import { type AzureServer, startAzure } from '../../../../test/support/azure-server.ts';
import { AppError } from '../../../core/errors.ts';
import { ServiceError } from '../remote/object-service.ts';
import { openAzureStorage } from './index.ts';
import { createAzureService } from './service.ts';

let server: AzureServer;
let opened = 0;
beforeAll(async () => {
  server = await startAzure();
});
afterAll(() => server.stop());

function open(options: Partial<Parameters<typeof openAzureStorage>[0]> = {}) {
  const { endpoint, account, container, accessKey, dir } = server;
  opened++;
  return openAzureStorage({
    name: 'azure',
    ...{ endpoint, account, container, accessKey },
    ...{ prefix: `p${opened}/`, spoolDir: join(dir, `spool-${opened}`), partSize: 256 * 1024 },
    tuning: { pause: 1, maxPause: 5 },
    ...options,
  });
}

describeStorage(
  'azure',
  async () => {
    const storage = await open();
    const spoolDir = join(server.dir, `spool-${opened}`);
    const interrupt = async () => {
      await Bun.write(join(spoolDir, 'left-1'), 'a part');
      await Bun.write(join(spoolDir, 'left-2'), 'another');
      return 2;
    };
    return { storage, interrupt, close: () => storage.close() };
  },
  { without: { adopt: 'a container is no folder of this machine' } },
);

const PART = 256 * 1024;

/** The same bytes every time, and no two blocks alike. */
function sample(size: number, seed = 0): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size)).map((_, index) => (index * 31 + (index >>> 8) + seed) & 255);
}

function facts(bytes: Uint8Array) {
  return { size: bytes.byteLength, digest: new Bun.CryptoHasher('md5').update(bytes).digest('base64') };
}

function part(bytes: Uint8Array, number: number, last: boolean) {
  return { ...facts(bytes), number, offset: (number - 1) * PART, last };
}

function containerClient() {
  const credential = new StorageSharedKeyCredential(server.account, server.accessKey);
  return new BlobServiceClient(server.endpoint, credential).getContainerClient(server.container);
}

function openService() {
  const permissions = (text: string) => BlobSASPermissions.parse(text);
  return createAzureService({ container: containerClient(), permissions, partSize: PART });
}

const live = () => new AbortController().signal;

/** The fault that a service call is rejected with. */
async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => 'nothing was thrown').catch((reason) => reason);
  return error instanceof ServiceError ? error.fault : String(error);
}

async function contentOf(service: ReturnType<typeof openService>, key: string): Promise<Uint8Array> {
  return new Response((await service.get(key, undefined, undefined, live())).body).bytes();
}

/** Keys under a prefix, also of blobs that have only blocks. */
async function everything(prefix: string): Promise<string[]> {
  const blobs = containerClient().listBlobsFlat({ prefix, includeUncommitedBlobs: true });
  return (await Array.fromAsync(blobs)).map(({ name }) => name);
}

/** What `check`, or opening, is refused with. */
async function refusal(options: Partial<Parameters<typeof openAzureStorage>[0]>) {
  const tuning = { attempts: 1 };
  const work = open({ tuning, ...options }).then((storage) => storage.check());
  const error = await work.catch((reason) => reason);
  if (!(error instanceof AppError)) throw new Error(`not refused: ${error}`);
  const { code, reason, params } = error;
  return `${code} ${reason} ${params.setting}`;
}

describe('what is wrong with the configuration is told by its setting', () => {
  test('another key is refused', async () => {
    const accessKey = btoa('x'.repeat(64));
    expect(await refusal({ accessKey })).toBe('not_configured credentials_refused access_key');
  });

  test('the container does not exist', async () => {
    expect(await refusal({ container: 'nobodys' })).toBe('not_configured bucket_missing container');
  });

  test.each([
    ['access_key', { accessKey: 'no base64!' }],
    ['account', { account: 'No Account' }],
    ['container', { container: 'No_Container' }],
    ['endpoint', { endpoint: 'file:///etc' }],
  ] as const)('%s cannot be one', async (setting, options) => {
    expect(await refusal(options)).toBe(`not_configured bad_setting ${setting}`);
  });

  test('nothing answers', async () => {
    const told = await refusal({ endpoint: 'http://127.0.0.1:1/devstoreaccount1' });
    expect(told).toBe('unavailable storage endpoint');
  });
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
  const service = openService();
  const wrong = facts(sample(5));
  expect(await faultOf(service.putWhole('bad1', sample(5, 1), wrong, live()))).toBe('damaged');
  const upload = await service.startMultipart('bad2', live());
  const sent = service.putPart('bad2', upload, sample(5, 1), part(sample(5), 1, true), live());
  expect(await faultOf(sent)).toBe('damaged');
  expect(await everything('bad')).toEqual([]);
});

test('a stored object knows its checksum', async () => {
  await openService().putWhole('sum1', sample(100), facts(sample(100)), live());
  const { contentMD5 } = await containerClient().getBlobClient('sum1').getProperties();
  expect(Buffer.from(contentMD5 ?? []).toString('base64')).toBe(facts(sample(100)).digest);
});

test('parts of two uploads of one key do not mix', async () => {
  const service = openService();
  const [first, second] = [
    await service.startMultipart('two', live()),
    await service.startMultipart('two', live()),
  ];
  const ours = sample(PART, 1);
  const theirs = sample(PART, 2);
  const sent = [await service.putPart('two', first, ours, part(ours, 1, true), live())];
  await service.putPart('two', second, theirs, part(theirs, 1, true), live());
  expect(new Set(await service.listMultiparts('two', live()))).toEqual(new Set([first, second]));
  await service.completeMultipart('two', first, sent, live());
  // The answer was lost: it is asked again.
  await service.completeMultipart('two', first, sent, live());
  expect(Buffer.compare(await contentOf(service, 'two'), ours)).toBe(0);
  expect(await service.listMultiparts('two', live())).toEqual([]);
});

test('an ended upload leaves nothing, cannot be completed, and may be ended again', async () => {
  const service = openService();
  const upload = await service.startMultipart('ended1', live());
  const sent = [await service.putPart('ended1', upload, sample(9), part(sample(9), 1, true), live())];
  expect(await everything('ended')).toEqual(['ended1']);
  await service.abortMultipart('ended1', upload, live());
  await service.abortMultipart('ended1', upload, live());
  expect(await everything('ended')).toEqual([]);
  expect(await faultOf(service.completeMultipart('ended1', upload, sent, live()))).toBe('missing');
  expect(await service.head('ended1', live())).toBeUndefined();
});

test('ending an upload never harms an object of the same key, however that was written', async () => {
  const service = openService();
  await service.putWhole('kept1', sample(50), facts(sample(50)), live());
  const done = await service.startMultipart('kept2', live());
  const sent = [await service.putPart('kept2', done, sample(50), part(sample(50), 1, true), live())];
  await service.completeMultipart('kept2', done, sent, live());
  for (const key of ['kept1', 'kept2']) {
    const upload = await service.startMultipart(key, live());
    await service.putPart(key, upload, sample(9), part(sample(9), 1, true), live());
    await service.abortMultipart(key, upload, live());
    await service.abortMultipart(key, done, live());
    expect(Buffer.compare(await contentOf(service, key), sample(50))).toBe(0);
  }
});

test('an ending that came half-way is finished by the next', async () => {
  const service = openService();
  const upload = await service.startMultipart('half1', live());
  const client = containerClient().getBlockBlobClient('half1');
  await client.commitBlockList([], { metadata: { abandonedupload: upload } });
  await service.abortMultipart('half1', 'f'.repeat(32), live());
  expect(await everything('half')).toEqual(['half1']);
  await service.abortMultipart('half1', upload, live());
  expect(await everything('half')).toEqual([]);
});

test('a read of content that was replaced is refused', async () => {
  const service = openService();
  await service.putWhole('replaced1', sample(9), facts(sample(9)), live());
  const { etag, size, body } = await service.get('replaced1', { start: 2, end: 5 }, undefined, live());
  expect(Buffer.compare(await new Response(body).bytes(), sample(9).slice(2, 6))).toBe(0);
  expect(size).toBe(4);
  await service.putWhole('replaced1', sample(9), facts(sample(9)), live());
  expect(await faultOf(service.get('replaced1', { start: 6, end: 8 }, etag, live()))).toBe('changed');
});

test('a listing goes on behind any key, also one that it has not listed before', async () => {
  const service = openService();
  for (const name of ['a', 'b', 'c', 'd']) {
    await service.putWhole(`list/${name}`, sample(1), facts(sample(1)), live());
  }
  const keys = async (after?: string) =>
    (await openService().list('list/', after, live())).objects.map(({ key }) => key);
  expect(await keys()).toEqual(['list/a', 'list/b', 'list/c', 'list/d']);
  expect(await keys('list/b')).toEqual(['list/c', 'list/d']);
  expect(await keys('list/bb')).toEqual(['list/c', 'list/d']);
  expect(await keys('list/d')).toEqual([]);
});

test('a call that its signal ends rejects with the reason', async () => {
  const service = openService();
  const reason = new Error('client left');
  const signal = AbortSignal.abort(reason);
  const body = sample(9);
  const calls = [
    service.putWhole('k1', body, facts(body), signal),
    service.putPart('k1', 'f'.repeat(32), body, part(body, 1, true), signal),
    service.completeMultipart('k1', 'f'.repeat(32), [], signal),
    service.abortMultipart('k1', 'f'.repeat(32), signal),
    service.get('k1', undefined, undefined, signal),
    service.head('k1', signal),
    service.copy('k1', 'k2', signal),
    service.list('', undefined, signal),
    service.remove('k1', signal),
    service.check(signal),
  ];
  for (const call of calls) expect(await call.catch((error) => error)).toBe(reason);
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
  expect((await fetch(address, { method: 'DELETE' })).status).toBe(403);
});

test('storages with different prefixes in one container do not see each other', async () => {
  const [ours, theirs] = [await open({ prefix: 'ours/' }), await open({ prefix: 'theirs/' })];
  await ours.put('k1abc', streamOf('ours'));
  expect(await theirs.head('k1abc')).toBeUndefined();
  await theirs.remove('k1abc');
  expect(new TextDecoder().decode(await ours.bytes('k1abc'))).toBe('ours');
  expect(await Array.fromAsync(theirs.list(''))).toEqual([]);
});
