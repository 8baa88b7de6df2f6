/** For the test of orphans: starts a read without an end and waits to be killed. Arguments: the database file. */
import { resolve } from 'node:path';
import { startReaderProcess } from './reader-process.ts';

const path = process.argv[2];
if (!path) throw new Error('usage: orphan-reader FILE');
const reader = startReaderProcess(
  { command: [process.execPath, resolve(import.meta.dir, 'reader-worker.ts')], environment: {} },
  path,
);
await reader.ask({ kind: 'all', text: 'SELECT 1', values: [] });
console.log(reader.pid);
await reader.ask({
  kind: 'all',
  text: 'WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c',
  values: [],
});
