import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import BosBase, { ClientResponseError, type RecordModel } from 'bosbase';
import { decodeJwt, SignJWT } from 'jose';
import sharp from 'sharp';
import { photoHeld, quarters } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { textAt } from '../support/json.ts';
import { ADMIN } from '../support/server.ts';
import { type ClientServer, startForClients } from './start.ts';

// What the File API page of the BosBase documentation says, sentence by sentence, with BosBase's own client, and what
// PocketBase's API Files page says, over plain HTTP. The binary answers.
let running: ClientServer;
let admin: BosBase;
let base: string;

beforeAll(async () => {
  running = await startForClients();
  base = running.server.base;
  admin = new BosBase(base).autoCancellation(false);
  await admin.collection('_superusers').authWithPassword(ADMIN.email, ADMIN.password);
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  const title = { name: 'title', type: 'text' };
  await admin.collections.create({
    name: 'posts',
    type: 'base',
    ...open,
    fields: [
      title,
      { name: 'image', type: 'file', maxSelect: 1, thumbs: ['200x200f', '300x300', '400x400', '800x800'] },
      { name: 'cover', type: 'file', maxSelect: 1, thumbs: ['300x300', '400x400', '800x800'] },
      { name: 'images', type: 'file', maxSelect: 9, thumbs: ['200x200'] },
    ],
  });
  await admin.collections.create({
    name: 'attachments',
    type: 'base',
    ...open,
    fields: [{ name: 'files', type: 'file', maxSelect: 9, thumbs: ['100x100'] }],
  });
  await admin.collections.create({
    name: 'private_docs',
    type: 'base',
    ...open,
    viewRule: 'owner = @request.auth.id',
    listRule: 'owner = @request.auth.id',
    fields: [
      { name: 'file', type: 'file', maxSelect: 1, protected: true, thumbs: ['50x50'] },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
    ],
  });
  await new BosBase(base).collection('users').create({
    email: 'user@example.com',
    password: 'password-of-user',
    passwordConfirm: 'password-of-user',
  });
}, 180_000);

afterAll(() => running?.close());

async function signedIn(): Promise<BosBase> {
  const pb = new BosBase(base).autoCancellation(false);
  await pb.collection('users').authWithPassword('user@example.com', 'password-of-user');
  return pb;
}

async function picture(name: string): Promise<File> {
  return new File([new Uint8Array(await photoHeld(6))], name);
}

async function sizeOf(url: string): Promise<[number, number | undefined, number | undefined]> {
  const response = await fetch(url);
  const { width, height } = await sharp(await response.bytes()).metadata();
  return [response.status, width, height];
}

/** What file tokens of a user are signed with: the record's key and the collection's secret. */
function fileTokenKey(id: string): string {
  const db = new Database(join(running.server.dir, 'data.db'), { readonly: true });
  try {
    const user = db.query('SELECT tokenKey FROM users WHERE id = ?').get(id);
    const users = db.query("SELECT options FROM _collections WHERE name = 'users'").get();
    return textAt(user, 'tokenKey') + textAt(JSON.parse(textAt(users, 'options')), 'auth.fileToken.secret');
  } finally {
    db.close();
  }
}

/** A protected document of user@example.com. */
async function privateDocument(pb: BosBase, file: File): Promise<RecordModel> {
  return pb.collection('private_docs').create({ file, owner: pb.authStore.record?.id });
}

