import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';

const HOSTILE = '"><script>window.hacked=1</script>';
const CHANGES = '/_/collections/works/changes';
const REMOVAL = '/_/collections/works/removal';
let world: ConsoleWorld;

beforeEach(async () => {
  world = await openConsoleWorld();
  await world.core.collections.create(systemActor, {
    name: 'works',
    type: 'base',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'price', type: 'number', max: 100 },
      { name: 'sold', type: 'bool' },
      { name: 'facts', type: 'json' },
      { name: 'code', type: 'text' },
      { name: 'cover', type: 'file' },
      { name: 'secret', type: 'text', hidden: true, system: true },
    ],
    indexes: ["CREATE UNIQUE INDEX `works_code` ON `works` (`code`) WHERE `code` != ''"],
  });
});
afterEach(() => world.close());

const works = () => world.core.collections.get('works');
const count = (filter = '') => world.core.records.count(systemActor, works(), filter);

async function make(howMany: number, input: Record<string, unknown> = {}): Promise<string[]> {
  const rows = Array.from({ length: howMany }, (_, index) => ({
    values: { title: `Work ${index}`, ...input },
  }));
  return [...(await world.core.records.import(systemActor, works(), rows))];
}

/** Hidden fields of the form of a page. */
function hiddenOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/<input type="hidden" name="(mark|reviewed)" value="([^"]*)"/g)];
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]));
}
const every = { all: '1', filter: 'title ~ "Work"' };
const query = new URLSearchParams(every).toString();

test('fields of all that a filter finds are changed after a look at what that comes to, and put back', async () => {
  await make(3, { price: 1, facts: ['"text"', 12] });
  await make(1, { title: HOSTILE, price: 1 });
  const page = await world.get(`${CHANGES}?${query}`);
  expect(page.text).toContain('Change 3 records');
  for (const none of ['value="cover"', 'value="secret"', 'value="id"']) expect(page.text).not.toContain(none);
  const typed = {
    ...every,
    ...hiddenOf(page.text),
    'f.price': '7',
    'f.facts': '"now"',
    'f.title': 'left alone',
  };
  const nothing = await world.post(CHANGES, typed);
  expect([nothing.status, nothing.text.includes('Tick at least one field.')]).toEqual([422, true]);
  const parts: [string, string][] = [...Object.entries(typed), ['set', 'price'], ['set', 'facts']];
  const looked = await world.postAll(CHANGES, parts);
  expect(looked.status).toBe(200);
  expect(looked.text).toContain('This changes 3 records');
  expect(await count('price = 7')).toBe(0);
  const other = await world.postAll(CHANGES, [...parts, ['apply', '1'], ['reviewed', 'forged']]);
  expect(other.text).toContain('This changes 3 records');
  const done = await world.postAll(CHANGES, [
    ...parts,
    ['apply', '1'],
    ['reviewed', hiddenOf(looked.text).reviewed ?? ''],
  ]);
  expect(done.status).toBe(303);
  expect(await count('price = 7 && facts = "now"')).toBe(3);
  const result = await world.get(done.headers.get('location') ?? '');
  expect(result.text).toContain('3 records are changed');
  const change = /name="change" value="([^"]+)"/.exec(result.text)?.[1] ?? '';
  const [touched] = (
    await world.core.records.list(systemActor, works(), { page: 1, perPage: 1, filter: 'price = 7' })
  ).items;
  await world.core.records.update(systemActor, works(), String(touched?.values.id), { title: 'Work, since' });
  const undone = await world.post('/_/collections/works/reversals', { change });
  expect(undone.headers.getSetCookie().join()).toContain('undonePartly');
  const kept = await world.core.records.list(systemActor, works(), {
    page: 1,
    perPage: 9,
    filter: 'price = 1 && title ~ "Work"',
  });
  expect(kept.items.map(({ values }) => values.facts)).toEqual([
    ['"text"', 12],
    ['"text"', 12],
  ]);
  expect((await world.get(done.headers.get('location') ?? '')).status).toBe(404);
});

test('picked records that are gone are neither counted nor changed', async () => {
  const [first = '', second = ''] = await make(2);
  const picked = `id=${first}&id=${second}&id=never-there`;
  expect((await world.get(`${CHANGES}?${picked}`)).text).toContain('Change 2 records');
  await world.core.records.delete(systemActor, works(), first);
  expect((await world.get(`${CHANGES}?${picked}`)).text).toContain('Change a record');
  await world.core.records.delete(systemActor, works(), second);
  expect((await world.get(`${CHANGES}?${picked}`)).text).toContain('No record is selected');
});

test('what does not fit one of the records is told at its field, and changes none', async () => {
  const [first = '', second = ''] = await make(2);
  const tick = async (field: string, value: string) =>
    world.postAll(CHANGES, [
      ['id', first],
      ['id', second],
      ['set', field],
      [`f.${field}`, value],
    ]);
  expect((await tick('price', '101')).text).toContain('At most 100.');
  expect((await tick('price', HOSTILE)).text).toContain('Type a number.');
  expect((await tick('facts', '{oops')).text).toContain('This is not JSON.');
  const unique = await tick('code', 'same');
  expect([unique.status, unique.text.includes('Another record has this value already.')]).toEqual([
    422,
    true,
  ]);
  for (const field of ['secret', 'cover', 'id', '__proto__']) {
    expect((await tick(field, 'x')).text).toContain('Tick at least one field.');
  }
  expect(await count('code != "" || price != 0')).toBe(0);
});

