/**
 * For the crash test: writes rows from eight callers until it is killed, and prints the number of each row whose write
 * was acknowledged. Arguments: the database file.
 */
import { writeSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { openSqlite } from './index.ts';

const path = process.argv[2];
if (!path) throw new Error('usage: crash-writer FILE');
const db = openSqlite({ path, readerCommand: [], now: Date.now });
await db.write((tx) => tx.execute(sql`CREATE TABLE IF NOT EXISTS ledger (n INTEGER PRIMARY KEY)`));
const insert = db.prepare(sql`INSERT INTO ledger (n) VALUES (${sql.placeholder('n')})`);
let next = 0;
async function caller(): Promise<never> {
  for (;;) {
    const n = next++;
    await db.write((tx) => tx.run(insert, { n }));
    writeSync(1, `${n}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, caller));
