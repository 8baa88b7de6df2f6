import { expect } from 'bun:test';
import { at, textAt } from '../../support/json.ts';
import { type Scenario, type Story, send, sendOk, tokenOf, type World } from '../../support/scenarios.ts';
import { adminToken } from '../../support/server.ts';
import { caller, login } from '../pocketbase/world.ts';
import { filePart, idOf, paper, RECORDS, readFiles, sendForm, sendJson } from './cabinet.ts';

const EMPTY = { 'content-length': '0', 'content-type': null };

/** Who may see what records look like (specs/trailbase.md 7). */
export const schemaScenarios: readonly Scenario[] = [
  {
    name: 'the schema of a create is the one that is shown unasked',
    path: `${RECORDS}/papers/schema`,
    status: 200,
    has: ['"title":"papers"', '"$ref":"#/$defs/cover"', 'std.FileUploads', '"data"'],
    responseHeaders: { 'content-type': 'application/json' },
  },
  {
    name: 'the schema of a read',
    path: `${RECORDS}/papers/schema?mode=Select`,
    status: 200,
    has: ['"objectstore_id"', '"required":["id","sheets"]'],
    lacks: ['"data"'],
  },
  {
    name: 'an unknown mode',
    path: `${RECORDS}/papers/schema?mode=select`,
    status: 400,
    has: ['Invalid query'],
  },
  { name: 'no schema of no API', path: `${RECORDS}/nothing/schema`, status: 405, responseHeaders: EMPTY },
  {
    name: 'the vault shows no schema',
    path: `${RECORDS}/vault/schema`,
    as: 'alice',
    status: 403,
    lacks: ['secret'],
  },
  { name: 'but to superusers', path: `${RECORDS}/vault/schema`, as: 'boss', status: 200, has: ['secret'] },
  {
    name: 'letters show theirs to members',
    path: `${RECORDS}/letters/schema`,
    as: 'bob',
    status: 200,
    has: ['_secret'],
    lacks: ['stolen'],
  },
  { name: 'and to no guest', path: `${RECORDS}/letters/schema`, status: 403, responseHeaders: EMPTY },
  { name: 'drafts show theirs to everybody', path: `${RECORDS}/drafts/schema`, status: 200, has: ['"page"'] },
];

