import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { filterTrees } from '../../../../test/support/filter-trees.ts';
import { formInputs } from '../../../../test/support/form-inputs.ts';
import { systemActor } from '../../../core/actor.ts';
import { filterFields, findFilterField } from './filter-fields.ts';
import { type FilterTree, printTree, readTree } from './filter-tree.ts';

const BASE = '/_/collections/works';

let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsoleWorld();
  const { collections, records } = world.core;
  const makers = await collections.create(systemActor, {
    ...{ name: 'makers', type: 'base' },
    fields: [{ name: 'name', type: 'text', presentable: true }],
  });
  const works = await collections.create(systemActor, {
    ...{ name: 'works', type: 'base' },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'price', type: 'number' },
      { name: 'size', type: 'select', values: ['S', 'M'], maxSelect: 1 },
      { name: 'shown', type: 'date' },
      { name: 'maker', type: 'relation', collectionId: makers.id, maxSelect: 1 },
    ],
  });
  await records.create(systemActor, makers, { name: '<Ada>' });
  for (let price = 1; price <= 60; price++)
    await records.create(systemActor, works, { title: `w${price}`, price });
});
afterAll(() => world.close());

/** The builder for a form that was sent, or for a filter. */
function build(fields: Record<string, string>) {
  return world.get(`${BASE}/filter?${new URLSearchParams(fields).toString()}`);
}

const first = (path: string, op: string, value: string) => ({
  ...{ 'mode.0': 'all', 'path.0.0': path, 'op.0.0': op, 'value.0.0': value },
});
const selected = (text: string, id: string) =>
  new RegExp(`<select id="${id}".*?</select>`, 's').exec(text)?.[0].match(/value="([^"]*)" selected/)?.[1];

