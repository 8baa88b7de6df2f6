import { AppError } from '../../../core/errors.ts';
import type { PutOptions } from '../../../core/ports/storage.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import type { Attempts, StepOptions } from './attempts.ts';
import { type Batch, createCollector } from './collect.ts';
import { inStorage, remoteFault, unavailable } from './faults.ts';
import { type ObjectService, type SentPart, ServiceError } from './object-service.ts';
import type { RemoteTuning } from './options.ts';
import type { Spool } from './spool.ts';

/** What {@link createSender} works with. */
export interface SenderContext {
  readonly service: ObjectService;
  readonly attempts: Attempts;
  readonly spool: Spool;
  /** Bytes of an object that stays in memory. */
  readonly memory: number;
  readonly tuning: Pick<RemoteTuning, 'timeout' | 'slowTimeout'>;
}

/** Sends the bytes of one object while they come. */
export interface Sender {
  /** Takes a copy. Waits while the service is behind. Rejects as soon as anything has failed. */
  add(chunk: Uint8Array): Promise<void>;
  /** Makes the object appear. */
  finish(): Promise<void>;
  /** Ends what is under way and leaves nothing, as far as the service lets it. Never rejects. */
  abandon(): Promise<void>;
}

/** Parts that any service takes for one object (the S3 API has the least). */
const MAX_PARTS = 10_000;
/** Tidying up after a failure keeps the caller waiting, and can be done later. */
const TIDY = { attempts: 2 };