/** Downloads (specs/trailbase.md 10). Each story makes the records it needs. */
export const fileDownloadStories: readonly Story[] = [
  {
    name: 'a file comes as an attachment without a name, and runs nowhere',
    async run(world) {
      const path = await paper(world, ['page.html'], 'cover.svg');
      const [page] = await readFiles(world, path, 'sheets');
      for (const address of [`${path}/file/cover`, `${path}/files/sheets/${page?.filename}`]) {
        const { headers, text } = await sendOk(world, { path: RECORDS + address });
        expect(text).toStartWith('content of');
        expect(headers.get('content-disposition')).toBe('attachment');
        expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('content-security-policy')).toContain('sandbox');
        expect(headers.get('cache-control')).toBe('private, no-cache');
        expect(headers.get('referrer-policy')).toBe('no-referrer');
        expect(headers.get('accept-ranges')).toBe('bytes');
      }
    },
  },
  {
    name: 'the type is what the content says, or else what the client claimed',
    async run(world) {
      const claimed = await sendForm(world, 'POST', '/papers', [
        filePart('sheets', 'a.bin', Uint8Array.of(1, 0, 2), 'Text/X-Odd; charset=utf-8'),
        filePart('sheets', 'b.bin', Uint8Array.of(1, 0, 2), 'application/octet-stream'),
        filePart('sheets', 'c.png', '<html><script>alert(1)</script>', 'image/png'),
      ]);
      const path = `/papers/${idOf(claimed)}`;
      const types: unknown[] = [];
      for (const { filename } of await readFiles(world, path, 'sheets')) {
        const { headers } = await sendOk(world, { path: `${RECORDS}${path}/files/sheets/${filename}` });
        types.push(headers.get('content-type'));
      }
      expect(types).toEqual(['text/x-odd', 'application/octet-stream', 'text/html; charset=utf-8']);
    },
  },
  {
    name: 'ranges, HEAD and conditions are as for any file',
    async run(world) {
      const path = `${RECORDS}${await paper(world, [], 'cover.txt')}/file/cover`;
      const whole = await sendOk(world, { path });
      const etag = whole.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
      const part = await send(world, { path, headers: { range: 'bytes=0-6' } });
      expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
        206,
        'content',
        'bytes 0-6/20',
      ]);
      const same = await send(world, { path, headers: { 'if-none-match': etag } });
      expect([same.status, same.text]).toEqual([304, '']);
      const beyond = await send(world, { path, headers: { range: 'bytes=100-' } });
      expect(beyond.status).toBe(416);
      const head = await send(world, { method: 'HEAD', path });
      expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '20']);
    },
  },
  {
    name: 'a file is found by its unique name, or by an original name that no other has',
    async run(world) {
      const path = await paper(world, ['same.txt', 'same.txt', 'Größe 1+1.txt'], 'cover.txt');
      const other = await paper(world, ['other.txt']);
      const [first] = await readFiles(world, path, 'sheets');
      const [foreign] = await readFiles(world, other, 'sheets');
      const [cover] = await readFiles(world, path, 'cover');
      const get = async (file: string, column = 'sheets') =>
        (await send(world, { path: `${RECORDS}${path}/files/${column}/${file}` })).status;
      expect(await get(first?.filename ?? '')).toBe(200);
      expect(await get(encodeURIComponent('Größe 1+1.txt'))).toBe(200);
      expect(await get(encodeURIComponent('Gro\u0308ße 1+1.txt'))).toBe(200);
      expect(await get('cover.txt', 'cover')).toBe(200);
      expect(await get('same.txt')).toBe(404);
      expect(await get(foreign?.filename ?? '')).toBe(404);
      expect(await get('other.txt')).toBe(404);
      expect(await get(cover?.filename ?? '')).toBe(404);
      expect(await get('cover.txt')).toBe(404);
      for (const odd of [
        '..%2F..%2Fetc%2Fpasswd',
        '%00',
        '%E2%80%AE',
        'x'.repeat(3000),
        '%',
        '%FF',
        '*',
        "'--",
      ])
        expect([odd, await get(odd)]).toEqual([odd, 404]);
    },
  },
  {
    name: 'each wrong path has its own status',
    async run(world) {
      const path = await paper(world, ['one.txt']);
      const letter = `/letters/${idOf(await sendForm(world, 'POST', '/letters', [filePart('_secret', 'a.txt')], 'alice'))}`;
      const cases: readonly (readonly [number, string, string?])[] = [
        ...([
          [404, `${path}/file/cover`],
          [404, `${path}/files/cover/x`],
          [404, `${path}/file/nothing`],
          [404, `${path}/file/__proto__`],
          [404, `${path}/files/nothing/x`],
          [405, `${path}/file/title`],
          [405, `${path}/files/title/x`],
          [405, `${path}/file/sheets`],
          [404, `${path}/files/sheets/nothing.txt`],
          [405, '/nothing/1/file/cover'],
          [400, '/papers/InvalidId0123/file/cover'],
          [400, '/letters/1e1/files/pages/x'],
          [404, '/papers/{nobody}/file/cover'],
          [403, '/letters/99999/file/scan'],
          [403, '/letters/99999/file/nothing'],
          [403, '/drafts/abcdefghijklmno/file/page'],
        ] as const),
        // What no read shows, and what the API does not have, is no column.
        ...(['_secret', 'inside', 'stolen'] as const).map(
          (name) => [404, `${letter}/file/${name}`, 'alice'] as const,
        ),
      ];
      for (const [status, address, as] of cases) {
        const answer = await send(world, { path: RECORDS + address, as });
        expect([address, answer.status]).toEqual([address, status]);
        expect(answer.text).toBe(status === 400 ? 'Invalid id' : '');
      }
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        expect((await send(world, { method, path: `${RECORDS}${path}/file/cover` })).status).toBe(405);
    },
  },
  {
    name: 'who may not read the record may not read its files',
    async run(world) {
      const { path, files } = await letter(world);
      for (const address of files) {
        expect((await send(world, { path: address, as: 'alice' })).text).toStartWith('content of');
        expect((await send(world, { path: address, as: 'boss' })).status).toBe(200);
        for (const as of [undefined, 'bob']) {
          const refused = await send(world, { path: address, as });
          expect([refused.status, refused.text]).toEqual([403, '']);
          expect((await send(world, { path: address, as, headers: { range: 'bytes=0-1' } })).status).toBe(
            403,
          );
        }
      }
      const bob = textAt((await sendOk(world, { path: `${RECORDS}${path}`, as: 'alice' })).json, 'owner');
      expect(bob).not.toBe('');
    },
  },
  {
    name: 'an access token in the query opens files, and nothing else',
    async run(world) {
      const { path, files } = await letter(world);
      const token = (name: string) => encodeURIComponent(tokenOf(world, name).replace('Bearer ', ''));
      for (const address of files) {
        expect((await send(world, { path: `${address}?token=${token('alice')}` })).status).toBe(200);
        expect((await send(world, { path: `${address}?token=${token('bob')}` })).status).toBe(403);
        // Who speaks for himself in the head is heard.
        expect((await send(world, { path: `${address}?token=${token('alice')}`, as: 'bob' })).status).toBe(
          403,
        );
        for (const wrong of ['', 'abc', 'a.b.c', `${token('alice')}x`, `Bearer%20${token('alice')}`])
          expect((await send(world, { path: `${address}?token=${wrong}` })).status).toBe(403);
        const native = await login(world.base, 'alice@example.com', 'alice-loves-old-films');
        expect((await send(world, { path: `${address}?token=${native}` })).status).toBe(403);
      }
      const query = `?token=${token('alice')}`;
      expect((await send(world, { path: `${RECORDS}${path}${query}` })).status).toBe(403);
      expect(at((await sendOk(world, { path: `${RECORDS}/letters${query}` })).json, 'records')).toEqual([]);
      expect((await send(world, { path: `${RECORDS}/letters/schema${query}` })).status).toBe(403);
      expect((await sendJson(world, 'PATCH', `${path}${query}`, { subject: 'x' })).status).toBe(403);
      expect((await sendJson(world, 'POST', `${path}/file/scan/signed_url${query}`, {})).status).toBe(403);
      expect((await send(world, { method: 'DELETE', path: `${RECORDS}${path}${query}` })).status).toBe(403);
    },
  },
  {
    name: 'cookies open files as they open records',
    async run(world) {
      const { files } = await letter(world);
      const cookie = (name: string) => ({
        cookie: `auth_token=${tokenOf(world, name).replace('Bearer ', '')}`,
      });
      for (const path of files) {
        expect((await send(world, { path, headers: cookie('alice') })).status).toBe(200);
        expect((await send(world, { path, headers: cookie('bob') })).status).toBe(403);
      }
    },
  },
  {
    name: 'a signed link opens one file, for whoever has it',
    async run(world) {
      const { files } = await letter(world);
      for (const address of files) {
        const { url, expires } = await signedLink(world, address, 'alice');
        expect(url.startsWith(`${address}?signature=`)).toBe(true);
        expect(Math.abs(expires - Date.now() / 1000 - 300)).toBeLessThan(5);
        const { status, text, headers } = await send(world, { path: url });
        expect([status, text.slice(0, 10)]).toEqual([200, 'content of']);
        expect(headers.get('referrer-policy')).toBe('no-referrer');
        expect((await send(world, { method: 'HEAD', path: url })).status).toBe(200);
        expect((await send(world, { path: url, as: 'bob' })).status).toBe(403);
        for (const other of files.filter((each) => each !== address))
          expect((await send(world, { path: url.replace(address, other) })).status).toBe(403);
        for (const method of ['POST', 'DELETE', 'PATCH'])
          expect((await send(world, { method, path: url })).status).toBe(405);
        const record = address.replace(/\/files?\/.*/, '');
        expect((await send(world, { path: `${record}?${url.split('?')[1]}` })).status).toBe(403);
      }
    },
  },
  {
    name: 'a link that was changed in any place opens nothing',
    async run(world) {
      const { files } = await letter(world);
      const [path = ''] = files;
      const { url, expires } = await signedLink(world, path, 'alice');
      const bobs = textAt(
        (await sendOk(world, { method: 'POST', path: `${await open(world)}/signed_url`, as: 'bob' })).json,
        'url',
      );
      const signature = new URL(url, world.base).searchParams.get('signature') ?? '';
      const [until = '', name = '', mac = ''] = signature.split('.');
      const bob = new URL(bobs, world.base).searchParams.get('signature')?.split('.')[1] ?? '';
      const guest = '';
      const changed = [
        ...[`${expires + 1}.${name}.${mac}`, `${expires}.${bob}.${mac}`, `${expires}.${guest}.${mac}`],
        ...[
          `${until}.${name}`,
          `${until}.${name}.`,
          `${until}.${name}.${mac}A`,
          `${until}.${name}.${mac.slice(1)}`,
        ],
        ...[
          `${until}.${name}.${mac.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
          '',
          '..',
          'x',
          `0${signature}`,
        ],
        ...[
          `${until}.${'x'.repeat(2000)}.${mac}`,
          `-1.${name}.${mac}`,
          `1e99.${name}.${mac}`,
          `${until}..${mac}`,
        ],
      ];
      for (const wrong of changed) {
        const answer = await send(world, { path: `${path}?signature=${encodeURIComponent(wrong)}` });
        expect([wrong, answer.status, answer.text]).toEqual([wrong, 403, '']);
      }
      expect((await send(world, { path: url })).status).toBe(200);
    },
  },
  {
    name: 'a link ends in time, with the right to read, and with the sessions of its account',
    async run(world) {
      const api = caller(world.base, await adminToken(world.base));
      const account = { email: `links-${crypto.randomUUID()}@example.com`, password: 'opens-letters-only' };
      const { id } = await api('POST', '/api/collections/users/records', {
        ...account,
        ...{ passwordConfirm: account.password, verified: true },
      });
      const signedIn = await send(world, { method: 'POST', path: '/api/auth/v1/login', body: account });
      const token = `Bearer ${textAt(signedIn.json, 'auth_token')}`;
      const writer = { ...world, tokens: { ...world.tokens, writer: token } };
      const { path, files } = await letter(writer, 'writer');
      const [file = ''] = files;
      const short = await signedLink(writer, file, 'writer', { expires_in: 1 });
      const long = await signedLink(writer, file, 'writer', { expires_in: 86_400 });
      expect((await send(world, { path: long.url })).status).toBe(200);

      const record = `/api/collections/letters/records/${path.split('/').at(-1)}`;
      await api('PATCH', record, { owner: '' });
      expect((await send(world, { path: long.url })).status).toBe(403);
      await api('PATCH', record, { owner: id });
      expect((await send(world, { path: long.url })).status).toBe(200);

      await Bun.sleep(1100);
      expect((await send(world, { path: short.url })).status).toBe(403);
      await sendOk(writer, { path: '/api/auth/v1/logout', as: 'writer' });
      expect((await send(world, { path: long.url })).status).toBe(403);
    },
  },
  {
    name: 'a guest’s link opens what guests may read',
    async run(world) {
      const path = await open(world);
      const { url } = await signedLink(world, path);
      expect((await send(world, { path: url })).status).toBe(200);
    },
  },
  {
    name: 'a link is signed only for who may read the file, and for no longer than a day',
    async run(world) {
      const { files } = await letter(world);
      const [path = ''] = files;
      const sign = (body: unknown, as?: string) =>
        send(world, {
          method: 'POST',
          path: `${path}/signed_url`,
          as,
          body: Buffer.from(JSON.stringify(body)),
        });
      for (const as of [undefined, 'bob']) expect((await sign({}, as)).status).toBe(403);
      for (const seconds of [0, -1, 86_401, 1.5, '60', null, 1e300]) {
        const answer = await sign({ expires_in: seconds }, 'alice');
        expect([seconds, answer.status, answer.text]).toEqual([seconds, 400, 'Invalid Parameters']);
      }
      for (const body of [[], 5, 'x']) expect((await sign(body, 'alice')).status).toBe(400);
      const wrong = path.replace('/file/scan', '/file/subject');
      expect((await send(world, { method: 'POST', path: `${wrong}/signed_url`, as: 'alice' })).status).toBe(
        405,
      );
      const missing = path.replace('/file/scan', '/files/scan/nothing');
      expect((await send(world, { method: 'POST', path: `${missing}/signed_url`, as: 'alice' })).status).toBe(
        404,
      );
    },
  },
];

/** A letter of somebody with a scan and two pages: its path, and those of its files. */
async function letter(
  world: World,
  as = 'alice',
): Promise<{ readonly path: string; readonly files: readonly string[] }> {
  const parts = [filePart('scan', 'scan.txt'), filePart('pages', 'one.txt'), filePart('pages', 'two.txt')];
  const path = `/letters/${idOf(await sendForm(world, 'POST', '/letters', parts, as))}`;
  const pages = await readFiles(world, path, 'pages', as);
  const names = pages.map(({ filename }) => `${RECORDS}${path}/files/pages/${filename}`);
  return { path, files: [`${RECORDS}${path}/file/scan`, ...names] };
}

/** The path of a file that everybody may read. */
async function open(world: World): Promise<string> {
  return `${RECORDS}${await paper(world, [], 'cover.txt')}/file/cover`;
}

async function signedLink(world: World, path: string, as?: string, body?: object) {
  const { json } = await sendOk(world, { method: 'POST', path: `${path}/signed_url`, as, body });
  return { url: textAt(json, 'url'), expires: Number(at(json, 'expires')) };
}
