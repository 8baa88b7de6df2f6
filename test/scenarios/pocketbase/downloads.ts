import { Database } from 'bun:sqlite';
import { expect } from 'bun:test';
import { mkdirSync, rmdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import {
  blinkingGif,
  photoHeld,
  plain,
  pngThatClaims,
  quarters,
  svgWithScript,
} from '../../fixtures/images.ts';
import { settledAudit } from '../../support/audit.ts';
import { textAt } from '../../support/json.ts';
import { MULTIPART_TYPE, multipart } from '../../support/multipart.ts';
import { type Answer, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

/** Downloads, thumbs and protected files (specs/pocketbase.md 7). Each story makes the files it needs. */
export const downloadStories: readonly Story[] = [
  {
    name: 'a picture comes with every header of the original, and an ETag',
    async run(world) {
      const png = await quarters().png().toBuffer();
      const { path, name } = await stored(world, 'Quay Wall.png', png);
      const answer = await sendOk(world, { path });
      expect(Buffer.compare(answer.bytes, png)).toBe(0);
      expect(answer.headers.get('content-type')).toBe('image/png');
      expect(answer.headers.get('content-disposition')).toBe(`inline; filename=${name}`);
      expect(answer.headers.get('cache-control')).toBe('max-age=2592000, stale-while-revalidate=86400');
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
      );
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('x-frame-options')).toBeNull();
      expect(answer.headers.get('accept-ranges')).toBe('bytes');
      expect(answer.headers.get('content-length')).toBe(String(png.length));
      expect(answer.headers.get('etag')).toMatch(/^"[^"]+"$/);
      expect(Date.parse(answer.headers.get('last-modified') ?? '')).toBeLessThanOrEqual(Date.now());
      expect(answer.headers.get('content-encoding')).toBeNull();
    },
  },
  {
    name: 'HEAD gives the same headers and no body',
    async run(world) {
      const { path } = await stored(world, 'a.png', await quarters().png().toBuffer());
      const get = await sendOk(world, { path });
      const head = await sendOk(world, { method: 'HEAD', path });
      expect(head.bytes.length).toBe(0);
      const without = (headers: Headers) => [...headers].filter(([name]) => name !== 'date').sort();
      expect(without(head.headers)).toEqual(without(get.headers));
      expect((await send(world, { method: 'HEAD', path: `${path}x` })).status).toBe(404);
    },
  },
  {
    name: 'ranges: a part, a suffix, an open end, past the end',
    async run(world) {
      const { path } = await stored(world, 'digits.txt', new TextEncoder().encode('0123456789'));
      const cases: readonly [string, number, string, string | null][] = [
        ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
        ['bytes=-3', 206, '789', 'bytes 7-9/10'],
        ['bytes=7-', 206, '789', 'bytes 7-9/10'],
        ['bytes=0-99', 206, '0123456789', 'bytes 0-9/10'],
        ['bytes=10-', 416, '', 'bytes */10'],
        ['lines=1-2', 200, '0123456789', null],
      ];
      for (const [range, status, body, contentRange] of cases) {
        const answer = await send(world, { path, headers: { range } });
        expect([range, answer.status, answer.text, answer.headers.get('content-range')]).toEqual([
          range,
          status,
          body,
          contentRange,
        ]);
        expect(answer.headers.get('content-length') ?? '0').toBe(String(body.length));
      }
    },
  },
  {
    name: 'conditions: If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range',
    async run(world) {
      const { path } = await stored(world, 'digits.txt', new TextEncoder().encode('0123456789'));
      const { headers } = await sendOk(world, { path });
      const etag = headers.get('etag') ?? '';
      const modified = headers.get('last-modified') ?? '';
      const past = new Date(Date.parse(modified) - 60_000).toUTCString();
      const ask = async (conditions: Record<string, string>) =>
        (await send(world, { path, headers: conditions })).status;
      expect(await ask({ 'if-none-match': etag })).toBe(304);
      expect(await ask({ 'if-none-match': `"other", W/${etag}` })).toBe(304);
      expect(await ask({ 'if-none-match': '"other"' })).toBe(200);
      expect(await ask({ 'if-modified-since': modified })).toBe(304);
      expect(await ask({ 'if-modified-since': past })).toBe(200);
      expect(await ask({ 'if-unmodified-since': past })).toBe(412);
      expect(await ask({ 'if-range': etag, range: 'bytes=0-1' })).toBe(206);
      expect(await ask({ 'if-range': '"other"', range: 'bytes=0-1' })).toBe(200);
      expect(await ask({ 'if-range': modified, range: 'bytes=0-1' })).toBe(206);
      const unchanged = await send(world, { path, headers: { 'if-none-match': etag } });
      expect(unchanged.headers.get('etag')).toBe(etag);
      expect(unchanged.headers.get('cache-control')).toContain('max-age=2592000');
      expect(unchanged.bytes.length).toBe(0);
    },
  },
  {
    name: 'download: exactly the truthy values ask for an attachment',
    async run(world) {
      const { path, name } = await stored(world, 'a.png', await quarters().png().toBuffer());
      const cases: readonly [string, string][] = [
        ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((value): [string, string] => [value, 'attachment']),
        ...['0', 'false', 'yes', 'tRUE', ''].map((value): [string, string] => [value, 'inline']),
      ];
      for (const [value, disposition] of cases) {
        const { headers } = await sendOk(world, { path: `${path}?download=${value}` });
        expect([value, headers.get('content-disposition')]).toEqual([
          value,
          `${disposition}; filename=${name}`,
        ]);
      }
    },
  },
  {
    name: 'what could run in a browser is never inline, and always in a sandbox',
    async run(world) {
      const cases: readonly [string, Uint8Array, RegExp][] = [
        ['drawing.svg', svgWithScript, /^image\/svg\+xml$/],
        ['page.html', encoded('<!doctype html><script>alert(1)</script>'), /^text\/html; charset=/],
        ['script.js', encoded('alert(1)'), /^text\/javascript; charset=/],
        ['style.css', encoded('body{}'), /^text\/css; charset=/],
        ['notes.txt', encoded('Größe'), /^text\/plain; charset=utf-8$/],
        ['value.json', encoded('{"a":1}'), /^application\/json/],
        ['unknown.bin', new Uint8Array([0, 1, 2, 3, 250]), /^application\/octet-stream$/],
        ['looks.png', svgWithScript, /^image\/svg\+xml$/],
      ];
      for (const [name, bytes, type] of cases) {
        const { path } = await stored(world, name, bytes);
        const { headers } = await sendOk(world, { path });
        expect([name, headers.get('content-disposition')?.split(';')[0]]).toEqual([name, 'attachment']);
        expect(headers.get('content-type') ?? '', name).toMatch(type);
        expect(headers.get('content-security-policy')).toContain('sandbox');
      }
    },
  },
  {
    name: 'what is shown in place is what the content is, whatever the name says',
    async run(world) {
      const gif = Buffer.concat([Buffer.from('GIF89a=1;/*'), Buffer.alloc(40), Buffer.from('*/alert(1)')]);
      const cases: readonly [string, Uint8Array, string][] = [
        ['x.svg', await quarters().png().toBuffer(), 'image/png'],
        ['x.js', gif, 'image/gif'],
        ['x.css', gif, 'image/gif'],
        ['x.html', gif, 'image/gif'],
      ];
      for (const [name, bytes, type] of cases) {
        const { path } = await stored(world, name, bytes);
        const { headers } = await sendOk(world, { path });
        expect([name, headers.get('content-type')]).toEqual([name, type]);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
      }
    },
  },
  {
    name: 'passive types are inline',
    async run(world) {
      const wave = Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1'), Buffer.alloc(24)]);
      const cases: readonly [string, Uint8Array, string][] = [
        ['a.pdf', encoded('%PDF-1.4\n%\u00e2\u00e3\n1 0 obj\n<<>>\nendobj\n'), 'application/pdf'],
        ['a.jpg', await quarters().jpeg().toBuffer(), 'image/jpeg'],
        ['a.gif', await quarters().gif().toBuffer(), 'image/gif'],
        ['a.webp', await quarters().webp().toBuffer(), 'image/webp'],
        ['a.avif', await quarters().avif().toBuffer(), 'image/avif'],
        ['a.wav', wave, 'audio/wav'],
      ];
      for (const [name, bytes, type] of cases) {
        const { path } = await stored(world, name, bytes);
        const { headers } = await sendOk(world, { path });
        expect([
          name,
          headers.get('content-type'),
          headers.get('content-disposition')?.split(';')[0],
        ]).toEqual([name, type, 'inline']);
      }
    },
  },
  {
    name: 'all six forms of thumbs',
    async run(world) {
      // 60 × 40: red, green / blue, white.
      const { path, name } = await stored(world, 'quarters.png', await quarters().png().toBuffer());
      const cases: readonly [string, number, number][] = [
        ['40x30', 40, 30],
        ['40x30t', 40, 30],
        ['40x30b', 40, 30],
        ['40x30f', 40, 27],
        ['0x20', 30, 20],
        ['30x0', 30, 20],
        ['100x100', 100, 100],
      ];
      for (const [size, width, height] of cases) {
        const answer = await sendOk(world, { path: `${path}?thumb=${size}` });
        const picture = await sharp(answer.bytes).metadata();
        expect([size, picture.format, picture.width, picture.height]).toEqual([size, 'png', width, height]);
        expect(answer.headers.get('content-type')).toBe('image/png');
        expect(answer.headers.get('content-disposition')).toBe(`inline; filename=${size}_${name}`);
        expect(answer.headers.get('content-length')).toBe(String(answer.bytes.length));
      }
      const big = await sendOk(world, { path: `${path}?thumb=4000x4000f` });
      const unlarged = await sharp(big.bytes).metadata();
      expect([unlarged.width, unlarged.height]).toEqual([60, 40]);
    },
  },
  {
    name: 'a thumb has its own ETag, and obeys conditions and ranges',
    async run(world) {
      const { path } = await stored(world, 'a.png', await quarters().png().toBuffer());
      const original = (await sendOk(world, { path })).headers.get('etag');
      const thumb = await sendOk(world, { path: `${path}?thumb=40x30` });
      const etag = thumb.headers.get('etag') ?? '';
      expect(etag).not.toBe(original);
      const again = { path: `${path}?thumb=40x30` };
      expect((await send(world, { ...again, headers: { 'if-none-match': etag } })).status).toBe(304);
      const part = await send(world, { ...again, headers: { range: 'bytes=0-7' } });
      expect([part.status, Buffer.compare(part.bytes, thumb.bytes.subarray(0, 8))]).toEqual([206, 0]);
      const head = await send(world, { ...again, method: 'HEAD' });
      expect(head.headers.get('content-length')).toBe(String(thumb.bytes.length));
    },
  },
  {
    name: 'anchors: top keeps the top, bottom the bottom',
    async run(world) {
      const tall = await sharp({ create: { width: 40, height: 90, channels: 3, background: '#f00' } })
        .composite([
          { input: { create: { width: 40, height: 45, channels: 3, background: '#00f' } }, top: 45, left: 0 },
        ])
        .png()
        .toBuffer();
      const { path } = await stored(world, 'tall.png', tall);
      const colour = async (size: string) => {
        const { bytes } = await sendOk(world, { path: `${path}?thumb=${size}` });
        const raw = await sharp(bytes).removeAlpha().raw().toBuffer();
        return [raw[0], raw[1], raw[2]];
      };
      expect(await colour('40x30t')).toEqual([255, 0, 0]);
      expect(await colour('40x30b')).toEqual([0, 0, 255]);
    },
  },
  {
    name: 'thumbs keep their format, stand upright and are one frame',
    async run(world) {
      const cases: readonly [string, Uint8Array, string][] = [
        ['a.jpg', await photoHeld(6), 'jpeg'],
        ['a.webp', await quarters().webp({ lossless: true }).toBuffer(), 'webp'],
        ['a.gif', await blinkingGif(), 'gif'],
        ['a.avif', await quarters().avif({ quality: 90 }).toBuffer(), 'heif'],
      ];
      for (const [name, bytes, format] of cases) {
        const { path } = await stored(world, name, bytes);
        const answer = await sendOk(world, { path: `${path}?thumb=40x30f` });
        const picture = await sharp(answer.bytes).metadata();
        expect([name, picture.format, picture.width, picture.height, picture.pages ?? 1]).toEqual([
          name,
          format as typeof picture.format,
          40,
          27,
          1,
        ]);
        expect(picture.orientation ?? 1).toBe(1);
        const raw = await sharp(answer.bytes).removeAlpha().raw().toBuffer();
        expect(raw[0] ?? 0, `${name} begins red`).toBeGreaterThan(180);
        expect(raw[2] ?? 255, `${name} begins red`).toBeLessThan(90);
      }
    },
  },
  {
    name: 'an undeclared size, a size that is none, or a file that is no picture: the original',
    async run(world) {
      const png = await quarters().png().toBuffer();
      const picture = await stored(world, 'a.png', png);
      for (const size of ['41x31', '0x0', '40x30z', '-1x5', 'huge', '40x30%00', '']) {
        const answer = await sendOk(world, { path: `${picture.path}?thumb=${size}` });
        expect([size, Buffer.compare(answer.bytes, png)]).toEqual([size, 0]);
        expect(answer.headers.get('content-disposition')).toBe(`inline; filename=${picture.name}`);
      }
      const text = await stored(world, 'a.txt', encoded('no picture'));
      expect((await sendOk(world, { path: `${text.path}?thumb=40x30` })).text).toBe('no picture');
      const svg = await stored(world, 'a.svg', svgWithScript);
      expect((await sendOk(world, { path: `${svg.path}?thumb=40x30` })).text).toContain('<svg');
    },
  },
  {
    name: 'pictures that lie about their size, or stop halfway, are served as they are',
    async run(world) {
      const whole = await plain(400, 300).jpeg().toBuffer();
      const cases: readonly [string, Uint8Array][] = [
        ['giant.png', await pngThatClaims(65_536, 65_536)],
        ['uint32.png', await pngThatClaims(0x7fffffff, 2)],
        ['none.png', await pngThatClaims(0, 0)],
        ['header-only.png', (await quarters().png().toBuffer()).subarray(0, 33)],
        ['truncated.webp', (await plain(400, 300).webp().toBuffer()).subarray(0, 60)],
        ['header-only.jpg', whole.subarray(0, 20)],
      ];
      for (const [name, bytes] of cases) {
        const { path } = await stored(world, name, bytes);
        const answer = await sendOk(world, { path: `${path}?thumb=40x30` });
        expect([name, Buffer.compare(answer.bytes, bytes)]).toEqual([name, 0]);
      }
      expect((await send(world, { path: '/api/health' })).status).toBe(200);
    },
  },
  {
    name: 'twenty requests for one new thumb give one picture',
    async run(world) {
      const { path } = await stored(world, 'a.jpg', await plain(1200, 900).jpeg().toBuffer());
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => sendOk(world, { path: `${path}?thumb=40x30` })),
      );
      expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1);
      for (const { bytes } of answers) expect(bytes.length).toBe(answers[0]?.bytes.length ?? -1);
    },
  },
  {
    name: 'a file is reached by the name and by the id of its collection, and by nothing else',
    async run(world) {
      const { id, name } = await stored(world, 'a.txt', encoded('here'));
      expect((await sendOk(world, { path: `/api/files/albums/${id}/${name}` })).text).toBe('here');
      expect((await sendOk(world, { path: `/api/files/{albums}/${id}/${name}` })).text).toBe('here');
      const misses = [
        `/api/files/posts/${id}/${name}`,
        `/api/files/nowhere/${id}/${name}`,
        `/api/files/albums/nobody000000000/${name}`,
        `/api/files/albums/${id}/other.txt`,
        `/api/files/albums/${id}/`,
        `/api/files/albums/${id}/${name}/`,
        `/api/files/albums/${id}/..%2f..%2fdata.db`,
        `/api/files/albums/${id}/%00`,
        `/api/files/albums/${id}/${name}%00.png`,
        `/api/files/albums/${id}/%ff`,
      ];
      for (const path of misses) {
        const answer = await send(world, { path });
        expect([path, answer.status]).toEqual([path, 404]);
        expect(answer.text).toBe(
          '{"data":{},"message":"The requested resource wasn\'t found.","status":404}\n',
        );
      }
    },
  },
  {
    name: 'a protected file needs a file token of somebody who may view the record',
    async run(world) {
      const { json } = await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections/papers/records', as: 'alice' },
        headers: { 'content-type': MULTIPART_TYPE },
        body: multipart([
          { name: 'owner', value: world.values.alice ?? '' },
          { name: 'scan', filename: 'scan.png', value: await quarters().png().toBuffer() },
          { name: 'pictures', filename: 'open.txt', value: 'open' },
        ]),
      });
      const id = textAt(json, 'id');
      const path = `/api/files/papers/${id}/${textAt(json, 'scan')}`;
      const missing = { status: 404, body: { data: {}, status: 404 } };
      const ask = async (as: string | undefined, token: string) => {
        const answer = await send(world, { path: `${path}?token=${token}`, as });
        return { status: answer.status, body: answer.json };
      };
      expect(await ask(undefined, '')).toMatchObject(missing);
      expect(await ask('admin', '')).toMatchObject(missing);
      expect(await ask('alice', 'nonsense')).toMatchObject(missing);
      expect(await ask(undefined, world.tokens.alice ?? '')).toMatchObject(missing);
      expect(await ask(undefined, await fileToken(world, 'bob'))).toMatchObject(missing);
      expect((await ask(undefined, await fileToken(world, 'admin'))).status).toBe(200);

      const token = await fileToken(world, 'alice');
      const answer = await sendOk(world, { path: `${path}?token=${token}` });
      expect(answer.headers.get('cache-control')).toBe(
        'private, max-age=2592000, stale-while-revalidate=86400',
      );
      const preview = await sendOk(world, { path: `${path}?token=${token}&thumb=100x100` });
      expect((await sharp(preview.bytes).metadata()).width).toBe(100);
      const etag = answer.headers.get('etag') ?? '';
      const guess = await send(world, { path, headers: { 'if-none-match': etag } });
      expect([guess.status, guess.headers.get('etag')]).toEqual([404, null]);
      expect((await send(world, { method: 'HEAD', path })).status).toBe(404);

      const open = await sendOk(world, { path: `/api/files/papers/${id}/${textAt(json, 'pictures.0')}` });
      expect(open.text).toBe('open');

      await sendOk(world, {
        ...{ method: 'PATCH', path: `/api/collections/papers/records/${id}`, as: 'admin' },
        body: { owner: '{bob}' },
      });
      expect(await ask(undefined, token)).toMatchObject(missing);
      await sendOk(world, { method: 'DELETE', path: `/api/collections/papers/records/${id}`, as: 'admin' });
    },
  },
  {
    name: 'a file that is gone from the disk is not found; one that is short is never sent as if it were whole',
    async run(world) {
      if (world.dir === undefined) return;
      const content = new Uint8Array(300_000).fill(65);
      const { id, name, path } = await stored(world, 'whole.bin', content);
      const object = objectPath(world.dir, name);
      truncateSync(object, 1000);
      const short = await send(world, { path }).catch(() => undefined);
      if (short !== undefined) expect(short.status).toBeGreaterThanOrEqual(400);
      rmSync(object);
      const gone = await send(world, { path });
      expect([gone.status, gone.json]).toMatchObject([404, { data: {}, status: 404 }]);
      mkdirSync(object);
      const odd = await send(world, { path });
      expect(odd.status).toBeGreaterThanOrEqual(400);
      rmdirSync(object);
      await sendOk(world, { method: 'DELETE', path: `/api/collections/albums/records/${id}` });
      expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'files go with their thumbs: nothing is left on the disk',
    async run(world) {
      const { id, path } = await stored(world, 'a.png', await quarters().png().toBuffer());
      await sendOk(world, { path: `${path}?thumb=40x30` });
      await sendOk(world, { method: 'DELETE', path: `/api/collections/albums/records/${id}` });
      expect((await send(world, { path: `${path}?thumb=40x30` })).status).toBe(404);
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
];

/** Where the bytes of a stored name lie. */
function objectPath(dir: string, name: string): string {
  const db = new Database(join(dir, 'data.db'), { readonly: true });
  try {
    const key = textAt(db.query('SELECT key FROM _objects WHERE name = ?').get(name), 'key');
    return join(dir, 'storage', 'objects', key.slice(0, 2), key);
  } finally {
    db.close();
  }
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

interface Stored {
  readonly id: string;
  readonly name: string;
  readonly path: string;
}

/** Stores a file as the cover of a new album. */
async function stored(world: World, filename: string, value: Uint8Array): Promise<Stored> {
  const { json }: Answer = await sendOk(world, {
    ...{ method: 'POST', path: '/api/collections/albums/records' },
    headers: { 'content-type': MULTIPART_TYPE },
    body: multipart([{ name: 'cover', filename, value }]),
  });
  const id = textAt(json, 'id');
  const name = textAt(json, 'cover');
  return { id, name, path: `/api/files/albums/${id}/${name}` };
}

async function fileToken(world: World, as: string): Promise<string> {
  return textAt((await sendOk(world, { method: 'POST', path: '/api/files/token', as })).json, 'token');
}
