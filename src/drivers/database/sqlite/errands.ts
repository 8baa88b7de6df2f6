import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import { syncFolder, syncToDisk } from '../../../lib/sync.ts';
import { translateFault } from './errors.ts';
import { type ReaderProcess, type ReaderStart, startReaderProcess } from './reader-process.ts';
import type { ReaderRequest } from './reader-protocol.ts';

/** Long work on the whole database, each in a reader process of its own. */
export interface Errands {
  /** See the port's `snapshot`. Throws `conflict`, reason `file_exists`, when something is at the path. */
  copy(to: string): Promise<void>;
  /** True when SQLite finds no fault in the file. */
  isSound(): Promise<boolean>;
  /** Ends what runs. */
  close(): Promise<void>;
}

/** Makes errands for a database; nothing is started. */
export function createErrands(start: ReaderStart, path: string): Errands {
  const running = new Set<ReaderProcess>();

  async function ask(request: ReaderRequest): Promise<number> {
    const process = startReaderProcess(start, path);
    running.add(process);
    try {
      const reply = await process.ask(request);
      if (!reply.ok) throw translateFault(reply.fault, reply.fault);
      return reply.result.rows.length;
    } finally {
      running.delete(process);
      process.kill();
    }
  }

  return {
    async copy(to) {
      if (existsSync(to)) throw new AppError('conflict', { reason: 'file_exists' });
      const partial = `${to}.partial`;
      try {
        await rm(partial, { force: true });
        await ask({ kind: 'copy', to: partial });
        await syncToDisk(partial, 'r+');
        await rename(partial, to);
        await syncFolder(dirname(to));
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },
    async isSound() {
      return (await ask({ kind: 'check' })) === 0;
    },
    async close() {
      const processes = [...running];
      for (const process of processes) process.kill();
      await Promise.all(processes.map((process) => process.ended));
    },
  };
}
