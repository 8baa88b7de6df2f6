import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { systemActor } from '../../../core/actor.ts';
import { collectionPath, recordPath } from './paths.ts';

let world: ConsoleWorld;
beforeAll(async () => {
  world = await openConsoleWorld();
  const { collections, records } = world.core;
  const id = {
    name: 'id',
    type: 'text',
    system: true,
    required: true,
    primaryKey: true,
    min: 1,
    max: 15,
    pattern: '^[a-z]+$',
  };
  const made = await collections.create(systemActor, { name: 'new', type: 'base', fields: [id] });
  await records.create(systemActor, made, { id: 'new' });
});
afterAll(() => world.close());

test.each(['/_/collections', '/_/palette?q=new'])(
  '%s leads to a collection named as the page for new ones',
  async (page) => {
    const { text } = await world.get(page);
    const path = /href="([^"]*%6Eew[^"]*)"/.exec(text)?.[1] ?? '';
    expect(path).toStartWith(collectionPath('new'));
    expect((await world.get(path)).text).toContain('<h1>new</h1>');
  },
);

test('a record named as the page for new ones is shown, edited and deleted', async () => {
  const path = recordPath('new', 'new');
  expect((await world.get(collectionPath('new'))).text).toContain(`href="${path}?row=0"`);
  expect((await world.get(path)).text).toContain(`${path}/edit`);
  expect((await world.get(`${path}/edit`)).status).toBe(200);
  expect((await world.get(`${collectionPath('new')}/records/new`)).text).toContain('Create record');
});
