import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import PocketBase, { ClientResponseError, type RecordModel } from 'pocketbase';
import sharp from 'sharp';
import { blinkingGif, photoHeld, quarters } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { ADMIN } from '../support/server.ts';
import { type ClientServer, startForClients } from './start.ts';

// The stock client, as an app uses it, against the compiled binary.
let running: ClientServer;
let admin: PocketBase;

beforeAll(async () => {
  running = await startForClients();
  admin = client();
  await admin.collection('_superusers').authWithPassword(ADMIN.email, ADMIN.password);
  await admin.collections.create({
    name: 'places',
    type: 'base',
    ...open,
    fields: [{ name: 'name', type: 'text', required: true }],
  });
  const places = await admin.collections.getOne('places');
  await admin.collections.create({
    name: 'reports',
    type: 'base',
    listRule: 'owner = @request.auth.id || public = true',
    viewRule: 'owner = @request.auth.id || public = true',
    createRule: '@request.auth.id != "" && owner = @request.auth.id',
    updateRule: 'owner = @request.auth.id',
    deleteRule: 'owner = @request.auth.id',
    fields: [
      { name: 'title', type: 'text', required: true, max: 60 },
      { name: 'public', type: 'bool' },
      { name: 'score', type: 'number' },
      { name: 'tags', type: 'select', values: ['red', 'green', 'blue'], maxSelect: 3 },
      { name: 'when', type: 'date' },
      { name: 'facts', type: 'json' },
      { name: 'place', type: 'relation', collectionId: places.id, maxSelect: 1 },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      { name: 'pictures', type: 'file', maxSelect: 8, thumbs: THUMBS },
      { name: 'contract', type: 'file', maxSelect: 1, protected: true },
    ],
  });
}, 180_000);

afterAll(() => running?.close());

const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
const THUMBS = ['30x30', '30x20t', '30x20b', '30x20f', '0x10', '30x0'];

function client(): PocketBase {
  return new PocketBase(running.server.base).autoCancellation(false);
}

/** A client signed in as a new user. */
async function user(name: string): Promise<{ pb: PocketBase; id: string }> {
  const pb = client();
  const password = `${name}-likes-photos`;
  const email = `${name}@example.com`;
  const { id } = await pb.collection('users').create({ email, password, passwordConfirm: password });
  await pb.collection('users').authWithPassword(email, password);
  return { pb, id };
}

/** The error that a call of the client ends with. */
async function failure(call: Promise<unknown>): Promise<ClientResponseError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ClientResponseError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

async function picture(url: string): Promise<{ status: number; type: string | null; bytes: Buffer }> {
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get('content-type'), bytes };
}

describe('collections', () => {
  test('are created, listed, changed and deleted', async () => {
    const made = await admin.collections.create({
      name: 'notes',
      type: 'base',
      fields: [{ name: 'text', type: 'text' }],
    });
    expect(made.name).toBe('notes');
    expect(made.fields.map(({ name }) => name)).toEqual(['id', 'text']);
    const changed = await admin.collections.update('notes', {
      name: 'remarks',
      fields: [...made.fields, { name: 'stars', type: 'number', max: 5 }],
    });
    expect(changed.id).toBe(made.id);
    expect((await admin.collections.getFullList()).map(({ name }) => name)).toContain('remarks');
    expect((await admin.collections.getFirstListItem('name = "remarks"')).id).toBe(made.id);
    await admin.collection('remarks').create({ text: 'a', stars: 3 });
    expect(await admin.collections.truncate('remarks')).toBe(true);
    expect((await admin.collection('remarks').getList()).totalItems).toBe(0);
    expect(Object.keys(await admin.collections.getScaffolds())).toContain('auth');
    expect(await admin.collections.delete('remarks')).toBe(true);
    expect((await failure(admin.collections.getOne('remarks'))).status).toBe(404);
  });

  test('are for superusers only', async () => {
    const { pb } = await user('nosy');
    expect((await failure(pb.collections.getFullList())).status).toBe(403);
    expect((await failure(client().collections.getFullList())).status).toBe(401);
  });
});

