import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { pageForm, typing } from '../../../../test/support/page-form.ts';
import { systemActor } from '../../../core/actor.ts';

const HOSTILE = '<script>window.hacked=1</script>';
let world: ConsoleWorld;

beforeEach(async () => {
  world = await openConsoleWorld();
  const { core } = world;
  const artists = await core.collections.create(systemActor, {
    name: 'artists',
    type: 'base',
    fields: [{ name: 'name', type: 'text', presentable: true }],
  });
  await core.collections.create(systemActor, {
    name: 'works',
    type: 'base',
    fields: [
      { name: 'title', type: 'text', required: true },
      { name: 'story', type: 'editor' },
      { name: 'price', type: 'number' },
      { name: 'sold', type: 'bool' },
      { name: 'shown', type: 'date' },
      { name: 'style', type: 'select', values: ['Oil', 'Water', 'Print'], maxSelect: 2 },
      { name: 'frame', type: 'select', values: ['Wood', 'None'], maxSelect: 1 },
      { name: 'facts', type: 'json' },
      { name: 'place', type: 'geoPoint' },
      { name: 'shop', type: 'url' },
      { name: 'mail', type: 'email' },
      { name: 'artists', type: 'relation', collectionId: artists.id, maxSelect: 5 },
      { name: 'pictures', type: 'file', maxSelect: 3, maxSize: 20 },
      { name: 'cover', type: 'file' },
      { name: 'pin', type: 'password' },
      { name: 'count', type: 'integer' },
      { name: 'note', type: 'string' },
      { name: 'thing', type: 'any' },
      { name: 'shape', type: 'geometry' },
      { name: 'key', type: 'uuid' },
    ],
  });
});
afterEach(() => world.close());

const works = () => world.core.collections.get('works');
const make = (input: Record<string, unknown>) => world.core.records.create(systemActor, works(), input);
const stored = async (id: string) => (await world.core.records.findStored(works(), id)) ?? {};
const FORM = '/_/collections/works/records';
const text = (content: string, name: string) => new File([content], name);

test('a new record is made of what was typed; what was left alone gets what the server gives it', async () => {
  const artist = await world.core.records.create(systemActor, world.core.collections.get('artists'), {
    name: 'Ada',
  });
  const blank = await pageForm((await world.get(`${FORM}/new`)).text);
  const parts = typing(blank, {
    ...{ 'f.title': 'Two\r\nlines', 'f.story': HOSTILE, 'f.price': '12.5', 'f.sold': 'true' },
    ...{ 'f.shown': '2026-02-03T04:05', 'f.frame': 'Wood', 'f.facts': '{"a": 12345678901234567890}' },
    ...{ 'f.place.lat': '48.2', 'f.place.lon': '16.4', 'f.artists.id': String(artist.values.id) },
    ...{ 'f.count': '9007199254740993', 'f.thing': '7', 'f.thing.kind': 'number', 'f.pin': 'secret' },
    'f.shape': '{"type":"Point","coordinates":[1,2]}',
  });
  const files: [string, string | File][] = [
    ['f.style', 'Oil'],
    ['f.style', 'Print'],
    ['f.pictures.new', text('one', 'one.txt')],
    ['f.pictures.new', text('two', 'two.txt')],
    ['f.cover.new', text('cover', 'cover.txt')],
  ];
  const made = await world.upload(FORM, [...parts, ...files]);
  expect(made.status).toBe(303);
  const id = made.headers.get('location')?.split('/').at(-1) ?? '';
  const record = await stored(id);
  expect(record).toMatchObject({
    ...{ title: 'Two\nlines', story: HOSTILE, price: 12.5, sold: true, shown: '2026-02-03 04:05:00.000Z' },
    ...{ style: ['Oil', 'Print'], frame: 'Wood', facts: { a: 12345678901234567890n } },
    ...{ place: { lat: 48.2, lon: 16.4 }, artists: [artist.values.id], count: 9007199254740993n },
    ...{ note: null, thing: 7, shape: { type: 'Point', coordinates: [1, 2] }, key: null },
  });
  expect(record.pictures).toEqual([expect.stringMatching(/^one_/), expect.stringMatching(/^two_/)]);
  expect(record.cover).toMatch(/^cover_/);
  expect(record.pin).toBe('hash of secret');
  const form = (await world.get(`${FORM}/${id}/edit`)).text;
  expect(form).not.toContain('<script>window');
  expect(form).not.toContain(String(record.pin));
});

