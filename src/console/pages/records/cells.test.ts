import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';

let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsoleWorld();
  await world.core.collections.create(systemActor, {
    name: 'works',
    type: 'base',
    fields: [
      { name: 'facts', type: 'json' },
      { name: 'count', type: 'integer' },
    ],
  });
});
afterAll(() => world.close());

test('integers beyond the safe range are shown with all of their digits, within JSON too', async () => {
  const { core } = world;
  const { values } = await core.records.create(systemActor, core.collections.get('works'), {
    ...{ facts: { a: 12345678901234567890n }, count: 9007199254740993n },
  });
  for (const path of ['', `/records/${String(values.id)}`]) {
    const page = await world.get(`/_/collections/works${path}`);
    expect(page.status).toBe(200);
    for (const digits of ['12345678901234567890', '9007199254740993']) expect(page.text).toContain(digits);
  }
});
