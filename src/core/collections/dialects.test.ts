import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Collections } from './collections.ts';

let world: TestCore;
let collections: Collections;

beforeEach(async () => {
  world = await openTestCore();
  collections = world.core.collections;
});
afterEach(() => world.close());

const kept = () => collections.get('notes').dialects;
const problems = (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error) => {
      if (!(error instanceof AppError)) throw error;
      return error.issues.map(({ path, code }) => `${path} ${code}`);
    },
  );

test('what dialects keep with a collection is replaced, kept and removed one dialect at a time', async () => {
  await collections.create(systemActor, { name: 'notes' });
  expect(kept()).toEqual({});
  await collections.update(systemActor, 'notes', {
    dialects: { trailbase: { hardLimit: 5, excluded: ['a'] }, seatable: { base: 'b' } },
  });
  await collections.update(systemActor, 'notes', { dialects: { trailbase: { excluded: ['b'] } } });
  expect(kept()).toEqual({ trailbase: { excluded: ['b'] }, seatable: { base: 'b' } });
  await collections.update(systemActor, 'notes', { name: 'notes', listRule: '' });
  await collections.update(systemActor, 'notes', { dialects: { trailbase: null } });
  expect(kept()).toEqual({ seatable: { base: 'b' } });
});

test('a change of nothing else is saved, is a new state of the collection, and is there after a start', async () => {
  const { version } = await collections.create(systemActor, { name: 'notes' });
  const input = { dialects: { trailbase: { hardLimit: 5 } } };
  expect((await collections.plan(systemActor, 'notes', input)).map(({ kind }) => kind)).toEqual([
    'save_definition',
  ]);
  const changed = await collections.update(systemActor, 'notes', input);
  expect(changed.version).toBeGreaterThan(version);
  await collections.load();
  expect(kept()).toEqual({ trailbase: { hardLimit: 5 } });
});

test('what is kept is a copy of its own, so that nobody changes a definition by the way', async () => {
  const options = { excluded: ['a'] };
  await collections.create(systemActor, { name: 'notes', dialects: { trailbase: options } });
  options.excluded.push('b');
  expect(kept()).toEqual({ trailbase: { excluded: ['a'] } });
});

test('what is no JSON, has no proper name, or is too large is refused', async () => {
  const endless: Record<string, unknown> = {};
  endless.again = endless;
  const cases: [unknown, string][] = [
    ['text', 'dialects invalid_value'],
    [[1], 'dialects invalid_value'],
    [{ trailbase: endless }, 'dialects.trailbase invalid_value'],
    [{ trailbase: () => 1 }, 'dialects.trailbase invalid_value'],
    [{ trailbase: 'x'.repeat(200_001) }, 'dialects.trailbase size_limit'],
    [JSON.parse('{"__proto__":{"a":1}}'), 'dialects match_invalid'],
    [{ 'Trail Base': {} }, 'dialects match_invalid'],
  ];
  for (const [dialects, expected] of cases) {
    expect(await problems(collections.create(systemActor, { name: 'notes', dialects }))).toEqual([expected]);
  }
  expect(collections.schema.byName('notes')).toBeUndefined();
});

test('names of objects are names like any other, and reach no prototype', async () => {
  const dialects = { constructor: { a: 1 }, tostring: { b: 1 } };
  await collections.create(systemActor, { name: 'notes', dialects });
  expect(kept()).toEqual(dialects);
  expect(Object.prototype).not.toHaveProperty('a');
});