test.each(['incomplete', '03.02.2026 04:05', '2026-02-30T04:05', '20260-02-03T04:05'])(
  'what is no date, as %p, is told: it neither clears the stored one nor is guessed at',
  async (typed) => {
    const shown = '2026-02-03 04:05:06.120Z';
    const id = String((await make({ title: 'One', shown })).values.id);
    const parts = await pageForm((await world.get(`${FORM}/${id}/edit`)).text);
    const answer = await world.upload(`${FORM}/${id}`, typing(parts, { 'f.shown': typed }));
    expect([answer.status, answer.text.includes('not a whole date')]).toEqual([422, true]);
    expect((await stored(id)).shown).toBe(shown);
  },
);

test('what was typed for a field that has another name meanwhile is given back, and only then left out', async () => {
  const id = String((await make({ title: 'One', shop: 'https://a.example' })).values.id);
  const parts = await pageForm((await world.get(`${FORM}/${id}/edit`)).text);
  const fields = works().fields.map((field) =>
    ['shop', 'pin'].includes(field.name) ? { ...field, name: `${field.name}2` } : field,
  );
  await world.core.collections.update(systemActor, 'works', { fields });
  const typed = typing(parts, { 'f.shop': 'https://b.example', 'f.price': '5', 'f.pin': 'very secret' });
  const told = await world.upload(`${FORM}/${id}`, typed);
  expect(told.status).toBe(409);
  expect(told.text).toContain('The fields of the collection were changed meanwhile.');
  expect(told.text).toContain('shop: https://b.example · pin: …');
  expect(told.text).not.toContain('very secret');
  expect((await stored(id)).price).toBe(0);
  expect((await world.upload(`${FORM}/${id}`, await pageForm(told.text))).status).toBe(303);
  expect(await stored(id)).toMatchObject({ price: 5, shop2: 'https://a.example' });
  expect((await world.upload(`${FORM}/${id}`, parts)).status).not.toBe(422);
});

test('no value is told from a text that is left beside its box, and half a place is refused', async () => {
  const id = String((await make({ title: 'One', note: 'noted', place: { lat: 48.2, lon: 16.4 } })).values.id);
  const path = `${FORM}/${id}`;
  const edit = async (changes: Record<string, string>) => {
    const parts = await pageForm((await world.get(`${path}/edit`)).text);
    return (await world.upload(path, typing(parts, changes))).status;
  };
  expect(await edit({ 'f.note.null': 'true' })).toBe(303);
  expect((await stored(id)).note).toBeNull();
  expect(await edit({ 'f.note': 'again' })).toBe(303);
  expect((await stored(id)).note).toBe('again');
  expect(await edit({ 'f.place.lat': '' })).toBe(422);
  expect((await stored(id)).place).toEqual({ lat: 48.2, lon: 16.4 });
  expect(await edit({ 'f.place.lat': '', 'f.place.lon': '' })).toBe(303);
  expect((await stored(id)).place).toEqual({ lat: 0, lon: 0 });
});

test('JSON with a number that is too large for it is refused, not made null', async () => {
  const parts = await pageForm((await world.get(`${FORM}/new`)).text);
  const answer = await world.upload(FORM, typing(parts, { 'f.title': 'One', 'f.facts': '{"a":[-1e400]}' }));
  expect([answer.status, answer.text.includes('This number is too large.')]).toEqual([422, true]);
});

