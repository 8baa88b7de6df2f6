import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld, PARTIAL } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';
import { controlOf } from './controls.ts';
import { markOf } from './typed.ts';

const HOSTILE = '"><script>window.hacked=1</script>';
let world: ConsoleWorld;

beforeEach(async () => {
  world = await openConsoleWorld();
  await world.core.collections.create(systemActor, {
    name: 'works',
    type: 'base',
    fields: [
      { name: 'title', type: 'text', required: true },
      { name: 'price', type: 'number' },
      { name: 'sold', type: 'bool' },
      { name: 'style', type: 'select', values: ['Oil', 'Water'], maxSelect: 2 },
      { name: 'facts', type: 'json' },
      { name: 'thing', type: 'any' },
      { name: 'cover', type: 'file' },
      { name: 'pin', type: 'password' },
      { name: 'secret', type: 'text', hidden: true },
      { name: 'updated', type: 'autodate', onUpdate: true },
    ],
  });
});
afterEach(() => world.close());

const works = () => world.core.collections.get('works');
const make = async (input: Record<string, unknown>) =>
  String((await world.core.records.create(systemActor, works(), { title: 'Old', ...input })).values.id);
const stored = async (id: string) => (await world.core.records.findStored(works(), id)) ?? {};
const cell = (id: string, field: string) => `/_/collections/works/cells/${id}/${field}`;

/** What the mark of a value in an editor is. */
function baseOf(field: string, value: unknown): Record<string, string> {
  const found = works().fields.find(({ name }) => name === field);
  if (found === undefined) throw new Error(`no field ${field}`);
  return { [`base.${field}`]: markOf(controlOf(found).show(value, found)) };
}

async function undo(text: string): Promise<string> {
  const change = /name="change" value="([^"]+)"/.exec(text)?.[1] ?? '';
  const answer = await world.post('/_/collections/works/reversals', { change });
  expect(answer.status).toBe(303);
  return /dossier-note=(\w+)/.exec(answer.headers.getSetCookie().join())?.[1] ?? '';
}

test('a cell leads to its field in the form of its record, for who has no script and for what needs room', async () => {
  const id = await make({});
  const plain = await world.get(cell(id, 'title'));
  expect(plain.status).toBe(303);
  expect(plain.headers.get('location')).toBe(`/_/collections/works/records/${id}/edit#f-title`);
  for (const field of ['cover', 'pin', 'facts']) {
    const answer = await world.part(cell(id, field));
    expect(answer.headers.get('hx-redirect')).toEndWith(`/edit#f-${field}`);
  }
  await world.core.records.update(systemActor, works(), id, { title: 'long '.repeat(100) });
  expect((await world.part(cell(id, 'title'))).headers.get('hx-redirect')).toEndWith('/edit#f-title');
});

test('a value is changed in its cell, told with its row, and put back', async () => {
  const id = await make({ title: HOSTILE });
  const editor = await world.part(cell(id, 'title'));
  expect(editor.text).toContain('cell-editor');
  expect(editor.text).not.toContain('<script>');
  const saved = await world.post(
    cell(id, 'title'),
    { ...baseOf('title', HOSTILE), 'f.title': '<b>New', column: 'title' },
    PARTIAL,
  );
  expect(saved.status).toBe(200);
  expect(saved.text).toContain('&lt;b&gt;New');
  expect(saved.text).not.toContain('<b>');
  expect((await stored(id)).title).toBe('<b>New');
  expect(await undo(saved.text)).toBe('undone');
  expect((await stored(id)).title).toBe(HOSTILE);
  expect(await undo(saved.text)).toBe('undoGone');
});

test('a value that is sent again, as its answer was lost, is simply there', async () => {
  const id = await make({ price: 1 });
  const typed = { ...baseOf('price', 1), 'f.price': '2' };
  for (let times = 0; times < 2; times++) {
    expect((await world.post(cell(id, 'price'), typed, PARTIAL)).status).toBe(200);
  }
  expect((await stored(id)).price).toBe(2);
});

