import { readFileSync } from 'node:fs';
import { AppError } from '../../../core/errors.ts';
import type { Inspection, InspectionResult } from '../../../core/ports/database.ts';
import type { InspectReply } from './inspect.ts';
import { readInspection, refused } from './inspect-text.ts';
import { type ReaderProcess, type ReaderStart, startReaderProcess } from './reader-process.ts';

/** Statements that people write, each in a reader process of its own, which ends with it. */
export interface Inspections {
  /** See the port's `inspect`. Beyond two at a time: `busy` reason `queue_full`. */
  run(inspection: Inspection): Promise<InspectionResult>;
  /** Ends what runs. */
  close(): Promise<void>;
}

const MOST = 2;
/** SQLite's own limits on memory are switched off in this runtime, so the process is watched from outside. */
const MOST_MEMORY = 768 * 1024 * 1024;
const WATCH_EVERY = 50;

/** Makes inspections of a database, each with so many bytes of memory; nothing is started. */
export function createInspections(start: ReaderStart, path: string, memory = MOST_MEMORY): Inspections {
  const running = new Set<ReaderProcess>();

  async function run({ signal, timeout, text, tables, limits }: Inspection): Promise<InspectionResult> {
    const statement = readInspection(text);
    signal.throwIfAborted();
    if (running.size >= MOST) throw new AppError('busy', { reason: 'queue_full' });
    const process = startReaderProcess(start, path);
    running.add(process);
    const stopped = Promise.withResolvers<never>();
    const stop = () => stopped.reject(signal.reason);
    signal.addEventListener('abort', stop);
    const timer = setTimeout(() => stopped.reject(busy('timeout')), timeout);
    const watch = setInterval(() => {
      if (memoryOf(process.pid) > memory) stopped.reject(busy('memory'));
    }, WATCH_EVERY);
    try {
      const reply = await Promise.race([
        stopped.promise,
        process.ask({ kind: 'inspect', text: statement, tables, limits }),
      ]);
      return resultOf(reply.ok ? reply.inspection : { kind: 'failed', message: reply.fault.message });
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
      clearInterval(watch);
      running.delete(process);
      process.kill();
    }
  }

  return {
    run,
    async close() {
      const processes = [...running];
      for (const process of processes) process.kill();
      await Promise.all(processes.map((process) => process.ended));
    },
  };
}

function resultOf(reply: InspectReply | undefined): InspectionResult {
  if (reply === undefined) throw new AppError('internal', { reason: 'no_inspection' });
  if (reply.kind === 'done') return reply.result;
  if (reply.kind === 'refused') throw refused(reply.message);
  throw new AppError('invalid', { reason: 'sql_failed', params: { message: reply.message } });
}

function busy(reason: string): AppError {
  return new AppError('busy', { reason });
}

/** Bytes that a process holds; 0 where the system does not tell it this way. */
function memoryOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096;
  } catch {
    return 0;
  }
}
