/**
 * The SQLite driver against bare bun:sqlite doing the same. Run: `bun test/bench/driver.ts [rounds]`.
 * Prints medians; each line is driver, bare, and driver as a share of bare.
 */
import { Database as Bare } from 'bun:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sql } from 'drizzle-orm';
import { openSqlite } from '../../src/drivers/database/sqlite/index.ts';

const rounds = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'dossier-bench-'));
const worker = resolve(import.meta.dir, '../../src/drivers/database/sqlite/reader-worker.ts');

const schema = sql`CREATE TABLE posts (id TEXT PRIMARY KEY NOT NULL, title TEXT, body TEXT, status TEXT, n NUMERIC,
  created TEXT)`;
const index = sql`CREATE INDEX posts_status ON posts (status, created)`;
const db = openSqlite({
  path: join(folder, 'driver.db'),
  readerCommand: [process.execPath, worker],
  now: Date.now,
});
const bare = new Bare(join(folder, 'bare.db'), { create: true });
for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -16000']) {
  bare.run(`PRAGMA ${pragma}`);
}
await db.write(async (tx) => {
  await tx.execute(schema);
  await tx.execute(index);
});
bare.run(db.prepare(schema).text);
bare.run(db.prepare(index).text);

let next = 0;
const id = () => `r${String(next++).padStart(14, '0')}`;
const statusOf = (n: number) => (n % 50 === 0 ? 'draft' : 'live');
const valuesOf = (key: string, n: number) => [key, 'A title', 'A body of some length', statusOf(n), n, key];
const names = ['id', 'title', 'body', 'status', 'n', 'created'];
const insert = db.prepare(
  sql`INSERT INTO posts VALUES (${sql.join(
    names.map((name) => sql.placeholder(name)),
    sql`, `,
  )})`,
);
const bindingsOf = (key: string, n: number) => ({
  id: key,
  title: 'A title',
  body: 'A body of some length',
  status: statusOf(n),
  n,
  created: key,
});
const bareInsert = bare.prepare(insert.text);

const rows = 100_000;
await db.write(async (tx) => {
  for (let n = 0; n < rows; n++) await tx.run(insert, bindingsOf(id(), n));
});
next = 0;
bare.transaction(() => {
  for (let n = 0; n < rows; n++) bareInsert.run(...valuesOf(id(), n));
})();

const create = (key: string) => db.write((tx) => tx.run(insert, bindingsOf(key, next)));

/** 64 callers, each waiting for its own answer before it asks again. */
async function grouped(count: number): Promise<void> {
  let left = count;
  const caller = async () => {
    while (left-- > 0) await create(id());
  };
  await Promise.all(Array.from({ length: 64 }, caller));
}

/** The same group commit with the least code: 64 inserts per commit, and a turn of the loop between. */
async function bareGrouped(count: number): Promise<void> {
  for (let done = 0; done < count; done += 64) {
    await new Promise<void>((resume) => setImmediate(resume));
    bare.run('BEGIN IMMEDIATE');
    for (let i = 0; i < 64; i++) bareInsert.run(...valuesOf(id(), next));
    bare.run('COMMIT');
  }
}

const point = db.prepare(sql`SELECT * FROM posts WHERE id = ${sql.placeholder('id')}`);
const barePoint = bare.prepare(point.text);
const listSql = sql`SELECT * FROM posts WHERE status = ${sql.placeholder('status')} ORDER BY created DESC LIMIT 30`;
const list = db.prepare(listSql);
const bareList = bare.prepare(list.text);
const total = db.prepare(
  sql`SELECT count(*) AS total FROM posts WHERE status = ${sql.placeholder('status')}`,
);
const bareTotal = bare.prepare(total.text);
const keyOf = (n: number) => `r${String((n * 7919) % rows).padStart(14, '0')}`;

async function measure(count: number, run: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / count;
}

async function compare(
  name: string,
  count: number,
  driver: () => Promise<void>,
  floor: () => Promise<void>,
): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(count, driver));
    theirs.push(await measure(count, floor));
  }
  const [a, b] = [median(ours), median(theirs)];
  const show = (ms: number) => `${(ms * 1000).toFixed(2)} us (${Math.round(1000 / ms)}/s)`;
  console.log(`${name}: driver ${show(a)}, bare ${show(b)}, ${Math.round((b / a) * 100)} %`);
}

const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

async function repeat(count: number, step: (n: number) => unknown): Promise<void> {
  for (let n = 0; n < count; n++) await step(n);
}

await compare(
  'durable creates, 64 callers',
  16_000,
  () => grouped(16_000),
  () => bareGrouped(16_000),
);
await compare(
  'durable creates, one caller',
  500,
  () => repeat(500, () => create(id())),
  () => repeat(500, (n) => bareInsert.run(...valuesOf(id(), n))),
);
await compare(
  'point read',
  100_000,
  () => repeat(100_000, (n) => db.get(point, { id: keyOf(n) })),
  () => repeat(100_000, (n) => barePoint.get(keyOf(n))),
);
for (const status of ['draft', 'live']) {
  const bindings = { status };
  await compare(
    `list of 30 (${status})`,
    2_000,
    () => repeat(2_000, () => db.all(list, bindings)),
    () => repeat(2_000, () => bareList.all(status)),
  );
  await compare(
    `total (${status})`,
    200,
    () => repeat(200, () => db.get(total, bindings)),
    () => repeat(200, () => bareTotal.get(status)),
  );
}
console.log(`resident: ${Math.round(process.memoryUsage().rss / 1e6)} MB`);

await db.close();
bare.close();
rmSync(folder, { recursive: true });