test('what is not accepted stays as it was typed, with its message; without htmx on a page of its own', async () => {
  const id = await make({ price: 1 });
  const wrong = { ...baseOf('price', 1), 'f.price': HOSTILE };
  const refused = await world.post(cell(id, 'price'), wrong);
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('Type a number.');
  expect(refused.text).toContain('value="&quot;&gt;&lt;script&gt;');
  const thing = { ...baseOf('thing', null), 'f.thing': HOSTILE, 'f.thing.kind': 'number' };
  expect(await world.post(cell(id, 'thing'), thing)).toMatchObject({ status: 422 });
  const good = await world.post(cell(id, 'price'), { ...wrong, 'f.price': '2.5' });
  expect(good.headers.get('location')).toBe('/_/collections/works');
  expect(await stored(id)).toMatchObject({ price: 2.5, thing: null });
});

test('a value that somebody else changed meanwhile is told, and not overwritten unseen', async () => {
  const id = await make({ price: 1 });
  const base = baseOf('title', 'Old');
  await world.core.records.update(systemActor, works(), id, { price: 2 });
  expect((await world.post(cell(id, 'title'), { ...base, 'f.title': 'Mine' })).status).toBe(303);
  const told = await world.post(cell(id, 'title'), { ...base, 'f.title': 'Mine too' });
  expect(told.status).toBe(409);
  expect(told.text).toContain('Stored now: <strong><span class="lines">Mine</span>');
  expect(told.text).toContain('value="Mine too"');
  expect((await stored(id)).title).toBe('Mine');
  const seen = { ...baseOf('title', 'Mine'), 'f.title': 'Mine too' };
  expect((await world.post(cell(id, 'title'), seen)).status).toBe(303);
  expect(await stored(id)).toMatchObject({ title: 'Mine too', price: 2 });
});

test('a change that came since is not undone, nor one of somebody else’s session', async () => {
  const id = await make({ style: ['Oil'] });
  const save = (from: string[], to: string) =>
    world.post(cell(id, 'style'), { ...baseOf('style', from), 'f.style': to }, PARTIAL);
  const first = await save(['Oil'], 'Water');
  await save(['Water'], 'Oil');
  expect(await undo(first.text)).toBe('undoOutrun');
  expect((await stored(id)).style).toEqual(['Oil']);
  const last = await save(['Oil'], 'Water');
  const change = /name="change" value="([^"]+)"/.exec(last.text)?.[1] ?? '';
  expect((await world.forge('/_/collections/works/reversals', { change })).status).toBe(403);
  const elsewhere = await world.post('/_/collections/users/reversals', { change });
  expect(elsewhere.headers.getSetCookie().join()).toContain('undoGone');
  world.clock.time += 11 * 60_000;
  expect(await undo(last.text)).toBe('undoGone');
  expect((await stored(id)).style).toEqual(['Water']);
});

test('what the server keeps for itself cannot be changed, whatever the address says', async () => {
  const id = await make({ secret: 'sesame' });
  for (const field of [
    'id',
    'updated',
    'nothing',
    '__proto__',
    'cover',
    'pin',
    encodeURIComponent("a' OR 1"),
  ]) {
    const sent = await world.post(cell(id, field), { [`f.${field}`]: 'x', [`base.${field}`]: 'x' });
    expect([field, sent.status]).toEqual([field, 404]);
  }
  const users = `/_/collections/users/cells/${id}/tokenKey`;
  expect((await world.post(users, { 'f.tokenKey': 'x', 'base.tokenKey': 'x' })).status).toBe(404);
  for (const odd of ['nothing', '..', '%2e%2e', '%00', encodeURIComponent(HOSTILE)]) {
    expect([odd, (await world.part(cell(odd, 'title'))).status]).toEqual([odd, 404]);
  }
  expect((await world.forge(cell(id, 'title'), { 'f.title': 'x', 'base.title': 'x' })).status).toBe(403);
  expect((await stored(id)).title).toBe('Old');
});