describe('the builder', () => {
  test('shows the rows of the filter that the grid has, and keeps the order and columns', async () => {
    const filter = "title ~ 'a\\'b' && (price > 5 || size = 'M')";
    const { text, status } = await build({ filter, sort: '-price', column: 'title' });
    expect(status).toBe(200);
    expect([selected(text, 'path-0-0'), selected(text, 'op-0-0')]).toEqual(['title', 'contains']);
    expect(text).toContain('value="a&#39;b"');
    expect([selected(text, 'mode-1'), selected(text, 'op-1-0'), selected(text, 'value-1-1')]).toEqual([
      ...['any', 'more', 'M'],
    ]);
    expect(text).toContain('<input type="hidden" name="sort" value="-price">');
    expect(text).toContain('<input type="hidden" name="column" value="title">');
  });

  test('leads to the grid with the filter in its address', async () => {
    const fields = { ...first('title', 'contains', `o'"\\ 5%`), sort: '-price', step: 'apply' };
    const answer = await build(fields);
    expect(answer.status).toBe(303);
    const place = new URL(answer.headers.get('location') ?? '', 'http://localhost');
    expect(place.pathname).toBe(BASE);
    expect(Object.fromEntries(place.searchParams)).toEqual({
      ...{ filter: `title ~ 'o\\'"\\\\ 5\\%'`, sort: '-price' },
    });
    expect((await world.get(place.pathname + place.search)).status).toBe(200);
  });

  test('asks for several values line by line, for moments in UTC, and for numbers as they are meant', async () => {
    const filterOf = async (path: string, op: string, value: string) => {
      const { headers } = await build({ ...first(path, op, value), step: 'apply' });
      return new URL(headers.get('location') ?? '', 'http://localhost').searchParams.get('filter');
    };
    expect(await filterOf('title', 'oneOf', 'a\r\n\r\nb c\r\n')).toBe("title = 'a' || title = 'b c'");
    expect(await filterOf('title', 'noneOf', 'a')).toBe("title != 'a'");
    expect(await filterOf('shown', 'less', '2026-03-01T10:20')).toBe("shown < '2026-03-01 10:20:00.000Z'");
    expect(await filterOf('price', 'is', ' 1e3 ')).toBe('price = 1000');
    expect(await filterOf('price', 'more', '12345678901234567890')).toBe('price > 12345678901234567890');
    expect(await filterOf('size', 'empty', 'of no use')).toBe("size = ''");
  });

  test('is as fast with what is much longer than any moment', async () => {
    const started = performance.now();
    const { status } = await build({ ...first('shown', 'more', 'T'.repeat(100_000)), step: 'apply' });
    expect(status).toBe(422);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test.each([
    ['title', 'contains', '', 'Type a value'],
    ['price', 'is', 'twelve', 'Type a number.'],
    ['shown', 'more', 'soon', 'Give a date and a time.'],
    ['title', 'is', 'C:\\', 'ends in a backslash'],
    ['title', 'oneOf', '\r\n', 'Type a value'],
    ['nothing', 'is', 'a', 'Type a value'],
  ])('says at its row what is wrong: %s %s %j', async (path, op, value, message) => {
    const { status, text } = await build({ ...first(path, op, value), step: 'apply' });
    expect([status, text.includes(message)]).toEqual([422, true]);
    expect(text).toContain('aria-invalid="true"');
  });

  test('takes, adds and removes rows and groups; what was typed stays', async () => {
    const two = { ...first('title', 'is', '<b>'), 'path.0.1': 'price', 'op.0.1': 'less', 'value.0.1': '7' };
    const rows = (text: string) => [...text.matchAll(/<select id="path-(\d-\d)"/g)].map(([, at]) => at);
    const added = await build({ ...two, step: 'add.0' });
    expect(rows(added.text)).toEqual(['0-0', '0-1', '0-2']);
    expect(added.text).toContain('value="&lt;b&gt;"');
    const removed = await build({ ...two, step: 'remove.0.0' });
    expect([rows(removed.text), selected(removed.text, 'path-0-0')]).toEqual([['0-0'], 'price']);
    const group = await build({ ...two, step: 'group' });
    expect(rows(group.text)).toEqual(['0-0', '0-1', '1-0', '1-1']);
    const gone = { ...two, 'mode.1': 'any', 'path.1.0': 'size', 'op.1.0': 'is', 'value.1.0': 'M' };
    expect(rows((await build({ ...gone, step: 'remove.1.0' })).text)).toEqual(['0-0', '0-1']);
  });

  test('that is left leads back to the filter that the grid had, however many rows were added', async () => {
    const filter = 'price > 5';
    const added = await build({ ...first('title', 'is', 'x'), filter, step: 'add.0' });
    expect(added.text).toContain(`<a class="button" href="${BASE}?filter=price+%3E+5">Cancel</a>`);
    const applied = await build({ ...first('title', 'is', 'x'), filter, step: 'apply' });
    expect(applied.headers.get('location')).toBe(`${BASE}?filter=title+%3D+%27x%27`);
  });

  test('of another field shows its comparisons, and not what was typed for the one before', async () => {
    const { text } = await build({ ...first('size', 'contains', 'a text'), 'was.0.0': 'title' });
    expect(selected(text, 'op-0-0')).toBe('is');
    expect(text).not.toContain('a text');
    const relation = await build(first('maker', 'is', ''));
    expect(relation.text).toMatch(/<datalist id="records-0-0"><option value="\w+">&lt;Ada&gt;<\/option>/);
  });

  test.each(['title = price', 'title =', "title = 'a\rb'"])(
    'leaves alone what rows cannot show: %j',
    async (filter) => {
      const { status, text } = await build({ filter });
      expect([status, text.includes('rows cannot show')]).toEqual([200, true]);
      expect(text).not.toContain('<select id="path-');
    },
  );

  test('sends back what it shows, whatever that is', async () => {
    const { schema } = world.core.collections;
    const works = schema.byName('works');
    if (works === undefined) throw new Error('there are no works');
    const find = (path: string) => findFilterField(schema, works, path);
    // What forms cannot carry is not shown by rows.
    const trees = filterTrees(
      filterFields(schema, works),
      (text, op) => text.isWellFormed() && !(op.endsWith('Of') ? /[\0\r\n]/ : /[\0\r]/).test(text),
    );
    // Boxes have an order of their own.
    const sorted = (tree: FilterTree | undefined) =>
      [tree, ...(tree?.groups ?? [])].map((group) =>
        group?.rows.map(({ path, op, values }) => [path, op, [...values].sort()]),
      );
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const filter = printTree(tree, find);
        fc.pre(filter.length <= 3500);
        const page = await build({ filter });
        const sent = formInputs(page.text, 'builder').map(([name, value]): [string, string] => [
          ...([name, value.replaceAll('\n', '\r\n')] as const),
        ]);
        const query = new URLSearchParams([...sent, ['step', 'apply']]);
        const answer = await world.get(`${BASE}/filter?${query.toString()}`);
        const { searchParams } = new URL(answer.headers.get('location') ?? '', 'http://localhost');
        const back = readTree(searchParams.get('filter') ?? '', find);
        expect([back?.mode, back?.groups.map(({ mode }) => mode), sorted(back)]).toEqual([
          ...[tree.mode, tree.groups.map(({ mode }) => mode), sorted(tree)],
        ]);
      }),
      { numRuns: 100 },
    );
  }, 20_000);

  test('refuses a filter that would be too long', async () => {
    const { status, text } = await build({ ...first('title', 'is', 'x'.repeat(3600)), step: 'apply' });
    expect([status, text.includes('too long')]).toEqual([422, true]);
  });

  test('has bounds, whatever is sent', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        [`mode.${index}`, 'any'],
        [`path.${index}.0`, 'title'],
        [`path.0.${index}`, 'title'],
      ]).flat(),
    );
    const { status, text } = await build({ ...many, step: 'add.0' });
    expect([status, [...text.matchAll(/<select id="path-/g)].length]).toEqual([200, 59]);
    expect((await build({ ...first('title', 'is', 'a'), step: 'remove.9.9.9' })).status).toBe(200);
  });
});

