import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';

let world: ConsoleWorld;
const BASE = '/_/collections/works';

beforeEach(async () => {
  world = await openConsoleWorld();
  await world.core.collections.create(systemActor, {
    name: 'works',
    type: 'base',
    fields: [
      { name: 'title', type: 'text', required: true },
      { name: 'price', type: 'number' },
    ],
  });
});
afterEach(() => world.close());

const works = () => world.core.collections.get('works');
const make = async (title: string) =>
  String((await world.core.records.create(systemActor, works(), { title, price: 1 })).values.id);
const file = (content: string) => new File([content], 'works.csv');
const count = () => world.core.records.count(systemActor, works());

test('what a grid shows leaves as a file to save, in which no formula runs', async () => {
  await make('=1+1');
  await make('Other');
  const csv = await world.get(`${BASE}/export?format=csv&filter=title~"1"&column=title`);
  const [header, first, ...more] = csv.text.trim().split(/\r?\n/);
  expect(header).toBe('id,title');
  expect(first).toEndWith(",'=1+1");
  expect(more).toEqual([]);
  expect(csv.headers.get('content-disposition')).toStartWith('attachment;');
  const json = await world.get(`${BASE}/export?format=json&sort=title`);
  expect(JSON.parse(json.text).map(({ title }: { title: string }) => title)).toEqual(['=1+1', 'Other']);
});

test('selected records leave alone', async () => {
  await make('One');
  const id = await make('Two');
  const { text } = await world.get(`${BASE}/export?format=csv&id=${id}`);
  expect(text).toContain('Two');
  expect(text).not.toContain('One');
});

test('a whole page of selected records leaves', async () => {
  const ids = await Promise.all(Array.from({ length: 50 }, (_, index) => make(`Work ${index}`)));
  const query = new URLSearchParams({ format: 'json' });
  for (const id of ids) query.append('id', id);
  const { status, text } = await world.get(`${BASE}/export?${query.toString()}`);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toHaveLength(50);
});

test('a file is shown with its columns, tried, and taken, and rows that fail are named', async () => {
  const content = 'Title,cost,skip\nOne,1,x\n,2,y\nThree,three,z\n';
  const shown = await world.upload(`${BASE}/import`, [
    ['step', 'preview'],
    ['file', file(content)],
  ]);
  expect(shown.text).toContain('<option value="title" selected>');
  expect(shown.text).toContain('name="column" value="cost"');
  const mapping: [string, string][] = [
    ['column', 'Title'],
    ['field', 'title'],
    ['column', 'cost'],
    ['field', 'price'],
    ['column', 'skip'],
    ['field', ''],
  ];
  const tried = await world.upload(`${BASE}/import`, [
    ...mapping,
    ['step', 'trial'],
    ['file', file(content)],
  ]);
  expect(tried.text).toContain('Tried 3 rows: 1 would be written, 0 left out, 2 would fail.');
  expect(tried.text).toContain('This is required.');
  expect(await count()).toBe(0);
  const parts: [string, string | File][] = [
    ...mapping,
    ['skip', '1'],
    ['step', 'import'],
    ['file', file(content)],
  ];
  expect((await world.upload(`${BASE}/import`, parts)).text).toContain('Read 3 rows: 1 written');
  expect(await count()).toBe(1);
});

test('what cannot be read, a mapping that cannot be, and no file at all are told in the form', async () => {
  const send = (...parts: [string, string | File][]) => world.upload(`${BASE}/import`, parts);
  expect(await send(['step', 'preview'])).toMatchObject({
    status: 422,
    text: expect.stringContaining('Choose a file.'),
  });
  const broken = await send(['step', 'preview'], ['file', new File(['[{"a":'], 'a.json')]);
  expect(broken.status).toBe(422);
  expect(broken.text).toContain('The file cannot be read');
  const twice = await send(
    ['column', 'a'],
    ['field', 'title'],
    ['column', 'b'],
    ['field', 'title'],
    ['step', 'import'],
    ['file', file('a,b\n1,2\n')],
  );
  expect(twice.status).toBe(422);
  expect(twice.text).toContain('two columns cannot fill one field');
});

test('nothing is imported without the token', async () => {
  const forged = await world.forgeUpload(`${BASE}/import`, [
    ['column', 'title'],
    ['field', 'title'],
    ['step', 'import'],
    ['file', file('title\nOne\n')],
  ]);
  expect(forged.status).toBe(403);
  expect(await count()).toBe(0);
});
