import { afterEach, beforeEach, expect, test } from 'bun:test';
import { codeOf } from '../../../test/contracts/storage.ts';
import {
  collectionOf,
  type FileWorld,
  fileField,
  openFileWorld,
  PNG,
  streamOnce,
} from '../../../test/support/files.ts';
import { armFailpoints } from '../../lib/failpoints.ts';
import { systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import { maxFileSizeOf, NO_LIMIT, SERVER_LIMIT } from './file-options.ts';
import type { Intake } from './files.ts';

const photo = fileField('photo');
const posts = collectionOf('posts', [photo]);

let world: FileWorld;
beforeEach(async () => {
  world = await openFileWorld();
});
afterEach(async () => {
  armFailpoints('');
  await world.close();
});

const receive = (intake: Intake, content: string | Uint8Array, filename = 'note.txt', field: Field = photo) =>
  intake.receive(field, { filename, stream: streamOnce(content) });

const attach = (
  intake: Intake,
  recordId: string,
  names: string[],
  uploads: Awaited<ReturnType<typeof receive>>[],
) =>
  world.database.db.write((tx) => intake.attach(tx, posts, recordId, [{ fieldId: 'photo', names, uploads }]));

async function states(): Promise<unknown[]> {
  return (await world.rows('SELECT state FROM _objects ORDER BY state')).map(({ state }) => state);
}

async function nothingIsLeft(): Promise<void> {
  await world.files.eraseNow();
  expect(await world.keys()).toEqual([]);
  expect(await world.rows('SELECT * FROM _objects')).toEqual([]);
  expect(await world.rows('SELECT * FROM _file_deletions')).toEqual([]);
}

test('a received file is pending and durable; attached it is live with all that is known of it', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const upload = await receive(intake, PNG, 'My Photo (1).PNG');
  expect(upload).toMatchObject({ originalName: 'My Photo (1).PNG', type: 'image/png', width: 1, height: 1 });
  expect(upload.name).toMatch(/^my_photo_1_[a-z0-9]{10}\.PNG$/);
  expect(await states()).toEqual(['pending']);
  expect(await world.keys()).toHaveLength(1);

  await attach(intake, 'r1', [upload.name], [upload]);
  await intake.discard();
  const { file } = await world.files.find(systemActor, posts, 'r1', upload.name);
  expect(file).toMatchObject({
    objectId: upload.objectId,
    size: PNG.byteLength,
    sha256: new Bun.CryptoHasher('sha256').update(PNG).digest('hex'),
    recordId: 'r1',
    created: world.clock.time,
  });
});

test('a file may be named after its bytes came; only the last name is taken', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const nameless = await receive(intake, PNG, '');
  const named = intake.rename(nameless, { filename: 'Katze.png', declaredType: 'image/x-cat' });
  expect(named).toMatchObject({
    ...{ objectId: nameless.objectId, originalName: 'Katze.png', declaredType: 'image/x-cat' },
    ...{ type: 'image/png', width: 1, sha256: nameless.sha256 },
  });
  expect(named.name).toMatch(/^katze_[a-z0-9]{10}\.png$/);
  expect(await codeOf(attach(intake, 'r1', [nameless.name], [nameless]))).toBe('internal');
  expect(() => intake.rename(nameless, { filename: 'x' })).toThrow('foreign_upload');
  expect(intake.rename(named, { filename: 'ohne' }).name).toMatch(/\.png$/);
  await intake.discard();
  await nothingIsLeft();
});

test('a field that leaves the limit to the server takes 10 MB where that has none', () => {
  const open = fileField('open', { maxSize: SERVER_LIMIT });
  expect(maxFileSizeOf(open, NO_LIMIT)).toBe(10 * 1024 * 1024);
  expect(maxFileSizeOf(open, 50_000_000)).toBe(50_000_000);
  expect(maxFileSizeOf(photo, NO_LIMIT)).toBe(5 * 1024 * 1024);
  expect(maxFileSizeOf(fileField('own', { maxSize: 10 }), 50)).toBe(10);
});

