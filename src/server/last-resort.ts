import type { Log } from '../core/ports/log.ts';

/**
 * Takes what nobody else caught (SECURITY-REQUIREMENTS 2.6): it is logged and counted, and the server goes on. Nothing is
 * half done by it: records are written in transactions, and files are settled by their rows. One per process, for good.
 */
export function catchStrayErrors(log: Pick<Log, 'error'>): void {
  let count = 0;
  const report = (error: unknown) => log.error('uncaught', { count: ++count, error });
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}
