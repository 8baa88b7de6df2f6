import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { createIds } from '../../src/lib/id.ts';
import { formatDate } from '../../src/lib/time.ts';
import { call, textOf } from './api.ts';
import { makePhoto } from './photo.ts';
import type { Processes } from './processes.ts';

/** A stored file. */
export interface FileRef {
  readonly record: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** A data folder to start servers on, and what there is in it. */
export interface DataSet {
  /** No server runs on it: each works on a copy. */
  readonly dir: string;
  /** Of an ordinary account, and its id. */
  readonly token: string;
  readonly account: string;
  readonly superuser: string;
  /** With whom the superuser signs in. */
  readonly admin: { readonly email: string; readonly password: string };
  /** Of 1,000 of the posts, spread over all. */
  readonly posts: readonly string[];
  readonly small: FileRef;
  readonly medium: FileRef;
  readonly large: FileRef;
  /** The first is for warming up. */
  readonly photos: readonly FileRef[];
}

/** Rows of `posts` and of `notes`. */
export const ROWS = 100_000;
/** One row in so many has the status that lists ask for. */
export const ONE_IN = 50;
export const PHOTOS = 13;
/** Sizes of thumbs that are declared, so that each round can ask for one that nobody made yet. */
export const THUMBS = Array.from({ length: 20 }, (_, at) => `${300 + 2 * at}x${300 + 2 * at}`);

/** What clients send to create a post. */
export const POST = {
  title: 'A title of some length',
  body: 'The body of a row, as long as a short note that somebody wrote down in a hurry.',
  status: 'live',
  views: 7,
  done: true,
};

const ADMIN = ['admin@example.com', 'correct-horse-battery'] as const;
const MEMBER = { email: 'member@example.com', password: 'correct-horse-battery' };
const text = (name: string) => ({ name, type: 'text', max: 0 });
const created = { name: 'created', type: 'autodate', onCreate: true };
/** What a client sends of a post: five fields. */
const POST_FIELDS = [
  text('title'),
  text('body'),
  { name: 'status', type: 'select', values: ['draft', 'live'], maxSelect: 1 },
  { name: 'views', type: 'number' },
  { name: 'done', type: 'bool' },
];

/** Makes the folder with the product itself; only the many rows are put into its database directly. */
export async function makeDataSet(
  dir: string,
  binary: readonly string[],
  processes: Processes,
): Promise<DataSet> {
  await processes.run([...binary, 'superuser', 'upsert', ...ADMIN, '--dir', dir]);
  const server = await processes.serve({
    command: [...binary, 'serve', '--http', 'ADDRESS', '--dir', dir],
    ready: '/api/health',
  });
  const people = await makePeople(server.base);
  const projects = await makeCollections(server.base, people.superuser, people.account);
  const files = await makeFiles(server.base, people.superuser);
  await server.stop();
  const [email, password] = ADMIN;
  return {
    dir,
    ...people,
    ...files,
    admin: { email, password },
    posts: importRows(join(dir, 'data.db'), projects),
  };
}

async function makePeople(base: string) {
  const [identity, password] = ADMIN;
  const login = (collection: string, json: unknown) =>
    call(base, 'POST', `/api/collections/${collection}/auth-with-password`, { json });
  const superuser = textOf(await login('_superusers', { identity, password }), 'token');
  const made = await call(base, 'POST', '/api/collections/users/records', {
    token: superuser,
    json: { ...MEMBER, passwordConfirm: MEMBER.password },
  });
  const session = await login('users', { identity: MEMBER.email, password: MEMBER.password });
  return { superuser, account: textOf(made, 'id'), token: textOf(session, 'token') };
}

/** Answers the ids of the projects; every second belongs to the account. */
async function makeCollections(base: string, token: string, account: string): Promise<readonly string[]> {
  const make = async (name: string, fields: readonly unknown[], more: object = {}) => {
    const rules = { listRule: '', viewRule: '', createRule: '@request.auth.id != ""' };
    const json = { name, type: 'base', fields, ...rules, ...more };
    return textOf(await call(base, 'POST', '/api/collections', { token, json }), 'id');
  };
  const listIndex = (name: string) => [`CREATE INDEX idx_${name}_status ON ${name} (status, created)`];
  const project = await make('projects', [text('name'), text('owner')]);
  await make('posts', [...POST_FIELDS, created], { indexes: listIndex('posts') });
  const relation = { name: 'project', type: 'relation', collectionId: project, maxSelect: 1 };
  await make('notes', [...POST_FIELDS, created, relation], {
    indexes: listIndex('notes'),
    listRule: 'project.owner = @request.auth.id',
  });
  const thumbs = { mimeTypes: [], thumbs: THUMBS };
  await make('files', [{ name: 'doc', type: 'file', maxSelect: 1, maxSize: 20_000_000, ...thumbs }]);
  await make('uploads', [{ name: 'doc', type: 'file', maxSelect: 1, maxSize: 4_000_000_000 }]);

  const ids: string[] = [];
  for (let n = 0; n < 10; n++) {
    const json = { name: `Project ${n}`, owner: n % 2 === 0 ? account : 'somebody-else' };
    ids.push(textOf(await call(base, 'POST', '/api/collections/projects/records', { token, json }), 'id'));
  }
  return ids;
}

async function makeFiles(base: string, token: string) {
  const random = (size: number) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    return bytes;
  };
  const small = await storeFile(base, token, random(1_000), 'small.bin');
  const medium = await storeFile(base, token, random(100_000), 'medium.bin');
  const large = await storeFile(base, token, random(10_000_000), 'large.bin');
  const photo = await makePhoto();
  const photos: FileRef[] = [];
  for (let n = 0; n < PHOTOS; n++) photos.push(await storeFile(base, token, photo, 'photo.jpg'));
  return { small, medium, large, photos };
}

/** Stores bytes as a record of `files`. */
export async function storeFile(
  base: string,
  token: string,
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<FileRef> {
  const form = new FormData();
  form.append('doc', new File([bytes], name));
  const made = await call(base, 'POST', '/api/collections/files/records', { token, form });
  return { record: textOf(made, 'id'), name: textOf(made, 'doc'), size: bytes.byteLength };
}

function importRows(path: string, projects: readonly string[]): readonly string[] {
  const db = new Database(path);
  let now = Date.UTC(2026, 0, 1);
  const ids = createIds({ now: () => now });
  const columns = 'id, title, body, status, views, done, created';
  const post = db.prepare(`INSERT INTO posts (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const note = db.prepare(`INSERT INTO notes (${columns}, project) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const spread: string[] = [];
  db.transaction(() => {
    for (let n = 0; n < ROWS; n++) {
      now += 60_000;
      const id = ids.recordId();
      const status = n % ONE_IN === 0 ? 'draft' : 'live';
      const body = `The body of row ${n}, as long as a short note that somebody wrote down in a hurry.`;
      const values = [id, `Title ${n}`, body, status, n % 1000, n % 2, formatDate(now)] as const;
      post.run(...values);
      note.run(...values, projects[Math.floor(n / ONE_IN) % projects.length] ?? '');
      if (n % (ROWS / 1000) === 0) spread.push(id);
    }
  })();
  db.run('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  // Neighbours in the list are not neighbours in the table.
  return spread.map((_, at) => spread[(at * 389) % spread.length] ?? '');
}
