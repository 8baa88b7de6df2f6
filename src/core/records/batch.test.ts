import { afterAll, beforeAll, beforeEach, describe, expect, spyOn, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import type { Actor } from '../actor.ts';
import type { AppError } from '../errors.ts';
import type { Operation, OperationResult } from './operations.ts';
import type { RecordInput } from './record.ts';

let world: RecordWorld;

beforeAll(async () => {
  world = await openRecordWorld([
    {
      name: 'users',
      type: 'auth',
      fields: [{ name: 'name', type: 'text' }],
      rules: { update: 'id = @request.auth.id' },
    },
    {
      name: 'tasks',
      fields: [
        { name: 'title', type: 'text', required: true, max: 20 },
        { name: 'code', type: 'text' },
        { name: 'done', type: 'number' },
        { name: 'parent', type: 'relation', collectionId: collectionId('tasks'), maxSelect: 1 },
        { name: 'owner', type: 'relation', collectionId: collectionId('users'), maxSelect: 1 },
      ],
      indexes: ["CREATE UNIQUE INDEX `tasks_code` ON `tasks` (`code`) WHERE `code` != ''"],
      rules: {
        create: "title != 'forbidden'",
        update: "owner = '' || owner = @request.auth.id",
        delete: "owner = '' || owner = @request.auth.id",
      },
    },
    { name: 'counts', idKind: 'integer', fields: [{ name: 'n', type: 'number' }] },
    { name: 'vault', fields: [{ name: 'n', type: 'number' }], rules: { create: null, delete: null } },
  ]);
});

beforeEach(async () => {
  const { db } = world.database;
  await db.write((tx) => tx.execute(sql`DELETE FROM tasks`));
});

afterAll(() => world.close());

const at = (name: string) => world.collection(name);
const id = (n: number) => `task${String(n).padStart(11, '0')}`;

function create(n: number, input: RecordInput = {}): Operation {
  return { kind: 'create', collection: at('tasks'), input: { id: id(n), title: `t${n}`, ...input } };
}

function update(n: number, input: RecordInput): Operation {
  return { kind: 'update', collection: at('tasks'), id: id(n), input };
}

function remove(n: number): Operation {
  return { kind: 'delete', collection: at('tasks'), id: id(n) };
}

function run(operations: readonly Operation[], actor: Actor = guest) {
  return world.records.batch(actor, operations);
}

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => 'done',
    ({ code, reason, issues, params }: AppError) =>
      [`${params.operation}:`, code, reason, ...issues.map((one) => `${one.path} ${one.code}`)].join(' '),
  );
}

async function titles(): Promise<readonly unknown[]> {
  const page = await world.records.list(superuser, at('tasks'), { page: 1, perPage: 1000, sort: 'id' });
  return page.items.map(({ values }) => values.title);
}

function viewOf(result: OperationResult | undefined) {
  return result?.kind === 'done' ? result.view?.values : result?.kind;
}

describe('several operations', () => {
  test('see what those before them did, and tell each record as they left it', async () => {
    const results = await run([
      create(1),
      create(2, { parent: id(1), done: 5 }),
      update(2, { 'done+': 2 }),
      update(2, { title: 'last' }),
      create(3),
      remove(3),
    ]);
    expect(results.map((one) => (one.kind === 'done' ? one.id : one.kind))).toEqual([
      ...[id(1), id(2), id(2), id(2), id(3), id(3)],
    ]);
    expect(viewOf(results[1])).toMatchObject({ title: 't2', done: 5, parent: id(1) });
    expect(viewOf(results[2])).toMatchObject({ title: 't2', done: 7 });
    expect(viewOf(results[3])).toMatchObject({ title: 'last', done: 7 });
    expect(viewOf(results[5])).toBeUndefined();
    expect(await titles()).toEqual(['t1', 'last']);
  });

  test('give the ids that the database made', async () => {
    const one: Operation = { kind: 'create', collection: at('counts'), input: { n: 1 } };
    const results = await run([one, one, one]);
    const ids = results.map((result) => (result.kind === 'done' ? Number(result.id) : 0));
    expect(ids).toEqual([ids[0] ?? 0, (ids[0] ?? 0) + 1, (ids[0] ?? 0) + 2]);
    expect(viewOf(results[2])).toMatchObject({ id: String(ids[2]), n: 1 });
  });

  test('show expanded relations as they are after the commit', async () => {
    const child: Operation = {
      kind: 'create',
      collection: at('tasks'),
      input: { title: 'child', parent: id(1) },
      options: { expand: 'parent' },
    };
    const [, result] = await run([create(1), child, update(1, { title: 'renamed' })]);
    const view = result?.kind === 'done' ? result.view : undefined;
    expect(view?.expand).toMatchObject({ parent: { values: { title: 'renamed' } } });
  });

  test('may be none, and at most 1,024', async () => {
    expect(await run([])).toEqual([]);
    expect(await run(Array.from({ length: 1024 }, (_, n) => create(n)))).toHaveLength(1024);
    expect(await refusal(run(Array.from({ length: 1025 }, (_, n) => create(n))))).toBe(
      'undefined: invalid too_many_operations',
    );
    expect(await world.records.count(guest, at('tasks'))).toBe(1024);
  });
});

