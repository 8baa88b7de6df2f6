import { expect } from 'bun:test';
import { quarters } from '../../fixtures/images.ts';
import { countObjects, settledAudit } from '../../support/audit.ts';
import { at, textAt, textsAt } from '../../support/json.ts';
import { MULTIPART_TYPE, multipart, multipartAround, type Part } from '../../support/multipart.ts';
import { rawConnection, statusOf } from '../../support/raw.ts';
import { type Answer, type Story, send, sendOk, tokenOf, type World } from '../../support/scenarios.ts';

const ALBUMS = '/api/collections/albums/records';
const PAPERS = '/api/collections/papers/records';

/** Files in record bodies (specs/pocketbase.md 1.4, 6). Each story makes the records it needs. */
export const uploadStories: readonly Story[] = [
  {
    name: 'a file part alone replaces what was there',
    async run(world) {
      const { id, names } = await album(world, ['one.txt', 'two.txt']);
      const after = await update(world, id, [file('pages', 'three.txt')]);
      const left = textsAt(after.json, 'pages');
      expect(left).toEqual([expect.stringMatching(/^three_[a-z0-9]{10}\.txt$/)]);
      for (const name of names) await expectGone(world, id, name);
      await expectContent(world, id, left[0], 'content of three.txt');
    },
  },
  {
    name: 'names and file parts: the listed ones stay, the new ones follow',
    async run(world) {
      const { id, names } = await album(world, ['one.txt', 'two.txt']);
      const after = await update(world, id, [text('pages', names[1]), file('pages', 'three.txt')]);
      expect(textsAt(after.json, 'pages')).toEqual([names[1] ?? '', expect.stringMatching(/^three_/)]);
      await expectGone(world, id, names[0]);
      await expectContent(world, id, names[1], 'content of two.txt');
    },
  },
  {
    name: 'names alone keep only those, in their order',
    async run(world) {
      const { id, names } = await album(world, ['one.txt', 'two.txt', 'three.txt']);
      const wanted = [names[2] ?? '', names[0] ?? ''];
      const after = await patch(world, id, { pages: wanted });
      expect(textsAt(after.json, 'pages')).toEqual(wanted);
      await expectGone(world, id, names[1]);
      await expectContent(world, id, names[2], 'content of three.txt');
    },
  },
  ...['', null, []].map(
    (empty): Story => ({
      name: `${JSON.stringify(empty)} clears`,
      async run(world) {
        const { id, names } = await album(world, ['one.txt', 'two.txt']);
        const after = await patch(world, id, { pages: empty });
        expect(textsAt(after.json, 'pages')).toEqual([]);
        for (const name of names) await expectGone(world, id, name);
      },
    }),
  ),
  {
    name: 'f+ appends',
    async run(world) {
      const { id, names } = await album(world, ['one.txt']);
      const after = await update(world, id, [file('pages+', 'two.txt'), file('pages+', 'three.txt')]);
      expect(textsAt(after.json, 'pages')).toEqual([
        names[0] ?? '',
        expect.stringMatching(/^two_/),
        expect.stringMatching(/^three_/),
      ]);
    },
  },
  {
    name: '+f prepends',
    async run(world) {
      const { id, names } = await album(world, ['one.txt']);
      const after = await update(world, id, [file('+pages', 'two.txt')]);
      expect(textsAt(after.json, 'pages')).toEqual([expect.stringMatching(/^two_/), names[0] ?? '']);
    },
  },
  {
    name: 'f- removes by name, one or several',
    async run(world) {
      const { id, names } = await album(world, ['one.txt', 'two.txt', 'three.txt']);
      const once = await patch(world, id, { 'pages-': names[1] });
      expect(textsAt(once.json, 'pages')).toEqual([names[0] ?? '', names[2] ?? '']);
      const twice = await patch(world, id, { 'pages-': [names[0], names[2], 'never_there.txt'] });
      expect(textsAt(twice.json, 'pages')).toEqual([]);
      for (const name of names) await expectGone(world, id, name);
    },
  },
  {
    name: 'a single file is replaced, and cleared',
    async run(world) {
      const made = await create(world, [file('cover', 'first.txt')]);
      const id = textAt(made.json, 'id');
      const first = textAt(made.json, 'cover');
      const second = textAt((await update(world, id, [file('cover', 'second.txt')])).json, 'cover');
      await expectGone(world, id, first);
      await expectContent(world, id, second, 'content of second.txt');
      expect(textAt((await patch(world, id, { cover: '' })).json, 'cover')).toBe('');
      await expectGone(world, id, second);
    },
  },
  {
    name: 'of several files for a single field the last one stays',
    async run(world) {
      const made = await create(world, [file('cover', 'first.txt'), file('cover', 'last.txt')]);
      const cover = textAt(made.json, 'cover');
      expect(cover).toMatch(/^last_/);
      await expectContent(world, textAt(made.json, 'id'), cover, 'content of last.txt');
    },
  },
  {
    name: 'a file cannot be set by a name or a URL, nor taken from another record',
    async run(world) {
      const other = await album(world, ['one.txt']);
      for (const name of ['passwd', 'https://example.com/x.png', '../x', other.names[0] ?? '']) {
        const refused = await send(world, { method: 'POST', path: ALBUMS, body: { pages: [name] } });
        expect(refused.status).toBe(400);
        expect(at(refused.json, 'data.pages')).toMatchObject({
          code: 'validation_invalid_file',
          message: `Invalid new files: [${name}].`,
        });
      }
      const mine = await album(world, ['mine.txt']);
      const stolen = await send(world, {
        ...{ method: 'PATCH', path: `${ALBUMS}/${mine.id}` },
        body: { pages: [...mine.names, ...other.names] },
      });
      expect(textAt(stolen.json, 'data.pages.code')).toBe('validation_invalid_file');
      await expectContent(world, mine.id, mine.names[0], 'content of mine.txt');
    },
  },
  {
    name: 'too many files are refused, and none is kept',
    async run(world) {
      const five = ['1.txt', '2.txt', '3.txt', '4.txt', '5.txt'].map((name) => file('pages', name));
      const refused = await expectNothingKept(world, () => post(world, five));
      expect(refused.status).toBe(400);
      expect(at(refused.json, 'data.pages')).toMatchObject({
        code: 'validation_too_many_files',
        message: 'The maximum allowed files is 4.',
      });
      expect(textAt(refused.json, 'message')).toBe('Failed to create record.');
    },
  },
  {
    name: 'a file one byte too large is refused, one that fits is not',
    async run(world) {
      await create(world, [{ name: 'stamp', filename: 'fits.bin', value: new Uint8Array(1000) }]);
      const refused = await expectNothingKept(world, () =>
        post(world, [{ name: 'stamp', filename: 'big.bin', value: new Uint8Array(1001) }]),
      );
      expect(refused.status).toBe(400);
      expect(at(refused.json, 'data.stamp')).toMatchObject({
        code: 'validation_file_size_limit',
        message: 'Failed to upload "big.bin" - the maximum allowed file size is 1000 bytes.',
      });
    },
  },
  {
    name: 'the type is what the content is, whatever the part says',
    async run(world) {
      const disguised = await expectNothingKept(world, () =>
        post(world, [
          {
            name: 'photo',
            filename: 'photo.png',
            type: 'image/png',
            value: '<html><script>1</script></html>',
          },
        ]),
      );
      expect(disguised.status).toBe(400);
      expect(at(disguised.json, 'data.photo')).toMatchObject({
        code: 'validation_invalid_mime_type',
        message: '"photo.png" mime type must be one of: image/png, image/jpeg.',
      });
      const png = await quarters().png().toBuffer();
      const honest = await create(world, [
        { name: 'photo', filename: 'photo.txt', type: 'text/plain', value: png },
      ]);
      const answer = await sendOk(world, {
        path: `/api/files/albums/${textAt(honest.json, 'id')}/${textAt(honest.json, 'photo')}`,
      });
      expect(answer.headers.get('content-type')).toBe('image/png');
    },
  },
  ...ODD_NAMES(),
  ...['a\0b.txt', 'a\r\nX-Injected: 1\r\n.txt', 'a\rb.txt'].map(
    (name): Story => ({
      name: `a raw control character in a part's head: ${JSON.stringify(name)}`,
      async run(world) {
        const answer = await post(world, [{ name: 'cover', filename: name, value: 'odd' }]);
        expect([200, 400]).toContain(answer.status);
        const stored = answer.status === 200 ? textAt(answer.json, 'cover') : '';
        expect(stored).toMatch(/^[\w.]*$/);
        if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
      },
    }),
  ),
  {
    name: 'two files of one name get two names',
    async run(world) {
      const made = await create(world, [file('pages', 'same.txt'), file('pages', 'same.txt')]);
      const [first, second] = textsAt(made.json, 'pages');
      expect(first).not.toBe(second);
      await expectContent(world, textAt(made.json, 'id'), second, 'content of same.txt');
    },
  },
  {
    name: 'an empty file is a file',
    async run(world) {
      const made = await create(world, [{ name: 'cover', filename: 'empty.txt', value: '' }]);
      await expectContent(world, textAt(made.json, 'id'), textAt(made.json, 'cover'), '');
    },
  },
  {
    name: 'an empty file input of a form changes nothing',
    async run(world) {
      const { id, names } = await album(world, ['one.txt']);
      const input: Part = { name: 'cover', filename: '', type: 'application/octet-stream', value: '' };
      const after = await update(world, id, [text('title', 'by form'), input]);
      expect(textsAt(after.json, 'pages')).toEqual(names as string[]);
      expect(textAt(after.json, 'title')).toBe('by form');
      expect(textAt(after.json, 'cover')).toBe('');
    },
  },
  {
    name: 'parts come in any order, the payload among them, merged and not inferred',
    async run(world) {
      const made = await create(world, [
        file('pages', 'first.txt'),
        text('@jsonPayload', '{"title":"007","count":3}'),
        file('cover', 'cover.txt'),
        text('@jsonPayload', '{"note":{"a":[1,"2"]}}'),
        file('pages', 'second.txt'),
      ]);
      expect(made.json).toMatchObject({ title: '007', count: 3, note: { a: [1, '2'] } });
      expect(textsAt(made.json, 'pages').map((name) => name.split('_')[0])).toEqual(['first', 'second']);
      expect(textAt(made.json, 'cover')).toMatch(/^cover_/);
    },
  },
  {
    name: 'plain values of a form are inferred like the original does',
    async run(world) {
      const made = await create(world, [
        text('title', '007'),
        text('count', '-1.5'),
        text('note', '1e5'),
        file('cover', 'x.txt'),
      ]);
      expect(made.json).toMatchObject({ title: '007', count: -1.5 });
    },
  },
  {
    name: 'a payload that is no JSON is refused, and the file before it is not kept',
    async run(world) {
      const refused = await expectNothingKept(world, () =>
        post(world, [file('cover', 'x.txt'), text('@jsonPayload', '{"title":')]),
      );
      expect(refused.status).toBe(400);
      expect(at(refused.json, 'data')).toEqual({});
    },
  },
  {
    name: 'files for fields that are none are skipped',
    async run(world) {
      const made = await create(world, [
        file('nowhere', 'x.txt'),
        file('title', 'y.txt'),
        text('count', '4'),
      ]);
      expect(made.json).toMatchObject({ count: 4, title: '', cover: '' });
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'a record that is refused for another reason keeps no file',
    async run(world) {
      const refused = await expectNothingKept(world, () =>
        post(world, [file('scan', 'scan.txt'), text('owner', 'nobody000000000')], PAPERS, 'alice'),
      );
      expect(refused.status).toBe(400);
      expect(textAt(refused.json, 'data.owner.code')).toBe('validation_missing_rel_records');
    },
  },
  {
    name: 'a guest whose create is refused keeps no file',
    async run(world) {
      const refused = await expectNothingKept(world, () => post(world, [file('scan', 'scan.txt')], PAPERS));
      expect(refused.status).toBe(400);
      expect(at(refused.json, 'data')).toEqual({});
    },
  },
  {
    name: "a file sent to somebody else's record is not kept",
    async run(world) {
      const mine = await sendOk(world, {
        ...{ method: 'POST', path: PAPERS, as: 'alice' },
        body: { owner: '{alice}' },
      });
      const refused = await expectNothingKept(world, () =>
        send(world, {
          ...{ method: 'PATCH', path: `${PAPERS}/${textAt(mine.json, 'id')}`, as: 'bob' },
          headers: { 'content-type': MULTIPART_TYPE },
          body: multipart([file('scan', 'scan.txt')]),
        }),
      );
      expect(refused.status).toBe(404);
    },
  },
  {
    name: 'an upload cut short leaves nothing',
    async run(world) {
      const body = multipart([text('title', 'cut'), file('cover', 'cut.txt')]);
      const refused = await expectNothingKept(world, () =>
        send(world, {
          ...{ method: 'POST', path: ALBUMS, headers: { 'content-type': MULTIPART_TYPE } },
          body: body.slice(0, body.length - 60),
        }),
      );
      expect(refused.status).toBe(400);
      expect((await sendOk(world, { path: `${ALBUMS}?filter=(title='cut')` })).text).toContain(
        '"totalItems":0',
      );
    },
  },
  {
    name: 'a connection that breaks in a file leaves nothing',
    async run(world) {
      await expectNothingKept(world, async () => {
        const connection = await rawConnection(world.base);
        connection.write(rawHead(world, 1_000_000));
        connection.write(multipartAround('cover', 'broken.bin').head);
        connection.write(new Uint8Array(100_000));
        await Bun.sleep(50);
        connection.end();
        await connection.closed;
        return Promise.resolve();
      });
    },
  },
  {
    name: 'a declared length beyond the limit is answered before the body',
    async run(world) {
      const connection = await rawConnection(world.base);
      connection.write(rawHead(world, 10_000_000_000));
      connection.write(multipartAround('cover', 'huge.bin').head);
      const response = await connection.until('"status":413');
      expect(statusOf(response)).toBe(413);
      expect(response).toContain('Request entity too large.');
      connection.end();
    },
  },
  {
    name: 'an undeclared length beyond the limit is answered all the same, and leaves nothing',
    async run(world) {
      const status = await expectNothingKept(world, () => sendEndless(world));
      expect([400, 413]).toContain(status);
    },
  },
  {
    name: 'JSON beyond its limit',
    async run(world) {
      const refused = await send(world, {
        ...{ method: 'POST', path: '/api/collections/comments/records' },
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: 'x'.repeat(3_000_000) }),
      });
      expect(refused.status).toBe(413);
    },
  },
  {
    name: 'uploads side by side all arrive, each with its own bytes',
    async run(world) {
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, n) => create(world, [file('cover', `side_${n}.txt`)])),
      );
      await Promise.all(
        made.map(({ json }, n) =>
          expectContent(world, textAt(json, 'id'), textAt(json, 'cover'), `content of side_${n}.txt`),
        ),
      );
    },
  },
  {
    name: 'appends side by side never exceed the limit, and lose nothing that was accepted',
    async run(world) {
      const { id } = await album(world, []);
      const headers = { 'content-type': MULTIPART_TYPE };
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          send(world, {
            ...{ method: 'PATCH', path: `${ALBUMS}/${id}`, headers },
            body: multipart([file('pages+', `append_${n}.txt`)]),
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([
        ...Array.from({ length: 4 }, () => 200),
        ...Array.from({ length: 8 }, () => 400),
      ]);
      const after = await sendOk(world, { path: `${ALBUMS}/${id}`, as: 'admin' });
      expect(textsAt(after.json, 'pages')).toHaveLength(4);
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'replacing, reading and deleting at once: whole files or none',
    async run(world) {
      const made = await create(world, [file('cover', 'start.txt')]);
      const id = textAt(made.json, 'id');
      const path = `${ALBUMS}/${id}`;
      const headers = { 'content-type': MULTIPART_TYPE };
      const work = Array.from({ length: 30 }, async (_, n) => {
        if (n === 25) return [(await send(world, { method: 'DELETE', path })).status, 204];
        const body = multipart([file('cover', `round_${n}.txt`)]);
        const answer = await send(world, { method: 'PATCH', path, headers, body });
        if (answer.status !== 200) return [answer.status, 404];
        const read = await send(world, { path: `/api/files/albums/${id}/${textAt(answer.json, 'cover')}` });
        return read.status === 200 ? [read.text, `content of round_${n}.txt`] : [read.status, 404];
      });
      for (const [found, wanted] of await Promise.all(work)) expect(found).toBe(wanted);
      expect((await send(world, { path, as: 'admin' })).status).toBe(404);
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'a deleted record takes its files along',
    async run(world) {
      const { id, names } = await album(world, ['one.txt', 'two.txt']);
      const deleted = await send(world, { method: 'DELETE', path: `${ALBUMS}/${id}` });
      expect([deleted.status, deleted.text]).toEqual([204, '']);
      for (const name of names) await expectGone(world, id, name);
    },
  },
  {
    name: 'after all that, records, catalogue and disk agree',
    async run(world) {
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
];

/** Names as clients and attackers send them: what the server makes of each is safe and served. */
function ODD_NAMES(): Story[] {
  const cases: readonly [string, string | Uint8Array, RegExp][] = [
    ['My Photo (1).PNG', 'My Photo (1).PNG', /^my_photo_1_[a-z0-9]{10}\.PNG$/],
    ['an archive with two dots', 'backup.tar.gz', /^backup_[a-z0-9]{10}\.tar\.gz$/],
    ['a path upwards', '../../etc/passwd', /^[a-z0-9_]*passwd[a-z0-9_.]*$/],
    ['a Windows path', 'C:\\Users\\x\\report.txt', /^[a-z0-9_]+\.txt$/],
    ['an escaped line break and a header', 'x.txt%0D%0ASet-Cookie: a=b', /^\w+\.[\w=.-]+$/],
    ['300 bytes', `${'long'.repeat(74)}.txt`, /^(?=.{1,150}$)[a-z0-9_]+\.txt$/],
    ['300 bytes of three-byte characters', `${'漢'.repeat(99)}.txt`, /^[a-z0-9]{10}_[a-z0-9]{10}\.txt$/],
    ['right-to-left marks', 'invoice\u202Egnp.exe', /^[a-z0-9_]+\.exe$/],
    ['emoji', '🦆🦆.png', /^[a-z0-9]{10}_[a-z0-9]{10}\.png$/],
    ['dots alone', '...', /^[a-z0-9_]+(\.txt)?$/],
    ['a leading dot', '.htaccess', /^[a-z0-9_]+[\w.]*$/],
    ['umlauts', 'Größe über alles.txt', /^[a-z_]+_[a-z0-9]{10}\.txt$/],
  ];
  return cases.map(([title, name, pattern]) => ({
    name: `a client's name: ${title}`,
    async run(world) {
      const made = await create(world, [{ name: 'cover', filename: name, value: 'odd but fine' }]);
      const stored = textAt(made.json, 'cover');
      expect(stored).toMatch(pattern);
      expect(stored).not.toMatch(/[/\\\u0000-\u001f]|^\./);
      const answer = await sendOk(world, {
        path: `/api/files/albums/${textAt(made.json, 'id')}/${encodeURIComponent(stored)}?download=1`,
      });
      expect(answer.text).toBe('odd but fine');
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(answer.headers.get('content-disposition')).toStartWith('attachment; filename=');
    },
  }));
}

function text(name: string, value: string | undefined): Part {
  return { name, value: value ?? '' };
}

function file(name: string, filename: string): Part {
  return { name, filename, value: `content of ${filename}`, type: 'text/plain' };
}

/** A new album with these pages; names as the server gave them. */
async function album(
  world: World,
  pages: readonly string[],
): Promise<{ id: string; names: readonly string[] }> {
  const { json } = await create(
    world,
    pages.map((page) => file('pages', page)),
  );
  return { id: textAt(json, 'id'), names: textsAt(json, 'pages') };
}

function post(world: World, parts: readonly Part[], path = ALBUMS, as?: string): Promise<Answer> {
  const headers = { 'content-type': MULTIPART_TYPE };
  return send(world, { method: 'POST', path, as, headers, body: multipart(parts) });
}

async function create(world: World, parts: readonly Part[]): Promise<Answer> {
  const answer = await post(world, parts);
  expect(answer.status, answer.text).toBe(200);
  return answer;
}

function update(world: World, id: string, parts: readonly Part[]): Promise<Answer> {
  const headers = { 'content-type': MULTIPART_TYPE };
  return sendOk(world, { method: 'PATCH', path: `${ALBUMS}/${id}`, headers, body: multipart(parts) });
}

function patch(world: World, id: string, body: object): Promise<Answer> {
  return sendOk(world, { method: 'PATCH', path: `${ALBUMS}/${id}`, body });
}

async function expectContent(
  world: World,
  id: string,
  name: string | undefined,
  content: string,
): Promise<void> {
  const answer = await sendOk(world, { path: `/api/files/albums/${id}/${name}` });
  expect(answer.text).toBe(content);
}

async function expectGone(world: World, id: string, name: string | undefined): Promise<void> {
  expect((await send(world, { path: `/api/files/albums/${id}/${name}` })).status).toBe(404);
}

/** Runs a request after which the disk must hold what it held before. */
async function expectNothingKept<T>(world: World, run: () => Promise<T>): Promise<T> {
  const { dir } = world;
  if (dir === undefined) return run();
  expect(await settledAudit(dir)).toEqual([]);
  const before = countObjects(dir);
  const result = await run();
  expect(await settledAudit(dir)).toEqual([]);
  expect(countObjects(dir)).toBe(before);
  return result;
}

function rawHead(world: World, length: number | 'chunked'): string {
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return [
    `POST ${ALBUMS} HTTP/1.1`,
    `Host: ${new URL(world.base).host}`,
    `Authorization: ${tokenOf(world, 'alice')}`,
    `Content-Type: ${MULTIPART_TYPE}`,
    framing,
    '\r\n',
  ].join('\r\n');
}

/** Sends a file in chunks until the server has had enough; gives its status, 0 when it only hung up. */
async function sendEndless(world: World): Promise<number> {
  const connection = await rawConnection(world.base);
  connection.write(rawHead(world, 'chunked'));
  const { head } = multipartAround('pages', 'endless.bin');
  connection.write(chunk(head));
  const block = chunk(new Uint8Array(1 << 20));
  let isClosed = false;
  void connection.closed.then(() => {
    isClosed = true;
  });
  for (let sent = 0; sent < 128 && !isClosed && !connection.received().includes('"status":'); sent++) {
    connection.write(block);
    await Bun.sleep(2);
  }
  const response = await connection.until('"status":');
  connection.end();
  return statusOf(response);
}

function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
