/**
 * The bare floor: `bun test/bench/floor.ts ADDRESS DATABASE OBJECTS COMMIT`. A `Bun.serve` with the least code that does the
 * same statements and file operations on the same schema: no rules, tokens, validation, logs or error answers.
 *
 * COMMIT is `grouped` (all writes of one turn of the event loop share a commit, `synchronous=FULL`) or `single` (each commits
 * alone, `synchronous=NORMAL`).
 */
import { Database } from 'bun:sqlite';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createIds } from '../../src/lib/id.ts';

const [address = '', path = '', objects = '', commit = 'grouped'] = process.argv.slice(2);
const [hostname = '', port = ''] = address.split(':');

const db = new Database(path);
db.run('PRAGMA journal_mode = WAL');
db.run(`PRAGMA synchronous = ${commit === 'single' ? 'NORMAL' : 'FULL'}`);
const reader = new Database(path, { readonly: true });
reader.run('PRAGMA cache_size = -16000');

const columns = ['body', 'created', 'done', 'id', 'status', 'title', 'views'];
const selected = columns.map((name) => `r.${name}`).join(', ');
const joined = 'notes AS r JOIN projects AS p ON p.id = r.project WHERE p.owner = ? AND r.status = ?';
const insert = db.prepare(
  'INSERT INTO posts (id, title, body, status, views, done, created) VALUES (?, ?, ?, ?, ?, ?, ?)',
);
const byId = reader.prepare(`SELECT ${selected} FROM posts AS r WHERE r.id = ?`);
const list = reader.prepare(
  `SELECT ${selected} FROM posts AS r WHERE r.status = ? ORDER BY r.created DESC LIMIT ? OFFSET ?`,
);
const total = reader.prepare('SELECT count(*) AS n FROM posts AS r WHERE r.status = ?');
const listJoined = reader.prepare(
  `SELECT ${selected}, r.project FROM ${joined} ORDER BY r.created DESC LIMIT ? OFFSET ?`,
);
const totalJoined = reader.prepare(`SELECT count(*) AS n FROM ${joined}`);
const object = reader.prepare(
  `SELECT key, size, sha256, type FROM _objects
   WHERE state = 'live' AND collection = ? AND record = ? AND name = ?`,
);
const { id: files } = Object(reader.prepare("SELECT id FROM _collections WHERE name = 'files'").get());

type Row = Record<string, unknown>;
const ids = createIds({ now: Date.now });
const shape = (row: unknown, collection: string): Row => {
  const record: Row = Object(row);
  record.done = record.done === 1;
  record.collectionId = collection;
  record.collectionName = collection;
  return record;
};
const page = (items: unknown[], count: unknown, collection: string) =>
  Response.json({
    items: items.map((row) => shape(row, collection)),
    page: 1,
    perPage: 30,
    totalItems: Object(count).n,
    totalPages: Math.ceil(Object(count).n / 30),
  });

interface Waiting {
  readonly values: (string | number)[];
  readonly done: () => void;
}
let waiting: Waiting[] = [];

function commitAll(): void {
  const batch = waiting;
  waiting = [];
  db.run('BEGIN IMMEDIATE');
  for (const { values } of batch) insert.run(...values);
  db.run('COMMIT');
  for (const { done } of batch) done();
}

function store(values: (string | number)[]): Promise<void> | undefined {
  if (commit === 'single') {
    insert.run(...values);
    return undefined;
  }
  return new Promise((done) => {
    if (waiting.push({ values, done }) === 1) setImmediate(commitAll);
  });
}

Bun.serve({
  hostname,
  port: Number(port),
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  routes: {
    '/health': new Response('ok'),
    '/posts/:id': (request) => Response.json(shape(byId.get(request.params.id), 'posts')),
    '/posts': {
      GET: (request) => {
        const status = new URL(request.url).searchParams.get('status') ?? '';
        return page(list.all(status, 30, 0), total.get(status), 'posts');
      },
      POST: async (request) => {
        const { title, body, status, views, done } = Object(await request.json());
        const id = ids.recordId();
        const created = new Date().toISOString().replace('T', ' ');
        await store([id, title, body, status, views, done ? 1 : 0, created]);
        const named = { collectionId: 'posts', collectionName: 'posts' };
        return Response.json({ body, ...named, created, done, id, status, title, views });
      },
    },
    '/notes': (request) => {
      const query = new URL(request.url).searchParams;
      const owner = query.get('owner') ?? '';
      const status = query.get('status') ?? '';
      return page(listJoined.all(owner, status, 30, 0), totalJoined.get(owner, status), 'notes');
    },
    '/files/:record/:name': (request) => {
      const { key, sha256, type } = Object(object.get(files, request.params.record, request.params.name));
      const headers = { etag: `"${sha256}"`, 'content-type': type, 'content-disposition': 'attachment' };
      return new Response(Bun.file(join(objects, key.slice(0, 2), key)), { headers });
    },
    '/upload': async (request) => {
      const file = openSync(`${path}.upload`, 'w');
      const hash = new Bun.CryptoHasher('sha256');
      for await (const chunk of request.body ?? []) {
        hash.update(chunk);
        writeSync(file, chunk);
      }
      fsyncSync(file);
      closeSync(file);
      return Response.json({ sha256: hash.digest('hex') });
    },
  },
});
