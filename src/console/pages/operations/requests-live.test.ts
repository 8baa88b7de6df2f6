import { afterEach, beforeEach, expect, test } from 'bun:test';
import { consoleFiles } from '../../../../test/support/console.ts';
import { openTestCore, type TestCore } from '../../../../test/support/core.ts';
import { openTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { guest } from '../../../../test/support/records.ts';
import { systemActor } from '../../../core/actor.ts';
import type { AccountRef } from '../../../core/index.ts';
import type { LogEntry } from '../../../core/ports/request-log.ts';
import { openRequestLog } from '../../../drivers/request-log/sqlite/index.ts';
import { consolePages } from '../../index.ts';

const STREAM = '/_/operations/requests/stream';
const ESC = '\u001b[31m';

let world: TestCore;
let database: TestDatabase;
let ada: AccountRef;
let cookie: string;
let token: string;
/** Ends each open stream, as a server that stops does. */
let ends: (() => void)[];
let places: number;
let ask: (path: string, as?: string) => Promise<Response>;

beforeEach(async () => {
  database = await openTestDatabase();
  const store = await openRequestLog(database.db);
  world = await openTestCore({ requestLog: { store, limits: () => ({ keep: 1e12, maxSize: 1e9 }) } });
  const { core } = world;
  const superusers = core.collections.get('_superusers');
  const password = 'correct horse battery';
  const input = { email: 'ada@example.com', password, passwordConfirm: password };
  const made = await core.records.create(systemActor, superusers, input);
  const record = await core.records.findStored(superusers, String(made.values.id));
  ada = { collection: superusers, record: record ?? {} };
  token = (await core.auth.sessions.open(guest, ada)).refreshToken;
  cookie = `dossier=${token}`;
  ends = [];
  places = 2;
  const app = consolePages({
    ...{ core, files: consoleFiles, publicUrl: undefined },
    ...{ clientAddress: () => '192.0.2.1', requestId: () => 'id', watchEvery: 5 },
    openStream(_request, end) {
      if (ends.length >= places) return undefined;
      ends.push(end);
      return () => {
        ends = ends.filter((one) => one !== end);
      };
    },
  });
  ask = async (path, as = cookie) =>
    app.handle(new Request(`http://localhost${path}`, { headers: as === '' ? {} : { cookie: as } }));
});
afterEach(async () => {
  for (const end of [...ends]) end();
  await world.close();
  await database.close();
});

async function note(path: string, more: Partial<LogEntry & { kind: 'request' }> = {}): Promise<void> {
  const { logs, clock } = world.core;
  logs.request(200, () => ({
    ...{ kind: 'request', time: clock.now(), request: 'r', method: 'GET', path, status: 200, ms: 2 },
    ...{ bytes: 12, address: '192.0.2.7', account: 'users/mia', dialect: 'pocketbase', agent: 'curl/8' },
    ...more,
  }));
  await logs.flush();
}

/** Reads a stream until a part of it says so. */
async function readUntil(answer: Response, isEnough: (text: string) => boolean): Promise<string> {
  const reader = answer.body?.getReader();
  const utf8 = new TextDecoder();
  let text = '';
  while (reader && !isEnough(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += utf8.decode(value, { stream: true });
  }
  reader?.releaseLock();
  return text;
}

const ofPath = (path: string) => (text: string) => text.includes(path);

test('a stream tells of what comes, and begins with what came since', async () => {
  await note('/before');
  const page = await (await ask('/_/operations/requests/live')).text();
  expect(page).toContain('GET /before');
  await note('/between');
  const last = /last="(\d+)"/.exec(page)?.[1];
  const answer = await ask(`${STREAM}?after=${last}`);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const begin = await readUntil(answer, ofPath('/between'));
  expect(begin).not.toContain('/before');
  const next = readUntil(answer, ofPath('/after'));
  await note('/after');
  expect(await next).toContain('"count":1');
});

test('only what its filter finds is told', async () => {
  const answer = await ask(`${STREAM}?account=users%2Fmia&path=%2Fapi`);
  await note('/api/one', { account: 'users/tom' });
  await note('/other');
  await note('/api/two');
  const text = await readUntil(answer, ofPath('/api/two'));
  expect(text).not.toContain('/api/one');
  expect(text).not.toContain('/other');
});

test('what clients send as path and name is text, in one event', async () => {
  const answer = await ask(STREAM);
  const path = '/<img src=x onerror=alert(1)>\r\n\r\nevent: ended\ndata: x';
  await note(path, { account: `"><script>${ESC}` });
  const text = await readUntil(answer, (all) => all.includes('192.0.2.7'));
  expect(text).toContain('&lt;img');
  expect(text).not.toContain('<img');
  expect(text).not.toContain('<script');
  expect(text).not.toMatch(/^event: ?ended/m);
  expect(text).not.toContain('\u001b');
  expect(text.match(/^event:/gm)).toHaveLength(1);
});

test.each(['', 'dossier=nonsense'])('without a session (%p) there is no stream', async (as) => {
  const answer = await ask(STREAM, as);
  expect([answer.status, answer.headers.get('location')?.slice(0, 14)]).toEqual([303, '/_/login?next=']);
  expect(ends).toEqual([]);
});

test.each(['signed out', 'signed out everywhere', 'deleted'])('who is %s hears no more', async (how) => {
  const { core } = world;
  const answer = await ask(STREAM);
  await readUntil(answer, ofPath(':'));
  if (how === 'signed out') await core.auth.sessions.close(token);
  else if (how === 'signed out everywhere') await core.auth.sessions.signOut(ada);
  else {
    const other = { email: 'bob@example.com', password: 'another long one' };
    const input = { ...other, passwordConfirm: other.password };
    await core.records.create(systemActor, ada.collection, input);
    await core.records.delete(systemActor, ada.collection, String(ada.record.id));
  }
  expect(await readUntil(answer, () => false)).toBe('event:ended\ndata:\n\n');
  expect(ends).toEqual([]);
});

test('streams end with the server, and give their places back', async () => {
  const first = await ask(STREAM);
  const second = await ask(STREAM);
  expect((await ask(STREAM)).status).toBe(503);
  for (const end of [...ends]) end();
  for (const answer of [first, second]) await readUntil(answer, () => false);
  expect(ends).toEqual([]);
  await (await ask(STREAM)).body?.cancel();
  expect(ends).toEqual([]);
});

test('a flood is told in few events of a hundred rows, with its number', async () => {
  const answer = await ask(STREAM);
  const { logs, clock } = world.core;
  for (let index = 0; index < 200; index++) {
    logs.request(200, () => ({
      ...{ kind: 'request', time: clock.now(), request: 'r', method: 'GET', path: `/${index}.`, status: 200 },
      ...{ ms: 2, bytes: 12, address: '', account: '', dialect: '', agent: '' },
    }));
  }
  await logs.flush();
  const text = await readUntil(answer, ofPath('/199.'));
  expect(text).toContain('"count":200');
  expect(text.match(/<tr>/g)).toHaveLength(100);
  expect(text).not.toContain('/99.');
});

test('the log is saved as CSV that no spreadsheet computes and no terminal obeys, and as JSON', async () => {
  await note('/x', { agent: '=HYPERLINK("http://evil.example")', account: '@SUM(1)' });
  await note(`/a,"b"\n${ESC}`, { agent: '\u202eevil' });
  await note('/other', { address: '203.0.113.9' });
  const csv = await ask('/_/operations/requests/export?address=192.0.2.7');
  expect(csv.headers.get('content-disposition')).toBe('attachment; filename=requests.csv');
  const text = await csv.text();
  expect(text.split('\r\n')).toHaveLength(4);
  expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
  expect(text).toContain(",'@SUM(1),");
  expect(text).toContain('"/a,""b""\ufffd\ufffd[31m"');
  expect(text).not.toMatch(/[\u001b\u202e]/);
  const json: unknown = await (await ask('/_/operations/requests/export?format=json')).json();
  expect(json).toMatchObject([
    { path: '/other' },
    { path: `/a,"b"\n${ESC}` },
    { path: '/x', milliseconds: 2 },
  ]);
  const none = await ask('/_/operations/requests/export?format=json&text=nothing');
  expect(await none.json()).toEqual([]);
  expect((await ask('/_/operations/requests/export', '')).status).toBe(303);
});

test('an entry leads to those of the same path, account and address', async () => {
  await note('/api/one?token=x');
  const { text } = { text: await (await ask('/_/operations/requests')).text() };
  const path = /href="(\/_\/operations\/requests\/\d+)"/.exec(text)?.[1] ?? '';
  const entry = await (await ask(path)).text();
  const link = /href="([^"]+path=%2Fapi%2Fone)"/.exec(entry)?.[1]?.replaceAll('&amp;', '&') ?? '';
  expect(entry).toContain('account=users%2Fmia');
  expect(entry).toContain('address=192.0.2.7');
  const like = await (await ask(link)).text();
  expect(like).toContain('<code>/api/one</code>');
  expect(like).toContain('name="path" value="/api/one"');
});