describe('the first that fails undoes all', () => {
  test('and is named with its own reason', async () => {
    await run([create(1, { code: 'a' })]);
    const cases: [Operation, string][] = [
      [create(1), '2: invalid create id not_unique'],
      [create(9, { code: 'a' }), '2: invalid create code not_unique'],
      [create(9, { title: '' }), '2: invalid create title required'],
      [create(9, { title: 'forbidden' }), '2: invalid rule_failed'],
      [create(9, { parent: id(8) }), '2: invalid create parent missing_rel_records'],
      [update(8, { title: 'x' }), '2: not_found record'],
      [update(1, { title: 'x'.repeat(21) }), '2: invalid update title max_text_constraint'],
      [remove(8), '2: not_found record'],
      [{ kind: 'create', collection: at('vault'), input: {} }, '2: forbidden superusers_only'],
      [{ kind: 'delete', collection: at('vault'), id: id(1) }, '2: forbidden superusers_only'],
    ];
    for (const [bad, answer] of cases) {
      expect(await refusal(run([update(1, { title: 'changed' }), create(5), bad, create(6)]))).toBe(answer);
      expect(await titles()).toEqual(['t1']);
    }
  });

  test('be it because all that came before took too long', async () => {
    let time = 0;
    const now = spyOn(performance, 'now').mockImplementation(() => (time += 2_000));
    try {
      expect(await refusal(run([create(1), create(2), create(3), create(4)]))).toBe('2: busy timeout');
    } finally {
      now.mockRestore();
    }
    expect(await titles()).toEqual([]);
  });

  test('be it because a record is not any more the one that the change was made for', async () => {
    const { records } = world;
    await records.batch(superuser, [create(1), create(2)]);
    const unchanged = async (n: number, input: RecordInput): Promise<Operation> => ({
      ...{ kind: 'update', collection: at('tasks'), id: id(n), input },
      options: { ifUnchanged: await records.revision(superuser, at('tasks'), id(n)) },
    });
    const operations = [await unchanged(1, { title: 'mine' }), await unchanged(2, { title: 'mine' })];
    await expect(records.batch(guest, operations)).rejects.toMatchObject({ code: 'unauthorized' });
    await records.update(superuser, at('tasks'), id(2), { title: 'theirs' });
    await expect(records.batch(superuser, operations)).rejects.toMatchObject({
      ...{ code: 'conflict', reason: 'changed_meanwhile', params: { operation: 1 } },
    });
    expect((await records.view(superuser, at('tasks'), id(1))).values.title).toBe('t1');
    await records.batch(superuser, operations.slice(0, 1));
    expect((await records.view(superuser, at('tasks'), id(1))).values.title).toBe('mine');
  });

  test('and takes nobody else’s write of the same moment with it', async () => {
    const [failed, made, more] = await Promise.all([
      refusal(run([create(1), create(1)])),
      world.records.create(guest, at('tasks'), { title: 'alone' }),
      run([create(2), create(3)]),
    ]);
    expect(failed).toBe('1: invalid create id not_unique');
    expect(made.values.title).toBe('alone');
    expect(more).toHaveLength(2);
    expect([...(await titles())].sort()).toEqual(['alone', 't2', 't3']);
  });
});