test('a form that is sent as it was shown changes nothing', async () => {
  const { values } = await make({
    ...{
      title: ' Two\r\nlines\n',
      story: '\n<p>',
      price: 0.1,
      sold: true,
      shown: '2026-02-03 04:05:06.120Z',
    },
    ...{ style: ['Oil'], facts: [1, 'x', null], place: { lon: 1, lat: 2 }, count: 5, note: '', thing: '12' },
  });
  const id = String(values.id);
  const before = await stored(id);
  const parts = await pageForm((await world.get(`${FORM}/${id}/edit`)).text);
  expect((await world.upload(`${FORM}/${id}`, parts)).status).toBe(303);
  expect(await stored(id)).toEqual(before);
});

test('what is not accepted comes back as it was typed, with messages at its fields and nothing stored', async () => {
  const parts = typing(await pageForm((await world.get(`${FORM}/new`)).text), {
    ...{ 'f.title': '', 'f.story': 'kept', 'f.price': 'twelve', 'f.facts': '{oops', 'f.pin': 'secret' },
    ...{ 'f.shop': 'no address', 'f.place.lat': '99', 'f.place.lon': '0' },
  });
  const refused = await world.upload(FORM, [
    ['f.pictures.new', text('much more than twenty bytes', 'big.txt')],
    ...parts,
  ]);
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('This is not JSON.');
  expect(refused.text).toContain('big.txt is too large: at most 20 bytes.');
  for (const kept of ['twelve', '{oops', 'kept', 'no address']) expect(refused.text).toContain(kept);
  expect(refused.text).not.toContain('value="secret"');
  const second = await world.upload(FORM, typing(parts, { 'f.facts': '{}' }));
  for (const message of ['This is required.', 'Type a number.', 'not a web address', 'A latitude lies']) {
    expect(second.text).toContain(message);
  }
  expect(await world.core.records.count(systemActor, works())).toBe(0);
  expect(await world.storedKeys()).toEqual([]);
});

test('files are removed, moved and added in one form', async () => {
  const first = await world.upload(FORM, [
    ...typing(await pageForm((await world.get(`${FORM}/new`)).text), { 'f.title': 'A' }),
    ['f.pictures.new', text('one', 'one.txt')],
    ['f.pictures.new', text('two', 'two.txt')],
    ['f.pictures.new', text('three', 'three.txt')],
  ]);
  const id = first.headers.get('location')?.split('/').at(-1) ?? '';
  const parts = await pageForm((await world.get(`${FORM}/${id}/edit`)).text);
  let position = 3;
  const moved = parts.map(([name, value]): [string, string] =>
    name === 'f.pictures.position' ? [name, String(position--)] : [name, value],
  );
  const gone =
    parts.find(([name, value]) => name === 'f.pictures.name' && value.startsWith('two'))?.[1] ?? '';
  const saved = await world.upload(`${FORM}/${id}`, [
    ...moved,
    ['f.pictures.remove', gone],
    ['f.pictures.new', text('four', 'four.txt')],
  ]);
  expect(saved.status).toBe(303);
  const names = [(await stored(id)).pictures].flat().map((name) => String(name).split('_')[0]);
  expect(names).toEqual(['three', 'one', 'four']);
});

test('a change that another admin made meanwhile is told with both versions, and kept where it is not in the way', async () => {
  const { values } = await make({ title: 'Old', note: 'old', price: 1 });
  const id = String(values.id);
  const parts = await pageForm((await world.get(`${FORM}/${id}/edit`)).text);
  await world.core.records.update(systemActor, works(), id, { title: 'Theirs', note: 'theirs' });
  const told = await world.upload(`${FORM}/${id}`, typing(parts, { 'f.title': 'Mine', 'f.price': '2' }));
  expect(told.status).toBe(409);
  expect(told.text).toContain('Somebody else changed this record meanwhile.');
  const table = told.text.slice(told.text.indexOf('Stored now'), told.text.indexOf('</table>'));
  expect(table).toContain('Mine');
  expect(table).toContain('Theirs');
  expect(table).not.toContain('price');
  expect((await stored(id)).title).toBe('Theirs');
  expect((await world.upload(`${FORM}/${id}`, await pageForm(told.text))).status).toBe(303);
  expect(await stored(id)).toMatchObject({ title: 'Mine', note: 'theirs', price: 2 });
});

