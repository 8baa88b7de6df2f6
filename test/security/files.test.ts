import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { quarters } from '../fixtures/images.ts';
import { at, textAt } from '../support/json.ts';
import { MULTIPART_TYPE, multipart, type Part } from '../support/multipart.ts';
import { type Ask, send, sendOk } from '../support/scenarios.ts';
import { type AttackedWorld, openAttackedWorld } from './world.ts';

let world: AttackedWorld;
let png: Buffer;
beforeAll(async () => {
  world = await openAttackedWorld();
  png = await quarters().png().toBuffer();
}, 60_000);
afterAll(() => world.close());

async function upload(collection: string, parts: readonly Part[], as?: string) {
  const path = `/api/collections/${collection}/records`;
  const headers = { 'content-type': MULTIPART_TYPE };
  const { json } = await sendOk(world, { method: 'POST', path, as, headers, body: multipart(parts) });
  return json;
}

async function fileToken(as: string): Promise<string> {
  return textAt((await sendOk(world, { method: 'POST', path: '/api/files/token', as })).json, 'token');
}

/** A protected scan of an account's own paper. */
async function scanOf(owner: string): Promise<{ path: string; id: string; name: string }> {
  const made = await upload(
    'papers',
    [
      { name: 'owner', value: world.values[owner] ?? '' },
      { name: 'scan', filename: 'scan.png', value: png },
    ],
    owner,
  );
  const id = textAt(made, 'id');
  const name = textAt(made, 'scan');
  return { id, name, path: `/api/files/papers/${id}/${name}` };
}

describe('a protected file', () => {
  test('shows neither content nor existence to who may not have it, however it is asked for', async () => {
    const { path, id, name } = await scanOf('alice');
    const token = await fileToken('alice');
    // Warm every memory first.
    const own = await sendOk(world, { path: `${path}?token=${token}` });
    const thumb = await sendOk(world, { path: `${path}?token=${token}&thumb=100x100` });
    const etag = own.headers.get('etag') ?? '';
    const alice = world.tokens.alice ?? '';
    const later = new Date(Date.now() + 1e6).toUTCString();
    const missing = await send(world, { path: `${path}x` });
    const cases: readonly [string, Record<string, string>][] = [
      [path, {}],
      [`${path}?thumb=100x100`, {}],
      [`${path}?download=1`, {}],
      [path, { 'if-none-match': etag }],
      [path, { 'if-none-match': '*' }],
      [path, { 'if-modified-since': later }],
      [path, { 'if-match': '"other"' }],
      [path, { 'if-unmodified-since': new Date(0).toUTCString() }],
      [path, { range: 'bytes=0-1' }],
      [path, { range: 'bytes=999999-' }],
      [`${path}?thumb=100x100`, { 'if-none-match': thumb.headers.get('etag') ?? '' }],
      [path, { authorization: alice }],
      [path, { authorization: await fileToken('alice') }],
      [path, { cookie: `token=${token}; pb_auth=${alice}` }],
      [`${path}?token=${alice}`, {}],
      [`${path}?Token=${token}`, {}],
      [`${path}?token=${token}x`, {}],
      [`${path}?token=${await fileToken('bob')}`, {}],
      [`/api/files/albums/${id}/${name}?token=${token}`, {}],
      [`/api/files/papers/${id}/${name.toUpperCase()}?token=${token}`, {}],
    ];
    for (const [target, headers] of cases) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await send(world, { method, path: target, headers });
        const shown = `${method} ${target} ${JSON.stringify(headers)}`;
        expect(answer.status, shown).toBe(404);
        expect(answer.text, shown).toBe(method === 'GET' ? missing.text : '');
        for (const header of [
          'etag',
          'last-modified',
          'accept-ranges',
          'content-range',
          'content-disposition',
        ])
          expect(answer.headers.get(header), shown).toBeNull();
        expect(answer.headers.get('content-length') ?? '', shown).toBe(
          missing.headers.get('content-length') ?? '',
        );
      }
    }
  });

  test('is not for shared caches, in whole, in part, as a thumb or unchanged', async () => {
    const { path } = await scanOf('alice');
    const token = await fileToken('alice');
    const whole = await sendOk(world, { path: `${path}?token=${token}` });
    const etag = whole.headers.get('etag') ?? '';
    const asks: readonly Ask[] = [
      { path: `${path}?token=${token}&thumb=100x100` },
      { path: `${path}?token=${token}`, headers: { range: 'bytes=0-1' } },
      { path: `${path}?token=${token}`, headers: { 'if-none-match': etag } },
      { path: `${path}?token=${token}`, method: 'HEAD' },
    ];
    for (const ask of asks) {
      expect((await send(world, ask)).headers.get('cache-control')).toMatch(/^private,/);
    }
  });

  test('is gone for a token from before a password change', async () => {
    const { path } = await scanOf('bob');
    const token = await fileToken('bob');
    await sendOk(world, { path: `${path}?token=${token}` });
    await sendOk(world, {
      method: 'PATCH',
      path: '/api/collections/users/records/{bob}',
      as: 'admin',
      body: { password: 'another-password-9', passwordConfirm: 'another-password-9' },
    });
    expect((await send(world, { path: `${path}?token=${token}` })).status).toBe(404);
    expect((await send(world, { method: 'POST', path: '/api/files/token', as: 'bob' })).status).toBe(401);
  });

  test('becomes protected for everybody at once, also where it is in memory', async () => {
    const owner = { name: 'owner', value: world.values.alice ?? '' };
    const made = await upload(
      'papers',
      [owner, { name: 'pictures', filename: 'a.png', value: png }],
      'alice',
    );
    const path = `/api/files/papers/${textAt(made, 'id')}/${textAt(made, 'pictures.0')}`;
    await sendOk(world, { path: `${path}?thumb=100x100` });
    await sendOk(world, { path });
    const { json } = await sendOk(world, { path: '/api/collections/papers', as: 'admin' });
    const close = (isProtected: boolean) => ({
      fields: fieldsOf(json).map((field) =>
        field.name === 'pictures' ? { ...field, protected: isProtected } : field,
      ),
    });
    const change = { method: 'PATCH', path: '/api/collections/papers', as: 'admin' };
    await sendOk(world, { ...change, body: close(true) });
    expect((await send(world, { path })).status).toBe(404);
    expect((await send(world, { path: `${path}?thumb=100x100` })).status).toBe(404);
    await sendOk(world, { ...change, body: close(false) });
    expect((await send(world, { path })).status).toBe(200);
  });
});

