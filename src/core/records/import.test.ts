import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import type { AppError } from '../errors.ts';
import type { RecordValues } from './record.ts';

let world: RecordWorld;

beforeAll(async () => {
  world = await openRecordWorld([
    {
      name: 'users',
      type: 'auth',
      fields: [{ name: 'name', type: 'text' }],
      indexes: ["CREATE UNIQUE INDEX `users_email` ON `users` (`email`) WHERE `email` != ''"],
    },
    { name: 'others', type: 'auth', fields: [] },
    {
      name: 'posts',
      idKind: 'uuid',
      fields: [
        { name: 'title', type: 'text', max: 10 },
        { name: 'next', type: 'relation', collectionId: collectionId('posts'), maxSelect: 1 },
        { name: 'created', type: 'autodate', onCreate: true },
      ],
      rules: { create: null },
    },
    { name: 'counts', idKind: 'integer', fields: [{ name: 'n', type: 'number' }] },
  ]);
});

afterAll(() => world.close());

function take(name: string, ...rows: RecordValues[]) {
  return world.records.import(
    superuser,
    world.collection(name),
    rows.map((values) => ({ values })),
  );
}

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => 'done',
    ({ code, reason, issues, params }: AppError) =>
      [`${params.operation}:`, code, reason, ...issues.map((one) => `${one.path} ${one.code}`)].join(' '),
  );
}

const stored = (name: string, id: string) => world.records.findStored(world.collection(name), id);
const uuid = (n: number) => `01890000-0000-7000-8000-00000000000${n}`;

describe('rows from elsewhere', () => {
  test('keep their values, those that the server else sets among them', async () => {
    const created = '2001-02-03 04:05:06.789Z';
    const row = { id: uuid(1), title: 'old', next: uuid(2), created };
    expect(await take('posts', row, { id: uuid(2) })).toEqual([uuid(1), uuid(2)]);
    expect(await stored('posts', uuid(1))).toMatchObject(row);
    const second = await stored('posts', uuid(2));
    expect(second).toMatchObject({ title: '', next: '' });
    expect(second?.created).not.toBe('');
  });

  test('keep hashes and token keys, and get those that they lack', async () => {
    const password = '$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA';
    const [ann = '', bob = ''] = await take(
      'users',
      { email: 'ann@x.org', password, verified: true, tokenKey: 'k'.repeat(50) },
      { email: 'bob@x.org', password },
    );
    expect(await stored('users', ann)).toMatchObject({ password, verified: true, tokenKey: 'k'.repeat(50) });
    expect((await stored('users', bob))?.tokenKey).toMatch(/^[a-zA-Z0-9]{50}$/);
    expect(world.passwords.hashed).toEqual([]);
  });

  test('keep integer ids, and get the next where they have none', async () => {
    expect(await take('counts', { id: '41', n: 1 }, { n: 2 })).toEqual(['41', '42']);
  });

  test('come all or none, and the first that cannot is named', async () => {
    const before = await world.records.count(superuser, world.collection('posts'));
    const good = { id: uuid(3), title: 'good' };
    const cases: [RecordValues, string][] = [
      [good, '1: invalid create id not_unique'],
      [{ title: 'x'.repeat(11) }, '1: invalid create title max_text_constraint'],
      [{ id: 'not-a-uuid' }, '1: invalid create id min_text_constraint'],
      [{ id: uuid(4), nothing: 1 }, '1: internal unknown_field'],
    ];
    for (const [bad, answer] of cases) {
      expect(await refusal(take('posts', good, bad))).toBe(answer);
    }
    expect(await world.records.count(superuser, world.collection('posts'))).toBe(before);
  });

  test('cannot take a unique value, or the id of an account elsewhere', async () => {
    const id = 'imported0000001';
    await take('users', { id, email: 'eve@x.org', password: 'hash' });
    const again = take('users', { email: 'eve@x.org', password: 'hash' });
    expect(await refusal(again)).toBe('0: invalid create email not_unique');
    const twin = take('others', { id, email: 'twin@x.org', password: 'hash' });
    expect(await refusal(twin)).toBe('0: invalid create id invalid_auth_id');
  });

  test('are for superusers to bring', async () => {
    const posts = world.collection('posts');
    expect(await refusal(world.records.import(guest, posts, []))).toBe('undefined: unauthorized ');
  });
});
