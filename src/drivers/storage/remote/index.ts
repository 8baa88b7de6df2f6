import { AppError } from '../../../core/errors.ts';
import type { ListedObject, PresignOptions, Storage } from '../../../core/ports/storage.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import { isObjectKey } from '../../../lib/object-key.ts';
import { createAttempts } from './attempts.ts';
import { download, type Wanted } from './download.ts';
import { inStorage, remoteFault, unavailable } from './faults.ts';
import { type ObjectService, ServiceError } from './object-service.ts';
import { defaultTuning, type RemoteSettings, type RemoteStorageOptions, systemTiming } from './options.ts';
import { createSpool } from './spool.ts';
import { uploadStream } from './upload.ts';

/** Bytes that `bytes` reads at most: far more than what is kept small, and little enough for any machine. */
const MOST_IN_MEMORY = 256 * 1024 * 1024;

/**
 * The storage port over a service: retries with pauses, a circuit breaker, uploads from a spool, downloads that resume, and
 * the words of the port for what fails (SECURITY-REQUIREMENTS 4.6, 9.11). Everything that the services share.
 */
export function createRemoteStorage(service: ObjectService, options: RemoteStorageOptions): Storage {
  const { name, prefix, settings } = options;
  const tuning = { ...defaultTuning, ...options.tuning };
  const timing = { ...systemTiming, ...options.timing };
  const attempts = createAttempts(tuning, timing);
  const spool = createSpool(options.spoolDir);
  const { run } = attempts;
  const slow = { timeout: tuning.slowTimeout };

  function locate(key: string): string {
    if (!isObjectKey(key)) throw new AppError('internal', { reason: 'bad_key' });
    return prefix + key;
  }

  async function open(key: string, wanted: Wanted) {
    return download(locate(key), wanted, { service, attempts, tuning, timing });
  }

  /** Ids of unfinished uploads; none where the service cannot say. */
  async function unfinished(key: string): Promise<readonly string[]> {
    try {
      return await run((signal) => service.listMultiparts(key, signal));
    } catch (error) {
      if (error instanceof ServiceError && (error.fault === 'rejected' || error.fault === 'missing'))
        return [];
      throw error;
    }
  }

  async function remove(key: string): Promise<void> {
    await run((signal) => service.remove(key, signal));
  }

  async function presign(path: string, wanted: PresignOptions): Promise<string> {
    const address = await service.presign?.(path, wanted).catch(rethrow);
    if (address === undefined) throw new AppError('not_configured', { reason: 'presign' });
    return address;
  }

  async function* list(keyPrefix: string, after: string | undefined): AsyncGenerator<ListedObject, void> {
    let last = after === undefined ? undefined : prefix + after;
    for (;;) {
      const page = await run((signal) => service.list(prefix + keyPrefix, last, signal), slow).catch(rethrow);
      for (const { key, size } of page.objects) {
        // Neither what a service names beyond what was asked, nor what marks the prefix as a folder.
        if (key.startsWith(prefix) && key !== prefix) yield { key: key.slice(prefix.length), size };
      }
      if (!page.more) return;
      const end = page.objects.at(-1)?.key;
      // It would never end, or has ended too early.
      if (end === undefined || (last !== undefined && end <= last)) throw unavailable('listing');
      last = end;
    }
  }

  return {
    name,
    type: service.type,
    async put(key, source, putOptions = {}) {
      return uploadStream(locate(key), source, putOptions, {
        ...{ service, attempts, spool, tuning },
        memory: Math.min(tuning.memory, service.partSize),
      });
    },
    async head(key) {
      const path = locate(key);
      const found = await run((signal) => service.head(path, signal)).catch(rethrow);
      return found && { size: found.size, modified: found.modified };
    },
    async read(key, range, size) {
      return (await open(key, { range, size })).body;
    },
    async bytes(key) {
      const { size, body } = await open(key, {});
      if (size > MOST_IN_MEMORY) {
        await body.cancel();
        throw unavailable('too_large');
      }
      const bytes = new Uint8Array(new ArrayBuffer(size));
      let offset = 0;
      for await (const chunk of body) {
        bytes.set(chunk, offset);
        offset += chunk.byteLength;
      }
      return bytes;
    },
    async remove(key) {
      const path = locate(key);
      await remove(path).catch(rethrow);
      if (FAILPOINTS) inStorage(() => failpoint('erase.removed'));
      if (FAILPOINTS) inStorage(() => failpoint('erase.dirsynced'));
    },
    async discard(key, upload) {
      const path = locate(key);
      try {
        const ids = new Set(await unfinished(path));
        if (upload !== '') ids.add(upload);
        // First the uploads: one that is completed meanwhile makes an object, which then goes.
        for (const id of ids) await run((signal) => service.abortMultipart(path, id, signal));
        await remove(path);
      } catch (error) {
        throw remoteFault(error);
      }
    },
    async copy(from, to) {
      const [source, target] = [locate(from), locate(to)];
      await run((signal) => service.copy(source, target, signal), { timeout: tuning.copyTimeout }).catch(
        rethrow,
      );
    },
    list: (keyPrefix, after) => list(keyPrefix, after),
    sweep: () => spool.sweep(),
    async check() {
      try {
        await run((ended) => service.check(ended), { signal: AbortSignal.timeout(tuning.timeout) });
      } catch (error) {
        throw checkFault(error, settings);
      }
    },
    presign: service.presign && (async (key, wanted) => presign(locate(key), wanted)),
    async close() {
      service.close();
    },
  };
}

function rethrow(error: unknown): never {
  throw remoteFault(error);
}

/** What the operator has to look at (`Storage.check`). */
function checkFault(error: unknown, settings: RemoteSettings): AppError {
  const fault = error instanceof ServiceError ? error.fault : undefined;
  const refused = (reason: string, setting: string) =>
    new AppError('not_configured', { reason, params: { setting }, cause: error });
  switch (fault) {
    case 'missing':
    case 'no_bucket':
      return refused('bucket_missing', settings.bucket);
    case 'denied':
      return refused('credentials_refused', settings.credentials);
    case 'rejected':
    case 'changed':
      return refused('bad_setting', settings.other);
    default: {
      const { params } = remoteFault(error);
      const setting = settings.endpoint;
      return new AppError('unavailable', { reason: 'storage', params: { ...params, setting }, cause: error });
    }
  }
}
