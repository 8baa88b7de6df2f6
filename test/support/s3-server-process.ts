import crypto from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import S3rver, { type Context, type Store } from 's3rver';
import { abortUpload, copyPart, listUploads, mendStore } from './s3-store.ts';

// The child process of startS3: `bun s3-server-process.ts FOLDER BUCKET PORT [tidy]` prints the port it has, on a line.

/** Requests that s3rver has no answer for. They are not authenticated. */
async function answerMissing(store: Store, ctx: Context): Promise<boolean> {
  const [, bucket = '', ...rest] = ctx.path.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const { uploadId, uploads, prefix = '', partNumber = '' } = ctx.query;
  if (ctx.method === 'GET' && key === '' && uploads !== undefined) {
    const found = (await listUploads(store, bucket)).filter((upload) => upload.key.startsWith(prefix));
    ctx.status = 200;
    ctx.body = {
      ListMultipartUploadsResult: {
        Bucket: bucket,
        Upload: found.map(({ id, key: of }) => ({ Key: of, UploadId: id })),
        IsTruncated: false,
      },
    };
    return true;
  }
  if (ctx.method === 'DELETE' && uploadId !== undefined) {
    await abortUpload(store, bucket, uploadId);
    ctx.status = 204;
    return true;
  }
  const source = ctx.headers['x-amz-copy-source'];
  if (ctx.method === 'PUT' && uploadId !== undefined && source !== undefined) {
    const [fromBucket = '', ...fromKey] = decodeURIComponent(source).replace(/^\//, '').split('/');
    const range = /^bytes=(\d+)-(\d+)$/.exec(ctx.headers['x-amz-copy-source-range'] ?? '');
    if (range === null) return false;
    const from = {
      bucket: fromBucket,
      key: fromKey.join('/'),
      start: Number(range[1]),
      end: Number(range[2]),
    };
    const md5 = await copyPart(store, from, { bucket, upload: uploadId, part: partNumber });
    ctx.status = 200;
    ctx.body = { CopyPartResult: { ETag: JSON.stringify(md5), LastModified: new Date().toISOString() } };
    return true;
  }
  return false;
}

// s3rver hides the next key of a listing with DES, which Bun's cryptography does not have. Nobody looks into it.
const plain = { update: (text: Buffer | string) => Buffer.from(text), final: () => Buffer.alloc(0) };
Object.assign(crypto, { createCipheriv: () => plain, createDecipheriv: () => plain });

const [, , directory, bucket, port = '0', tidy] = process.argv;
if (directory === undefined || bucket === undefined) throw new Error('FOLDER and BUCKET are missing');

const server = new S3rver({
  address: '127.0.0.1',
  port: Number(port),
  directory,
  silent: true,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket, configs: [] }],
});
mendStore(server.store);
// Before the router, which is last.
server.middleware.splice(-1, 0, async (ctx, next) => {
  if (await answerMissing(server.store, ctx)) return;
  await next();
  const wanted = ctx.headers['if-match'];
  if (
    ctx.method === 'GET' &&
    ctx.status < 300 &&
    wanted !== undefined &&
    ctx.response.get('etag') !== wanted
  ) {
    ctx.status = 412;
    ctx.body = { Error: { Code: 'PreconditionFailed', Message: 'The content is another.' } };
  }
});
const address = await server.run();
process.stdout.write(`${address.port}\n`);
// It ends with its input, and so with the test that started it, however that ends.
for await (const _ of Bun.stdin.stream()) {
  // Nothing is expected.
}
if (tidy === 'tidy') await rm(dirname(directory), { recursive: true, force: true });
process.exit(0);