describe('accounts', () => {
  test('sign up, sign in, refresh, and change their password', async () => {
    const { pb, id } = await user('ann');
    expect(pb.authStore.isValid).toBe(true);
    expect(pb.authStore.record?.email).toBe('ann@example.com');
    const refreshed = await pb.collection('users').authRefresh();
    expect(refreshed.record.id).toBe(id);
    await pb.collection('users').update(id, {
      oldPassword: 'ann-likes-photos',
      password: 'ann-likes-films',
      passwordConfirm: 'ann-likes-films',
    });
    expect((await failure(pb.collection('users').authRefresh())).status).toBe(401);
    await pb.collection('users').authWithPassword('ann@example.com', 'ann-likes-films');
    expect(pb.authStore.isValid).toBe(true);
  });

  test('are told what they may sign in with', async () => {
    const methods = await client().collection('users').listAuthMethods();
    expect(methods.password).toEqual({ enabled: true, identityFields: ['email'] });
    expect(methods.oauth2).toEqual({ enabled: false, providers: [] });
  });

  test('are impersonated by superusers', async () => {
    const { id } = await user('bert');
    const impersonated = await admin.collection('users').impersonate(id, 60);
    impersonated.autoCancellation(false);
    expect(impersonated.authStore.record?.id).toBe(id);
    expect((await impersonated.collection('users').getOne(id)).email).toBe('bert@example.com');
  });

  test('a failed call is a ClientResponseError with the server’s words', async () => {
    const login = await failure(client().collection('users').authWithPassword('x@example.com', 'wrong-one'));
    expect(login.status).toBe(400);
    expect(login.response).toEqual({ data: {}, message: 'Failed to authenticate.', status: 400 });
    expect(login.message).toBe('Failed to authenticate.');
    const { pb, id } = await user('carl');
    const blank = await failure(pb.collection('reports').create({ owner: id, score: 'many' }));
    expect(blank.status).toBe(400);
    expect(blank.url).toContain('/api/collections/reports/records');
    expect(blank.isAbort).toBe(false);
    expect(blank.data.data.title).toEqual({ code: 'validation_required', message: 'Cannot be blank.' });
    expect(blank.data.data.score.code).toStartWith('validation_');
  });
});

