/**
 * One side of the S3 benchmark, in a process of its own: `bun s3-client.ts driver|sdk put|get SIZE COUNT AT_ONCE CONFIG` moves
 * COUNT objects of SIZE bytes and prints `{ seconds, growth }`, growth being how many bytes its memory grew at most.
 */
import * as sdk from '@aws-sdk/client-s3';
import type { Storage } from '../../src/core/ports/storage.ts';
import { openS3Storage } from '../../src/drivers/storage/s3/index.ts';

const [side, operation, sizeText, countText, atOnceText, config = '{}'] = process.argv.slice(2);
const size = Number(sizeText);
const count = Number(countText);
const server: {
  endpoint: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  region: string;
  spoolDir: string;
} = JSON.parse(config);
/** What the driver uses, so that both send the same requests. */
const PART = 16 * 1024 * 1024;
const AT_ONCE = 4;

/** What comes from a client: chunks in memory that is used again. */
async function* source(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(256 * 1024).fill(7);
  for (let left = size; left > 0; left -= chunk.byteLength) {
    yield left < chunk.byteLength ? chunk.subarray(0, left) : chunk;
    // A client is never quicker than the network: others get their turn.
    await new Promise(setImmediate);
  }
}

/** An object through the driver. */
function throughDriver(storage: Storage) {
  return {
    put: async (key: string) => void (await storage.put(key, source())),
    async get(key: string): Promise<number> {
      const body = await storage.read(key);
      return countBytes(body instanceof Blob ? body.stream() : body);
    },
  };
}

/** The same through the SDK called directly, with its own defaults for requests. */
function throughSdk(client: sdk.S3Client) {
  const Bucket = server.bucket;
  async function putParts(Key: string): Promise<void> {
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    const running = new Set<Promise<void>>();
    let part = new Uint8Array(PART);
    let filled = 0;
    let number = 0;
    const flush = async () => {
      const PartNumber = ++number;
      const Body = part.subarray(0, filled);
      while (running.size >= AT_ONCE) await Promise.race(running);
      const command = new sdk.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body });
      const work: Promise<void> = client.send(command).then(({ ETag }) => {
        Parts[PartNumber - 1] = { PartNumber, ETag };
        running.delete(work);
      });
      running.add(work);
      part = new Uint8Array(PART);
      filled = 0;
    };
    for await (const chunk of source()) {
      part.set(chunk, filled);
      filled += chunk.byteLength;
      if (filled === PART) await flush();
    }
    if (filled > 0) await flush();
    await Promise.all(running);
    const end = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
    await client.send(new sdk.CompleteMultipartUploadCommand(end));
  }
  return {
    async put(Key: string): Promise<void> {
      if (size > PART) return putParts(Key);
      const Body = new Uint8Array(size);
      let filled = 0;
      for await (const chunk of source()) {
        Body.set(chunk, filled);
        filled += chunk.byteLength;
      }
      await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body }));
    },
    async get(Key: string): Promise<number> {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
      return Body === undefined ? 0 : countBytes(Body.transformToWebStream());
    },
  };
}

async function countBytes(body: ReadableStream<Uint8Array>): Promise<number> {
  let total = 0;
  for await (const chunk of body) total += chunk.byteLength;
  return total;
}

async function open() {
  if (side === 'driver') return throughDriver(await openS3Storage({ ...server, name: 's3' }));
  return throughSdk(
    new sdk.S3Client({
      ...{ region: server.region, endpoint: server.endpoint, forcePathStyle: true },
      credentials: { accessKeyId: server.accessKey, secretAccessKey: server.secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
  );
}

const way = await open();
let next = 0;
async function one(key: string): Promise<void> {
  if (operation === 'put') return way.put(key);
  const got = await way.get(key);
  if (got !== size) throw new Error(`${got} bytes in the place of ${size}`);
}
// The first requests load what the SDK loads late.
if (operation === 'put') await way.put('warm');
else await one('object0');

const before = process.memoryUsage.rss();
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 10);
const started = performance.now();
const worker = async () => {
  for (let index = next++; index < count; index = next++) {
    await one(operation === 'put' ? `object${index}` : 'object0');
  }
};
await Promise.all(Array.from({ length: Number(atOnceText) }, worker));
const seconds = (performance.now() - started) / 1000;
clearInterval(watch);
console.log(JSON.stringify({ seconds, growth: most - before }));
process.exit(0);
