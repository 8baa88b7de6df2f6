/**
 * The child processes that this program can be started as (`__worker NAME`): each loads its own module and nothing
 * else, and its promise settles when the worker's work is over.
 */
export const workers: ReadonlyMap<string, () => Promise<void>> = new Map([
  ['images', async () => (await import('../drivers/images/sharp/worker.ts')).runImageWorker()],
  ['reader', async () => (await import('../drivers/database/sqlite/reader-worker.ts')).runReaderWorker()],
  [
    'backup',
    async () => (await import('../drivers/backups/zip/worker.ts')).runBackupWorker(process.argv.slice(4)),
  ],
  ['unpack', async () => (await import('./unpack-worker.ts')).runUnpackWorker(process.argv[4] ?? '')],
]);