describe('records', () => {
  test('are created, found, changed and deleted under their rules', async () => {
    const { pb, id } = await user('dora');
    const other = await user('emil');
    const place = await admin.collection('places').create({ name: 'Quay' });
    const reports = pb.collection('reports');
    const made = await reports.create(
      {
        ...{ title: 'Survey', score: 4.5, tags: ['red', 'blue'], facts: { depth: [1, 2] }, place: place.id },
        ...{ owner: id, when: '2026-03-09' },
      },
      { expand: 'place,owner' },
    );
    expect(made).toMatchObject({
      title: 'Survey',
      score: 4.5,
      tags: ['red', 'blue'],
      facts: { depth: [1, 2] },
    });
    expect(made.when).toBe('2026-03-09 00:00:00.000Z');
    expect(made.expand?.place.name).toBe('Quay');
    expect(made.expand?.owner.id).toBe(id);

    const changed = await reports.update(made.id, { 'score+': 1, 'tags-': 'red', 'tags+': 'green' });
    expect([changed.score, changed.tags]).toEqual([5.5, ['blue', 'green']]);
    expect((await failure(other.pb.collection('reports').getOne(made.id))).status).toBe(404);
    expect((await failure(other.pb.collection('reports').update(made.id, { title: 'x' }))).status).toBe(404);
    expect((await failure(other.pb.collection('reports').delete(made.id))).status).toBe(404);
    expect((await failure(client().collection('reports').create({ title: 'x' }))).status).toBe(400);

    expect(await reports.delete(made.id)).toBe(true);
    expect((await failure(reports.getOne(made.id))).status).toBe(404);
    expect((await failure(reports.getOne(''))).status).toBe(404);
  });

  test('are filtered with bound values, sorted, expanded and picked', async () => {
    const { pb, id } = await user('fred');
    const reports = pb.collection('reports');
    const place = await admin.collection('places').create({ name: 'O\'Hara\'s "Pier"' });
    for (const [title, score] of [
      ["it's", 1],
      ['it"s', 2],
      ['plain text', 3],
    ]) {
      await reports.create({ title, score, owner: id, place: place.id, when: '2026-01-02 03:04:05.006Z' });
    }
    const find = (raw: string, values: Record<string, unknown>) =>
      reports.getFullList({ filter: pb.filter(raw, values) });
    expect((await find('title = {:title}', { title: "it's" })).map(({ score }) => score)).toEqual([1]);
    expect((await find('title = {:title}', { title: 'it"s' })).map(({ score }) => score)).toEqual([2]);
    expect((await find('place.name = {:n}', { n: place.name })).length).toBe(3);
    expect((await find('when = {:w}', { w: new Date('2026-01-02T03:04:05.006Z') })).length).toBe(3);
    expect((await find('score > {:a} && score < {:b}', { a: 1, b: 3 })).length).toBe(1);

    const page = await reports.getList(1, 2, {
      sort: '-score',
      expand: 'place',
      fields: 'title,expand.place.name',
    });
    expect(page).toMatchObject({ page: 1, perPage: 2, totalItems: 3, totalPages: 2 });
    expect(Object(page.items[0])).toEqual({
      title: 'plain text',
      expand: { place: { name: place.name } },
    });
    const first = await reports.getFirstListItem('score = 2');
    expect(first.title).toBe('it"s');
    expect((await failure(reports.getFirstListItem('score = 99'))).status).toBe(404);
    expect((await failure(reports.getList(1, 1, { filter: 'nope = 1' }))).status).toBe(400);
  });

  test('a full list of more than a page', async () => {
    const numbers = await admin.collections.create({
      name: 'numbers',
      type: 'base',
      ...open,
      fields: [{ name: 'n', type: 'number' }],
    });
    const pb = client();
    const all = Array.from({ length: 1203 }, (_, n) => n);
    for (let from = 0; from < all.length; from += 100) {
      await Promise.all(all.slice(from, from + 100).map((n) => pb.collection(numbers.name).create({ n })));
    }
    const list = await pb.collection('numbers').getFullList({ sort: 'n' });
    expect(list.map(({ n }) => n)).toEqual(all);
    expect((await pb.collection('numbers').getFullList({ batch: 100, filter: 'n >= 1000' })).length).toBe(
      203,
    );
  }, 30_000);
});

