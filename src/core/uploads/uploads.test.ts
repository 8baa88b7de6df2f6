import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { createDiskStaging } from '../../drivers/staging/disk/index.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';
import type { Upload } from './uploads.ts';

let world: TestCore;
beforeEach(async () => {
  world = await openTestCore();
  const file = { type: 'file', maxSize: 1_000_000 };
  await world.core.collections.create(systemActor, {
    name: 'films',
    type: 'base',
    createRule: '',
    viewRule: '',
    updateRule: 'locked = false',
    fields: [
      { name: 'title', type: 'text', max: 10 },
      { name: 'locked', type: 'bool' },
      { name: 'frames', type: 'integer' },
      { ...file, name: 'video' },
      { ...file, name: 'clips', maxSelect: 2 },
      { ...file, name: 'secret', hidden: true },
    ],
  });
});
afterEach(() => world.close());

const guest: Actor = { kind: 'guest', request: internalRequest };
const target = { collection: 'films', field: 'video' };

async function* bytesOf(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

function send(actor: Actor, id: string, offset: number, text: string): Promise<Upload> {
  return world.core.uploads.append(actor, id, { offset, length: text.length, source: bytesOf(text) });
}

async function begin(actor: Actor, size: number | undefined, more: object = {}): Promise<string> {
  const made = await world.core.uploads.create(actor, {
    target,
    filename: 'a.txt',
    metadata: '',
    size,
    ...more,
  });
  return made.id;
}

async function contentOf(record: string, field = 'video'): Promise<readonly string[]> {
  const films = world.core.collections.get('films');
  const { values } = await world.core.records.view(systemActor, films, record);
  const value = values[field];
  const names = Array.isArray(value) ? value.map(String) : [String(value)];
  const texts: string[] = [];
  for (const name of names) {
    const { file } = await world.core.files.find(systemActor, films, record, name);
    texts.push(await new Response(await world.core.files.read(file)).text());
  }
  return texts;
}

test('bytes in pieces become the file of a new record', async () => {
  const { uploads } = world.core;
  const id = await begin(guest, 11, { target: { ...target, data: { title: 'Home' } } });
  expect((await send(guest, id, 0, 'hello ')).offset).toBe(6);
  await send(guest, id, 6, 'world');
  const done = await uploads.finish(guest, id);
  expect(done).toMatchObject({ offset: 11, size: 11, record: { collection: 'films' } });
  expect(await contentOf(done.record?.id ?? '')).toEqual(['hello world']);
  expect((await uploads.find(guest, id)).offset).toBe(11);
  expect((await uploads.finish(guest, id)).record).toEqual(done.record);
});

test('large integers wait with the bytes, and lose no digit', async () => {
  const frames = 9223372036854775807n;
  const id = await begin(guest, 1, { target: { ...target, data: { frames } } });
  await send(guest, id, 0, 'a');
  const { record } = await world.core.uploads.finish(guest, id);
  const films = world.core.collections.get('films');
  expect((await world.core.records.view(guest, films, record?.id ?? '')).values.frames).toBe(frames);
});

test('several files are appended, one file is replaced and the old one released', async () => {
  const { uploads } = world.core;
  const first = await begin(guest, 3);
  await send(guest, first, 0, 'one');
  const record = (await uploads.finish(guest, first)).record?.id ?? '';
  for (const [field, text] of [
    ['video', 'two'],
    ['clips', 'a'],
    ['clips', 'b'],
  ] as const) {
    const id = await begin(guest, text.length, { target: { collection: 'films', field, record } });
    await send(guest, id, 0, text);
    await uploads.finish(guest, id);
  }
  expect(await contentOf(record)).toEqual(['two']);
  expect(await contentOf(record, 'clips')).toEqual(['a', 'b']);
  const full = begin(guest, 1, { target: { collection: 'films', field: 'clips', record } });
  await expect(full).rejects.toMatchObject({
    code: 'invalid',
    issues: [{ path: 'clips', code: 'too_many_files' }],
  });
});

test('only who began an upload may see it, go on with it or end it', async () => {
  const { uploads } = world.core;
  const id = await begin(systemActor, 3);
  const missing = { code: 'not_found', reason: 'upload' };
  await expect(uploads.find(guest, id)).rejects.toMatchObject(missing);
  await expect(send(guest, id, 0, 'abc')).rejects.toMatchObject(missing);
  await expect(uploads.remove(guest, id)).rejects.toMatchObject(missing);
  await expect(uploads.finish(guest, id)).rejects.toMatchObject(missing);
  await expect(uploads.declareSize(guest, id, 3)).rejects.toMatchObject(missing);
  const piece = await begin(systemActor, 0, { partial: true });
  await expect(uploads.join(guest, [piece], { target, filename: 'a', metadata: '' })).rejects.toMatchObject(
    missing,
  );
  await expect(uploads.find(guest, 'nonsense')).rejects.toMatchObject(missing);
});

test('who may not write in a collection does not learn which fields it has', async () => {
  await world.core.collections.create(systemActor, {
    ...{ name: 'members', type: 'base', createRule: '@request.auth.id != ""' },
    fields: [{ name: 'video', type: 'file' }],
  });
  for (const field of ['video', 'nothing']) {
    const asked = begin(guest, 1, { target: { collection: 'members', field } });
    await expect(asked).rejects.toMatchObject({ code: 'invalid', reason: 'rule_failed' });
  }
  const nothing = begin(systemActor, 1, { target: { collection: 'members', field: 'nothing' } });
  await expect(nothing).rejects.toMatchObject({ reason: 'bad_target' });
});

test('what cannot be the target is refused before a byte', async () => {
  const bad = (more: object) => begin(guest, 1, { target: { ...target, ...more } });
  await expect(bad({ collection: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(bad({ field: 'title' })).rejects.toMatchObject({ reason: 'bad_target' });
  await expect(bad({ field: 'secret' })).rejects.toMatchObject({ reason: 'bad_target' });
  await expect(bad({ record: 'nothing' })).rejects.toMatchObject({ code: 'not_found', reason: 'record' });
  await expect(bad({ collection: '_superusers' })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(begin(guest, 1_000_001)).rejects.toMatchObject({ code: 'too_large' });
  await expect(begin(guest, -1)).rejects.toMatchObject({ reason: 'bad_size' });
});

test('a new account cannot come with an upload: its password would lie in the database as it is', async () => {
  const { uploads, collections } = world.core;
  await collections.create(systemActor, {
    ...{ name: 'people', type: 'auth', createRule: '' },
    fields: [
      { name: 'photo', type: 'file' },
      { name: 'pin', type: 'password' },
    ],
  });
  const photo = { collection: 'people', field: 'photo' };
  for (const secret of ['password', 'passwordConfirm', 'oldPassword', 'pin', 'pin+', '+pin', 'password-']) {
    const asked = { ...photo, data: { [secret]: 'open sesame' } };
    const issues = [{ path: secret.replace(/[+-]/, ''), code: 'not_resumable' }];
    await expect(begin(guest, 1, { target: asked })).rejects.toMatchObject({ code: 'invalid', issues });
    const piece = await begin(guest, 0, { partial: true, target: undefined });
    const joined = uploads.join(guest, [piece], { target: asked, filename: 'a', metadata: '' });
    await expect(joined).rejects.toMatchObject({ code: 'invalid', issues });
  }
});

test('wrong offsets, overlong chunks and wrong checksums leave the upload as it was', async () => {
  const { uploads } = world.core;
  const id = await begin(guest, 6);
  await send(guest, id, 0, 'abc');
  await expect(send(guest, id, 2, 'x')).rejects.toMatchObject({ code: 'conflict', reason: 'offset' });
  await expect(send(guest, id, 3, 'defg')).rejects.toMatchObject({ code: 'too_large' });
  const undeclared = { offset: 3, length: undefined, source: bytesOf('de', 'fg') };
  await expect(uploads.append(guest, id, undeclared)).rejects.toMatchObject({ code: 'too_large' });
  const checksum = { algorithm: 'sha1', digest: new Uint8Array(20) } as const;
  const wrong = uploads.append(guest, id, { offset: 3, length: 3, source: bytesOf('xyz'), checksum });
  await expect(wrong).rejects.toMatchObject({ reason: 'checksum' });
  expect((await uploads.find(guest, id)).offset).toBe(3);
  const digest = new Uint8Array(new Bun.CryptoHasher('md5').update('def').digest());
  const right = {
    offset: 3,
    length: 3,
    source: bytesOf('d', 'ef'),
    checksum: { algorithm: 'md5', digest },
  } as const;
  expect((await uploads.append(guest, id, right)).complete).toBe(true);
  const { record } = await uploads.finish(guest, id);
  expect(await contentOf(record?.id ?? '')).toEqual(['abcdef']);
});

test('a broken connection keeps what came, and the next one goes on behind it', async () => {
  const { uploads } = world.core;
  const id = await begin(guest, 6);
  async function* breaking() {
    yield Buffer.from('abcd');
    throw new Error('cut');
  }
  const broken = uploads.append(guest, id, { offset: 0, length: 6, source: breaking() });
  await expect(broken).rejects.toThrow('cut');
  expect((await uploads.find(guest, id)).offset).toBe(4);
  await send(guest, id, 4, 'ef');
  expect(await contentOf((await uploads.finish(guest, id)).record?.id ?? '')).toEqual(['abcdef']);
});

test('a request that sends nothing more gives way to the next one, and what it brought counts', async () => {
  const { uploads } = world.core;
  const id = await begin(guest, 6);
  const { promise: never } = Promise.withResolvers<void>();
  async function* silent() {
    yield Buffer.from('abc');
    await never;
  }
  const hanging = uploads.append(guest, id, { offset: 0, length: 6, source: silent() });
  hanging.catch(() => {});
  await Bun.sleep(20);
  expect((await uploads.find(guest, id)).offset).toBe(3);
  await expect(hanging).rejects.toMatchObject({ code: 'busy', reason: 'interrupted' });
});

test('a complete upload that its record refuses asks for its last byte again, and can be finished later', async () => {
  const { uploads, collections } = world.core;
  const id = await begin(guest, 3, { target: { ...target, data: { title: 'longer than ten characters' } } });
  await send(guest, id, 0, 'abc');
  await expect(uploads.finish(guest, id)).rejects.toMatchObject({
    code: 'invalid',
    issues: [{ path: 'title' }],
  });
  expect(await uploads.find(guest, id)).toMatchObject({ offset: 2, complete: true });
  const films = collections.get('films');
  const fields = films.fields.map((field) => (field.name === 'title' ? { ...field, max: 100 } : field));
  await collections.update(systemActor, films.id, { fields });
  expect((await send(guest, id, 2, 'c')).complete).toBe(true);
  expect(await contentOf((await uploads.finish(guest, id)).record?.id ?? '')).toEqual(['abc']);
  expect(await world.storedKeys()).toHaveLength(1);
});

test('the rule is asked again when the file is attached', async () => {
  const { uploads, records, collections } = world.core;
  const films = collections.get('films');
  const { values } = await records.create(systemActor, films, { title: 'x' });
  const id = await begin(guest, 3, { target: { ...target, record: String(values.id) } });
  await send(guest, id, 0, 'abc');
  await records.update(systemActor, films, String(values.id), { locked: true });
  await expect(uploads.finish(guest, id)).rejects.toMatchObject({ code: 'not_found', reason: 'record' });
  expect(await world.storedKeys()).toEqual([]);
  expect(await uploads.find(guest, id)).toMatchObject({ offset: 2 });
});

test('pieces are joined in their order, are gone then, and joining again answers the same', async () => {
  const { uploads } = world.core;
  const pieces: string[] = [];
  for (const text of ['one ', '', 'two']) {
    const id = await begin(guest, text.length, { partial: true, target: undefined });
    await send(guest, id, 0, text);
    pieces.push(id);
  }
  const open = await begin(guest, 3, { partial: true, target: undefined });
  const more = { target, filename: 'x', metadata: '' };
  await expect(uploads.join(guest, [...pieces, open], more)).rejects.toMatchObject({
    reason: 'incomplete_piece',
  });
  await expect(uploads.join(guest, [open, open], more)).rejects.toMatchObject({ reason: 'bad_pieces' });
  const joined = await uploads.join(guest, pieces, more);
  expect(joined).toMatchObject({ size: 7, offset: 7, part: 'joined', pieces });
  expect(await contentOf(joined.record?.id ?? '')).toEqual(['one two']);
  await expect(uploads.find(guest, pieces[0] ?? '')).rejects.toMatchObject({ code: 'not_found' });
  expect((await uploads.join(guest, pieces, more)).id).toBe(joined.id);
  await expect(send(guest, joined.id, 7, '')).rejects.toMatchObject({ reason: 'upload_complete' });
});

test('what is late is gone with its bytes; every byte puts it off', async () => {
  const { uploads } = world.core;
  const late = await begin(guest, 3);
  await send(guest, late, 0, 'ab');
  world.clock.time += 20 * 3600_000;
  const alive = await begin(guest, 3);
  await send(guest, alive, 0, 'ab');
  world.clock.time += 5 * 3600_000;
  await expect(uploads.find(guest, late)).rejects.toMatchObject({ reason: 'upload_expired' });
  await sweep();
  await expect(uploads.find(guest, late)).rejects.toMatchObject({ reason: 'upload' });
  expect(await staged()).toEqual([alive]);
  await uploads.remove(guest, alive);
  expect(await staged()).toEqual([]);
});

test('a start lowers offsets to what is there and removes files of nobody', async () => {
  const { uploads } = world.core;
  const id = await begin(guest, 6);
  await send(guest, id, 0, 'abcd');
  await truncate(join(world.database.dir, 'uploads', id), 1);
  await writeFile(join(world.database.dir, 'uploads', 'nobodys'), 'x');
  await sweep();
  expect(await staged()).toEqual([id]);
  // A file that got shorter while the server runs is told to the client, who asks where to go on.
  await expect(send(guest, id, 4, 'ef')).rejects.toMatchObject({ reason: 'offset' });
  expect((await uploads.find(guest, id)).offset).toBe(1);
  await send(guest, id, 1, 'bcdef');
  expect(await contentOf((await uploads.finish(guest, id)).record?.id ?? '')).toEqual(['abcdef']);
});

test('pieces of guests, who need not say where they go, are taken only where a guest may write at all', async () => {
  const { collections, uploads } = world.core;
  const piece = (actor: Actor) =>
    uploads.create(actor, { filename: 'a', metadata: '', size: 9, partial: true });
  expect((await piece(guest)).part).toBe('partial');
  for (const name of ['films', 'users']) await collections.delete(systemActor, name);
  const rule = '@request.auth.id != "" && title != "x"';
  await collections.create(systemActor, {
    name: 'members',
    type: 'base',
    ...{ createRule: rule, updateRule: rule },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'video', type: 'file' },
    ],
  });
  await expect(piece(guest)).rejects.toMatchObject({ code: 'forbidden', reason: 'no_target' });
  expect((await piece(systemActor)).part).toBe('partial');
});

test('what cannot be removed keeps neither the rest nor the server from starting', async () => {
  const at = (name: string) => join(world.database.dir, 'uploads', name);
  for (const name of ['a', 'z']) await mkdir(at(name), { recursive: true });
  for (const name of ['b', 'y']) await writeFile(at(name), 'x');
  await sweep();
  expect((await staged()).sort()).toEqual(['a', 'z']);
});

test('the number of open uploads and the disk are bounded', async () => {
  const small = await openTestCore({ uploadLimits: { bounds: { maxOpen: 2 } } });
  try {
    await small.core.collections.create(systemActor, {
      name: 'films',
      type: 'base',
      createRule: '',
      fields: [{ name: 'video', type: 'file', maxSize: Number.MAX_SAFE_INTEGER }],
    });
    const more = { target, filename: 'a', metadata: '' };
    const huge = small.core.uploads.create(guest, { ...more, size: 2 ** 52 });
    await expect(huge).rejects.toMatchObject({ code: 'storage_full', reason: 'staging' });
    for (let at = 0; at < 2; at++) await small.core.uploads.create(guest, { ...more, size: 5 });
    const third = small.core.uploads.create(guest, { ...more, size: 5 });
    await expect(third).rejects.toMatchObject({ code: 'busy', reason: 'too_many_uploads' });
    expect(await small.core.uploads.create(systemActor, { ...more, size: 5 })).toMatchObject({ offset: 0 });
  } finally {
    await small.close();
  }
});

test('bytes that the staging folder lost while they are copied do not become a shorter file', async () => {
  const disk = createDiskStaging({ dir: join(world.database.dir, 'other') });
  let short = true;
  async function* read(id: string) {
    for await (const chunk of disk.read(id)) yield short ? chunk.subarray(0, 2) : chunk;
  }
  const staging = { ...disk, read, link: async () => undefined };
  const lossy = await openTestCore({ staging });
  try {
    const { uploads, collections } = lossy.core;
    const fields = [{ name: 'video', type: 'file' }] as const;
    await collections.create(systemActor, { name: 'films', type: 'base', createRule: '', fields });
    const { id } = await uploads.create(guest, { target, filename: 'a', metadata: '', size: 6 });
    await uploads.append(guest, id, { offset: 0, length: 6, source: bytesOf('abcdef') });
    const refused = { code: 'unavailable', reason: 'staging' };
    await expect(uploads.finish(guest, id)).rejects.toMatchObject(refused);
    expect(await uploads.find(guest, id)).toMatchObject({ offset: 5, record: undefined });
    short = false;
    expect((await uploads.finish(guest, id)).record).toBeDefined();
  } finally {
    await lossy.close();
  }
});

test('any split of a file, cut anywhere, gives the same bytes', async () => {
  const { uploads } = world.core;
  const step = fc.record({
    size: fc.integer({ min: 1, max: 40_000 }),
    keep: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 100_000 }),
      fc.array(step, { maxLength: 12 }),
      async (bytes, steps) => {
        const id = await begin(guest, bytes.length);
        for (const { size, keep } of [...steps, { size: bytes.length, keep: 1 }]) {
          const { offset } = await uploads.find(guest, id);
          const chunk = bytes.slice(offset, Math.min(offset + size, bytes.length));
          const cut = keep < 0.7 ? Math.floor(chunk.length * keep) : chunk.length;
          async function* source() {
            for (let at = 0; at < cut; at += 7000) yield chunk.subarray(at, Math.min(at + 7000, cut));
            if (cut < chunk.length) throw new Error('cut');
          }
          await uploads.append(guest, id, { offset, length: chunk.length, source: source() }).catch(() => {});
        }
        const { record } = await uploads.finish(guest, id);
        const films = world.core.collections.get('films');
        const { values } = await world.core.records.view(systemActor, films, record?.id ?? '');
        const { file } = await world.core.files.find(
          systemActor,
          films,
          record?.id ?? '',
          String(values.video),
        );
        const stored = await new Response(await world.core.files.read(file)).bytes();
        expect(Buffer.from(stored).equals(bytes)).toBe(true);
        expect(file.sha256).toBe(new Bun.CryptoHasher('sha256').update(bytes).digest('hex'));
      },
    ),
    { numRuns: 25 },
  );
});

const staged = () => readdir(join(world.database.dir, 'uploads'));

/** What the start does, and every now and then the server. */
async function sweep(): Promise<void> {
  await world.core.start();
}

test('an account is told of its own uploads that wait, and a guest of none', async () => {
  const id = await begin(systemActor, 10, { filename: 'mine.txt' });
  await begin(guest, 10);
  await send(systemActor, id, 0, 'abc');
  const [only, ...others] = await world.core.uploads.open(systemActor);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ id, filename: 'mine.txt', offset: 3, size: 10, ...target, target: undefined });
  await expect(world.core.uploads.open(guest)).rejects.toMatchObject({ code: 'unauthorized' });
  await send(systemActor, id, 3, 'defghij');
  await world.core.uploads.finish(systemActor, id);
  expect(await world.core.uploads.open(systemActor)).toEqual([]);
  await world.core.uploads.remove(systemActor, await begin(systemActor, 5));
  expect(await world.core.uploads.open(systemActor)).toEqual([]);
});