describe('the File API page', () => {
  test('download URLs: the URL encodes collection, record and name, and opens the file', async () => {
    const pb = new BosBase(base);
    const made = await pb
      .collection('attachments')
      .create({ files: [new File(['%PDF-1.4\n'], 'manual.pdf')] });
    const record = await pb.collection('attachments').getOne(made.id);
    const url = pb.files.getURL(record, record.files[0]);
    expect(url).toContain(`/api/files/${record.collectionId}/${record.id}/manual_`);
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(pb.files.getURL(record, 'a b/c?.png')).toEndWith(`/${record.id}/a%20b%2Fc%3F.png`);
    expect((await fetch(pb.files.getURL(record, 'a b/c?.png'))).status).toBe(404);
    const byName = { id: record.id, collectionName: 'attachments' };
    expect((await fetch(pb.files.getURL(byName, record.files[0]))).status).toBe(200);
  });

  test('thumbnails: thumb="300x300"', async () => {
    const pb = new BosBase(base);
    const record = await pb.collection('posts').create({ cover: await picture('cover.jpg') });
    expect(await sizeOf(pb.files.getURL(record, record.cover, { thumb: '300x300' }))).toEqual([
      200, 300, 300,
    ]);
  });

  test('forced download: True, true, 1 and t are all truthy', async () => {
    const pb = new BosBase(base);
    const record = await pb.collection('attachments').create({ files: [await picture('backup.jpg')] });
    const [name] = record.files;
    const dispositionOf = async (url: string) => (await fetch(url)).headers.get('content-disposition');
    expect(await dispositionOf(pb.files.getURL(record, name, { download: true }))).toBe(
      `attachment; filename=${name}`,
    );
    const plain = pb.files.getURL(record, name);
    for (const value of ['True', 'true', '1', 't']) {
      expect(await dispositionOf(`${plain}?download=${value}`)).toBe(`attachment; filename=${name}`);
    }
    expect(await dispositionOf(plain)).toBe(`inline; filename=${name}`);
  });

  test('file tokens: asked for with an empty body and no content type', async () => {
    const pb = await signedIn();
    expect(await pb.files.getToken()).toStartWith('ey');
    const bare = await fetch(`${base}/api/files/token`, {
      method: 'POST',
      headers: { authorization: pb.authStore.token },
    });
    expect(Object.keys(Object(await bare.json()))).toEqual(['token']);
    const withLength = await fetch(`${base}/api/files/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${pb.authStore.token}`, 'content-length': '0' },
    });
    expect(withLength.status).toBe(200);
  });

  test('file tokens expire by themselves', async () => {
    const pb = await signedIn();
    const record = await privateDocument(pb, new File(['%PDF-1.4\n'], 'invoice.pdf'));
    const claims = decodeJwt(await pb.files.getToken());
    expect(claims.type).toBe('file');
    expect((claims.exp ?? 0) * 1000 - Date.now()).toBeWithin(170_000, 181_000);
    // The same token, but for the next two seconds, signed as the server would.
    const exp = Math.floor(Date.now() / 1000) + 2;
    const token = await new SignJWT({ ...claims, exp })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(new TextEncoder().encode(fileTokenKey(String(claims.id))));
    const url = pb.files.getURL(record, record.file, { token });
    expect((await fetch(url)).status).toBe(200);
    await Bun.sleep(exp * 1000 - Date.now() + 50);
    expect((await fetch(url)).status).toBe(404);
  });

  test('files from backups: a token, the list, and a link for each', async () => {
    await admin.backups.create('by_bosbase.zip');
    const token = await admin.files.getToken();
    const backups = await admin.backups.getFullList();
    const links = backups.map(({ key }) => admin.backups.getDownloadURL(token, key));
    expect(links).toHaveLength(1);
    for (const link of links) {
      const response = await fetch(link);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
      expect((await response.bytes()).length).toBe(backups[0]?.size ?? -1);
    }
    await admin.backups.delete('by_bosbase.zip');
  });

  test('tips: token and thumb together are a secure preview', async () => {
    const pb = await signedIn();
    const record = await privateDocument(pb, await picture('secret.jpg'));
    const token = await pb.files.getToken();
    expect(await sizeOf(pb.files.getURL(record, record.file, { token, thumb: '50x50' }))).toEqual([
      200, 50, 50,
    ]);
    expect((await fetch(pb.files.getURL(record, record.file, { thumb: '50x50' }))).status).toBe(404);
  });

  test('example 1: a gallery of thumbnails', async () => {
    const pb = new BosBase(base);
    const images = [await picture('a.jpg'), await picture('b.jpg')];
    const { id } = await pb.collection('posts').create({ images });
    const record = await pb.collection('posts').getOne(id);
    for (const filename of record.images) {
      expect(await sizeOf(pb.files.getURL(record, filename, { thumb: '200x200' }))).toEqual([200, 200, 200]);
      expect((await fetch(pb.files.getURL(record, filename))).status).toBe(200);
    }
  });

  test('example 3: a protected file, seen by its owner alone', async () => {
    const pb = await signedIn();
    expect(pb.authStore.isValid).toBe(true);
    const { id } = await privateDocument(pb, new File(['%PDF-1.4\n'], 'plan.pdf'));
    const record = await pb.collection('private_docs').getOne(id);
    const url = pb.files.getURL(record, record.file, { token: await pb.files.getToken() });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(pb.files.getURL(record, record.file))).status).toBe(404);
  });

  test('example 4: responsive sizes', async () => {
    const pb = new BosBase(base);
    const source = await sharp(await quarters().png().toBuffer())
      .resize(1200, 900)
      .png()
      .toBuffer();
    const record = await pb
      .collection('posts')
      .create({ cover: new File([new Uint8Array(source)], 'wide.png') });
    for (const size of [300, 400, 800]) {
      const url = pb.files.getURL(record, record.cover, { thumb: `${size}x${size}` });
      expect(await sizeOf(url)).toEqual([200, size, size]);
    }
    expect(await sizeOf(pb.files.getURL(record, record.cover))).toEqual([200, 1200, 900]);
  });

  test('example 5: several files, thumbnails for the pictures among them', async () => {
    const pb = new BosBase(base);
    const files = [await picture('photo.jpg'), new File(['words'], 'words.txt')];
    const record = await pb.collection('attachments').create({ files });
    const [photo, words] = record.files;
    expect(await sizeOf(pb.files.getURL(record, photo, { thumb: '100x100' }))).toEqual([200, 100, 100]);
    const download = await fetch(pb.files.getURL(record, words, { download: true }));
    expect(download.headers.get('content-disposition')).toBe(`attachment; filename=${words}`);
    expect(await download.text()).toBe('words');
  });

  test('example 6: a preview of an upload that is not cropped', async () => {
    const pb = new BosBase(base);
    const form = new FormData();
    form.append('title', 'My Post');
    form.append('image', await picture('image.jpg'));
    const record = await pb.collection('posts').create(form);
    expect(record.title).toBe('My Post');
    expect(record.image).toMatch(/^image_[a-z0-9]{10}\.jpg$/);
    // 60 × 40 fits, and is not made larger.
    expect(await sizeOf(pb.files.getURL(record, record.image, { thumb: '200x200f' }))).toEqual([200, 60, 40]);
  });

  test('error handling: HEAD says whether a file is there', async () => {
    const pb = new BosBase(base);
    const record = await pb.collection('posts').create({ image: await picture('there.jpg') });
    const head = (name: string) => fetch(pb.files.getURL(record, name), { method: 'HEAD' });
    expect((await head(record.image)).status).toBe(200);
    expect((await head('not_there.jpg')).status).toBe(404);
  });

  test('token error handling: a guest gets 401', async () => {
    try {
      await new BosBase(base).files.getToken();
      throw new Error('a guest got a token');
    } catch (error) {
      if (!(error instanceof ClientResponseError)) throw error;
      expect(error.status).toBe(401);
    }
  });

  test('best practices: ranges work, and files are cached for thirty days', async () => {
    const pb = new BosBase(base);
    const record = await pb.collection('attachments').create({ files: [new File(['0123456789'], 'a.mp4')] });
    const response = await fetch(pb.files.getURL(record, record.files[0]), {
      headers: { range: 'bytes=3-5' },
    });
    expect([response.status, await response.text()]).toEqual([206, '345']);
    expect(response.headers.get('cache-control')).toContain(`max-age=${30 * 24 * 3600}`);
  });
});

