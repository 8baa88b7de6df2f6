import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type InProcessServer, startInProcess } from '../support/in-process.ts';
import { textAt } from '../support/json.ts';
import { adminToken, makeSuperuser, removeFolder, temporaryFolder } from '../support/server.ts';
import { FILMS, fileOf, stagedIn } from '../support/tus.ts';

// The protocol as bytes on the wire, for honest and for hostile clients.
const folder = temporaryFolder();
let server: InProcessServer;
let admin: string;

beforeAll(async () => {
  const dir = join(folder, 'data');
  await makeSuperuser(dir);
  server = await startInProcess(dir);
  admin = await adminToken(server.base);
  await make(FILMS);
  await make({ ...FILMS, name: 'closed', createRule: null, updateRule: null });
  await make({ ...FILMS, name: 'members', createRule: '@request.auth.id != ""', fields: FILMS.fields });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  removeFolder(folder);
});

async function make(definition: object): Promise<void> {
  const made = await fetch(`${server.base}/api/collections`, {
    method: 'POST',
    headers: { authorization: admin, 'content-type': 'application/json' },
    body: JSON.stringify(definition),
  });
  expect(made.status).toBe(200);
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | ReadableStream<Uint8Array>;
}

function ask({ method = 'POST', path = '/tus/', headers = {}, body }: Ask): Promise<Response> {
  return fetch(path.startsWith('http') ? path : `${server.base}${path}`, {
    method,
    headers: { 'tus-resumable': '1.0.0', ...headers },
    body,
  });
}

function metadata(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

const FILM = metadata({ collection: 'films', field: 'video', filename: 'a.txt' });
const PATCH = { 'content-type': 'application/offset+octet-stream' };

async function begin(length: number, headers: Record<string, string> = {}): Promise<string> {
  const made = await ask({
    headers: { 'upload-length': String(length), 'upload-metadata': FILM, ...headers },
  });
  expect(made.status).toBe(201);
  return made.headers.get('location') ?? '';
}

const patch = (
  path: string,
  offset: number,
  body: string | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
) => ask({ method: 'PATCH', path, body, headers: { ...PATCH, 'upload-offset': String(offset), ...headers } });

async function offsetOf(path: string, headers: Record<string, string> = {}): Promise<number> {
  const head = await ask({ method: 'HEAD', path, headers });
  expect(head.status).toBe(200);
  return Number(head.headers.get('upload-offset'));
}

test('what the server can is told to who asks, without a version', async () => {
  const response = await fetch(`${server.base}/tus/`, { method: 'OPTIONS' });
  expect(response.status).toBe(204);
  expect(response.headers.get('tus-version')).toBe('1.0.0');
  expect(response.headers.get('tus-extension')).toBe(
    'creation,creation-with-upload,creation-defer-length,termination,checksum,expiration,concatenation',
  );
  expect(response.headers.get('tus-checksum-algorithm')).toBe('sha256,sha1,md5');
});

test('a browser may call from elsewhere, and read what it needs', async () => {
  const preflight = await fetch(`${server.base}/tus/`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'tus-resumable,upload-offset,upload-metadata,authorization',
    },
  });
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('upload-metadata');
  const answers = [
    await ask({ headers: { 'upload-length': '1', 'upload-metadata': FILM } }),
    await ask({ method: 'HEAD', path: '/tus/nothing' }),
    await ask({ headers: { 'upload-concat': 'final;/tus/nothing' } }),
  ];
  for (const { headers } of answers) {
    const exposed = headers.get('access-control-expose-headers')?.toLowerCase() ?? '';
    expect(headers.get('access-control-allow-origin')).toBe('*');
    for (const name of ['location', 'upload-expires', 'dossier-record']) expect(exposed).toContain(name);
  }
});