test('of what two admins changed, each field keeps the version that is chosen', async () => {
  const { values } = await make({ title: 'Old', note: 'old', shop: 'https://old.example' });
  const id = String(values.id);
  const parts = await pageForm((await world.get(`${FORM}/${id}/edit`)).text);
  await world.core.records.update(systemActor, works(), id, { title: 'Theirs', note: 'theirs' });
  const mine = { 'f.title': 'Mine', 'f.note': 'mine', 'f.shop': 'not an address' };
  const told = await pageForm((await world.upload(`${FORM}/${id}`, typing(parts, mine))).text);
  const choice = { 'keep.title': 'theirs', 'keep.note': 'mine' };
  const refused = await world.upload(`${FORM}/${id}`, typing(told, choice));
  expect(refused.status).toBe(422);
  const again = await pageForm(refused.text);
  expect(again).toContainEqual(['f.title', 'Theirs']);
  const saved = await world.upload(`${FORM}/${id}`, typing(again, { 'f.shop': 'https://new.example' }));
  expect(saved.status).toBe(303);
  expect(await stored(id)).toMatchObject({ title: 'Theirs', note: 'mine', shop: 'https://new.example' });
});

test('without script a record for a relation is made in between, and what was typed is there afterwards', async () => {
  const parts = typing(await pageForm((await world.get(`${FORM}/new`)).text), { 'f.title': 'Kept' });
  const inner = await world.upload(FORM, [
    ...typing(parts, { 'f.pin': 'secret' }),
    ['f.cover.new', text('cover', 'cover.txt')],
    ['make', 'artists'],
  ]);
  expect(inner.status).toBe(200);
  expect(inner.text).toContain('New record in artists');
  expect(inner.text).not.toContain('secret');
  const artists = '/_/collections/artists/records';
  const blank = await pageForm(inner.text);
  const wrong = await world.upload(artists, typing(blank, { 'f.id': 'no' }));
  expect(wrong.status).toBe(422);
  const back = await world.upload(
    artists,
    typing(await pageForm(wrong.text), { 'f.id': '', 'f.name': 'Zoë' }),
  );
  expect(back.status).toBe(200);
  expect(back.text).toContain('New record in works');
  expect(back.text).toContain('Choose the new files once more');
  const whole = await pageForm(back.text);
  expect(whole).toContainEqual(['f.title', 'Kept']);
  const made = await world.upload(FORM, whole);
  const id = made.headers.get('location')?.split('/').at(-1) ?? '';
  const { items } = await world.core.records.list(systemActor, world.core.collections.get('artists'), {
    ...{ page: 1, perPage: 2 },
  });
  expect(await stored(id)).toMatchObject({ title: 'Kept', artists: [items[0]?.values.id], pin: '' });
  const given = await world.upload(artists, [...blank, ['back', '1']]);
  expect(await pageForm(given.text)).toContainEqual(['f.title', 'Kept']);
  expect(await world.core.records.count(systemActor, world.core.collections.get('artists'))).toBe(1);
});

