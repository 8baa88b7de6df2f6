import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openTestCore } from '../../../test/support/core.ts';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import type { AppError } from '../errors.ts';
import type { RecordInput } from './record.ts';

const own = (target: string, more = {}) => ({
  ...{ name: 'owner', type: 'relation', collectionId: collectionId(target), maxSelect: 1 },
  ...{ equalsId: true, ...more },
});

let world: RecordWorld;
beforeAll(async () => {
  world = await openRecordWorld([
    { name: 'people', fields: [{ name: 'name', type: 'text' }] },
    { name: 'rooms', idKind: 'integer', fields: [] },
    {
      name: 'profiles',
      fields: [own('people', { cascadeDelete: true }), { name: 'nick', type: 'text' }],
      rules: { create: "@request.body.owner != '' && @request.body.id = @request.body.owner" },
    },
    { name: 'doors', idKind: 'integer', fields: [own('rooms')] },
  ]);
});
afterAll(() => world.close());

const at = (name: string) => world.collection(name);
const make = async (name: string, input: RecordInput) =>
  (await world.records.create(guest, at(name), input)).values;
const person = async () => String((await make('people', {})).id);

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    ({ issues, reason }: AppError) => issues.map((one) => `${one.path} ${one.code}`).join() || `${reason}`,
  );
}

describe('a relation that equals the id', () => {
  test('is given once, by either name, and rules see both', async () => {
    const [ann, bob] = [await person(), await person()];
    expect(await make('profiles', { id: ann })).toMatchObject({ id: ann, owner: ann });
    expect(await make('profiles', { owner: bob })).toMatchObject({ id: bob, owner: bob });
    const { id } = await make('rooms', {});
    expect(await make('doors', { owner: id })).toMatchObject({ id, owner: id });
  });

  test('cannot be another, nor none, nor nobody', async () => {
    const [ann, bob] = [await person(), await person()];
    const refused = (name: string, input: RecordInput) =>
      refusal(world.records.create(superuser, at(name), input));
    expect(await refused('profiles', { id: ann, owner: bob })).toBe('owner not_the_id');
    expect(await refused('profiles', { id: ann, owner: '' })).toBe('owner required');
    expect(await refused('profiles', {})).toBe('owner required');
    expect(await refused('profiles', { owner: 'nobody000000000' })).toBe('owner missing_rel_records');
    expect(await refused('doors', {})).toBe('owner required');
    const row = { values: { id: ann, owner: bob } };
    expect(await world.records.import(superuser, at('profiles'), [{ values: { id: bob } }])).toEqual([bob]);
    expect(await world.records.findStored(at('profiles'), bob)).toMatchObject({ owner: bob });
    expect(await refusal(world.records.import(superuser, at('profiles'), [row]))).toBe('owner not_the_id');
  });

  test('never changes, while the rest does', async () => {
    const [ann, bob] = [await person(), await person()];
    await make('profiles', { id: ann, nick: 'a' });
    const change = (input: RecordInput) =>
      refusal(world.records.update(superuser, at('profiles'), ann, input));
    expect(await change({ owner: bob })).toBe('owner not_the_id');
    expect(await change({ owner: '' })).toBe('owner required');
    expect(await change({ nick: 'b', owner: ann })).toBe('done');
  });

  test('stays when another takes the place of its record', async () => {
    const ann = await person();
    await make('profiles', { id: ann, nick: 'a' });
    const input = { id: ann, nick: 'b' };
    const options = { onConflict: 'replace' } as const;
    await world.records.batch(superuser, [{ kind: 'create', collection: at('profiles'), input, options }]);
    expect(await world.records.findStored(at('profiles'), ann)).toMatchObject({ owner: ann, nick: 'b' });
  });

  test('takes its record with what it points to, or keeps that', async () => {
    const ann = await person();
    await make('profiles', { id: ann });
    await world.records.delete(superuser, at('people'), ann);
    expect(await world.records.findStored(at('profiles'), ann)).toBeUndefined();
    const { id } = await make('rooms', {});
    await make('doors', { id });
    expect(await refusal(world.records.delete(superuser, at('rooms'), String(id)))).toBe(
      'required_reference',
    );
  });

  test('does so after whatever was sent', async () => {
    const people = [await person(), await person(), await person()];
    const value = fc.constantFrom(...people, ...people, '', 'nobody000000000', null, [people[0]]);
    const input = fc.record(
      { id: value, owner: value, 'owner+': value, nick: fc.string({ maxLength: 3 }) },
      { requiredKeys: [] },
    );
    let made = 0;
    const count = async (work: Promise<unknown>) => {
      if ((await refusal(work)) === 'done') made++;
    };
    await fc.assert(
      fc.asyncProperty(input, input, fc.nat(2), async (first, second, n) => {
        const options = { onConflict: 'replace' } as const;
        const operation = { kind: 'create', collection: at('profiles'), input: first, options } as const;
        await count(world.records.batch(superuser, [operation]));
        await count(world.records.update(superuser, at('profiles'), people[n] ?? '', second));
        const { items } = await world.records.list(superuser, at('profiles'), { page: 1, perPage: 100 });
        for (const { values } of items) expect(values.owner).toBe(values.id);
      }),
      { numRuns: 150, seed: 11 },
    );
    expect(made).toBeGreaterThan(50);
  });
});

test('a relation equals the id from the first record on', async () => {
  const { core, close } = await openTestCore();
  const users = { name: 'user', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 };
  const define = (name: string, fields: readonly object[]) =>
    core.collections.create(superuser, { name, type: 'base', fields });
  const change = (id: string, fields: readonly object[]) =>
    refusal(core.collections.update(superuser, id, { fields }));
  expect(await refusal(define('lists', [{ ...users, maxSelect: 2, equalsId: true }]))).toBe(
    'fields.1.equalsId invalid_value',
  );
  const free = await define('free', [users]);
  const bound = await define('bound', [{ ...users, equalsId: true }]);
  const inverted = (fields: readonly object[]) =>
    fields.map((field) => ({ ...field, equalsId: !('equalsId' in field) }));
  for (const { id, fields } of [free, bound]) {
    expect(await change(id, inverted(fields))).toBe('fields.1.equalsId in_invalid');
    expect(await change(id, fields)).toBe('done');
  }
  expect(await change(free.id, [...free.fields, { ...users, name: 'more', equalsId: true }])).toBe(
    'fields.2.equalsId in_invalid',
  );
  await close();
});