describe('headers that make no sense', () => {
  const length = { 'upload-length': '5', 'upload-metadata': FILM };
  const rows: [string, number, Ask][] = [
    ['another version', 412, { headers: { ...length, 'tus-resumable': '0.2.2' } }],
    ['no length', 400, { headers: { 'upload-metadata': FILM } }],
    ['two lengths', 400, { headers: { ...length, 'upload-defer-length': '1' } }],
    ['a negative length', 400, { headers: { ...length, 'upload-length': '-5' } }],
    ['a length that is no number', 400, { headers: { ...length, 'upload-length': '5e2' } }],
    ['a length beyond all numbers', 400, { headers: { ...length, 'upload-length': '9'.repeat(30) } }],
    ['metadata that are no Base64', 400, { headers: { ...length, 'upload-metadata': 'collection ???' } }],
    [
      'metadata without a target',
      400,
      { headers: { ...length, 'upload-metadata': metadata({ filename: 'a' }) } },
    ],
    [
      'data that are no object',
      400,
      {
        headers: {
          ...length,
          'upload-metadata': metadata({ collection: 'films', field: 'video', data: '[1]' }),
        },
      },
    ],
    [
      'a field that takes no files',
      400,
      { headers: { ...length, 'upload-metadata': metadata({ collection: 'films', field: 'title' }) } },
    ],
    [
      'a collection that is not there',
      404,
      { headers: { ...length, 'upload-metadata': metadata({ collection: 'x', field: 'video' }) } },
    ],
    [
      'a record that is not there',
      404,
      {
        headers: {
          ...length,
          'upload-metadata': metadata({ collection: 'films', field: 'video', record: '../x' }),
        },
      },
    ],
    [
      'a collection for superusers',
      403,
      { headers: { ...length, 'upload-metadata': metadata({ collection: 'closed', field: 'video' }) } },
    ],
    [
      'a collection for members',
      400,
      { headers: { ...length, 'upload-metadata': metadata({ collection: 'members', field: 'video' }) } },
    ],
    // Those who may not write there do not learn which fields there are.
    [
      'a field that is not there, in a collection for superusers',
      403,
      { headers: { ...length, 'upload-metadata': metadata({ collection: 'closed', field: 'nothing' }) } },
    ],
    ['more than the field takes', 413, { headers: { ...length, 'upload-length': '4000000001' } }],
    ['a concatenation of nothing', 400, { headers: { 'upload-concat': 'final;', 'upload-metadata': FILM } }],
    [
      'a concatenation of addresses elsewhere',
      400,
      { headers: { 'upload-concat': 'final;http://evil.example/x', 'upload-metadata': FILM } },
    ],
    [
      'a concatenation of what is not there',
      404,
      { headers: { 'upload-concat': 'final;/tus/abc /tus/def', 'upload-metadata': FILM } },
    ],
    ['an unknown kind of concatenation', 400, { headers: { ...length, 'upload-concat': 'other' } }],
    ['an unknown upload', 404, { method: 'HEAD', path: '/tus/0123456789abcdefghijklmnop' }],
    ['a path for an id', 404, { method: 'DELETE', path: '/tus/..%2f..%2fdata.db' }],
    [
      'a path that is not there',
      404,
      { method: 'PATCH', path: '/tus/a/b', headers: { ...PATCH, 'upload-offset': '0' } },
    ],
  ];
  test.each(rows)('%s', async (_what, status, request) => {
    const before = stagedIn(server.dir);
    const response = await ask(request);
    expect(response.status).toBe(status);
    expect(response.headers.get('tus-resumable')).toBe('1.0.0');
    expect(await response.text()).not.toMatch(/\/tmp|sqlite|at \w+ \(/i);
    expect(stagedIn(server.dir)).toEqual(before);
  });

  test('chunks of another type, without an offset, with checksums that cannot be', async () => {
    const path = await begin(5);
    const other = { 'upload-offset': '0', 'content-type': 'text/plain' };
    expect((await ask({ method: 'PATCH', path, body: 'x', headers: other })).status).toBe(415);
    expect((await ask({ method: 'PATCH', path, body: 'x', headers: PATCH })).status).toBe(400);
    for (const checksum of ['sha256', 'crc32 AAAA', 'md5 ???', 'sha1 AAAA', 'constructor AAAA'])
      expect((await patch(path, 0, 'hello', { 'upload-checksum': checksum })).status).toBe(400);
    expect(await offsetOf(path)).toBe(0);
  });
});

test('wrong offsets, overlong chunks and wrong checksums have the statuses of the protocol, and nothing is kept', async () => {
  const path = await begin(10);
  expect((await patch(path, 0, 'hello')).status).toBe(204);
  expect((await patch(path, 3, 'x')).status).toBe(409);
  expect((await patch(path, 5, 'world and more')).status).toBe(413);
  const undeclared = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('world and more'));
      controller.close();
    },
  });
  expect((await patch(path, 5, undeclared)).status).toBe(413);
  const sum = (text: string) => `sha256 ${createHash('sha256').update(text).digest('base64')}`;
  expect((await patch(path, 5, 'wrong', { 'upload-checksum': sum('world') })).status).toBe(460);
  expect(await offsetOf(path)).toBe(5);
  const done = await patch(path, 5, 'world', { 'upload-checksum': sum('world') });
  expect(done.status).toBe(204);
  expect(done.headers.get('upload-offset')).toBe('10');
  expect((await fileOf(server.base, done.headers.get('dossier-record') ?? '')).toString()).toBe('helloworld');
  expect(await offsetOf(path)).toBe(10);
});