describe('files', () => {
  test('pictures of every kind are stored and thumbs stand upright', async () => {
    const { pb, id } = await user('gina');
    const sources: readonly [string, Uint8Array, string][] = [
      ['Held Sideways.JPG', await photoHeld(6), 'jpeg'],
      ['quarters.png', await quarters().png().toBuffer(), 'png'],
      ['quarters.webp', await quarters().webp({ quality: 95 }).toBuffer(), 'webp'],
      ['blinking.gif', await blinkingGif(), 'gif'],
      ['quarters.avif', await quarters().avif({ quality: 90 }).toBuffer(), 'heif'],
    ];
    const pictures = sources.map(([name, bytes]) => new File([new Uint8Array(bytes)], name));
    const report = await pb
      .collection('reports')
      .create({ title: 'Album', owner: id, public: true, pictures });
    expect(report.pictures).toHaveLength(5);
    expect(report.pictures[0]).toMatch(/^held_sideways_[a-z0-9]{10}\.JPG$/);

    for (const [index, [name, bytes, format]] of sources.entries()) {
      const stored = report.pictures[index];
      const original = await picture(pb.files.getURL(report, stored));
      expect([name, Buffer.compare(original.bytes, bytes)]).toEqual([name, 0]);
      // Upright, all of them are 60 × 40 with red at the top left.
      const sizes: Record<string, [number, number]> = {
        '30x30': [30, 30],
        '30x20t': [30, 20],
        '30x20b': [30, 20],
        '30x20f': [30, 20],
        '0x10': [15, 10],
        '30x0': [30, 20],
      };
      for (const [thumb, [width, height]] of Object.entries(sizes)) {
        const { status, bytes: made } = await picture(pb.files.getURL(report, stored, { thumb }));
        const facts = await sharp(made).metadata();
        expect([name, thumb, status, facts.width, facts.height]).toEqual([name, thumb, 200, width, height]);
        expect(String(facts.format)).toBe(format);
        const pixels = await sharp(made).removeAlpha().raw().toBuffer();
        expect(pixels[0] ?? 0, `${name} ${thumb}`).toBeGreaterThan(180);
        expect(pixels[1] ?? 255, `${name} ${thumb}`).toBeLessThan(90);
      }
      const undeclared = await picture(pb.files.getURL(report, stored, { thumb: '31x31' }));
      expect(Buffer.compare(undeclared.bytes, original.bytes)).toBe(0);
    }
  }, 60_000);

  test('documents are attachments or inline as their content asks', async () => {
    const { pb, id } = await user('hugo');
    const report = await pb.collection('reports').create({
      title: 'Papers',
      owner: id,
      public: true,
      pictures: [new File(['%PDF-1.7\n1 0 obj\n<<>>\nendobj\n'], 'a.pdf'), new File(['plain text'], 'b.txt')],
    });
    const [pdf, text] = report.pictures;
    const asPdf = await fetch(pb.files.getURL(report, pdf));
    expect(asPdf.headers.get('content-type')).toBe('application/pdf');
    expect(asPdf.headers.get('content-disposition')).toBe(`inline; filename=${pdf}`);
    const forced = await fetch(pb.files.getURL(report, pdf, { download: true }));
    expect(forced.headers.get('content-disposition')).toBe(`attachment; filename=${pdf}`);
    const asText = await fetch(pb.files.getURL(report, text));
    expect(asText.headers.get('content-type')).toStartWith('text/plain');
    expect(asText.headers.get('content-disposition')).toBe(`attachment; filename=${text}`);
    expect(await asText.text()).toBe('plain text');
  });

  test('modifiers append, prepend, remove, replace and clear', async () => {
    const { pb, id } = await user('iris');
    const reports = pb.collection('reports');
    const file = (name: string) => new File([`content of ${name}`], name);
    const bases = (record: RecordModel) => record.pictures.map((name: string) => name.split('_')[0]);
    const made = await reports.create({
      title: 'Files',
      owner: id,
      public: true,
      pictures: [file('one.txt')],
    });
    const appended = await reports.update(made.id, { 'pictures+': [file('two.txt'), file('three.txt')] });
    expect(bases(appended)).toEqual(['one', 'two', 'three']);
    const prepended = await reports.update(made.id, { '+pictures': file('zero.txt') });
    expect(bases(prepended)).toEqual(['zero', 'one', 'two', 'three']);
    const removed = await reports.update(made.id, {
      'pictures-': [prepended.pictures[1], prepended.pictures[2]],
    });
    expect(bases(removed)).toEqual(['zero', 'three']);
    expect((await fetch(pb.files.getURL(made, made.pictures[0]))).status).toBe(404);
    const mixed = await reports.update(made.id, { pictures: [removed.pictures[1], file('last.txt')] });
    expect(bases(mixed)).toEqual(['three', 'last']);
    const form = new FormData();
    form.append('pictures', file('form.txt'));
    form.append('title', 'By form');
    const replaced = await reports.update(made.id, form);
    expect([bases(replaced), replaced.title]).toEqual([['form'], 'By form']);
    const cleared = await reports.update(made.id, { pictures: [] });
    expect(cleared.pictures).toEqual([]);
    const refused = await failure(reports.update(made.id, { pictures: ['nobody.txt'] }));
    expect(refused.response.data.pictures.code).toBe('validation_invalid_file');
    const tooMany = Array.from({ length: 9 }, (_, n) => file(`${n}.txt`));
    const counted = await failure(reports.update(made.id, { pictures: tooMany }));
    expect(counted.response.data.pictures.code).toBe('validation_too_many_files');
    await reports.delete(made.id);
    expect(await settledAudit(running.server.dir)).toEqual([]);
  });

  test('protected files need a token, which dies with its account’s password', async () => {
    const { pb, id } = await user('jane');
    const other = await user('karl');
    const contract = new File(['We agree.'], 'Contract №5.txt');
    const report = await pb.collection('reports').create({ title: 'Deal', owner: id, contract });
    expect(report.contract).toMatch(/^contract_5?_?[a-z0-9]{10}\.txt$/);
    const get = async (token?: string) =>
      (await fetch(pb.files.getURL(report, report.contract, { token }))).status;
    const token = await pb.files.getToken();
    expect([await get(), await get(token)]).toEqual([404, 200]);
    expect(await get(await other.pb.files.getToken())).toBe(404);
    expect(await get(pb.authStore.token)).toBe(404);
    expect(await get(await admin.files.getToken())).toBe(200);
    expect((await failure(client().files.getToken())).status).toBe(401);
    await admin
      .collection('users')
      .update(id, { password: 'jane-starts-over', passwordConfirm: 'jane-starts-over' });
    expect(await get(token)).toBe(404);
  });
});

