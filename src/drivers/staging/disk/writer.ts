import type { FileHandle } from 'node:fs/promises';
import type { StagedWriter } from '../../../core/ports/staging.ts';
import { FAILPOINTS } from '../../../lib/build-flags.ts';
import { failpoint } from '../../../lib/failpoints.ts';
import { rethrow, stagingFault } from './faults.ts';

/** Bytes that may wait while others are being written. */
const WAITING_BYTES = 1024 * 1024;

/**
 * Writes an open file from `start` on. Chunks that come while the disk is busy are gathered and go out by one call; each write names its place, so that nothing depends on the descriptor's own position.
 */
export function createWriter(handle: FileHandle, start: number): StagedWriter {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let written = start;
  let running: Promise<void> | undefined;
  let fault: unknown;

  async function drain(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const chunks = waiting;
        waiting = [];
        waitingBytes = 0;
        await writeAll(chunks);
        if (FAILPOINTS) failpoint('stage.written');
      }
    } catch (error) {
      fault = error;
    }
    // In the same turn as the last look at what waits, or a chunk that comes between would wait for ever.
    running = undefined;
  }

  async function writeAll(chunks: readonly Uint8Array[]): Promise<void> {
    const [only] = chunks;
    let left = only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
    while (left.byteLength > 0) {
      const { bytesWritten } = await handle.write(left, 0, left.byteLength, written);
      if (bytesWritten <= 0) throw new Error('nothing was written');
      written += bytesWritten;
      left = left.subarray(bytesWritten);
    }
  }

  function settled(): Promise<void> {
    return (running ?? Promise.resolve()).then(() => {
      if (fault !== undefined) throw stagingFault(fault);
    });
  }

  return {
    write(chunk) {
      if (fault !== undefined) throw stagingFault(fault);
      waiting.push(chunk);
      waitingBytes += chunk.byteLength;
      running ??= drain();
      return waitingBytes >= WAITING_BYTES ? settled() : undefined;
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
