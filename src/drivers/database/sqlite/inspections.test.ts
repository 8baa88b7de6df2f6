import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { createInspections } from './inspections.ts';

const FOREVER = 'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r';
const start = { command: [process.execPath, join(import.meta.dir, 'reader-worker.ts')], environment: {} };

let database: TestDatabase;
beforeEach(async () => {
  database = await openTestDatabase();
});
afterEach(() => database.close());

const inspection = (text: string) => ({
  ...{ text, tables: {}, timeout: 15_000, signal: new AbortController().signal },
  limits: { rows: 10, characters: 1000 },
});

test.skipIf(!existsSync('/proc/self/statm'))(
  'a statement that takes too much memory is ended',
  async () => {
    // Less than any such process has, so that it is seen at the first look.
    const inspections = createInspections(start, join(database.dir, 'data.db'), 1024);
    const work = inspections.run(inspection(FOREVER));
    await expect(work).rejects.toMatchObject({ code: 'busy', reason: 'memory' });
  },
  20_000,
);

test('the end of the database ends what runs', async () => {
  const inspections = createInspections(start, join(database.dir, 'data.db'));
  const work = inspections.run(inspection(FOREVER)).catch((error: unknown) => error);
  await inspections.close();
  expect(await work).toMatchObject({ code: 'unavailable', reason: 'reader_ended' });
}, 20_000);
