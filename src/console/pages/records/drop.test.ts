import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';

let world: ConsoleWorld;
const BASE = '/_/collections/photos';

beforeEach(async () => {
  world = await openConsoleWorld();
  await world.core.collections.create(systemActor, {
    name: 'photos',
    type: 'base',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'files', type: 'file', maxSelect: 3, maxSize: 100 },
    ],
  });
});
afterEach(() => world.close());

const photos = () => world.core.collections.get('photos');
const text = (content: string, name: string) => new File([content], name);
const filesOf = async (id: string) =>
  [(await world.core.records.findStored(photos(), id))?.files]
    .flat()
    .map((name) => String(name).split('_')[0]);

test('files that are dropped on a collection become records of their own, and one that is refused is named', async () => {
  const sent = await world.upload(`${BASE}/drop?field=files`, [
    ['file', text('one', 'one.txt')],
    ['file', text('x'.repeat(200), 'big.txt')],
    ['file', text('two', 'two.txt')],
  ]);
  expect(sent.status).toBe(422);
  expect(sent.text).toContain('big.txt is too large');
  const { items } = await world.core.records.list(systemActor, photos(), { page: 1, perPage: 10 });
  const names = await Promise.all(items.map(({ values }) => filesOf(String(values.id))));
  expect(names.flat().toSorted()).toEqual(['one', 'two']);
});

test('files that are dropped on a record are added to those that it has', async () => {
  const id = await world.put('photos', 'first.txt', 'first');
  const path = `${BASE}/drop?field=files&record=${id}`;
  expect((await world.upload(path, [['file', text('second', 'second.txt')]])).status).toBe(303);
  const body = new FormData();
  body.append('file', text('third', 'third.txt'));
  expect((await world.send(path, body)).text).toBe('{}');
  expect(await filesOf(id)).toEqual(['first', 'second', 'third']);
  const refused = await world.send(path, body);
  expect([refused.status, refused.headers.get('content-type')]).toEqual([422, 'application/json']);
  expect(refused.text).toContain('At most 3 files.');
  const large = await world.send(`${BASE}/uploads?field=files&filename=large.bin&size=1000`, '');
  expect(large).toMatchObject({
    status: 422,
    text: '{"message":"This file is larger than the field takes: at most 100 bytes."}',
  });
});

test('a large file comes in pieces, goes on where it stopped, and is whole at the end', async () => {
  const id = await world.put('photos', 'first.txt', 'first');
  const place = `${BASE}/uploads?field=files&record=${id}`;
  const begun = await world.send(`${place}&filename=long.txt&size=10`, '');
  const { place: path } = JSON.parse(begun.text);
  expect(await world.send(`${path}&offset=0`, '01234')).toMatchObject({ text: '{"offset":5,"done":false}' });
  expect(await world.send(`${path}&offset=-1`, '')).toMatchObject({ text: '{"offset":5,"done":false}' });
  expect((await world.send(`${path}&offset=3`, '345')).status).toBe(422);
  expect(await world.send(`${path}&offset=5`, '56789')).toMatchObject({ text: '{"offset":10,"done":true}' });
  expect(await filesOf(id)).toEqual(['first', 'long']);
});

test('an upload that is cut off is listed with where it goes, and is removed only by a form of the page', async () => {
  const list = '/_/files/uploads';
  expect((await world.get(list)).text).toContain('No upload is unfinished');
  const id = await world.put('photos', 'first.txt', 'first');
  const begun = await world.send(`${BASE}/uploads?field=files&record=${id}&filename=<b>.bin&size=10`, '');
  const path = String(JSON.parse(begun.text).place);
  await world.send(`${path}&offset=0`, '01234');
  await world.send(`${BASE}/uploads?field=files&filename=new.bin&size=10`, '');
  const { text } = await world.get(list);
  for (const part of [
    '&lt;b&gt;.bin',
    '5 bytes of 10 bytes',
    `href="${BASE}/records/${id}"`,
    'a new record of photos',
  ])
    expect(text).toContain(part);
  const upload = /uploads\/([^?]+)/.exec(path)?.[1] ?? '';
  const removal = `${list}/${upload}/removal`;
  expect(text).toContain(`action="${removal}"`);
  expect((await world.forge(removal)).status).toBe(403);
  expect((await world.post(removal)).status).toBe(303);
  expect((await world.send(`${path}&offset=-1`, '')).status).toBe(404);
  expect((await world.get(list)).text).not.toContain('&lt;b&gt;.bin');
  expect((await world.post(removal)).status).toBe(404);
});

test('nothing is taken without the token, and nothing for a field that holds no files', async () => {
  const parts: [string, File][] = [['file', text('one', 'one.txt')]];
  expect((await world.forgeUpload(`${BASE}/drop?field=files`, parts)).status).toBe(403);
  expect((await world.forge(`${BASE}/uploads?field=files&filename=a&size=1`)).status).toBe(403);
  expect((await world.upload(`${BASE}/drop?field=title`, parts)).status).toBe(404);
  expect((await world.get(`${BASE}/upload`)).text).toContain('Drop files for files here');
  expect(await world.storedKeys()).toEqual([]);
});
