import { AppError } from '../../../core/errors.ts';
import type { PutOptions, PutResult } from '../../../core/ports/storage.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import { untilAborted } from '../../../lib/until-aborted.ts';
import { inStorage } from './faults.ts';
import { createSender, type SenderContext } from './send.ts';

/**
 * Writes a stream to a service, counting and hashing on the way, as `Storage.put` promises. What has come is kept, in memory
 * or on disk, until the service has it: every request can be repeated, a slow client holds no connection to the service, and
 * a slow service slows the client.
 */
export async function uploadStream(
  key: string,
  source: AsyncIterable<Uint8Array>,
  options: PutOptions,
  context: SenderContext,
): Promise<PutResult> {
  if (FAILPOINTS) inStorage(() => failpoint('write.before'));
  // Nobody sends bytes for nothing.
  context.attempts.check();
  const sender = createSender(key, options, context);
  const hash = new Bun.CryptoHasher('sha256');
  let size = 0;
  try {
    for await (const chunk of untilAborted(source, options.signal)) {
      size += chunk.byteLength;
      if (options.maxSize !== undefined && size > options.maxSize) {
        throw new AppError('too_large', { reason: 'max_size', params: { max: options.maxSize } });
      }
      options.onChunk?.(chunk);
      hash.update(chunk);
      await sender.add(chunk);
      if (FAILPOINTS) inStorage(() => failpoint('write.mid'));
    }
    await sender.finish();
  } catch (error) {
    await sender.abandon();
    throw error;
  }
  return { size, sha256: hash.digest('hex') };
}