describe('an expression that is typed', () => {
  const check = async (filter: string) =>
    (await world.get(`${BASE}/filter/problem?${new URLSearchParams({ filter }).toString()}`)).text;

  test('is checked by itself', async () => {
    expect([await check(''), await check("title = 'a'")]).toEqual(['', '']);
    expect(await check('title =')).toContain('unexpected end');
    expect(await check("title = '<b>' && nope = 1")).toContain('<mark>nope</mark>');
    expect(await check(`${'title = 1 && '.repeat(210)}title = 1`)).toContain('more than 200 expressions');
  });
});

describe('saved filters', () => {
  const links = (text: string) =>
    [...(/<ul class="saved-filters">.*?<\/ul>/s.exec(text)?.[0] ?? '').matchAll(/<a [^>]*>([^<]*)</g)].map(
      ([, name]) => name,
    );

  test('are listed at their collection, applied with its order, and removed', async () => {
    const filter = "title = 'a'";
    const saved = await world.post(`${BASE}/filters`, { filter, sort: '-price', name: ' <My> works ' });
    expect([saved.status, saved.headers.get('location')]).toEqual([
      ...[303, `${BASE}?filter=title+%3D+%27a%27&sort=-price`],
    ]);
    await world.post(`${BASE}/filters`, { filter: 'price > 5', name: '' });
    const { text } = await world.get(`${BASE}?sort=title`);
    expect(links(text)).toEqual(['&lt;My&gt; works', 'price &gt; 5']);
    expect(text).toContain(`href="${BASE}?filter=price+%3E+5&amp;sort=title"`);
    expect(links((await world.get('/_/collections/makers')).text)).toEqual([]);
    await world.post(`${BASE}/filters`, { remove: '<My> works' });
    expect(links((await world.get(BASE)).text)).toEqual(['price &gt; 5']);
    expect((await world.forge(`${BASE}/filters`, { filter, name: 'x' })).status).toBe(403);
  });

  test('of one name are one, and there is room for so many', async () => {
    for (const filter of ['price = 1', 'price = 2'])
      await world.post(`${BASE}/filters`, { filter, name: 'same' });
    const { text } = await world.get(BASE);
    expect(links(text).filter((name) => name === 'same')).toHaveLength(1);
    for (let index = 0; index < 2; index++) {
      await world.post(`${BASE}/filters`, { filter: `title = '${'x'.repeat(3000)}'`, name: `long ${index}` });
    }
    const full = await world.post(`${BASE}/filters`, {
      filter: `title = '${'x'.repeat(3000)}'`,
      name: 'third',
    });
    expect([full.status, full.text.includes('no room')]).toEqual([422, true]);
  });
});

test('pages have as many rows as the admin chose to keep, unless the address says otherwise', async () => {
  const rows = async (query: string) =>
    [...(await world.get(BASE + query)).text.matchAll(/<tr[ >]/g)].length - 1;
  expect([await rows(''), await rows('?rows=25')]).toEqual([50, 25]);
  const answer = await world.post(`${BASE}/rows`, { rows: '25', sort: 'price' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${BASE}?sort=price`]);
  expect([await rows(''), await rows('?rows=50')]).toEqual([25, 50]);
  expect((await world.get(`${BASE}?rows=50`)).text).toContain('Always show 50');
  await world.post(`${BASE}/rows`, { rows: '7' });
  expect(await rows('')).toBe(50);
});