describe('operations', () => {
  test('backups are made, listed, downloaded and deleted', async () => {
    expect(await admin.backups.create('by-client.zip')).toBe(true);
    const backups = await admin.backups.getFullList();
    const made = backups.find(({ key }) => key === 'by-client.zip');
    expect(made?.size).toBeGreaterThan(1000);
    const token = await admin.files.getToken();
    const archive = await fetch(admin.backups.getDownloadURL(token, 'by-client.zip'));
    expect((await archive.bytes()).length).toBe(made?.size ?? -1);
    const again = await failure(admin.backups.create('by-client.zip'));
    expect(again.response.data.name.code).toBe('validation_backup_name_exists');
    expect(await admin.backups.delete('by-client.zip')).toBe(true);
    expect((await failure(admin.backups.delete('by-client.zip'))).status).toBe(404);
    expect((await failure(client().backups.getFullList())).status).toBe(401);
  });

  test('a backup is uploaded and restored, and the same client goes on', async () => {
    await admin.backups.create('to-go-back.zip');
    const token = await admin.files.getToken();
    const archive = await fetch(admin.backups.getDownloadURL(token, 'to-go-back.zip'));
    const file = new File([await archive.bytes()], 'brought.zip', { type: 'application/zip' });
    expect(await admin.backups.upload({ file })).toBe(true);
    const again = await failure(admin.backups.upload({ file }));
    expect(again.response.data.file.code).toBe('validation_backup_name_exists');
    const story = await failure(admin.backups.upload({ file: new File(['a story'], 'story.zip') }));
    expect(story.response.data.file.code).toBe('validation_invalid_mime_type');
    expect((await failure(client().backups.upload({ file }))).status).toBe(401);
    const missing = await failure(admin.backups.restore('none.zip'));
    expect([missing.status, missing.response.message]).toEqual([400, 'Missing or invalid backup file.']);

    const place = await admin.collections.create({ name: 'made_later', type: 'base' });
    expect(await admin.backups.restore('brought.zip')).toBe(true);
    const stop = Date.now() + 20_000;
    while (Date.now() < stop) {
      const gone = await admin.collections.getOne(place.id).then(
        () => 200,
        (error: unknown) => (error instanceof ClientResponseError ? error.status : -1),
      );
      if (gone === 404) break;
      expect([200, 503]).toContain(gone);
      await Bun.sleep(50);
    }
    const keys = (await admin.backups.getFullList()).map(({ key }) => key);
    expect(keys.filter((key) => key.startsWith('dossier_before_restore_'))).toHaveLength(1);
    for (const key of keys) await admin.backups.delete(key);
  }, 40_000);

  test('health', async () => {
    expect(await client().health.check()).toMatchObject({ code: 200, data: {} });
    expect((await admin.health.check()).data.canBackup).toBe(true);
  });

  test('what comes later refuses plainly', async () => {
    expect((await failure(client().collection('users').requestOTP('a@example.com'))).status).toBe(403);
    const batch = admin.createBatch();
    batch.collection('places').create({ name: 'x' });
    expect((await failure(batch.send())).status).toBe(403);
    expect((await failure(admin.settings.getAll())).status).toBe(404);
  });

  test('in the end records, catalogue and disk agree', async () => {
    expect(await settledAudit(running.server.dir)).toEqual([]);
  });
});