test('the same chunk fifty times at once makes one record, whatever its file is called', async () => {
  const count = async () => {
    const list = await fetch(`${server.base}/api/collections/films/records?perPage=1`, {
      headers: { authorization: admin },
    });
    return Number(Reflect.get(Object(await list.json()), 'totalItems'));
  };
  const before = await count();
  const staged = stagedIn(server.dir);
  const filename = 'x\u0000\r\nset-cookie: a=b\u202egnp.txt';
  const path = await begin(10, {
    'upload-metadata': metadata({ collection: 'films', field: 'video', filename }),
  });
  const answers = await Promise.all(Array.from({ length: 50 }, () => patch(path, 0, '0123456789')));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 204).length).toBeGreaterThan(0);
  expect(statuses.filter((status) => ![204, 403, 409, 423].includes(status))).toEqual([]);
  expect(answers.some(({ headers }) => headers.has('set-cookie'))).toBe(false);
  expect(await count()).toBe(before + 1);
  const head = await ask({ method: 'HEAD', path });
  expect(head.headers.get('upload-offset')).toBe('10');
  expect(stagedIn(server.dir)).toEqual(staged);
});

test('a creation may bring the bytes, also by a POST that stands for PATCH', async () => {
  const made = await ask({
    headers: { ...PATCH, 'upload-length': '10', 'upload-metadata': FILM },
    body: 'hello',
  });
  expect([made.status, made.headers.get('upload-offset')]).toEqual([201, '5']);
  const path = made.headers.get('location') ?? '';
  expect(made.headers.get('upload-expires')).not.toBeNull();
  const headers = { ...PATCH, 'upload-offset': '5', 'x-http-method-override': 'PATCH' };
  expect((await ask({ path, headers, body: 'world' })).status).toBe(204);
  expect((await ask({ path, headers: { 'x-http-method-override': 'TRACE' } })).status).toBe(404);
});

test('a length that comes later is held to the same limits', async () => {
  const made = await ask({ headers: { 'upload-defer-length': '1', 'upload-metadata': FILM } });
  const path = made.headers.get('location') ?? '';
  expect((await ask({ method: 'HEAD', path })).headers.get('upload-defer-length')).toBe('1');
  expect((await patch(path, 0, 'abc')).status).toBe(204);
  expect((await patch(path, 3, '', { 'upload-length': '2' })).status).toBe(400);
  expect((await patch(path, 3, '', { 'upload-length': '4000000001' })).status).toBe(413);
  expect((await patch(path, 3, 'd', { 'upload-length': '4' })).headers.get('dossier-record')).toStartWith(
    'films/',
  );
  expect((await patch(path, 4, '', { 'upload-length': '9' })).status).toBe(400);
});

