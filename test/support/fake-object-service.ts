import type { ByteRange } from '../../src/core/ports/storage.ts';
import {
  type ObjectService,
  type SendBody,
  type SentPart,
  ServiceError,
  type ServiceFault,
} from '../../src/drivers/storage/remote/object-service.ts';

/**
 * What goes wrong with one request. `before`: it has no effect; `after`: it has, and the answer is lost. `hang`: nothing
 * answers until the signal says so. `short` and `break` are about the body of a `get`: it ends early, or errors, after so many
 * bytes.
 */
export type Mishap =
  | { readonly kind: 'before' | 'after'; readonly fault: ServiceFault; readonly retryAfter?: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'short' | 'break'; readonly bytes: number };

/** A service in memory whose requests can be made to fail. */
export interface FakeService extends ObjectService {
  readonly objects: Map<string, Uint8Array<ArrayBuffer>>;
  readonly uploads: Map<
    string,
    { readonly key: string; readonly parts: Map<number, Uint8Array<ArrayBuffer>> }
  >;
  /** Names of the requests so far. */
  readonly requests: string[];
  /** Bodies that are being read now. */
  readonly openBodies: { count: number };
  /** Bytes that were taken from bodies. */
  readonly given: { bytes: number };
  /** What happens to the next requests, in order; undefined = nothing. */
  mishaps: (Mishap | undefined)[];
  /** What happens to any request when `mishaps` is empty. */
  always: Mishap | undefined;
}

