import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createGuardrails, generate } from 'otplib';
import {
  type ChangeEvent,
  type Client,
  FetchError,
  type FilterOrComposite,
  filePath,
  filesPath,
  initClient,
  type Tokens,
  urlSafeBase64Decode,
  urlSafeBase64Encode,
} from 'trailbase';
import { settledAudit } from '../support/audit.ts';
import { type Cinema, openCinema, PASSWORD } from '../support/cinema.ts';

// The stock client, as apps use it, against the compiled binary: every row of its own suite that needs no WASM and no OIDC.
let cinema: Cinema;

beforeAll(async () => {
  cinema = await openCinema();
}, 180_000);

afterAll(() => cinema?.close());

const member = () => cinema.client('0');

/** A row of `simple_strict_table`. */
interface Strict {
  readonly id?: string;
  readonly text_null?: string;
  readonly text_default?: string;
  readonly text_not_null?: string;
  readonly int_null?: number | bigint;
  readonly int_default?: number | bigint;
  readonly int_not_null?: number | bigint;
}

/** The error that a call of the client ends with. */
async function failure(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof FetchError) return { status: error.status, message: error.message };
    throw error;
  }
  throw new Error('the call did not fail');
}

/** Text that means something to every part of a URL and of a filter. */
const hostile = (name: string) => `${name} =?&/\\^ ${crypto.randomUUID()}`;