test('pieces tell what they are, and only who sent them may join them', async () => {
  const asAdmin = { authorization: admin };
  const piece = async (text: string, headers: Record<string, string> = {}) => {
    const made = await ask({
      headers: { ...PATCH, ...headers, 'upload-length': String(text.length), 'upload-concat': 'partial' },
      body: text,
    });
    expect(made.status).toBe(201);
    return made.headers.get('location') ?? '';
  };
  const pieces = [await piece('hello '), await piece('world')];
  const foreign = await piece('!', asAdmin);
  const [first = ''] = pieces;
  expect((await ask({ method: 'HEAD', path: first })).headers.get('upload-concat')).toBe('partial');
  const final = (paths: readonly string[]) =>
    ask({ headers: { 'upload-concat': `final;${paths.join(' ')}`, 'upload-metadata': FILM } });
  expect((await final([...pieces, foreign])).status).toBe(404);
  const joined = await final(pieces.map((path, at) => (at === 0 ? path : `${server.base}${path}`)));
  expect(joined.status).toBe(201);
  const path = joined.headers.get('location') ?? '';
  expect((await fileOf(server.base, joined.headers.get('dossier-record') ?? '')).toString()).toBe(
    'hello world',
  );
  const head = await ask({ method: 'HEAD', path });
  expect(head.headers.get('upload-concat')).toBe(`final;${pieces.join(' ')}`);
  expect((await patch(path, 11, '')).status).toBe(403);
  expect((await final(pieces)).headers.get('location')).toBe(path);
});

test('metadata come back as they were, and nobody may cache them', async () => {
  const path = await begin(3, { authorization: admin });
  const head = await ask({ method: 'HEAD', path, headers: { authorization: admin } });
  expect(head.headers.get('upload-metadata')).toBe(FILM);
  expect(head.headers.get('cache-control')).toBe('no-store');
  // Found out by nobody else, superuser or not.
  expect((await ask({ method: 'HEAD', path })).status).toBe(404);
  expect((await ask({ method: 'DELETE', path, headers: { authorization: 'nonsense' } })).status).toBe(404);
  expect((await ask({ method: 'DELETE', path, headers: { authorization: `Bearer ${admin}` } })).status).toBe(
    204,
  );
});