/** Makes the {@link Sender} of a complete key. Errors are AppErrors, the signal's reason, or what `journal` rejects with. */
export function createSender(key: string, options: PutOptions, context: SenderContext): Sender {
  const { service, attempts, spool, memory, tuning } = context;
  const { partSize } = service;
  const stop = new AbortController();
  const { signal } = stop;
  const onAbort = () => stop.abort(options.signal?.reason);
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });

  let collector = createCollector(spool, memory, service.checksum);
  /** The id of the upload in parts, once it is begun. */
  let upload: string | undefined;
  let starts = 0;
  let numbers = 0;
  let total = 0;
  const sent: SentPart[] = [];
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  /** Whether the object may be there. */
  let mayExist = false;

  function fail(error: unknown): void {
    failure ??= { error: signal.aborted ? signal.reason : sendFault(error) };
    stop.abort(failure.error);
  }

  function check(): void {
    if (failure) throw failure.error;
    if (signal.aborted) throw signal.reason;
  }

  async function begin(): Promise<string> {
    const id = await attempts
      .run(
        (ended) => {
          starts++;
          return service.startMultipart(key, ended);
        },
        { signal },
      )
      .catch(mapped);
    upload = id;
    if (FAILPOINTS) inStorage(() => failpoint('upload.created'));
    if (id !== '' && options.journal) await unlessAborted(options.journal(id), signal);
    return id;
  }

  async function sendPart(
    id: string,
    batch: Batch,
    number: number,
    offset: number,
    last: boolean,
  ): Promise<void> {
    try {
      const { body, size, digest } = batch;
      const facts = { size, digest, number, offset, last };
      const part = await attempts.run((ended) => service.putPart(key, id, body, facts, ended), {
        signal,
        bytes: size,
      });
      if (FAILPOINTS) inStorage(() => failpoint('upload.part'));
      sent.push(part);
    } catch (error) {
      fail(error);
    } finally {
      await batch.release();
    }
  }

  async function flush(last: boolean): Promise<void> {
    const id = upload ?? (await begin());
    numbers++;
    if (numbers > MAX_PARTS) throw new AppError('too_large', { reason: 'too_many_parts' });
    const number = numbers;
    const offset = (number - 1) * partSize;
    const batch = await collector.finish();
    collector = createCollector(spool, memory, service.checksum);
    while (running.size >= service.parallelParts) await Promise.race(running);
    if (failure || signal.aborted) await batch.release();
    check();
    const work = sendPart(id, batch, number, offset, last).finally(() => running.delete(work));
    running.add(work);
  }

  /** Whether the object is there after all, where the answer to the request that makes it was lost. */
  async function isThere(): Promise<{ value: undefined } | undefined> {
    const head = await attempts.once((ended) => service.head(key, ended), { signal }).catch(() => undefined);
    return head?.size === total ? { value: undefined } : undefined;
  }

  async function sendWhole(): Promise<void> {
    const batch = await collector.finish();
    try {
      if (FAILPOINTS) inStorage(() => failpoint('write.synced'));
      mayExist = true;
      const { body, size, digest } = batch;
      await attempts.run((ended) => service.putWhole(key, body, { size, digest }, ended), {
        ...{ signal, bytes: size },
        tookEffect: isThere,
      });
    } finally {
      await batch.release();
    }
  }

  async function complete(id: string): Promise<void> {
    while (running.size > 0) await Promise.race(running);
    check();
    if (FAILPOINTS) inStorage(() => failpoint('write.synced'));
    if (FAILPOINTS) inStorage(() => failpoint('upload.completing'));
    mayExist = true;
    sent.sort((a, b) => a.number - b.number);
    await attempts.run((ended) => service.completeMultipart(key, id, sent, ended), {
      ...{ signal, timeout: tuning.slowTimeout },
      tookEffect: isThere,
    });
    if (FAILPOINTS) inStorage(() => failpoint('upload.completed'));
    // A start whose answer was lost has begun an upload that nobody knows.
    if (starts > 1) await abortStrays(id, tidying());
  }

  /** How tidying up is tried: for a while in all. */
  function tidying(): StepOptions<void> {
    return { ...TIDY, signal: AbortSignal.timeout(tuning.timeout / 2) };
  }

  async function abortStrays(known: string, { signal: ended }: StepOptions<void>): Promise<void> {
    try {
      const asked = { ...TIDY, signal: ended };
      const ids = await attempts.run((stop) => service.listMultiparts(key, stop), asked);
      for (const id of ids) if (id !== known) await abort(id, asked);
    } catch {
      // What is left costs nothing, and goes with the object.
    }
  }

  function abort(id: string, asked: StepOptions<void>): Promise<void> {
    return attempts.run((ended) => service.abortMultipart(key, id, ended), asked);
  }

  function mapped(error: unknown): never {
    if (signal.aborted) throw signal.reason;
    throw sendFault(error);
  }

  return {
    async add(chunk) {
      let offset = 0;
      while (offset < chunk.byteLength) {
        check();
        // Only now is it sure that this part is not the last.
        if (collector.size === partSize) await flush(false);
        const next = chunk.subarray(offset, offset + partSize - collector.size);
        await collector.add(next);
        offset += next.byteLength;
        total += next.byteLength;
      }
    },
    async finish() {
      check();
      if (numbers === 0) await sendWhole().catch(mapped);
      else {
        await flush(true);
        await complete(upload ?? '').catch(mapped);
      }
      if (FAILPOINTS) inStorage(() => failpoint('write.renamed'));
      if (FAILPOINTS) inStorage(() => failpoint('write.dirsynced'));
      options.signal?.removeEventListener('abort', onAbort);
    },
    async abandon() {
      options.signal?.removeEventListener('abort', onAbort);
      stop.abort(new AppError('unavailable', { reason: 'storage' }));
      await Promise.allSettled(running);
      await collector.release();
      const asked = tidying();
      if (upload !== undefined && upload !== '') await abort(upload, asked).catch(() => {});
      if (starts > (upload === undefined ? 0 : 1)) await abortStrays(upload ?? '', asked);
      if (mayExist) await attempts.run((ended) => service.remove(key, ended), asked).catch(() => {});
    },
  };
}

/** The promise's result, or the signal's reason as soon as it is aborted. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  return promise;
}

/** What failed in the words of `put`, to which nothing is missing but an upload that the service has dropped. */
function sendFault(error: unknown): AppError {
  const isDropped = error instanceof ServiceError && error.fault === 'missing';
  return isDropped ? unavailable('upload_lost', { cause: error }) : remoteFault(error);
}
