import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { guest, openRecordWorld, type RecordWorld, superuser } from '../../../test/support/records.ts';

let world: RecordWorld;

beforeAll(async () => {
  world = await openRecordWorld([
    {
      name: 'users',
      type: 'auth',
      fields: [{ name: 'name', type: 'text' }],
      manageRule: "@request.auth.name = 'Mara the manager'",
    },
    {
      name: 'posts',
      fields: [
        { name: 'title', type: 'text' },
        { name: 'secret', type: 'text', hidden: true },
        { name: 'constructor', type: 'text' },
        { name: 'tags', type: 'select', values: ['a', 'b'], maxSelect: 2 },
        { name: 'published', type: 'bool' },
      ],
      rules: { view: 'published = true', update: null },
    },
    { name: 'vaults', fields: [], rules: { view: null } },
    { name: 'counts', idKind: 'integer', fields: [{ name: 'n', type: 'number' }] },
  ]);
});

afterAll(() => world.close());

async function post(input: Record<string, unknown>) {
  const { values } = await world.records.create(superuser, world.collection('posts'), input);
  return String(values.id);
}

async function user(name: string, input: Record<string, unknown> = {}) {
  const account = {
    name,
    email: `${name.split(' ')[0]}@example.org`,
    password: '12345678',
    passwordConfirm: '12345678',
  };
  const { values } = await world.records.create(superuser, world.collection('users'), {
    ...account,
    ...input,
  });
  return String(values.id);
}

describe('a record by id', () => {
  test('comes with sorted keys and decoded values, without hidden fields', async () => {
    const id = await post({ title: 'One', secret: 's', constructor: 'c', tags: ['b'], published: true });
    const view = await world.records.view(guest, world.collection('posts'), id);
    expect(Object.entries(view.values)).toEqual([
      ['constructor', 'c'],
      ['id', id],
      ['published', true],
      ['tags', ['b']],
      ['title', 'One'],
    ]);
  });

  test('shows hidden fields to superusers, but no password and no token key', async () => {
    const id = await post({ secret: 'plain', published: false });
    const view = await world.records.view(superuser, world.collection('posts'), id);
    expect(view.values).toMatchObject({ secret: 'plain', published: false });
    const account = await world.records.view(superuser, world.collection('users'), await user('Sue'));
    expect(Object.keys(account.values)).toEqual(['email', 'emailVisibility', 'id', 'name', 'verified']);
  });

  test('that the rule leaves out is not found, and neither is one that does not exist', async () => {
    const id = await post({ published: false });
    const posts = world.collection('posts');
    await expect(world.records.view(guest, posts, id)).rejects.toMatchObject({
      code: 'not_found',
      reason: 'record',
    });
    for (const odd of [
      '',
      'x',
      "' OR 1=1 --",
      '../x',
      'a\0b',
      '\u202e',
      '%',
      '__proto__',
      '\ud800',
      'é'.repeat(300),
    ]) {
      await expect(world.records.view(guest, posts, odd)).rejects.toMatchObject({ code: 'not_found' });
      await expect(world.records.delete(guest, posts, odd)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('of a collection without a view rule is for superusers, and the look-up does not even happen', async () => {
    const refused = { code: 'forbidden', reason: 'superusers_only' };
    await expect(world.records.view(guest, world.collection('vaults'), 'nothing')).rejects.toMatchObject(
      refused,
    );
    await expect(world.records.view(superuser, world.collection('vaults'), 'nothing')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('follows a changed rule at once', async () => {
    const id = await post({ published: true, title: 'Shut' });
    await world.records.view(guest, world.collection('posts'), id);
    world.changeRules('posts', { view: "title = 'Open'" });
    await expect(world.records.view(guest, world.collection('posts'), id)).rejects.toMatchObject({
      code: 'not_found',
    });
    await world.records.update(superuser, world.collection('posts'), id, { title: 'Open' });
    const view = await world.records.view(guest, world.collection('posts'), id);
    expect(view.values.title).toBe('Open');
    world.changeRules('posts', { view: 'published = true' });
  });

  test('with an integer id has one name only', async () => {
    const counts = world.collection('counts');
    for (let n = 1; n <= 10; n++) await world.records.create(guest, counts, { n });
    expect((await world.records.view(guest, counts, '10')).values).toEqual({ id: '10', n: 10 });
    for (const alias of ['1e1', '010', '10.0', ' 10', '+10', '0xa', '10 OR 1']) {
      await expect(world.records.view(guest, counts, alias)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('the e-mail of an account', () => {
  test('is withheld unless it is shown, one’s own, managed, or asked for by a superuser', async () => {
    const users = world.collection('users');
    const hidden = await user('Hanna');
    const open = await user('Olaf', { emailVisibility: true });
    const manager = await user('Mara the manager');
    const seen = async (actor: Parameters<typeof world.records.view>[0], id: string) =>
      (await world.records.view(actor, users, id)).values.email;

    expect(await seen(guest, hidden)).toBeUndefined();
    expect('email' in (await world.records.view(guest, users, hidden)).values).toBe(false);
    expect(await seen(guest, open)).toBe('Olaf@example.org');
    expect(await seen(await world.account('users', open), hidden)).toBeUndefined();
    expect(await seen(await world.account('users', hidden), hidden)).toBe('Hanna@example.org');
    expect(await seen(await world.account('users', manager), hidden)).toBe('Hanna@example.org');
    expect(await seen(superuser, hidden)).toBe('Hanna@example.org');
  });
});
