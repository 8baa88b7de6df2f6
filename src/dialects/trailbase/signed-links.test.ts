import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { superuser } from '../../../test/support/records.ts';
import { type Actor, accountActor, guestOf } from '../../core/index.ts';
import { type FilePlace, readLink, signLink } from './signed-links.ts';

const PLACE: FilePlace = { api: 'papers', record: 'r1', column: 'cover', file: undefined };
const { request } = superuser;

let world: TestCore;
let anna: Actor;
let expires: number;

beforeAll(async () => {
  world = await openTestCore();
  const { collections, records } = world.core;
  const users = collections.get('users');
  const password = 'a-long-enough-word';
  const made = await records.create(superuser, users, {
    ...{ email: 'anna@example.com', password, passwordConfirm: password },
  });
  const record = await records.findStored(users, String(made.values.id));
  if (record === undefined) throw new Error('no Anna');
  anna = accountActor(users, record, request);
  expires = Math.floor(world.clock.time / 1000) + 60;
});

afterAll(() => world.close());

const idOf = (actor: Actor | undefined) => (actor?.kind === 'guest' ? 'guest' : actor?.record?.id);
const read = async (signature: string, place = PLACE) =>
  idOf(await readLink(world.core, signature, place, request));

test('a signature speaks for who asked for it, at its place and until it expires', async () => {
  const annas = signLink(world.core, anna, PLACE, expires);
  const guests = signLink(world.core, guestOf(request), PLACE, expires);
  expect(await read(annas)).toBe(idOf(anna));
  expect(await read(guests)).toBe('guest');
  const others: FilePlace[] = [
    ...[
      { ...PLACE, api: 'letters' },
      { ...PLACE, record: 'r2' },
      { ...PLACE, column: 'cove' },
    ],
    ...[
      { ...PLACE, file: '' },
      { ...PLACE, file: 'cover' },
      { ...PLACE, record: 'r1","cover' },
    ],
  ];
  for (const place of others) expect(await read(annas, place)).toBeUndefined();
  const { time } = world.clock;
  world.clock.time = expires * 1000 - 1;
  expect(await read(annas)).toBe(idOf(anna));
  world.clock.time = expires * 1000;
  expect(await read(annas)).toBeUndefined();
  world.clock.time = time;
});

test('no other text is a signature', async () => {
  const annas = signLink(world.core, anna, PLACE, expires);
  await fc.assert(
    fc.asyncProperty(fc.nat(annas.length - 1), fc.string({ maxLength: 3 }), async (at, piece) => {
      const changed = annas.slice(0, at) + piece + annas.slice(at + 1);
      fc.pre(changed !== annas);
      expect(await read(changed)).toBeUndefined();
    }),
    { numRuns: 200 },
  );
  for (const text of ['', '.', '..', '1..', `${expires}..`, `${expires}.${'A'.repeat(43)}`, 'x'.repeat(5000)])
    expect(await read(text)).toBeUndefined();
});

test('a new token key, and the end of the account, end its links', async () => {
  const { records, collections, auth } = world.core;
  const users = collections.get('users');
  const password = 'a-long-enough-word';
  const { values } = await records.create(superuser, users, {
    ...{ email: 'bert@example.com', password, passwordConfirm: password },
  });
  const id = String(values.id);
  const linkOf = async () => {
    const record = await records.findStored(users, id);
    if (record === undefined) throw new Error('no Bert');
    return { record, link: signLink(world.core, accountActor(users, record, request), PLACE, expires) };
  };
  const first = await linkOf();
  expect(await read(first.link)).toBe(id);
  await auth.sessions.signOut({ collection: users, record: first.record });
  expect(await read(first.link)).toBeUndefined();
  const second = await linkOf();
  expect(await read(second.link)).toBe(id);
  await records.delete(superuser, users, id);
  expect(await read(second.link)).toBeUndefined();
});