describe('sessions', () => {
  test('a client signs in, refreshes twice and signs out', async () => {
    const client = await cinema.client();
    expect(client.user()).toBeUndefined();
    await client.login('0@cinema.test', PASSWORD);
    expect(client.user()).toMatchObject({ email: '0@cinema.test' });
    const headers = new Headers(client.headers());
    expect(headers.get('authorization')).toMatch(/^Bearer ey/);
    expect(headers.has('content-type')).toBe(false);
    await client.refreshAuthToken({ force: true });
    await client.refreshAuthToken({ force: true });
    expect(client.user()).toMatchObject({ email: '0@cinema.test' });
    const before = client.tokens();
    await client.logout();
    expect(client.tokens()).toBeUndefined();
    await client.refreshAuthToken();
    expect(client.tokens()).toBeUndefined();
    const ended = initClient(cinema.server.base, { tokens: before });
    expect(await failure(ended.records('simple_strict_table').list())).toMatchObject({ status: 403 });
  });

  test('a member signs in by name, too', async () => {
    const response = await fetch(`${cinema.server.base}/api/auth/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email_or_username: 'admin', password: PASSWORD }),
    });
    expect(response.status).toBe(200);
  });

  test('a wrong password and an unknown member are the same', async () => {
    const client = await cinema.client();
    expect(await failure(client.login('0@cinema.test', 'wrong'))).toMatchObject({ status: 401 });
    expect(await failure(client.login('nobody@cinema.test', 'wrong'))).toMatchObject({ status: 401 });
  });

  test('tokens that are handed on are looked at', async () => {
    const tokens = (await member()).tokens();
    const client = initClient(cinema.server.base, { tokens });
    expect(client.user()).toMatchObject({ email: '0@cinema.test' });
    await client.checkCookies();
    expect(client.tokens()?.auth_token).toMatch(/^ey/);
  });

  test('a second factor is asked for', async () => {
    const alice = await cinema.client('alice');
    const { url } = await alice.registerTOTP({ png: false });
    const secret = new URL(url).searchParams.get('secret') ?? '';
    const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });
    await alice.confirmTOTP(url, await generate({ secret, guardrails }));
    const client = await cinema.client();
    const token = await client.login('alice@cinema.test', PASSWORD);
    expect(token?.token).toBeTruthy();
    expect(client.tokens()).toBeUndefined();
    // A step is used once: the next one is within the clock's tolerance.
    const totpCode = await generate({ secret, guardrails, epoch: Math.floor(Date.now() / 1000) + 30 });
    await client.loginSecond({ mfaToken: token ?? { token: '' }, totpCode });
    expect(client.user()).toMatchObject({ email: 'alice@cinema.test' });
  });

  test('anonymous members come and stay', async () => {
    const login = await fetch(`${cinema.server.base}/api/auth/v1/login_anonymous`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(login.status).toBe(200);
    const tokens: Tokens = JSON.parse(await login.text());
    const client = initClient(cinema.server.base, { tokens });
    expect(client.user()?.id).toBeTruthy();
    const promoted = await client.fetch('/api/auth/v1/promote_anonymous', {
      method: 'POST',
      body: JSON.stringify({ new_password: PASSWORD, new_username: 'walkin' }),
    });
    expect(promoted.status).toBe(200);
  });
});

describe('records', () => {
  test('are made, read, listed, changed and removed', async () => {
    const client = await member();
    const api = client.records<Strict>('simple_strict_table');
    const mark = crypto.randomUUID();
    const texts = [1, 2, 3].map((at) => `${at} =?&/\\^ ${mark}`);
    const ids: string[] = [];
    for (const text_not_null of texts) ids.push(String(await api.create({ text_not_null })));

    const [id = ''] = ids;
    const record = await api.read(id);
    expect(record).toMatchObject({ id, text_not_null: texts[0], int_default: 5, int_not_null: 7 });
    expect(record).toMatchObject({ text_null: null, blob_default: 'qrvM', real_default: 5.1 });

    const one = await api.list({
      filters: [
        { column: 'text_not_null', value: texts[0] ?? '' },
        { column: 'int_default', value: '5' },
      ],
    });
    expect(one.records).toEqual([record]);
    expect(one.total_count).toBeUndefined();
    expect(one.cursor).toBeTruthy();

    const like: FilterOrComposite[] = [{ column: 'text_not_null', op: 'like', value: `% =?&/\\^ ${mark}` }];
    const rising = await api.list({ filters: like, order: ['+text_not_null'], count: true });
    expect(rising.total_count).toBe(3);
    expect(rising.records.map((each) => each.text_not_null)).toEqual(texts);
    const falling = await api.list({ filters: like, order: ['-text_not_null'] });
    expect(falling.records.map((each) => each.text_not_null)).toEqual(texts.toReversed());

    const complete = await client.records<Strict>('simple_complete_view').read(id);
    expect(complete).toEqual(record);
    const subset = await client.records('simple_subset_view').read(id);
    expect(subset).toEqual({ id, t_null: null, t_default: '', t_not_null: texts[0] });

    await api.update(id, { text_not_null: 'changed' });
    expect((await api.read(id)).text_not_null).toBe('changed');
    await api.delete(id);
    expect(await failure(api.read(id))).toEqual({ status: 404, message: 'Not Found' });
    await client.logout();
    expect(await failure(api.read(id))).toEqual({ status: 403, message: 'Forbidden' });
  });

  test('come in bulk, and as operations', async () => {
    const client = await member();
    const api = client.records<Strict>('simple_strict_table');
    const made = await api.createBulk([{ text_not_null: 'bulk 1' }, { text_not_null: 'bulk 2' }]);
    expect(made).toHaveLength(2);
    const create = api.createOp({ text_not_null: 'later' });
    expect(JSON.parse(JSON.stringify(create))).toEqual({
      Create: { api_name: 'simple_strict_table', value: { text_not_null: 'later' } },
    });
    const both = await client.execute([create, api.createOp({ text_not_null: 'later, too' })], false);
    expect(both).toHaveLength(2);
  });

  test('keep integers of 64 bits', async () => {
    const api = (await member()).records<Strict>('simple_strict_table');
    const most = 2n ** 63n - 1n;
    const id = await api.create({ int_not_null: most, int_null: -(2n ** 63n) });
    expect(await api.read(id)).toMatchObject({ int_not_null: most, int_null: -(2n ** 63n) });
    const found = await api.list({ filters: [{ column: 'int_not_null', value: String(most) }] });
    expect(found.records.map((each) => each.id)).toEqual([String(id)]);
  });

  test('are brought with those that they refer to', async () => {
    const client = await member();
    const admin = await cinema.client('admin');
    const author = Number(await client.records('profile').create({ id: 1, name: 'Nell' }));
    await admin.records('profile').create({ id: 2, name: 'Ada' });
    const post = Number(
      await client.records('post').create({ id: 1, author, title: 'First', body: 'Popcorn' }),
    );
    for (const [id, body] of [
      [1, 'first comment'],
      [2, 'second comment'],
    ]) {
      await client.records('comment').create({ id, post, author: 2, body });
    }
    const comments = client.records('comment');
    expect(await comments.read(1)).toEqual({
      id: 1,
      post: { id: 1 },
      author: { id: 2 },
      body: 'first comment',
    });
    expect(await comments.read(1, { expand: ['post'] })).toEqual({
      id: 1,
      post: { id: 1, data: { id: 1, author: 1, title: 'First', body: 'Popcorn' } },
      author: { id: 2 },
      body: 'first comment',
    });
    const page = await comments.list({
      expand: ['author', 'post'],
      order: ['-id'],
      pagination: { limit: 1 },
    });
    expect(page.records).toHaveLength(1);
    expect(page.records[0]).toMatchObject({
      id: 2,
      author: { id: 2, data: { name: 'Ada' } },
      post: { id: 1, data: { title: 'First' } },
    });
    const two = await comments.list({ expand: ['author', 'post'], order: ['-id'], pagination: { limit: 2 } });
    const offset = await comments.list({
      ...{ expand: ['author', 'post'], order: ['-id'] },
      pagination: { limit: 1, offset: 1 },
    });
    expect(two.records).toHaveLength(2);
    expect(offset.records[0]).toEqual(two.records[1] ?? {});
    expect(await failure(comments.read(1, { expand: ['nothing'] }))).toMatchObject({ status: 400 });
  });

  test('are paged by cursor until an empty page', async () => {
    const admin = await cinema.client('admin');
    const movies = Array.from({ length: 25 }, (_, at) => ({
      ...{ rank: at + 1, name: `Film ${at + 1}`, year: 1990 + at, watch_time: 90, rating: 5.5 },
      ...{ votes: '12', description: 'a film' },
    }));
    await admin.records('movies').createBulk(movies);
    const guest = await cinema.client();
    const seen: unknown[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page = await guest.records('movies').list({ pagination: { limit: 10, cursor } });
      if (page.records.length === 0) break;
      seen.push(...page.records.map(({ rank }) => rank));
      cursor = page.cursor;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => 25 - at));
    const years = await guest.records('movies').list({
      ...{ count: true, order: ['year'] },
      filters: [
        {
          or: [
            {
              and: [
                { column: 'year', op: 'greaterThan', value: '1995' },
                { column: 'year', op: 'lessThanEqual', value: '1997' },
              ],
            },
            { column: 'name', op: 'regexp', value: '^Film 2[45]$' },
          ],
        },
      ],
    });
    expect(years.total_count).toBe(4);
    expect(years.records.map(({ year }) => year)).toEqual([1996, 1997, 2013, 2014]);
  });

  test('fail in the words that the client knows', async () => {
    const client = await member();
    expect(await failure(client.fetch('/nonexistent/api/path'))).toEqual({
      status: 404,
      message: 'Not Found',
    });
    expect(await failure(client.records('non-existent').list())).toEqual({
      status: 405,
      message: 'Method Not Allowed',
    });
    const api = client.records('simple_strict_table');
    expect(await failure(api.read('InvalidId0123'))).toEqual({ status: 400, message: 'Invalid id' });
    const random = urlSafeBase64Encode(crypto.getRandomValues(new Uint8Array(16)));
    expect(await failure(api.read(random))).toEqual({ status: 404, message: 'Not Found' });
  });

  test('change together in a transaction', async () => {
    const client = await member();
    const api = client.records<Strict>('simple_strict_table');
    const [id = ''] = await client.execute([api.createOp({ text_not_null: 'made together' })]);
    expect((await api.read(id)).text_not_null).toBe('made together');
    await client.execute([api.updateOp(id, { text_not_null: 'changed together' })]);
    expect((await api.read(id)).text_not_null).toBe('changed together');
    await client.execute([api.deleteOp(id)]);
    expect(await failure(api.read(id))).toMatchObject({ status: 404 });
  });

  test('are checked by their JSON Schema and by rules over members', async () => {
    const admin = await cinema.client('admin');
    const api = admin.records('simple_schema_table');
    const col0 = { name: 'Alice', obj: { x: 1 } };
    const id = await api.create({ col0 });
    expect(await api.read(id)).toMatchObject({ col0, owner: null });
    expect(await failure(api.create({ col0: { name: 7 } }))).toEqual({
      status: 400,
      message: 'Invalid Parameters',
    });
    const other = await member();
    expect(await failure(other.records('simple_schema_table').create({ col0 }))).toMatchObject({
      status: 403,
    });
  });
});

/** Everything that a stream brings, as it comes. */
async function* heard(stream: ReadableStream<ChangeEvent>): AsyncGenerator<ChangeEvent, void, unknown> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

async function take(
  events: AsyncGenerator<ChangeEvent, void, unknown>,
  count: number,
): Promise<ChangeEvent[]> {
  const taken: ChangeEvent[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

describe('subscriptions', () => {
  test('tell of one record', async () => {
    const api = (await member()).records<Strict>('simple_strict_table');
    const id = await api.create({ text_not_null: hostile('one') });
    const events = heard(await api.subscribe(id));
    await api.update(id, { text_not_null: 'after' });
    await api.delete(id);
    const [update, remove] = await take(events, 2);
    expect(update).toMatchObject({ Update: { id, text_not_null: 'after' }, seq: 1 });
    expect(remove).toMatchObject({ Delete: { id, text_not_null: 'after' }, seq: 2 });
    await events.return();
  });

  test('tell of a table', async () => {
    const api = (await member()).records<Strict>('simple_strict_table');
    const events = heard(await api.subscribeAll());
    const id = await api.create({ text_not_null: 'new' });
    await api.update(id, { text_not_null: 'newer' });
    await api.delete(id);
    expect(await take(events, 3)).toMatchObject([
      { Insert: { id, text_not_null: 'new', int_default: 5 } },
      { Update: { id, text_not_null: 'newer' } },
      { Delete: { id } },
    ]);
    await events.return();
  });

  test('tell of what a filter lets through', async () => {
    const api = (await member()).records<Strict>('simple_strict_table');
    const wanted = hostile('wanted');
    const events = heard(
      await api.subscribeAll({ filters: [{ column: 'text_not_null', op: 'equal', value: wanted }] }),
    );
    const id = await api.create({ text_not_null: 'not wanted yet' });
    await api.update(id, { text_not_null: wanted });
    await api.delete(id);
    expect(await take(events, 2)).toMatchObject([
      { Update: { id, text_not_null: wanted } },
      { Delete: { id } },
    ]);
    await events.return();
  });

  test('go over a WebSocket, too', async () => {
    const client = await member();
    const api = client.records<Strict>('simple_strict_table');
    if (!('subscribeWs' in api) || typeof api.subscribeWs !== 'function') throw new Error('no subscribeWs');
    const events = heard(await api.subscribeWs('*'));
    const id = await api.create({ text_not_null: 'over the socket' });
    await api.update(id, { text_not_null: 'still' });
    await api.delete(id);
    expect(await take(events, 3)).toMatchObject([
      { Insert: { id, text_not_null: 'over the socket' } },
      { Update: { id, text_not_null: 'still' } },
      { Delete: { id } },
    ]);
    // The client cannot give a socket's stream back: it ends with the server.
  });
});

describe('files', () => {
  const bytes = (seed: number) => Uint8Array.from({ length: 300 }, (_, at) => (at * 7 + seed) % 256);
  const plain = (data: Uint8Array) => Buffer.from(data).toString('base64');

  async function download(client: Client, path: string): Promise<Uint8Array> {
    const response = await fetch(new URL(path, client.base));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
    return new Uint8Array(await response.arrayBuffer());
  }

  test.each(['file_upload_table', 'file_upload_table_other'])(
    'in base64 go into %s and come out',
    async (name) => {
      const client = await cinema.client();
      const api = client.records(name);
      const id = await api.create({
        single_file: {
          name: 'ignored',
          filename: 'test.text',
          content_type: 'text/plain',
          data: urlSafeBase64Encode(bytes(1)),
        },
        multiple_files: [
          { filename: 'test2.text', content_type: 'text/plain', data: plain(bytes(2)) },
          { filename: 'test3.text', content_type: 'text/plain', data: urlSafeBase64Encode(bytes(3)) },
        ],
      });
      interface Files {
        readonly single_file: { readonly filename: string; readonly original_filename: string };
        readonly multiple_files: readonly { readonly filename: string }[];
      }
      const record: unknown = await api.read(id);
      expect(record).toMatchObject({
        single_file: { original_filename: 'test.text', content_type: 'text/plain' },
        multiple_files: [
          { original_filename: 'test2.text', content_type: 'text/plain' },
          { original_filename: 'test3.text', content_type: 'text/plain' },
        ],
      });
      expect(JSON.stringify(record)).not.toContain('"id":"0');
      const { single_file: single, multiple_files: multiple } = Object(record) as Files;
      expect(await download(client, filePath(name, String(id), 'single_file'))).toEqual(bytes(1));
      expect(await download(client, filesPath(name, String(id), 'single_file', single.filename))).toEqual(
        bytes(1),
      );
      for (const [at, { filename }] of multiple.entries()) {
        expect(await download(client, filesPath(name, String(id), 'multiple_files', filename))).toEqual(
          bytes(at + 2),
        );
      }
      const missing = await fetch(
        new URL(filesPath(name, String(id), 'multiple_files', 'no.txt'), client.base),
      );
      expect(missing.status).toBe(404);
      await api.delete(id);
      const gone = await fetch(new URL(filePath(name, String(id), 'single_file'), client.base));
      expect(gone.status).toBe(404);
    },
  );

  test('in a form go in without signing in', async () => {
    const client = await cinema.client();
    const form = new FormData();
    form.append('name', 'by form');
    form.append('single_file', new File([bytes(9)], 'form.bin', { type: 'application/octet-stream' }));
    form.append('multiple_files', new File([bytes(10)], 'a.bin'));
    form.append('multiple_files', new File([bytes(11)], 'b.bin'));
    const response = await fetch(new URL('/api/records/v1/file_upload_table', client.base), {
      method: 'POST',
      body: form,
    });
    expect(response.status).toBe(200);
    const { ids }: { ids: [string] } = JSON.parse(await response.text());
    expect(await download(client, filePath('file_upload_table', ids[0], 'single_file'))).toEqual(bytes(9));
    expect(await download(client, filesPath('file_upload_table', ids[0], 'multiple_files', 'b.bin'))).toEqual(
      bytes(11),
    );
  });

  test('sent fifty times at once under one id, make one record and stay once', async () => {
    const client = await cinema.client();
    const single_file = { filename: 'once.txt', data: plain(bytes(12)) };
    const send = () =>
      fetch(new URL('/api/records/v1/file_upload_table', client.base), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: 5000, name: 'once\u0000\u001b[31m', single_file }),
      });
    const answers = await Promise.all(Array.from({ length: 50 }, send));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 400)]);
    const path = filePath('file_upload_table', '5000', 'single_file');
    expect(await download(client, path)).toEqual(bytes(12));
    expect(await client.records('file_upload_table').read(5000)).toMatchObject({
      name: 'once\u0000\u001b[31m',
    });
  });

  test('leave nothing behind', async () => {
    expect(await settledAudit(cinema.dir)).toEqual([]);
  });
});

describe('places', () => {
  const cinemas = [
    { description: 'Colosseum', geom: { type: 'Point', coordinates: [12.4924, 41.8902] } },
    {
      description: 'A line',
      geom: {
        type: 'LineString',
        coordinates: [
          [10, 20],
          [20, 30],
        ],
      },
    },
    { description: 'Brandenburg Gate', geom: { type: 'Point', coordinates: [13.3777, 52.5163] } },
    { description: 'Nowhere', geom: null },
  ];

  test('are listed as GeoJSON and found by area', async () => {
    const client = await cinema.client();
    const api = client.records('geometry');
    await api.createBulk(cinemas);
    const all = await api.listGeoOp('geom').query();
    expect(all.type).toBe('FeatureCollection');
    expect(all.features).toHaveLength(4);
    const area = 'POLYGON ((12 40, 12 42, 14 42, 14 40, 12 40))';
    const filters: FilterOrComposite[] = [{ column: 'geom', op: '@within', value: area }];
    const some = await api.listGeoOp('geom', { filters }).query();
    expect(some.features).toHaveLength(1);
    expect(some.features[0]).toMatchObject({
      properties: { description: 'Colosseum' },
      geometry: cinemas[0]?.geom,
    });
  });
});

test('ids are bytes in base64, as the client expects them', async () => {
  const api = (await member()).records('simple_strict_table');
  const id = String(await api.create({ text_not_null: 'id' }));
  expect(id).toMatch(/^[A-Za-z0-9_-]{22}==$/);
  expect(urlSafeBase64Decode(id)).toHaveLength(16);
});
