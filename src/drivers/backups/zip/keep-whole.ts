import { open } from 'node:fs/promises';
import { AppError } from '../../../core/errors.ts';

/** What every zip archive begins with. */
const MAGIC = [0x50, 0x4b, 0x03, 0x04];

/**
 * Writes a body to a new file as it arrives, durably. Throws what the body throws, what the disk says, and `invalid` reason
 * `backup_unusable` as soon as it is seen not to be a zip archive.
 */
export async function keepWhole(
  path: string,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of body) {
      signal?.throwIfAborted();
      const isZip = chunk.subarray(0, MAGIC.length - size).every((byte, at) => byte === MAGIC[size + at]);
      if (size < MAGIC.length && !isZip) throw noZip();
      for (let done = 0; done < chunk.byteLength; ) {
        done += (await file.write(chunk, done, chunk.byteLength - done)).bytesWritten;
      }
      size += chunk.byteLength;
    }
    if (size < MAGIC.length) throw noZip();
    await file.sync();
  } finally {
    await file.close();
  }
}

function noZip(): AppError {
  return new AppError('invalid', { reason: 'backup_unusable', params: { why: 'it is not a zip archive' } });
}
