import type { FileHandle } from 'node:fs/promises';
import type { StagedWriter } from '../../../core/ports/staging.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import { rethrow, stagingFault } from './faults.ts';

/** Bytes that may wait while others are being written. */
const WAITING_BYTES = 1024 * 1024;
/** Smaller chunks go out together. */
const SMALL_BYTES = 128 * 1024;

/**
 * Writes an open file from `start` on, while the next bytes come. Each write names its place, so that nothing depends on the
 * descriptor's own position.
 */
export function createWriter(handle: FileHandle, start: number): StagedWriter {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let written = start;
  let running: Promise<void> | undefined;
  let fault: unknown;
  let onRoom: (() => void) | undefined;

  async function drain(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const bytes = takeWaiting();
        onRoom?.();
        await writeAll(bytes);
        free(bytes);
        if (FAILPOINTS) failpoint('stage.written');
      }
    } catch (error) {
      fault = error;
    }
    // In the same turn as the last look at what waits, or a chunk that comes between would wait for ever.
    running = undefined;
    onRoom?.();
  }

  function takeWaiting(): Uint8Array {
    let size = 0;
    let count = 0;
    for (const { byteLength } of waiting) {
      if (count > 0 && size + byteLength > SMALL_BYTES) break;
      size += byteLength;
      count++;
    }
    const taken = waiting.splice(0, count);
    waitingBytes -= size;
    const [only] = taken;
    if (only !== undefined && taken.length === 1) return only;
    const together = Buffer.concat(taken, size);
    for (const chunk of taken) free(chunk);
    return together;
  }

  async function writeAll(bytes: Uint8Array): Promise<void> {
    let left = bytes;
    while (left.byteLength > 0) {
      const { bytesWritten } = await handle.write(left, 0, left.byteLength, written);
      if (bytesWritten <= 0) throw new Error('nothing was written');
      written += bytesWritten;
      left = left.subarray(bytesWritten);
    }
  }

  async function room(): Promise<void> {
    while (waitingBytes > WAITING_BYTES && fault === undefined) {
      await new Promise<void>((resolve) => {
        onRoom = resolve;
      });
    }
    onRoom = undefined;
    if (fault !== undefined) throw stagingFault(fault);
  }

  function settled(): Promise<void> {
    return (running ?? Promise.resolve()).then(() => {
      if (fault !== undefined) throw stagingFault(fault);
    });
  }

  return {
    write(chunk) {
      if (fault !== undefined) throw stagingFault(fault);
      if (chunk.byteLength === 0) return undefined;
      waiting.push(chunk);
      waitingBytes += chunk.byteLength;
      running ??= drain();
      return waitingBytes > WAITING_BYTES ? room() : undefined;
    },
    async sync() {
      await settled();
      const length = written;
      await handle.datasync().catch((error) => {
        fault = error;
        rethrow(error);
      });
      if (FAILPOINTS) reached('stage.synced');
      return length;
    },
    async close() {
      await running;
      await handle.close().catch(rethrow);
    },
  };
}

function reached(name: 'stage.synced'): void {
  try {
    failpoint(name);
  } catch (error) {
    throw stagingFault(error);
  }
}

/** Smaller ones are left to the garbage collector, which also has the runtime's pool of small buffers to see to. */
const FREED_BYTES = 16 * 1024;

/**
 * Gives memory back at once. Left to the garbage collector, chunks of a fast upload pile up to twice as much memory as the
 * rest of the process has, since it does not know how large they are.
 */
function free({ buffer, byteLength }: Uint8Array): void {
  const isWhole = byteLength === buffer.byteLength && byteLength >= FREED_BYTES;
  if (isWhole && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