test('a file of a deleted record is gone from memory too, and so are its thumbs', async () => {
  const made = await upload('albums', [{ name: 'cover', filename: 'a.png', value: png }]);
  const path = `/api/files/albums/${textAt(made, 'id')}/${textAt(made, 'cover')}`;
  for (let times = 0; times < 2; times++) {
    await sendOk(world, { path });
    await sendOk(world, { path: `${path}?thumb=40x30` });
  }
  await sendOk(world, { method: 'DELETE', path: `/api/collections/albums/records/${textAt(made, 'id')}` });
  const conditions: readonly Record<string, string>[] = [
    {},
    { range: 'bytes=0-1' },
    { 'if-none-match': '*' },
  ];
  for (const headers of conditions) {
    expect((await send(world, { path, headers })).status).toBe(404);
    expect((await send(world, { path: `${path}?thumb=40x30`, headers })).status).toBe(404);
  }
});

describe('names of files', () => {
  test.each([
    '../../etc/passwd',
    '..\\..\\windows\\win.ini',
    'a"; filename="evil.html',
    "a.txt'; X-Evil: 1",
    '\u202egnp.exe',
    `${'x'.repeat(400)}.txt`,
    '.htaccess',
    'CON',
    'a.txt;.html',
    '💾 Größe.txt',
  ])('%p adds no header and no folder', async (filename) => {
    const made = await upload('albums', [
      { name: 'cover', filename: filename.replaceAll('"', '%22'), value: 'x' },
    ]);
    const name = textAt(made, 'cover');
    expect(name).toMatch(/^[a-z0-9_]+[\w.*+=#-]*$/);
    expect(name.length).toBeLessThanOrEqual(132);
    const answer = await sendOk(world, { path: `/api/files/albums/${textAt(made, 'id')}/${name}` });
    expect(answer.headers.get('x-evil')).toBeNull();
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename=${name}`);
  });

  test.each(['a\u0000b.txt', 'a\r\nX-Evil: 1\r\n.txt', 'a\r\nX-Evil: 1\r\n\r\nb.txt'])(
    '%p as it stands is no name at all',
    async (filename) => {
      const path = '/api/collections/albums/records';
      const headers = { 'content-type': MULTIPART_TYPE };
      const body = multipart([{ name: 'cover', filename, value: 'x' }]);
      const answer = await send(world, { method: 'POST', path, headers, body });
      expect(answer.headers.get('x-evil')).toBeNull();
      expect(answer.status === 400 || at(answer.json, 'cover') === '').toBe(true);
    },
  );

  test('a thumb size is in a header only when it is one', async () => {
    const made = await upload('albums', [{ name: 'cover', filename: 'a.png', value: png }]);
    const name = textAt(made, 'cover');
    for (const size of ['40x30%0d%0aX-Evil:1', '100x100%0d%0a', '%22;filename=evil', '40x30%00']) {
      const answer = await sendOk(world, {
        path: `/api/files/albums/${textAt(made, 'id')}/${name}?thumb=${size}`,
      });
      expect(answer.headers.get('x-evil')).toBeNull();
      expect(answer.headers.get('content-disposition')).toBe(`inline; filename=${name}`);
    }
  });
});

function fieldsOf(collection: unknown): readonly { readonly name?: unknown }[] {
  if (typeof collection !== 'object' || collection === null || !('fields' in collection)) return [];
  return Array.isArray(collection.fields) ? collection.fields : [];
}
