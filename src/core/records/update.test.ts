import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import type { Actor } from '../actor.ts';
import type { AppError } from '../errors.ts';

let world: RecordWorld;

beforeAll(async () => {
  world = await openRecordWorld([
    {
      name: 'users',
      type: 'auth',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'role', type: 'text', hidden: true },
      ],
      rules: { update: '@request.auth.id = id || @request.auth.role = "manager"' },
      manageRule: "@request.auth.role = 'manager'",
    },
    { name: '_superusers', type: 'auth', fields: [], rules: { update: null, view: null } },
    {
      name: 'posts',
      fields: [
        { name: 'title', type: 'text', required: true },
        { name: 'views', type: 'number' },
        { name: 'tags', type: 'select', values: ['a', 'b', 'c'], maxSelect: 3 },
        { name: 'owner', type: 'relation', collectionId: collectionId('users'), maxSelect: 1 },
        { name: 'secret', type: 'text', hidden: true },
        { name: 'code', type: 'text' },
        { name: 'created', type: 'autodate', onCreate: true },
        { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
      ],
      indexes: ["CREATE UNIQUE INDEX `posts_code` ON `posts` (`code`) WHERE `code` != ''"],
      rules: { update: "(owner = '' || owner = @request.auth.id) && @request.body.title:changed = false" },
    },
    { name: 'closed', fields: [{ name: 'n', type: 'number' }], rules: { update: null } },
  ]);
});

afterAll(() => world.close());

let mails = 0;

async function account(input: Record<string, unknown> = {}) {
  const secret = { password: 'old password', passwordConfirm: 'old password' };
  const email = `user${++mails}@example.org`;
  const users = world.collection('users');
  const { values } = await world.records.create(superuser, users, { email, ...secret, ...input });
  return world.account('users', String(values.id));
}

async function post(input: Record<string, unknown> = {}) {
  const { values } = await world.records.create(superuser, world.collection('posts'), {
    title: 'First',
    ...input,
  });
  return String(values.id);
}

function update(actor: Actor, name: string, id: unknown, input: Record<string, unknown>) {
  return world.records.update(actor, world.collection(name), String(id), input);
}

async function refusal(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (thrown: AppError) => thrown,
  );
  if (!error) return 'done';
  const issues = error.issues.map(({ path, code }) => `${path} ${code}`).sort();
  return [error.code, error.reason, ...issues].join(', ');
}

const stored = (name: string, id: unknown) => world.records.findStored(world.collection(name), String(id));

describe('a change', () => {
  test('touches what was sent and the moment of change, and answers the whole record', async () => {
    const id = await post({ views: 5, tags: ['a'] });
    world.clock.time += 1000;
    const { values } = await update(guest, 'posts', id, { 'views+': 2, 'tags+': ['b'], unknown: 1 });
    expect(values).toMatchObject({ title: 'First', views: 7, tags: ['a', 'b'] });
    expect(values.updated).not.toBe(values.created);
    expect(Object.keys(values)).toEqual([
      'code',
      'created',
      'id',
      'owner',
      'tags',
      'title',
      'updated',
      'views',
    ]);
    expect(
      (await update(guest, 'posts', id, { 'views-': 1, '+tags': 'c', 'tags-': 'a' })).values,
    ).toMatchObject({
      views: 6,
      tags: ['c', 'b'],
    });
  });

  test('that changes nothing is accepted', async () => {
    const id = await post();
    expect((await update(guest, 'posts', id, {})).values.title).toBe('First');
  });

  test('counts from the stored value: two at once are both counted', async () => {
    const id = await post();
    await Promise.all(Array.from({ length: 20 }, () => update(guest, 'posts', id, { 'views+': 1 })));
    expect((await stored('posts', id))?.views).toBe(20);
  });

  test('is judged on the record as it is stored, with the change in the body', async () => {
    const [ann, bob] = [await account(), await account()];
    const id = await post({ owner: ann.record.id });
    expect(await refusal(update(bob, 'posts', id, { owner: bob.record.id }))).toBe('not_found, record');
    expect(await refusal(update(ann, 'posts', id, { title: 'Second' }))).toBe('not_found, record');
    await update(ann, 'posts', id, { title: 'First', owner: bob.record.id });
    expect(await refusal(update(ann, 'posts', id, { 'views+': 1 }))).toBe('not_found, record');
    expect(await refusal(update(guest, 'posts', 'nothing', {}))).toBe('not_found, record');
    expect(await refusal(update(guest, 'closed', 'nothing', {}))).toBe('forbidden, superusers_only');
  });

  test('is refused with the issues of its fields', async () => {
    const id = await post({ code: 'one' });
    await post({ code: 'two' });
    expect(
      await refusal(update(superuser, 'posts', id, { title: '', tags: ['z'], owner: 'nobody000000000' })),
    ).toBe('invalid, update, owner missing_rel_records, tags invalid_value, title required');
    expect(await refusal(update(superuser, 'posts', id, { code: 'two' }))).toBe(
      'invalid, update, code not_unique',
    );
    expect(await refusal(update(superuser, 'posts', id, { id: 'abcdefghijklmno' }))).toBe(
      'invalid, update, id pk_change',
    );
    expect((await stored('posts', id))?.code).toBe('one');
  });

  test('cannot reach hidden fields or moments', async () => {
    const id = await post({ secret: 'ours' });
    const before = await stored('posts', id);
    await update(guest, 'posts', id, { secret: 'mine', created: '1999-01-01 00:00:00.000Z', 'secret+': 'x' });
    expect(await stored('posts', id)).toMatchObject({ secret: 'ours', created: before?.created });
    expect((await update(superuser, 'posts', id, { secret: 'new' })).values.secret).toBe('new');
  });
});

