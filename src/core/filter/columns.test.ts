import { expect, test } from 'bun:test';
import { guest, openRecordWorld, superuser } from '../../../test/support/records.ts';

test('columns of any type, numbers and texts that look alike are not equal', async () => {
  const world = await openRecordWorld([
    {
      name: 'things',
      fields: [
        { name: 'x', type: 'any' },
        { name: 'n', type: 'integer' },
        { name: 'b', type: 'bytes' },
        { name: 'name', type: 'text' },
      ],
      rules: { list: 'n !== 0' },
    },
  ]);
  try {
    const things = world.collection('things');
    const make = (input: Record<string, unknown>) => world.records.create(superuser, things, input);
    await make({ name: 'number', x: 12, n: 1 });
    await make({ name: 'text', x: '12', n: 9_007_199_254_740_993n });
    await make({ name: 'json', x: '{"a":1}', n: 0 });
    await make({ name: 'nothing', x: null, n: null, b: 'AQI=' });
    const find = async (filter: string, actor: typeof guest | typeof superuser = superuser) => {
      const { items } = await world.records.list(actor, things, {
        page: 1,
        perPage: 30,
        filter,
        sort: 'name',
      });
      return items.map(({ values }) => values.name).join(' ');
    };
    expect(await find('x == 12')).toBe('number');
    expect(await find("x == '12'")).toBe('text');
    expect(await find("x ~~ '1%'")).toBe('number text');
    expect(await find('!(x == 12)')).toBe('json text');
    expect(await find('x == null')).toBe('nothing');
    expect(await find('n == 9007199254740993')).toBe('text');
    expect(await find('n !== null && n < 9007199254740993')).toBe('json number');
    expect(await find("b == 'AQI='")).toBe('nothing');
    // A rule that is NULL denies.
    expect(await find('x == x || x == null', guest)).toBe('number text');
  } finally {
    await world.close();
  }
});
