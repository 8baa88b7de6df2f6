import { expect } from 'bun:test';
import { settledAudit } from '../../support/audit.ts';
import { at } from '../../support/json.ts';
import { MULTIPART_TYPE, multipart, multipartAround } from '../../support/multipart.ts';
import { rawConnection, statusOf } from '../../support/raw.ts';
import { type Story, send, sendOk, type World } from '../../support/scenarios.ts';
import {
  filePart,
  idOf,
  keepsNothing,
  paper,
  RECORDS,
  readFiles,
  readMember,
  sendForm,
  sendJson,
} from './cabinet.ts';

const MB = 1024 * 1024;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
/** Bytes whose base64 has the characters in which the two alphabets differ. */
const BYTES = Uint8Array.of(0xfb, 0xff, 0xbf, 0x3e, 0x3f);

/** Files in bodies (specs/trailbase.md 10). Each story makes the records it needs. */
export const fileUploadStories: readonly Story[] = [
  {
    name: 'a form brings a record with its files, and a read shows what is known of them',
    async run(world) {
      const made = await sendForm(world, 'POST', '/papers', [
        { name: 'title', value: 'My Document' },
        filePart('cover', 'Größe.png', PNG, 'image/x-claimed'),
        filePart('sheets', 'document.pdf', '%PDF-1.4\n', 'application/pdf'),
        filePart('sheets', 'unknown', Uint8Array.of(1, 0, 2)),
      ]);
      expect(Object.keys(Object(made.json))).toEqual(['ids']);
      const path = `/papers/${idOf(made)}`;
      const [cover] = await readFiles(world, path, 'cover');
      expect(cover).toEqual({
        ...{ original_filename: 'Größe.png', name: 'Größe.png', content_type: 'image/x-claimed' },
        ...{
          mime_type: 'image/png',
          size: PNG.length,
          filename: expect.stringMatching(/^\w+_[a-z0-9]{10}\.png$/),
        },
        objectstore_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      const sheets = await readFiles(world, path, 'sheets');
      expect(sheets).toMatchObject([
        { name: 'document.pdf', size: 9, content_type: 'application/pdf', mime_type: 'application/pdf' },
        { name: 'unknown', size: 3 },
      ]);
      expect(sheets[1]).not.toHaveProperty('mime_type');
      expect(await readMember(world, path, 'title')).toBe('My Document');
    },
  },
  {
    name: 'files of a change take the place of those that were there',
    async run(world) {
      const path = await paper(world, ['one.txt', 'two.txt'], 'cover.txt');
      const [one] = await readFiles(world, path, 'sheets');
      const [cover] = await readFiles(world, path, 'cover');
      const changed = await sendForm(world, 'PATCH', path, [
        filePart('sheets', 'three.txt'),
        filePart('sheets', 'four.txt'),
        filePart('cover', 'cover2.txt'),
      ]);
      expect([changed.status, changed.text]).toEqual([200, '']);
      expect((await readFiles(world, path, 'sheets')).map(({ name }) => name)).toEqual([
        'three.txt',
        'four.txt',
      ]);
      expect((await sendOk(world, { path: `${RECORDS}${path}/file/cover` })).text).toBe(
        'content of cover2.txt',
      );
      for (const [column, old] of [
        ['sheets', one],
        ['cover', cover],
      ] as const) {
        const gone = await send(world, { path: `${RECORDS}${path}/files/${column}/${old?.filename}` });
        expect([gone.status, gone.text]).toEqual([404, '']);
      }
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'an input that nobody filled in changes nothing',
    async run(world) {
      const path = await paper(world, ['one.txt'], 'cover.txt');
      const before = (await sendOk(world, { path: RECORDS + path })).json;
      const unfilled = [filePart('cover', '', Uint8Array.of()), { name: 'sheets', value: '' }];
      expect((await sendForm(world, 'PATCH', path, unfilled)).status).toBe(200);
      expect((await sendOk(world, { path: RECORDS + path })).json).toEqual(before);
    },
  },
  {
    name: 'parts for no file column are skipped and stored nowhere',
    async run(world) {
      await keepsNothing(world, async () => {
        const parts = ['nothing', 'title', 'id', '__proto__'].map((name) => filePart(name, 'x.txt'));
        const path = `/papers/${idOf(await sendForm(world, 'POST', '/papers', parts))}`;
        expect((await sendOk(world, { path: RECORDS + path })).json).toMatchObject({
          title: null,
          cover: null,
          sheets: [],
        });
      });
      await keepsNothing(world, async () => {
        const parts = ['inside', 'stolen'].map((name) => filePart(name, 'x.txt'));
        expect((await sendForm(world, 'POST', '/letters', parts, 'alice')).status).toBe(200);
      });
    },
  },
  {
    name: 'two files for a column of one are refused, and neither is kept',
    async run(world) {
      await keepsNothing(world, async () => {
        const two = [filePart('cover', 'a.txt'), filePart('cover', 'b.txt')];
        const refused = await sendForm(world, 'POST', '/papers', two);
        expect([refused.status, refused.text]).toEqual([400, 'Invalid Parameters']);
        const list = [{ data: 'AQID' }, { data: 'AQID' }];
        for (const cover of [list, list.slice(1), []])
          expect((await sendJson(world, 'POST', '/papers', { cover })).status).toBe(400);
        const six = Array.from({ length: 6 }, () => filePart('sheets', 'a.txt'));
        expect((await sendForm(world, 'POST', '/papers', six)).status).toBe(400);
      });
    },
  },
  {
    name: 'JSON brings files in either base64, in short bodies and in long ones',
    async run(world) {
      const standard = Buffer.from(BYTES).toString('base64');
      const urlSafe = Buffer.from(BYTES).toString('base64url');
      expect(standard).not.toBe(`${urlSafe}=`);
      for (const title of ['short', 'x'.repeat(50)]) {
        const padding = title === 'short' ? '' : 'y'.repeat(70_000);
        const made = await sendJson(world, 'POST', '/papers', {
          ...{
            title,
            unknown: padding,
            cover: { filename: 'a.bin', content_type: 'a/b', data: standard, name: 'ignored' },
          },
          sheets: [
            { data: urlSafe, filename: 'b' },
            { content_type: null, data: `${urlSafe}=` },
            { data: '' },
          ],
        });
        const path = `/papers/${idOf(made)}`;
        expect(await readFiles(world, path, 'cover')).toMatchObject([
          {
            original_filename: 'a.bin',
            filename: expect.stringMatching(/^\w+\.bin$/),
            content_type: 'a/b',
            size: 5,
          },
        ]);
        const sheets = await readFiles(world, path, 'sheets');
        expect(sheets.map(({ size }) => size)).toEqual([5, 5, 0]);
        for (const { filename } of sheets.slice(0, 2)) {
          const { bytes } = await sendOk(world, { path: `${RECORDS}${path}/files/sheets/${filename}` });
          expect([...bytes]).toEqual([...BYTES]);
        }
      }
    },
  },
  {
    name: 'a bulk create brings the files of each record, or none of any',
    async run(world) {
      const data = Buffer.alloc(60_000, 'x').toString('base64');
      const good = [
        { cover: { data, filename: '1' } },
        {},
        {
          sheets: [
            { data: 'AQID', filename: '2' },
            { data, filename: '3' },
          ],
        },
      ];
      const ids = Object(await sendJson(world, 'POST', '/papers', good)).json.ids;
      expect(ids).toHaveLength(3);
      expect(await readFiles(world, `/papers/${ids[0]}`, 'cover')).toMatchObject([
        { name: '1', size: 60_000 },
      ]);
      expect(await readFiles(world, `/papers/${ids[2]}`, 'sheets')).toMatchObject([
        { name: '2' },
        { name: '3' },
      ]);
      await keepsNothing(world, async () => {
        const bad = [...good, { title: 'x'.repeat(51), cover: { data: 'AQID' } }];
        expect((await sendJson(world, 'POST', '/papers', bad)).status).toBe(400);
        expect((await sendJson(world, 'POST', '/papers', [...good, 5])).status).toBe(400);
        const empty = Array.from({ length: 1024 }, () => ({ unknown: 'x'.repeat(100) }));
        const beyond = await sendJson(world, 'POST', '/papers', [...empty, { cover: { data: 'AQID' } }]);
        expect([beyond.status, beyond.text]).toEqual([400, 'Bulk creation exceeds limit: 1024']);
      });
    },
  },
  {
    name: 'a batch stores files as well, and keeps none when it fails',
    async run(world) {
      const path = await paper(world, ['old.txt']);
      const record_id = path.split('/').at(-1);
      const run = (value: object, last: object) =>
        send(world, {
          ...{
            method: 'POST',
            path: '/api/transaction/v1/execute',
            headers: { 'content-type': 'application/json' },
          },
          body: Buffer.from(
            JSON.stringify({
              operations: [
                { Create: { api_name: 'papers', value: { cover: { data: 'AQID', filename: 'new.bin' } } } },
                { Update: { api_name: 'papers', record_id, value } },
                { Create: { api_name: 'papers', value: last } },
              ],
              transaction: true,
            }),
          ),
        });
      const done = await run({ sheets: [{ data: 'BAUG', filename: 'other.bin' }] }, {});
      expect(done.status).toBe(200);
      expect(await readFiles(world, `/papers/${at(done.json, 'ids.0')}`, 'cover')).toMatchObject([
        { name: 'new.bin' },
      ]);
      expect(await readFiles(world, path, 'sheets')).toMatchObject([{ name: 'other.bin', size: 3 }]);
      await keepsNothing(world, async () => {
        expect((await run({ sheets: [{ data: 'AQID' }] }, { title: 'x'.repeat(51) })).status).toBe(400);
        expect((await run({ sheets: [{ data: 'AQID' }] }, { cover: { data: '*' } })).status).toBe(400);
        expect((await run({ sheets: [{ filename: 'foreign' }] }, {})).status).toBe(400);
      });
      expect(await readFiles(world, path, 'sheets')).toMatchObject([{ name: 'other.bin' }]);
    },
  },
  {
    name: 'metadata keeps files: all that a read gave, or what names one',
    async run(world) {
      const path = await paper(world, ['one.txt', 'two.txt', 'three.txt'], 'cover.txt');
      const [one, two, three] = await readFiles(world, path, 'sheets');
      const [cover] = await readFiles(world, path, 'cover');
      const sheets = [
        three,
        { data: 'AQID', filename: 'new.bin' },
        { filename: one?.filename, mime_type: null },
      ];
      expect((await sendJson(world, 'PATCH', path, { cover, sheets })).status).toBe(200);
      const after = await readFiles(world, path, 'sheets');
      expect(after).toEqual([three, expect.objectContaining({ name: 'new.bin' }), one]);
      expect(await readFiles(world, path, 'cover')).toMatchObject([cover ?? {}]);
      const byId = { sheets: [{ objectstore_id: one?.objectstore_id }] };
      expect((await sendJson(world, 'PATCH', path, byId)).status).toBe(200);
      expect(await readFiles(world, path, 'sheets')).toMatchObject([one ?? {}]);
      expect((await send(world, { path: `${RECORDS}${path}/files/sheets/${two?.filename}` })).status).toBe(
        404,
      );
      const form = [{ name: 'sheets', value: JSON.stringify([one]) }, filePart('sheets', 'more.txt')];
      expect((await sendForm(world, 'PATCH', path, form)).status).toBe(200);
      expect((await readFiles(world, path, 'sheets')).map(({ name }) => name)).toEqual([
        'one.txt',
        'more.txt',
      ]);
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'null clears, in JSON and in a form',
    async run(world) {
      const path = await paper(world, ['one.txt'], 'cover.txt');
      expect((await sendJson(world, 'PATCH', path, { cover: null })).status).toBe(200);
      expect(await readMember(world, path, 'cover')).toBeNull();
      expect((await sendForm(world, 'PATCH', path, [{ name: 'sheets', value: 'null' }])).status).toBe(200);
      expect(await readFiles(world, path, 'sheets')).toEqual([]);
      expect((await send(world, { path: `${RECORDS}${path}/file/cover` })).status).toBe(404);
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'what names no file of this record is refused, and nothing changes',
    async run(world) {
      const path = await paper(world, ['one.txt'], 'cover.txt');
      const other = await paper(world, ['one.txt'], 'cover.txt');
      const [own] = await readFiles(world, path, 'sheets');
      const [cover] = await readFiles(world, path, 'cover');
      const [foreign] = await readFiles(world, other, 'sheets');
      const before = (await sendOk(world, { path: RECORDS + path })).json;
      const forged: readonly unknown[] = [
        ...[foreign, cover, { filename: foreign?.filename }, { objectstore_id: foreign?.objectstore_id }],
        { ...own, objectstore_id: foreign?.objectstore_id },
        ...[
          { ...own, size: 5 },
          { ...own, content_type: 'text/html' },
          { ...own, original_filename: 'x' },
        ],
        ...[{ ...own, id: 'x' }, { original_filename: 'one.txt' }, {}, { filename: null }, { filename: 5 }],
        ...[own?.filename, 'x', 5, true, [own], { ...own, data: 'AQID' }, { data: 'AQID', size: 3 }],
        ...[
          { data: 5 },
          { data: [1, 2] },
          { data: null },
          { data: {} },
          { data: 'A' },
          { data: 'A===' },
          { data: 'AQ ID' },
        ],
        ...[
          { data: 'AQID', filename: 5 },
          { data: 'AQID', content_type: {} },
          { data: 'AQID', name: [] },
        ],
        { data: `${'A'.repeat(90_000)}*` },
      ];
      await keepsNothing(world, async () => {
        for (const value of forged) {
          const refused = await sendJson(world, 'PATCH', path, { title: 'changed', sheets: [value] });
          expect([value, refused.status, refused.text]).toEqual([value, 400, 'Invalid Parameters']);
          expect((await sendJson(world, 'POST', '/papers', { sheets: [value] })).status).toBe(400);
        }
        for (const sheets of [own, { data: 'AQID' }, 'x', 5, { length: 1 }])
          expect((await sendJson(world, 'PATCH', path, { sheets })).status).toBe(400);
        expect(
          (await sendJson(world, 'POST', '/papers', { cover: { filename: cover?.filename } })).status,
        ).toBe(400);
      });
      expect((await sendOk(world, { path: RECORDS + path })).json).toEqual(before);
    },
  },
  {
    name: 'a change that fails for another reason keeps the old files and none of the new',
    async run(world) {
      const path = await paper(world, ['one.txt'], 'cover.txt');
      await keepsNothing(world, async () => {
        const parts = [filePart('cover', 'new.txt'), { name: 'title', value: 'x'.repeat(51) }];
        const refused = await sendForm(world, 'PATCH', path, parts);
        expect([refused.status, refused.text]).toEqual([400, 'db constraint: check']);
        const json = { cover: { data: 'AQID' }, id: 'AZAAAAAAcACAAAAAAAAAAQ==' };
        expect((await sendJson(world, 'PATCH', path, json)).status).toBe(400);
        const long = { cover: { data: 'AQID'.repeat(30_000) }, title: 5 };
        expect((await sendJson(world, 'PATCH', path, long)).status).toBe(400);
      });
      expect((await sendOk(world, { path: `${RECORDS}${path}/file/cover` })).text).toBe(
        'content of cover.txt',
      );
    },
  },
  {
    name: 'who may not write is refused before a byte is stored',
    async run(world) {
      const letter = `/letters/${idOf(await sendForm(world, 'POST', '/letters', [filePart('scan', 'a.txt')], 'alice'))}`;
      await keepsNothing(world, async () => {
        for (const [path, as] of [
          ['/drafts', undefined],
          ['/drafts', 'bob'],
          ['/letters', undefined],
        ] as const) {
          const name = path === '/drafts' ? 'page' : 'scan';
          const form = await sendForm(world, 'POST', path, [filePart(name, 'x.txt')], as);
          expect([path, form.status, form.text]).toEqual([path, 403, '']);
          const data = 'AQID'.repeat(30_000);
          expect((await sendJson(world, 'POST', path, { [name]: { data } }, as)).status).toBe(403);
        }
        for (const as of [undefined, 'bob']) {
          expect((await sendForm(world, 'PATCH', letter, [filePart('scan', 'x.txt')], as)).status).toBe(403);
          expect((await sendJson(world, 'PATCH', letter, { scan: { data: 'AQID' } }, as)).status).toBe(403);
        }
      });
    },
  },
  {
    name: 'types are told from the content, sizes by the field',
    async run(world) {
      const good = await sendForm(world, 'POST', '/stamps', [
        filePart('picture', 'a.txt', PNG, 'text/plain'),
      ]);
      expect(good.status).toBe(200);
      await keepsNothing(world, async () => {
        const lying = await sendForm(world, 'POST', '/stamps', [
          filePart('picture', 'a.png', 'text', 'image/png'),
        ]);
        expect([lying.status, lying.text]).toEqual([400, 'Invalid Parameters']);
        const large = await sendForm(world, 'POST', '/stamps', [
          filePart('more', 'a.bin', new Uint8Array(2001)),
        ]);
        expect([large.status, large.text]).toEqual([413, 'length limit exceeded']);
        const data = Buffer.alloc(2001).toString('base64');
        const json = await sendJson(world, 'POST', '/stamps', { more: [{ data }] });
        expect([json.status, json.text]).toEqual([413, 'length limit exceeded']);
      });
    },
  },
  {
    name: 'a file of 10 MB fits, a larger one is too long',
    async run(world) {
      const ten = new Uint8Array(10 * MB);
      expect((await sendForm(world, 'POST', '/papers', [filePart('cover', 'ten.bin', ten)])).status).toBe(
        200,
      );
      const data = Buffer.from(ten).toString('base64');
      const path = `/papers/${idOf(await sendJson(world, 'POST', '/papers', { cover: { data } }))}`;
      expect(await readFiles(world, path, 'cover')).toMatchObject([{ size: 10 * MB }]);
      await keepsNothing(world, async () => {
        const form = await sendForm(world, 'POST', '/papers', [
          filePart('cover', 'x.bin', new Uint8Array(10 * MB + 1)),
        ]);
        expect([form.status, form.text]).toEqual([413, 'length limit exceeded']);
        const json = await sendJson(world, 'POST', '/papers', {
          cover: { data: `${data.slice(0, -4)}AAAAAAAA` },
        });
        expect([json.status, json.text]).toEqual([413, 'length limit exceeded']);
      });
    },
  },
  ...[MULTIPART_TYPE, 'application/json'].map(
    (type): Story => ({
      name: `a body of ${type.split(';')[0]} that is too long is refused: at once when it says so, else on the way`,
      async run(world) {
        await keepsNothing(world, async () => {
          const declared = await rawConnection(world.base);
          declared.write(rawHead(world, type, 'Content-Length: 9000000000'));
          expect(statusOf(await declared.until('length limit exceeded'))).toBe(413);
          declared.end();
          expect(await sendEndless(world, type)).toBe(413);
        });
      },
    }),
  ),
  {
    name: 'a body that breaks off leaves nothing',
    async run(world) {
      await keepsNothing(world, async () => {
        for (const type of [MULTIPART_TYPE, 'application/json']) {
          const connection = await rawConnection(world.base);
          connection.write(rawHead(world, type, 'Content-Length: 500000'));
          connection.write(beginningOf(type));
          connection.write('A'.repeat(200_000));
          await Bun.sleep(50);
          connection.end();
        }
        await Bun.sleep(100);
      });
      const cut = multipart([filePart('cover', 'a.txt')]).slice(0, -20);
      const headers = { 'content-type': MULTIPART_TYPE };
      await keepsNothing(world, async () => {
        const answer = await send(world, { method: 'POST', path: `${RECORDS}/papers`, headers, body: cut });
        expect([answer.status, answer.text]).toEqual([400, 'Invalid Parameters']);
      });
    },
  },
  ...ODD_NAMES().map(
    ([name, sent, shown]): Story => ({
      name: `a file called ${name} is kept under a harmless name`,
      async run(world) {
        const path = `/papers/${idOf(await sendForm(world, 'POST', '/papers', [filePart('cover', sent, 'text')]))}`;
        const [cover] = await readFiles(world, path, 'cover');
        expect(cover?.name).toBe(shown);
        expect(cover?.filename).toMatch(/^[a-z0-9_]+[\w.*+=#-]*$/);
        const address = `${RECORDS}${path}/files/cover/`;
        for (const file of [cover?.filename ?? '', shown]) {
          const answer = await send(world, { path: address + encodeURIComponent(file) });
          expect([answer.status, answer.text]).toEqual([200, 'text']);
          expect(answer.headers.get('content-disposition')).toBe('attachment');
        }
        if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
      },
    }),
  ),
];

/** Names as clients and attackers send them, and what is shown of them. */
function ODD_NAMES(): readonly (readonly [string, string | Uint8Array, string])[] {
  return [
    ['with spaces and umlauts', 'Schöne Grüße (1).txt', 'Schöne Grüße (1).txt'],
    ['in another script', '報告書.txt', '報告書.txt'],
    ['like a path upwards', '../../etc/passwd', 'passwd'],
    ['like a Windows path', 'C:\\Users\\x\\report.txt', 'report.txt'],
    ['with an escaped line break', 'x%0D%0ASet-Cookie: a=b.txt', 'x%0D%0ASet-Cookie: a=b.txt'],
    ['against the reading direction', 'a\u202etxt.exe', 'atxt.exe'],
    ['dots alone', '..', 'file'],
    ['with decomposed letters', 'Gro\u0308ße.txt', 'Größe.txt'],
  ];
}

function rawHead(world: World, type: string, framing: string): string {
  const host = new URL(world.base).host;
  return `POST ${RECORDS}/papers HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`;
}

/** All of a body up to the bytes of its file. */
function beginningOf(type: string): Uint8Array {
  return type === MULTIPART_TYPE ? multipartAround('cover', 'x.bin').head : Buffer.from('{"cover":{"data":"');
}

/** Sends a file in chunks until the server has had enough; gives its status, 0 when it only hung up. */
async function sendEndless(world: World, type: string): Promise<number> {
  const connection = await rawConnection(world.base);
  connection.write(rawHead(world, type, 'Transfer-Encoding: chunked'));
  connection.write(chunk(beginningOf(type)));
  const block = chunk(Buffer.alloc(MB, 'A'));
  let isClosed = false;
  void connection.closed.then(() => {
    isClosed = true;
  });
  for (let sent = 0; sent < 128 && !isClosed && connection.received() === ''; sent++) {
    connection.write(block);
    await Bun.sleep(2);
  }
  const response = await connection.until('length limit exceeded');
  connection.end();
  return statusOf(response);
}

function chunk(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