describe('a change of an account', () => {
  test('of the password needs the old one, and ends every token', async () => {
    const ann = await account();
    const next = { password: 'new password', passwordConfirm: 'new password' };
    const { id } = ann.record;
    expect(await refusal(update(ann, 'users', id, next))).toBe('invalid, update, oldPassword required');
    expect(await refusal(update(ann, 'users', id, { ...next, oldPassword: 'wrong' }))).toBe(
      'invalid, update, oldPassword invalid_old_password',
    );
    expect(
      await refusal(update(ann, 'users', id, { password: 'new password', oldPassword: 'old password' })),
    ).toBe('invalid, update, passwordConfirm required');
    await update(ann, 'users', id, { ...next, oldPassword: 'old password' });
    const after = await stored('users', id);
    expect(after?.password).toBe('hash of new password');
    expect(after?.tokenKey).toMatch(/^[a-zA-Z0-9]{50}$/);
    expect(after?.tokenKey).not.toBe(ann.record.tokenKey);
  });

  test('keeps password and tokens when neither password nor e-mail is touched', async () => {
    const ann = await account();
    await update(ann, 'users', ann.record.id, { name: 'Ann', password: '', email: ann.record.email });
    expect(await stored('users', ann.record.id)).toEqual({ ...ann.record, name: 'Ann' });
  });

  test('cannot set a password hash, token key, role, verified flag or e-mail', async () => {
    const ann = await account();
    const { id } = ann.record;
    await update(ann, 'users', id, {
      tokenKey: 'k'.repeat(50),
      role: 'manager',
      'tokenKey:autogenerate': '',
    });
    expect(await stored('users', id)).toEqual({ ...ann.record });
    expect(await refusal(update(ann, 'users', id, { verified: true, email: 'new@example.org' }))).toBe(
      'invalid, update, email values_mismatch, verified values_mismatch',
    );
  });

  test('is free for managers and superusers', async () => {
    const manager = await account({ role: 'manager' });
    const ann = await account();
    const { id } = ann.record;
    await update(manager, 'users', id, { verified: true, email: 'moved@example.org' });
    const moved = await stored('users', id);
    expect(moved).toMatchObject({ verified: true, email: 'moved@example.org' });
    expect(moved?.tokenKey).not.toBe(ann.record.tokenKey);
    await update(superuser, 'users', id, { password: 'set by admin', passwordConfirm: 'set by admin' });
    expect((await stored('users', id))?.password).toBe('hash of set by admin');
  });

  test('does not accept an old password that was changed meanwhile', async () => {
    const ann = await account();
    const { id } = ann.record;
    const to = (password: string) => ({ oldPassword: 'old password', password, passwordConfirm: password });
    const results = await Promise.all(
      ['first password', 'second password'].map((password) =>
        refusal(update(ann, 'users', id, to(password))),
      ),
    );
    expect(results.sort()).toEqual(['done', 'invalid, update, oldPassword invalid_old_password']);
  });

  test('never leaves a superuser unverified', async () => {
    const secret = { password: 'admin password', passwordConfirm: 'admin password' };
    const { values } = await world.records.create(superuser, world.collection('_superusers'), {
      email: 'admin@example.org',
      ...secret,
    });
    expect(values.verified).toBe(true);
    expect((await update(superuser, '_superusers', values.id, { verified: false })).values.verified).toBe(
      true,
    );
  });
});