test('what a filter finds by now and did not before is neither changed nor deleted', async () => {
  await make(2);
  const change = await world.get(`${CHANGES}?${query}`);
  const removal = await world.get(`${REMOVAL}?${query}`);
  expect(removal.text).toContain('Delete 2 records?');
  await make(1);
  const told = await world.post(CHANGES, {
    ...every,
    ...hiddenOf(change.text),
    set: 'sold',
    'f.sold': 'true',
  });
  expect([told.status, told.text.includes('finds other records by now')]).toEqual([422, true]);
  const kept = await world.post(REMOVAL, { ...every, ...hiddenOf(removal.text) });
  expect([kept.status, kept.text.includes('Delete 3 records?')]).toEqual([422, true]);
  expect(await count()).toBe(3);
  expect((await world.post(REMOVAL, { ...every, ...hiddenOf(kept.text) })).status).toBe(303);
  expect(await count()).toBe(0);
});

test('more than a hundred are deleted once their number is typed; more than a thousand in portions', async () => {
  await make(1005);
  await make(1, { title: 'Other' });
  const page = await world.get(`${REMOVAL}?${query}`);
  expect(page.text).toContain('Type “1005” to confirm');
  expect(page.text).toContain('and 985 more');
  const seen = { ...every, ...hiddenOf(page.text) };
  const refused = await world.post(REMOVAL, { ...seen, confirm: '1006' });
  expect([refused.status, refused.text.includes('Type “1005” exactly')]).toEqual([422, true]);
  expect((await world.forge(REMOVAL, { ...seen, confirm: '1005' })).status).toBe(403);
  expect(await count()).toBe(1006);
  expect((await world.post(REMOVAL, { ...seen, confirm: '1005' })).status).toBe(303);
  expect(await count()).toBe(1);
});

test('more than a thousand are changed in portions, which say how far they came', async () => {
  await make(1201);
  const page = await world.get(`${CHANGES}?${query}`);
  const parts: [string, string][] = [
    ...Object.entries({ ...every, ...hiddenOf(page.text), 'f.sold': 'true' }),
    ['set', 'sold'],
  ];
  const looked = await world.postAll(CHANGES, parts);
  expect(looked.text).toContain('in portions of 500');
  const done = await world.postAll(CHANGES, [
    ...parts,
    ['apply', '1'],
    ['reviewed', hiddenOf(looked.text).reviewed ?? ''],
  ]);
  expect([done.status, done.headers.get('location')]).toEqual([303, '/_/collections/works']);
  expect(await count('sold = true')).toBe(1201);
});

test('all that a filter finds are those very records, however large the numbers of their ids are', async () => {
  const { core } = world;
  const entries = await core.collections.create(systemActor, {
    ...{ name: 'entries', idKind: 'integer', type: 'base' },
    fields: [{ name: 'title', type: 'text' }],
  });
  const ids = [9007199254740992n, 9007199254740993n];
  for (const [index, id] of ids.entries()) {
    await core.records.create(systemActor, entries, { id, title: index === 1 ? 'old' : 'new' });
  }
  const found = { all: '1', filter: 'title = "old"' };
  const path = '/_/collections/entries/removal';
  const page = await world.get(`${path}?${new URLSearchParams(found).toString()}`);
  expect(page.text).toContain('/records/9007199254740993"');
  expect((await world.post(path, { ...found, ...hiddenOf(page.text) })).status).toBe(303);
  const left = await core.records.list(systemActor, entries, { page: 1, perPage: 9 });
  expect(left.items.map(({ values }) => String(values.id))).toEqual(['9007199254740992']);
});

test('a whole page of picked records leaves as a file, whatever their ids are', async () => {
  const ids = await make(200);
  const picked = new URLSearchParams(ids.map((id): [string, string] => ['id', id]));
  picked.append('id', '" || title != "');
  const file = await world.get(`/_/collections/works/export?format=jsonl&${picked.toString()}`);
  expect(file.text.trim().split('\n')).toHaveLength(200);
  await make(1);
  picked.append('all', '1');
  const whole = await world.get(`/_/collections/works/export?format=jsonl&${picked.toString()}`);
  expect(whole.text.trim().split('\n')).toHaveLength(201);
});

test('no record, a view and a bad filter are told', async () => {
  expect((await world.get(CHANGES)).text).toContain('No record is selected');
  expect((await world.get(`${CHANGES}?all=1&filter=nothing%20=%201`)).status).toBe(422);
  await world.core.collections
    .create(systemActor, { name: 'seen', type: 'view', query: 'SELECT id FROM works' })
    .catch(() => {});
  for (const path of ['changes', 'removal']) {
    expect((await world.get(`/_/collections/seen/${path}?all=1`)).status).toBe(404);
  }
  expect((await world.forge(CHANGES, { id: 'x', set: 'title' })).status).toBe(403);
});