/** Makes a {@link FakeService} with small parts. */
export function createFakeService(partSize = 1000, parallelParts = 3, chunk = 256): FakeService {
  const objects: FakeService['objects'] = new Map();
  const uploads: FakeService['uploads'] = new Map();
  const requests: string[] = [];
  const openBodies = { count: 0 };
  const given = { bytes: 0 };
  let nextUpload = 1;

  /** Runs one request, with what is to go wrong. */
  async function request<T>(name: string, signal: AbortSignal, effect: (mishap?: Mishap) => T): Promise<T> {
    requests.push(name);
    const mishap = fake.mishaps.length > 0 ? fake.mishaps.shift() : fake.always;
    await Promise.resolve();
    if (signal.aborted) throw signal.reason;
    if (mishap?.kind === 'hang') {
      await new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    }
    const error =
      mishap?.kind === 'before' || mishap?.kind === 'after'
        ? new ServiceError(mishap.fault, { retryAfter: mishap.retryAfter })
        : undefined;
    if (mishap?.kind === 'before') throw error;
    const result = effect(mishap);
    if (mishap?.kind === 'after') throw error;
    return result;
  }

  function body(bytes: Uint8Array<ArrayBuffer>, mishap: Mishap | undefined): ReadableStream<Uint8Array> {
    let offset = 0;
    let isOpen = true;
    const end = () => {
      if (isOpen) openBodies.count--;
      isOpen = false;
    };
    openBodies.count++;
    const stop = mishap?.kind === 'short' || mishap?.kind === 'break' ? mishap.bytes : bytes.byteLength;
    return new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const limit = Math.min(stop, bytes.byteLength);
          if (offset < limit) {
            const next = bytes.slice(offset, Math.min(offset + chunk, limit));
            offset += next.byteLength;
            given.bytes += next.byteLength;
            controller.enqueue(next);
            return;
          }
          end();
          if (mishap?.kind === 'break' && offset < bytes.byteLength) controller.error(new Error('reset'));
          else controller.close();
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
  }

  function found(key: string): Uint8Array<ArrayBuffer> {
    const bytes = objects.get(key);
    if (bytes === undefined) throw new ServiceError('missing', { status: 404 });
    return bytes;
  }

  const fake: FakeService = {
    ...{ type: 's3', place: 'fake://memory', checksum: 'md5', partSize, parallelParts },
    ...{ objects, uploads, requests, openBodies, given, mishaps: [], always: undefined },
    async putWhole(key, sent, { size, digest }, signal) {
      const bytes = await checked(sent, size, digest);
      await request('putWhole', signal, () => objects.set(key, bytes));
    },
    startMultipart: (key, signal) =>
      request('startMultipart', signal, () => {
        const id = `upload${nextUpload++}`;
        uploads.set(id, { key, parts: new Map() });
        return id;
      }),
    async putPart(_key, upload, sent, { size, digest, number, last, offset }, signal): Promise<SentPart> {
      const bytes = await checked(sent, size, digest);
      if (offset !== (number - 1) * partSize || (!last && size !== partSize)) throw new Error('a wrong part');
      return request('putPart', signal, () => {
        const known = uploads.get(upload);
        if (known === undefined) throw new ServiceError('missing', { status: 404 });
        known.parts.set(number, bytes);
        return { number, size, tag: digest };
      });
    },
    completeMultipart: (key, upload, parts, signal) =>
      request('completeMultipart', signal, () => {
        const known = uploads.get(upload);
        if (known === undefined) throw new ServiceError('missing', { status: 404 });
        const whole = parts.map(({ number }, index) => {
          const bytes = known.parts.get(number);
          if (bytes === undefined || number !== index + 1) throw new Error('a part is missing');
          return bytes;
        });
        objects.set(key, new Uint8Array(Buffer.concat(whole)));
        uploads.delete(upload);
      }),
    abortMultipart: (_key, upload, signal) =>
      request('abortMultipart', signal, () => {
        uploads.delete(upload);
      }),
    listMultiparts: (key, signal) =>
      request('listMultiparts', signal, () =>
        [...uploads].filter(([, upload]) => upload.key === key).map(([id]) => id),
      ),
    get: (key, range, etag, signal) =>
      request('get', signal, (mishap) => {
        // The answer is lost before its body begins.
        if (mishap?.kind === 'after') throw new ServiceError(mishap.fault);
        const bytes = found(key);
        if (etag !== undefined && etag !== tagOf(bytes)) throw new ServiceError('changed', { status: 412 });
        const part = cut(bytes, range);
        return { body: body(part, mishap), size: part.byteLength, etag: tagOf(bytes) };
      }),
    head: (key, signal) =>
      request('head', signal, () => {
        const bytes = objects.get(key);
        return bytes && { size: bytes.byteLength, modified: Date.now(), etag: tagOf(bytes) };
      }),
    remove: (key, signal) =>
      request('remove', signal, () => {
        objects.delete(key);
      }),
    copy: (from, to, signal) =>
      request('copy', signal, () => {
        objects.set(to, found(from));
      }),
    list: (prefix, after, signal) =>
      request('list', signal, () => {
        const keys = [...objects.keys()]
          .filter((key) => key.startsWith(prefix) && key > (after ?? ''))
          .sort();
        const page = keys.slice(0, 50).map((key) => ({ key, size: objects.get(key)?.byteLength ?? 0 }));
        return { objects: page, more: keys.length > page.length };
      }),
    check: (signal) => request('check', signal, () => undefined),
    presign: async (key, { seconds, disposition }) =>
      `https://bucket.example/${key}?seconds=${seconds}&disposition=${encodeURIComponent(disposition)}`,
    close() {},
  };
  return fake;
}

function cut(bytes: Uint8Array<ArrayBuffer>, range: ByteRange | undefined): Uint8Array<ArrayBuffer> {
  if (range === undefined) return bytes;
  if (range.start >= bytes.byteLength) throw new ServiceError('rejected', { status: 416 });
  return bytes.slice(range.start, range.end + 1);
}

function tagOf(bytes: Uint8Array): string {
  return new Bun.CryptoHasher('md5').update(bytes).digest('hex');
}

/** The bytes as they arrive, which must be what was said of them. */
async function checked(body: SendBody, size: number, digest: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = body instanceof Blob ? await body.bytes() : body.slice();
  const actual = new Bun.CryptoHasher('md5').update(bytes).digest('base64');
  if (bytes.byteLength !== size || actual !== digest) throw new Error('the facts do not fit the bytes');
  return bytes;
}