describe('the API Files page', () => {
  test('all six forms of thumbs, and the original for everything else', async () => {
    const thumbs = ['100x300', '100x300t', '100x300b', '100x300f', '0x300', '100x0'];
    await admin.collections.create({
      name: 'demo',
      type: 'base',
      createRule: '',
      fields: [{ name: 'file', type: 'file', thumbs }],
    });
    const source = await sharp(await quarters().png().toBuffer())
      .resize(600, 400)
      .png()
      .toBuffer();
    const record = await new BosBase(base)
      .collection('demo')
      .create({ file: new File([new Uint8Array(source)], 'test.png') });
    const url = `${base}/api/files/demo/${record.id}/${record.file}`;
    expect(await sizeOf(`${url}?thumb=100x300`)).toEqual([200, 100, 300]);
    expect(await sizeOf(`${url}?thumb=100x300t`)).toEqual([200, 100, 300]);
    expect(await sizeOf(`${url}?thumb=100x300b`)).toEqual([200, 100, 300]);
    expect(await sizeOf(`${url}?thumb=100x300f`)).toEqual([200, 100, 67]);
    expect(await sizeOf(`${url}?thumb=0x300`)).toEqual([200, 450, 300]);
    expect(await sizeOf(`${url}?thumb=100x0`)).toEqual([200, 100, 67]);
    const undeclared = await fetch(`${url}?thumb=99x99`);
    expect(Buffer.compare(await undeclared.bytes(), source)).toBe(0);
  });

  test('the body of a missing file', async () => {
    const missing = await fetch(`${base}/api/files/demo/1234abcd/test.png`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { status: 404, message: "The requested resource wasn't found.", data: {} },
    ]);
  });
});

describe('what BosBase has besides', () => {
  test('full lists come in batches of 500', async () => {
    await admin.collections.create({
      name: 'numbers',
      type: 'base',
      listRule: '',
      createRule: '',
      fields: [{ name: 'n', type: 'number' }],
    });
    const pb = new BosBase(base).autoCancellation(false);
    const all = Array.from({ length: 1101 }, (_, n) => n);
    for (let from = 0; from < all.length; from += 100) {
      await Promise.all(all.slice(from, from + 100).map((n) => pb.collection('numbers').create({ n })));
    }
    const asked: number[] = [];
    pb.beforeSend = (url, options) => {
      asked.push(Number(options.query?.perPage));
      return { url, options };
    };
    const list = await pb.collection('numbers').getFullList({ sort: 'n' });
    expect(list.map(({ n }) => n)).toEqual(all);
    expect(asked).toEqual([500, 500, 500]);
    const count = await fetch(`${base}/api/collections/numbers/records/count?filter=(n%3E=1000)`);
    expect(await count.json()).toEqual({ count: 101 });
  }, 30_000);

  test('in the end records, catalogue and disk agree', async () => {
    expect(await settledAudit(running.server.dir)).toEqual([]);
  });
});
