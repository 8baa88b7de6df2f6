import { join, resolve } from 'node:path';
import { databaseContract } from '../../../../test/contracts/database.ts';
import { openSqlite } from './index.ts';

databaseContract('sqlite', (folder, limits) =>
  openSqlite({
    path: join(folder, 'data.db'),
    readerCommand: [process.execPath, resolve(import.meta.dir, 'reader-worker.ts')],
    synchronous: 'normal',
    now: Date.now,
    ...limits,
  }),
);