test('a form that waits for one that waits itself gets what was made, and both keep what was typed', async () => {
  await world.core.collections.create(systemActor, {
    name: 'shows',
    type: 'base',
    fields: [
      { name: 'name', type: 'text' },
      { name: 'works', type: 'relation', collectionId: works().id, maxSelect: 9 },
    ],
  });
  const shows = '/_/collections/shows/records';
  const outer = typing(await pageForm((await world.get(`${shows}/new`)).text), { 'f.name': 'Show' });
  const middle = await pageForm((await world.upload(shows, [...outer, ['make', 'works']])).text);
  const inner = await world.upload(FORM, [...typing(middle, { 'f.title': 'Work' }), ['make', 'artists']]);
  const artist = typing(await pageForm(inner.text), { 'f.name': 'Ada' });
  const backInMiddle = await pageForm((await world.upload('/_/collections/artists/records', artist)).text);
  expect(backInMiddle).toContainEqual(['f.title', 'Work']);
  const backInOuter = await pageForm((await world.upload(FORM, backInMiddle)).text);
  expect(backInOuter).toContainEqual(['f.name', 'Show']);
  const made = await world.upload(shows, backInOuter);
  const id = made.headers.get('location')?.split('/').at(-1) ?? '';
  const { items } = await world.core.records.list(systemActor, works(), { page: 1, perPage: 2 });
  expect(items[0]?.values).toMatchObject({ title: 'Work', artists: [expect.any(String)] });
  const show = await world.core.records.findStored(world.core.collections.get('shows'), id);
  expect(show).toMatchObject({ name: 'Show', works: [items[0]?.values.id] });
});

test('a form that says it waits, but is none, or is not there any more, breaks nothing', async () => {
  const artists = '/_/collections/artists/records';
  const blank = await pageForm((await world.get(`${artists}/new`)).text);
  for (const outer of ['{', 'null', '[]', '{"collection":1}']) {
    expect((await world.upload(artists, [...blank, ['outer', outer]])).status).toBe(303);
  }
  const gone = { collection: 'gone', field: 'artists', pairs: [[1], ['__proto__', 'x']] };
  expect((await world.upload(artists, [...blank, ['outer', JSON.stringify(gone)]])).status).toBe(404);
});

test('a relation says what to do where there is nothing to choose, and shows pictures of what there is', async () => {
  const artists = world.core.collections.get('artists');
  await world.core.collections.create(systemActor, {
    name: 'shows',
    type: 'base',
    fields: [
      { name: 'artist', type: 'relation', collectionId: artists.id, maxSelect: 1, required: true },
      { name: 'works', type: 'relation', collectionId: works().id, maxSelect: 9 },
    ],
  });
  const empty = (await world.get('/_/collections/shows/records/new')).text;
  expect(empty).toContain('This field needs one: make it with “New record in artists…”');
  const ids: string[] = [];
  for (let index = 0; index < 25; index++) {
    const name = `Work ${String(index).padStart(2, '0')}`;
    ids.push(String((await make({ title: name })).values.id));
  }
  const path = '/_/collections/shows/choices?field=works';
  const first = (await world.get(path)).text;
  expect(first.match(/type="checkbox"/g)?.length).toBe(20);
  expect(first).toContain('value="40"');
  const [a = '', b = ''] = [ids[3], ids[1]];
  const more = (await world.get(`${path}&f.works.shown=40&f.works=${a}&f.works=${b}`)).text;
  expect(more.match(/type="checkbox"/g)?.length).toBe(25);
  expect(more.indexOf(a)).toBeLessThan(more.indexOf(b));
  expect(more).not.toContain('Show more');
  expect((await world.get(`${path}&f.works.shown=1e9`)).status).toBe(200);
  expect((await world.get(`${path}&f.works.find=nothing+like+it`)).text).toContain('Nothing is found.');
});

test('a form that is asked for again to look for records keeps what was typed, and saves nothing', async () => {
  const artists = world.core.collections.get('artists');
  for (const name of ['Ada', 'Ben']) await world.core.records.create(systemActor, artists, { name });
  const parts = typing(await pageForm((await world.get(`${FORM}/new`)).text), { 'f.title': 'Kept' });
  const looked = await world.upload(FORM, [...parts, ['f.artists.find', 'Be'], ['look', 'artists']]);
  expect(looked.status).toBe(200);
  expect(looked.text).toContain('Ben');
  expect(looked.text).not.toContain('Ada');
  expect(await pageForm(looked.text)).toContainEqual(['f.title', 'Kept']);
  expect(await world.core.records.count(systemActor, works())).toBe(0);
});