test('the row is committed before the source is asked for its first byte', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  let seen: unknown[] = [];
  async function* asking() {
    seen = await states();
    yield Buffer.from('x');
  }
  await intake.receive(photo, { filename: 'a.txt', stream: asking() });
  expect(seen).toEqual(['pending']);
  await intake.discard();
});

test('what was received and not attached is gone after discard', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const kept = await receive(intake, 'kept');
  await receive(intake, 'dropped');
  await attach(intake, 'r1', [kept.name], [kept]);
  await intake.discard();
  await world.files.eraseNow();
  expect(await states()).toEqual(['live']);
  expect(await world.keys()).toEqual([kept.objectId]);
});

test('a transaction that fails after attach leaves nothing', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const upload = await receive(intake, 'x');
  const failing = world.database.db.write(async (tx) => {
    await intake.attach(tx, posts, 'r1', [{ fieldId: 'photo', names: [upload.name], uploads: [upload] }]);
    throw new AppError('invalid');
  });
  expect(await codeOf(failing)).toBe('invalid');
  await intake.discard();
  await nothingIsLeft();
});

test('a file one byte too large is refused by its field, and nothing is left', async () => {
  const small = fileField('photo', { maxSize: 4 });
  const intake = world.files.intake(posts, systemActor, undefined);
  expect((await receive(intake, '1234', 'a.txt', small)).size).toBe(4);
  const refused = receive(intake, '12345', 'b.txt', small);
  await expect(refused).rejects.toMatchObject({
    code: 'invalid',
    issues: [{ path: 'photo', code: 'file_size_limit', params: { name: 'b.txt', max: 4 } }],
  });
  await intake.discard();
  await nothingIsLeft();
});

test('files far beyond the number that a field takes are refused before their first byte', async () => {
  const pair = fileField('pair', { maxSelect: 2 });
  const intake = world.files.intake(posts, systemActor, undefined);
  for (let at = 0; at < 12; at++) await receive(intake, String(at), 'a.txt', pair);
  const asked: string[] = [];
  async function* watched() {
    asked.push('read');
    yield new Uint8Array([51]);
  }
  await expect(intake.receive(pair, { filename: 'c.txt', stream: watched() })).rejects.toMatchObject({
    code: 'invalid',
    issues: [{ path: 'pair', code: 'too_many_files', params: { max: 2 } }],
  });
  expect(asked).toEqual([]);
  await intake.discard();
  await nothingIsLeft();
});

test('a field without a limit takes 5 MiB and not a byte more', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  expect((await receive(intake, new Uint8Array(5_242_880))).size).toBe(5_242_880);
  await expect(receive(intake, new Uint8Array(5_242_881))).rejects.toMatchObject({
    issues: [{ params: { max: 5_242_880 } }],
  });
  await intake.discard();
});

test('the type is that of the content, whatever the name says', async () => {
  const pictures = fileField('photo', { mimeTypes: ['image/png'] });
  const intake = world.files.intake(posts, systemActor, undefined);
  expect((await receive(intake, PNG, 'photo.txt', pictures)).type).toBe('image/png');
  await expect(receive(intake, 'just text', 'photo.png', pictures)).rejects.toMatchObject({
    issues: [
      { path: 'photo', code: 'invalid_mime_type', params: { name: 'photo.png', types: ['image/png'] } },
    ],
  });
  await intake.discard();
  await nothingIsLeft();
});

test('an allowed type matches without its parameters', async () => {
  const texts = fileField('photo', { mimeTypes: ['Text/Plain'] });
  const intake = world.files.intake(posts, systemActor, undefined);
  expect((await receive(intake, 'just text', 'a.txt', texts)).type).toBe('text/plain; charset=utf-8');
  await intake.discard();
});

test('a source that breaks leaves nothing, and its error is passed on', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const failure = new Error('connection lost');
  async function* broken() {
    yield Buffer.from('half');
    throw failure;
  }
  await expect(intake.receive(photo, { filename: 'a.txt', stream: broken() })).rejects.toBe(failure);
  await nothingIsLeft();
});