describe('whose rules', () => {
  const secret = { password: 'password', passwordConfirm: 'password' };

  async function signUp(name: string) {
    const [result] = await run([
      { kind: 'create', collection: at('users'), input: { name, email: `${name}@x.org`, ...secret } },
    ]);
    return world.account('users', result?.kind === 'done' ? result.id : '');
  }

  test('forbid one operation, forbid all: nothing is smuggled between others', async () => {
    const ann = await signUp('ann');
    const eve = await signUp('eve');
    await run(
      [create(1, { owner: String(ann.record.id) }), create(2, { owner: String(eve.record.id) })],
      ann,
    );
    const steal = update(1, { owner: String(eve.record.id) });
    for (const bad of [steal, remove(1)]) {
      const answer = refusal(run([update(2, { done: 1 }), bad, update(2, { done: 2 })], eve));
      expect(await answer).toBe('1: not_found record');
    }
    const given = run([update(2, { owner: String(ann.record.id) }), update(2, { done: 9 })], eve);
    expect(await refusal(given)).toBe('1: not_found record');
    expect(await world.records.findStored(at('tasks'), id(2))).toMatchObject({
      owner: eve.record.id,
      done: 0,
    });
  });

  test('are asked of what earlier operations made', async () => {
    const ann = await signUp('ann2');
    const mine = create(1, { owner: String(ann.record.id) });
    expect(await refusal(run([mine, update(1, { done: 1 })]))).toBe('1: not_found record');
    expect(await refusal(run([mine, update(1, { done: 1 }), remove(1)], ann))).toBe('done');
  });

  test('decide before a password is hashed for the first operation, and never after a hundred', async () => {
    const before = world.passwords.hashed.length;
    const eve = await signUp('eve3');
    const change: Operation = {
      kind: 'update',
      collection: at('users'),
      id: String((await signUp('ann3')).record.id),
      input: { oldPassword: 'password', ...secret },
    };
    expect(world.passwords.hashed.length).toBe(before + 2);
    expect(await refusal(run([change], eve))).toBe('0: not_found record');
    expect(
      await refusal(
        run(
          Array.from({ length: 101 }, () => change),
          eve,
        ),
      ),
    ).toBe('undefined: invalid too_many_passwords');
    expect(world.passwords.hashed.length).toBe(before + 2);
  });

  test('admit an account and its new password in one batch, and tell a wrong old one', async () => {
    const ann = await signUp('ann4');
    const input = (oldPassword: string) => ({
      ...{ oldPassword, password: 'new-password', passwordConfirm: 'new-password' },
    });
    const change = (oldPassword: string): Operation => ({
      ...{ kind: 'update', collection: at('users'), id: String(ann.record.id), input: input(oldPassword) },
    });
    expect(await refusal(run([create(1), change('wrong-one')], ann))).toBe(
      '1: invalid update oldPassword invalid_old_password',
    );
    expect(await refusal(run([create(1), change('password')], ann))).toBe('done');
    const stored = await world.records.findStored(at('users'), String(ann.record.id));
    expect(stored?.password).toBe('hash of new-password');
    expect(stored?.tokenKey).not.toBe(ann.record.tokenKey);
  });

  test('cost a guess at the password of nobody what a guess at somebody’s costs', async () => {
    const burn = spyOn(world.passwords, 'burn');
    const verify = spyOn(world.passwords, 'verify');
    const guess = (of: unknown): Operation => ({
      kind: 'update',
      collection: at('users'),
      id: String(of),
      input: { oldPassword: 'guess', password: 'new-password', passwordConfirm: 'new-password' },
    });
    const ann = await signUp('ann6');
    expect(await refusal(run([create(1), guess(ann.record.id)]))).toBe('1: not_found record');
    expect([verify.mock.calls.length, burn.mock.calls.length]).toEqual([1, 0]);
    expect(await refusal(run([create(1), guess('nobody000000001')]))).toBe('1: not_found record');
    expect([verify.mock.calls.length, burn.mock.calls.length]).toEqual([1, 1]);
    burn.mockRestore();
    verify.mockRestore();
  });

  test('cannot be outrun by changing one password twice with the same old one', async () => {
    const ann = await signUp('ann5');
    const change = (password: string): Operation => ({
      kind: 'update',
      collection: at('users'),
      id: String(ann.record.id),
      input: { oldPassword: 'password', password, passwordConfirm: password },
    });
    expect(await refusal(run([change('password-one'), change('password-two')], ann))).toBe(
      '1: invalid update oldPassword invalid_old_password',
    );
  });
});