test('a duplicate has the values of the other record, but not its id, its files and its secrets', async () => {
  const first = await world.upload(FORM, [
    ...typing(await pageForm((await world.get(`${FORM}/new`)).text), {
      ...{ 'f.title': 'First', 'f.note': 'noted', 'f.pin': 'secret' },
    }),
    ['f.pictures.new', text('one', 'one.txt')],
  ]);
  const id = first.headers.get('location')?.split('/').at(-1) ?? '';
  const page = await world.get(`${FORM}/new?copy=${id}`);
  expect(page.text).toContain('Its files are not copied.');
  const made = await world.upload(FORM, await pageForm(page.text));
  expect(made.status).toBe(303);
  const copy = await stored(made.headers.get('location')?.split('/').at(-1) ?? '');
  expect(copy).toMatchObject({ title: 'First', note: 'noted', pictures: [], pin: '' });
  expect(copy.id).not.toBe(id);
  expect((await world.get(`${FORM}/new?copy=gone`)).status).toBe(404);
});

test.each([
  [{ note: '', count: null }, {}],
  [{ note: null, count: null }, {}],
  [{ note: 'x', count: 0n }, {}],
  [{ note: '', count: null }, { 'f.price': 'refused at first' }],
])('a duplicate of %p has the same texts and numbers, or none', async (input, typed) => {
  await world.core.collections.create(systemActor, {
    name: 'notes',
    type: 'base',
    fields: [
      { name: 'note', type: 'string', default: { kind: 'value', value: 'default' } },
      { name: 'count', type: 'integer', default: { kind: 'value', value: 5 } },
      { name: 'price', type: 'number' },
    ],
  });
  const notes = world.core.collections.get('notes');
  const { values } = await world.core.records.create(systemActor, notes, input);
  const path = '/_/collections/notes/records';
  const page = await world.get(`${path}/new?copy=${String(values.id)}`);
  let made = await world.upload(path, typing(await pageForm(page.text), typed));
  if (made.status === 422)
    made = await world.upload(path, typing(await pageForm(made.text), { 'f.price': '0' }));
  expect(made.status).toBe(303);
  const id = made.headers.get('location')?.split('/').at(-1) ?? '';
  const { note, count } = (await world.core.records.findStored(notes, id)) ?? {};
  expect([note, count]).toEqual([values.note, values.count]);
});

test('the password of an account is typed twice, and left alone where it is left empty', async () => {
  const path = '/_/collections/users/records';
  const blank = await pageForm((await world.get(`${path}/new`)).text);
  const wrong = { 'f.email': 'a@example.com', 'f.password': 'correct horse', 'f.password.again': 'other' };
  expect((await world.upload(path, typing(blank, wrong))).text).toContain(
    'The two passwords are not the same.',
  );
  const made = await world.upload(path, typing(blank, { ...wrong, 'f.password.again': 'correct horse' }));
  const id = made.headers.get('location')?.split('/').at(-1) ?? '';
  const users = world.core.collections.get('users');
  const before = await world.core.records.findStored(users, id);
  const parts = await pageForm((await world.get(`${path}/${id}/edit`)).text);
  expect((await world.upload(`${path}/${id}`, typing(parts, { 'f.email': 'b@example.com' }))).status).toBe(
    303,
  );
  const after = await world.core.records.findStored(users, id);
  expect(after).toMatchObject({ email: 'b@example.com', password: before?.password });
});

test('without its token nothing of a form is taken, files neither', async () => {
  expect((await world.forge(FORM, { 'f.title': 'A' })).status).not.toBe(303);
  const parts: [string, string | File][] = [['f.pictures.new', text('one', 'one.txt')]];
  const forged = await world.forgeUpload(FORM, parts);
  expect(forged.status).toBe(403);
  expect(await world.storedKeys()).toEqual([]);
});