test('discard ends an upload that hangs, and no object appears afterwards', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const begun = Promise.withResolvers<void>();
  async function* hanging() {
    yield Buffer.from('half');
    begun.resolve();
    await new Promise<void>(() => {});
  }
  const upload = intake.receive(photo, { filename: 'a.txt', stream: hanging() });
  const refused = upload.catch((error: unknown) => error);
  await begun.promise;
  await intake.discard();
  expect(await refused).toMatchObject({ reason: 'upload_aborted' });
  await nothingIsLeft();
  expect(await codeOf(receive(intake, 'later'))).toBe('internal');
});

test('uploads of another request cannot be attached', async () => {
  const mine = world.files.intake(posts, systemActor, undefined);
  const theirs = world.files.intake(posts, systemActor, undefined);
  const upload = await receive(theirs, 'secret');
  expect(await codeOf(attach(mine, 'r1', [upload.name], [upload]))).toBe('internal');
  expect(await states()).toEqual(['pending']);
  await theirs.discard();
  await mine.discard();
});

test('an upload cannot be attached twice, nor without a place among the names', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const upload = await receive(intake, 'x');
  expect(await codeOf(attach(intake, 'r1', [], [upload]))).toBe('internal');
  await attach(intake, 'r1', [upload.name], [upload]);
  expect(await codeOf(attach(intake, 'r2', [upload.name], [upload]))).toBe('internal');
  await intake.discard();
  expect(await world.rows('SELECT record FROM _objects')).toEqual([{ record: 'r1' }]);
});

test('attaching an upload that recovery has doomed fails', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const upload = await receive(intake, 'x');
  await world.restart('epoch-2').recover();
  expect(await codeOf(attach(intake, 'r1', [upload.name], [upload]))).toBe('internal');
  await intake.discard();
});

test('positions follow the order of the names', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const first = await receive(intake, '1');
  const second = await receive(intake, '2');
  await attach(intake, 'r1', [first.name, second.name], [first, second]);
  await intake.discard();
  const later = world.files.intake(posts, systemActor, undefined);
  const third = await receive(later, '3');
  await attach(later, 'r1', [third.name, second.name, first.name], [third]);
  await later.discard();
  const rows = await world.rows('SELECT name FROM _objects ORDER BY position');
  expect(rows.map(({ name }) => name)).toEqual([third.name, second.name, first.name]);
});

test('files of one request are received at the same time', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const many = fileField('photo', { maxSelect: 20 });
  const uploads = await Promise.all(
    Array.from({ length: 20 }, (_, index) => receive(intake, `file ${index}`, 'note.txt', many)),
  );
  await attach(
    intake,
    'r1',
    uploads.map(({ name }) => name),
    uploads,
  );
  await intake.discard();
  expect(await states()).toEqual(Array(20).fill('live'));
});

test.each(['reserve.before', 'reserve.after', 'write.before', 'write.synced', 'write.renamed'])(
  'a failure at %s leaves nothing',
  async (name) => {
    armFailpoints(`${name}=error`);
    const intake = world.files.intake(posts, systemActor, undefined);
    await expect(receive(intake, 'x')).rejects.toThrow();
    await intake.discard();
    await nothingIsLeft();
  },
);

test.each(['attach.before', 'attach.after'])('a failure at %s leaves nothing', async (name) => {
  const intake = world.files.intake(posts, systemActor, undefined);
  const upload = await receive(intake, 'x');
  armFailpoints(`${name}=error`);
  await expect(attach(intake, 'r1', [upload.name], [upload])).rejects.toThrow();
  await intake.discard();
  await nothingIsLeft();
});

test('a discard that the database refuses is made up for by the eraser', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  await receive(intake, 'x');
  armFailpoints('discard.before=error');
  await intake.discard();
  expect(await states()).toEqual(['pending']);
  expect(world.log.events).toContain('warn files.discard_failed');
  await nothingIsLeft();
});

test('a discard that the database refuses is made up for without being asked', async () => {
  const intake = world.files.intake(posts, systemActor, undefined);
  await receive(intake, 'x');
  armFailpoints('discard.before=error');
  await intake.discard();
  for (let tries = 0; tries < 200 && (await world.keys()).length > 0; tries++) await Bun.sleep(5);
  expect(await world.keys()).toEqual([]);
});