describe('what a strict reading of the protocol asks', () => {
  const piece = async () =>
    (
      await ask({ headers: { ...PATCH, 'upload-length': '1', 'upload-concat': 'partial' }, body: 'x' })
    ).headers.get('location') ?? '';

  test('a joined upload takes no bytes, whatever offset they name', async () => {
    const headers = { 'upload-concat': `final;${await piece()}`, 'upload-metadata': FILM };
    const path = (await ask({ headers })).headers.get('location') ?? '';
    for (const offset of [0, 1, 7]) expect((await patch(path, offset, 'y')).status).toBe(403);
    expect(await offsetOf(path)).toBe(1);
  });

  test('a length may be told again, but not another one', async () => {
    const made = await ask({ headers: { 'upload-defer-length': '1', 'upload-metadata': FILM } });
    const path = made.headers.get('location') ?? '';
    expect((await patch(path, 0, 'hel', { 'upload-length': '5' })).status).toBe(204);
    expect((await patch(path, 3, 'lo', { 'upload-length': '6' })).status).toBe(400);
    // The stock client says it with every last chunk that it sends anew.
    const done = await patch(path, 3, 'lo', { 'upload-length': '5' });
    expect([done.status, done.headers.get('upload-offset')]).toEqual([204, '5']);
  });

  test('the method that stands in the header counts, whatever the request line says', async () => {
    const path = await begin(5);
    const asDelete = { 'x-http-method-override': 'DELETE' };
    expect((await patch(path, 0, 'hello', asDelete)).status).toBe(204);
    expect((await ask({ method: 'HEAD', path })).status).toBe(404);
    const creation = { 'upload-length': '5', 'upload-metadata': FILM };
    expect((await ask({ headers: { ...creation, ...asDelete } })).status).toBe(404);
    expect((await ask({ headers: { ...creation, 'x-http-method-override': 'POST' } })).status).toBe(201);
  });

  test('an address with a query is the same address', async () => {
    const path = `${await begin(5)}?from=a/mail`;
    expect((await patch(path, 0, 'hel')).status).toBe(204);
    expect(await offsetOf(path)).toBe(3);
    expect((await ask({ method: 'DELETE', path })).status).toBe(204);
  });

  test('bytes in a coding are refused, and not kept as if they were the file', async () => {
    const path = await begin(5);
    expect((await patch(path, 0, 'hello', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect(await offsetOf(path)).toBe(0);
    expect((await patch(path, 0, 'hello', { 'content-encoding': 'identity' })).status).toBe(204);
  });

  test('every refusal is JSON, and what proxies add refuses nothing', async () => {
    const headers = { 'upload-length': '5', 'upload-metadata': FILM };
    const proxied = { ...headers, 'x-forwarded-proto': 'https,http' };
    expect((await ask({ headers: proxied })).status).toBe(201);
    const wrong = [
      ['upload-metadata', 'a b c'],
      ['upload-length', 'x'],
      ['tus-resumable', '2'],
    ] as const;
    for (const [name, value] of wrong) {
      const refused = await ask({ headers: { ...headers, [name]: value } });
      expect(refused.headers.get('content-type')).toStartWith('application/json');
      expect(await refused.json()).toMatchObject({ status: refused.status, issues: [] });
    }
  });
});

test('a record whose id no header can carry is named all the same', async () => {
  const fields = [
    {
      name: 'id',
      type: 'text',
      primaryKey: true,
      required: true,
      system: true,
      min: 1,
      max: 50,
      pattern: '^.+$',
    },
    ...FILMS.fields,
  ];
  await make({ ...FILMS, name: 'odd', fields });
  const target = { collection: 'odd', field: 'video', filename: 'a', data: JSON.stringify({ id: '日本' }) };
  const headers = { ...PATCH, 'upload-length': '1', 'upload-metadata': metadata(target) };
  const made = await ask({ headers, body: 'x' });
  expect([made.status, made.headers.get('dossier-record')]).toEqual([
    201,
    `odd/${encodeURIComponent('日本')}`,
  ]);
});

describe('accounts', () => {
  async function account(email: string): Promise<{ id: string; token: string }> {
    const send = async (path: string, body: object): Promise<unknown> => {
      const headers = { authorization: admin, 'content-type': 'application/json' };
      const answer = await fetch(`${server.base}/api/collections/users/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return answer.json();
    };
    const password = 'correct-horse-battery';
    const made = await send('records', { email, password, passwordConfirm: password });
    return {
      id: textAt(made, 'id'),
      token: textAt(await send('auth-with-password', { identity: email, password }), 'token'),
    };
  }

  test('one that is deleted while its last bytes come attaches nothing', async () => {
    const { id, token } = await account('gone@example.com');
    const authorization = token;
    const target = metadata({ collection: 'members', field: 'video', filename: 'a' });
    const path = await begin(10, { 'upload-metadata': target, authorization });
    const rest = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from('hello'));
        await rest.promise;
        controller.enqueue(Buffer.from('world'));
        controller.close();
      },
    });
    const sending = patch(path, 0, body, { authorization });
    while (!stagedIn(server.dir).includes(path.slice('/tus/'.length))) await Bun.sleep(5);
    const headers = { authorization: admin };
    const removed = `${server.base}/api/collections/users/records/${id}`;
    expect((await fetch(removed, { method: 'DELETE', headers })).status).toBe(204);
    rest.resolve();
    expect((await sending).status).toBe(401);
    const left = await fetch(`${server.base}/api/collections/members/records`, { headers });
    expect(await left.json()).toMatchObject({ totalItems: 0 });
  });
});