test('choices of a relation are found by what they are called, and those that are chosen stay', async () => {
  const artists = world.core.collections.get('artists');
  for (const name of ['Ada', 'Ben', HOSTILE]) await world.core.records.create(systemActor, artists, { name });
  const ben = await world.core.records.list(systemActor, artists, {
    page: 1,
    perPage: 1,
    filter: 'name="Ben"',
  });
  const id = String(ben.items[0]?.values.id);
  const path = `/_/collections/works/choices?field=artists&f.artists=${id}`;
  const found = (await world.get(`${path}&f.artists.find=ad"a`)).text;
  expect(found).toContain('Ben');
  expect(found).not.toContain('Ada');
  const all = (await world.get(path)).text;
  expect(all).toContain('Ada');
  expect(all).not.toContain('<script>');
  expect((await world.get('/_/collections/works/choices?field=title')).status).toBe(404);
});

test('records are deleted together after a question, or none of them', async () => {
  const ids: string[] = [];
  for (const title of ['One', 'Two', HOSTILE]) ids.push(String((await make({ title })).values.id));
  const asked = await world.get(`/_/collections/works/removal?id=${ids[0]}&id=${ids[2]}&id=gone`);
  expect(asked.text).toContain('Delete 2 records?');
  expect(asked.text).not.toContain('<script>window');
  expect(await world.core.records.count(systemActor, works())).toBe(3);
  const done = await world.post('/_/collections/works/removal', { id: ids[0] ?? '' });
  expect(done.headers.get('location')).toBe('/_/collections/works');
  expect(await world.core.records.count(systemActor, works())).toBe(2);
});

test('the last superuser stays, and the page says why', async () => {
  const superusers = world.core.collections.get('_superusers');
  const { items } = await world.core.records.list(systemActor, superusers, { page: 1, perPage: 2 });
  const form = { id: String(items[0]?.values.id), confirm: '_superusers' };
  const { status, text } = await world.post('/_/collections/_superusers/truncation', form);
  expect(status).toBe(422);
  expect(text).toContain('the last superuser cannot be deleted');
  // Superusers are deleted among the accounts.
  expect((await world.post('/_/collections/_superusers/removal', form)).status).toBe(404);
  expect(await world.core.records.count(systemActor, superusers)).toBe(items.length);
});

test('the page of a record leads to those beside it in the grid that it was opened from', async () => {
  const ids: string[] = [];
  for (const title of ['A', 'B', 'C', 'D'])
    ids.push(String((await make({ title, note: 'shown' })).values.id));
  await make({ title: 'AA', note: 'other' });
  const query = 'filter=note%3D%22shown%22&sort=-title';
  const grid = (await world.get(`/_/collections/works?${query}`)).text;
  expect(grid).toContain(`${FORM}/${ids[2]}?filter=note%3D%22shown%22&amp;sort=-title&amp;row=1`);
  const page = (await world.get(`${FORM}/${ids[2]}?${query}&row=1`)).text;
  expect(page).toContain(`${FORM}/${ids[3]}?filter=note%3D%22shown%22&amp;sort=-title&amp;row=0" rel="prev"`);
  expect(page).toContain(`${FORM}/${ids[1]}?filter=note%3D%22shown%22&amp;sort=-title&amp;row=2" rel="next"`);
  const first = (await world.get(`${FORM}/${ids[3]}?${query}&row=0`)).text;
  expect(first).not.toContain('rel="prev"');
  for (const wrong of ['row=-1', 'row=x', 'row=1e9', 'row=1&filter=((', 'row=1&sort=gone', 'row=900']) {
    const { status, text } = await world.get(`${FORM}/${ids[0]}?${wrong}`);
    expect([wrong, status, text.includes('rel="next"')]).toEqual([wrong, 200, false]);
  }
});
