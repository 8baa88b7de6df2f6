import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Store } from 's3rver';
import S3Error from 's3rver/lib/models/error';
import S3Object from 's3rver/lib/models/object';

const OBJECT = '._S3rver_object';
/** The least size of a part that is not the last (the S3 API). */
const MIN_PART = 5 * 1024 * 1024;

/**
 * Makes s3rver's store do what the service promises where s3rver itself does not: objects appear whole or not at all, a body
 * that breaks off or has another hash is refused, listings are in the order of keys, uploads in parts can be listed, ended
 * and filled by copying, and unknown ones are told as such.
 */
export function mendStore(store: Store): void {
  /** Receives a body beside the objects, checks it, and moves it to its place. */
  async function receive(
    content: NodeJS.ReadableStream,
    path: string,
  ): Promise<{ md5: string; size: number }> {
    const folder = join(store.rootDirectory, '..', 'arriving');
    const temporary = join(folder, crypto.randomUUID());
    await mkdir(folder, { recursive: true });
    const hash = createHash('md5');
    const signed = createHash('sha256');
    let size = 0;
    content.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      signed.update(chunk);
      size += chunk.byteLength;
    });
    try {
      await pipeline(content, createWriteStream(temporary));
      const md5 = hash.digest();
      checkBody(content, { md5: md5.toString('base64'), sha256: signed.digest('hex') }, size);
      await mkdir(dirname(path), { recursive: true });
      await rename(temporary, path);
      return { md5: md5.toString('hex'), size };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  store.putObject = async (object) => {
    const path = store.getResourcePath(object.bucket, object.key, 'object');
    const result = await receive(object.content, path);
    await store.putMetadata(object.bucket, object.key, object.metadata, result.md5);
    return result;
  };

  store.putPart = async (bucket, upload, part, content) => {
    const folder = uploadFolder(store, bucket, upload);
    await mustExist(folder);
    const result = await receive(content, join(folder, part));
    await writeFile(join(folder, `${part}.md5`), result.md5);
    return result;
  };

  store.putObjectMultipart = async (bucket, upload, parts) => {
    const folder = uploadFolder(store, bucket, upload);
    await mustExist(folder);
    const ordered = parts.toSorted((a, b) => a.number - b.number);
    for (const [index, part] of ordered.entries()) {
      const known = await readFile(join(folder, `${part.number}.md5`), 'utf8').catch(() => '');
      if (known !== part.etag)
        throw new S3Error('InvalidPart', 'One or more of the parts could not be found.');
      const { size } = await stat(join(folder, String(part.number)));
      if (index < ordered.length - 1 && size < MIN_PART) {
        throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
      }
    }
    const key = await readFile(join(folder, 'key'), 'utf8');
    const metadata = JSON.parse(await readFile(join(folder, 'metadata'), 'utf8'));
    const path = store.getResourcePath(bucket, key, 'object');
    const { Readable } = await import('node:stream');
    async function* bytes() {
      for (const part of ordered) yield* createReadStream(join(folder, String(part.number)));
    }
    const { size } = await receive(Readable.from(bytes()), path);
    const hash = createHash('md5');
    for (const part of ordered) hash.update(part.etag, 'hex');
    const md5 = `${hash.digest('hex')}-${ordered.length}`;
    await store.putMetadata(bucket, key, metadata, md5);
    await rm(folder, { recursive: true, force: true });
    return { md5, size };
  };

  // Folders stay: removing an empty one races with another object that is just being put into it.
  store.deleteObject = async (bucket, key) => {
    for (const resource of ['object', 'object.md5', 'metadata.json']) {
      await rm(store.getResourcePath(bucket, key, resource), { force: true });
    }
  };

  store.listObjects = async (bucket, { prefix = '', startAfter = '', maxKeys = 1000 }) => {
    const root = store.getBucketPath(bucket);
    const paths = await readdir(root, { recursive: true });
    const keys = paths
      .filter((path) => path.endsWith(OBJECT))
      .map((path) => path.slice(0, -OBJECT.length))
      .filter((key) => key.startsWith(prefix) && key > startAfter)
      .sort();
    const objects: S3Object[] = [];
    for (const key of keys.slice(0, maxKeys)) {
      const metadata = await store.getMetadata(bucket, key).catch(() => undefined);
      if (metadata !== undefined) objects.push(new S3Object(bucket, key, null, metadata));
    }
    return { objects, commonPrefixes: [], isTruncated: keys.length > maxKeys };
  };
}

/** Uploads in parts that are under way, oldest name first. */
export async function listUploads(store: Store, bucket: string): Promise<{ id: string; key: string }[]> {
  const folder = store.getResourcePath(bucket, undefined, 'uploads');
  const ids = await readdir(folder).catch(() => []);
  const found: { id: string; key: string }[] = [];
  for (const id of ids.sort()) {
    const key = await readFile(join(folder, id, 'key'), 'utf8').catch(() => undefined);
    if (key !== undefined) found.push({ id, key });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Ends an upload in parts. */
export async function abortUpload(store: Store, bucket: string, upload: string): Promise<void> {
  const folder = uploadFolder(store, bucket, upload);
  await mustExist(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Fills a part from a range of another object; the answer's MD5. */
export async function copyPart(
  store: Store,
  from: { bucket: string; key: string; start: number; end: number },
  to: { bucket: string; upload: string; part: string },
): Promise<string> {
  const { start, end } = from;
  const path = store.getResourcePath(from.bucket, from.key, 'object');
  const { md5 } = await store.putPart(to.bucket, to.upload, to.part, createReadStream(path, { start, end }));
  return md5;
}

function uploadFolder(store: Store, bucket: string, upload: string): string {
  return join(store.getResourcePath(bucket, undefined, 'uploads'), upload);
}

async function mustExist(folder: string): Promise<void> {
  const known = await stat(folder).catch(() => undefined);
  if (known === undefined) throw new S3Error('NoSuchUpload', 'The specified upload does not exist.');
}

/** A request's body against its own headers. */
function checkBody(
  content: NodeJS.ReadableStream,
  { md5, sha256 }: { readonly md5: string; readonly sha256: string },
  size: number,
): void {
  if (!('headers' in content) || typeof content.headers !== 'object' || content.headers === null) return;
  const headers = new Map(Object.entries(content.headers));
  const length = headers.get('content-length');
  if (typeof length === 'string' && Number(length) !== size) {
    throw new S3Error('IncompleteBody', 'You did not provide the number of bytes of Content-Length.');
  }
  const expected = headers.get('content-md5');
  if (typeof expected === 'string' && expected !== md5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const payload = headers.get('x-amz-content-sha256');
  if (typeof payload === 'string' && /^[0-9a-f]{64}$/.test(payload) && payload !== sha256) {
    const message = 'The provided x-amz-content-sha256 header does not match what was computed.';
    throw new S3Error('XAmzContentSHA256Mismatch', message);
  }
}
