import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import type { Account, Actor } from '../actor.ts';
import type { AppError } from '../errors.ts';
import type { CreateOptions } from './operations.ts';
import type { RecordInput } from './record.ts';

let world: RecordWorld;
let ann: Account;
let eve: Account;

const ID = 'note00000000001';

beforeAll(async () => {
  world = await openRecordWorld([
    { name: 'users', type: 'auth', fields: [{ name: 'name', type: 'text' }], rules: { update: '' } },
    {
      name: 'notes',
      fields: [
        { name: 'title', type: 'text', max: 20 },
        { name: 'code', type: 'text' },
        { name: 'slug', type: 'text', autogeneratePattern: '[a-z]{8}' },
        { name: 'secret', type: 'text', hidden: true },
        { name: 'stars', type: 'number' },
        { name: 'owner', type: 'relation', collectionId: collectionId('users'), maxSelect: 1 },
        { name: 'created', type: 'autodate', onCreate: true },
        { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
      ],
      indexes: ["CREATE UNIQUE INDEX `notes_code` ON `notes` (`code`) WHERE `code` != ''"],
      rules: {
        create: "title != 'forbidden'",
        update: 'owner = @request.auth.id && @request.body.stars:isset = false',
      },
    },
    { name: 'sealed', fields: [{ name: 'n', type: 'number' }], rules: { update: null } },
    { name: 'counts', idKind: 'integer', fields: [{ name: 'n', type: 'number' }] },
    {
      name: 'rows',
      fields: [
        { name: 'text', type: 'string' },
        { name: 'level', type: 'integer', nullable: false, default: { kind: 'value', value: 3 } },
        { name: 'at', type: 'integer', default: { kind: 'now', form: 'unix' } },
        { name: 'blob', type: 'any' },
        { name: 'secret', type: 'string', writeOnly: true },
      ],
      rules: { update: '@request.body.blob:isset = false' },
    },
    { name: 'words', fields: [{ name: 'n', type: 'number' }] },
  ]);
  const signUp = async (name: string) => {
    const secret = { password: 'password', passwordConfirm: 'password' };
    const { values } = await world.records.create(guest, world.collection('users'), {
      ...{ name, email: `${name}@x.org`, ...secret },
    });
    return world.account('users', String(values.id));
  };
  ann = await signUp('ann');
  eve = await signUp('eve');
});

beforeEach(async () => {
  const { db } = world.database;
  await db.write((tx) => tx.execute(sql`DELETE FROM notes`));
  const owner = ann.record.id;
  await world.records.create(superuser, world.collection('notes'), {
    ...{ id: ID, title: 'first', code: 'c', slug: 'kept', secret: 'hush', owner },
  });
});

afterAll(() => world.close());

async function put(
  name: string,
  actor: Actor,
  input: RecordInput,
  onConflict: CreateOptions['onConflict'],
  options: CreateOptions = {},
) {
  const collection = world.collection(name);
  try {
    const operation = { kind: 'create', collection, input, options: { ...options, onConflict } } as const;
    const [result] = await world.records.batch(actor, [operation]);
    return result?.kind;
  } catch (error) {
    const { code, reason, issues } = error as AppError;
    return [code, reason, ...issues.map((one) => `${one.path} ${one.code}`)].join(' ');
  }
}

const stored = (name = 'notes', id = ID) => world.records.findStored(world.collection(name), id);

describe('a create whose id is taken', () => {
  test('is refused unless told otherwise', async () => {
    expect(await put('notes', ann, { id: ID, title: 'new' }, undefined)).toBe('invalid create id not_unique');
    expect(await put('notes', ann, { id: ID, title: 'new' }, 'abort')).toBe('invalid create id not_unique');
  });

  test('may be ignored, by rule and fields as any other, and changes nothing then', async () => {
    const before = await stored();
    expect(await put('notes', eve, { id: ID, title: 'new' }, 'ignore')).toBe('ignored');
    expect(await put('notes', eve, { id: ID, title: 'forbidden' }, 'ignore')).toBe('invalid rule_failed');
    expect(await put('notes', eve, { id: ID, title: 'x'.repeat(21) }, 'ignore')).toMatch(/max_text_constr/);
    expect(await stored()).toEqual(before);
    expect(await put('notes', eve, { title: 'other' }, 'ignore')).toBe('done');
  });

  test('is not ignored for another unique value', async () => {
    const input = { title: 'new', code: 'c' };
    expect(await put('notes', eve, input, 'ignore')).toBe('invalid create code not_unique');
    expect(await put('notes', ann, input, 'replace')).toBe('invalid create code not_unique');
  });

  test('is ignored for integer ids, too, which have one name only', async () => {
    expect(await put('counts', guest, { id: '7', n: 1 }, 'ignore')).toBe('done');
    expect(await put('counts', guest, { id: '7', n: 2 }, 'ignore')).toBe('ignored');
    expect(await put('counts', guest, { id: '7e0', n: 2 }, 'ignore')).toMatch(/^invalid create id /);
    expect(await put('counts', guest, { id: '7', n: 3 }, 'replace')).toBe('done');
    expect(await stored('counts', '7')).toMatchObject({ n: 3 });
  });
});

describe('a replacement', () => {
  test('gives every field the new record’s value, be it a default, but not the hidden ones', async () => {
    const before = await stored();
    world.clock.time += 60_000;
    expect(await put('notes', ann, { id: ID, title: 'second', owner: ann.record.id }, 'replace')).toBe(
      'done',
    );
    const after = await stored();
    expect(after).toMatchObject({ title: 'second', code: '', secret: 'hush', created: before?.created });
    expect(after?.slug).toMatch(/^[a-z]{8}$/);
    expect(after?.updated).not.toBe(before?.updated);
  });

  test('keeps the fields that it is told to, unless they were sent', async () => {
    const options = { keeps: ['code', 'slug'] };
    const owner = ann.record.id;
    await put('notes', ann, { id: ID, title: 'second', owner, slug: 'sent' }, 'replace', options);
    expect(await stored()).toMatchObject({ title: 'second', code: 'c', slug: 'sent' });
  });

  test('takes hidden fields from superusers who send them', async () => {
    expect(await put('notes', superuser, { id: ID, secret: 'told' }, 'replace')).toBe('done');
    expect(await stored()).toMatchObject({ title: '', secret: 'told', owner: '' });
    await put('notes', eve, { id: ID, secret: 'forged' }, 'replace');
    expect((await stored())?.secret).toBe('told');
  });

  test('gives columns their defaults, and those that nobody reads as well', async () => {
    const now = Math.floor(world.clock.time / 1000);
    const input = { id: ID, text: 'first', level: 9, at: 5, blob: 'some', secret: 'hush' };
    expect(await put('rows', guest, input, 'replace')).toBe('done');
    expect(await stored('rows')).toMatchObject({ text: 'first', level: 9, at: 5, secret: 'hush' });
    expect(await put('rows', guest, { id: ID, secret: 'x' }, 'replace')).toBe('invalid rule_failed');
    expect(await put('rows', guest, { id: ID }, 'replace', { keeps: ['blob'] })).toBe('done');
    expect(await stored('rows')).toMatchObject({ text: null, level: 3, at: now, secret: null });
    expect(await put('rows', guest, { id: ID, level: null }, 'replace')).toBe(
      'invalid create level not_null',
    );
  });

  test('of what the caller may not update is refused', async () => {
    const before = await stored();
    for (const actor of [guest, eve]) {
      expect(
        await put('notes', actor, { id: ID, owner: actor === eve ? eve.record.id : '' }, 'replace'),
      ).toBe('invalid rule_failed');
    }
    expect(await stored()).toEqual(before);
    expect(await put('sealed', guest, { id: ID, n: 1 }, 'replace')).toBe('done');
    expect(await put('sealed', guest, { id: ID, n: 2 }, 'replace')).toBe('invalid rule_failed');
    expect(await put('sealed', superuser, { id: ID, n: 3 }, 'replace')).toBe('done');
    expect(await stored('sealed')).toMatchObject({ n: 3 });
  });

  test('cannot empty by omission what the update rule lets nobody send', async () => {
    await world.records.update(superuser, world.collection('notes'), ID, { stars: 5 });
    const owner = ann.record.id;
    expect(await put('notes', ann, { id: ID, title: 'mine', owner }, 'replace')).toBe('invalid rule_failed');
    expect(await stored()).toMatchObject({ title: 'first', stars: 5 });
  });

  test('of an account is for those who manage it, and ends its sessions', async () => {
    const secret = { password: 'taken-over', passwordConfirm: 'taken-over', oldPassword: 'password' };
    const input = { id: ann.record.id, name: 'ann', email: 'ann@x.org', ...secret };
    for (const actor of [guest, eve, ann]) {
      expect(await put('users', actor, input, 'replace')).toBe(
        'invalid update oldPassword invalid_old_password',
      );
    }
    expect(await put('users', superuser, input, 'replace')).toBe('done');
    const after = await stored('users', String(ann.record.id));
    expect(after?.password).toBe('hash of taken-over');
    expect(after?.tokenKey).not.toBe(ann.record.tokenKey);
  });

  test('sees what the batch did before', async () => {
    const collection = world.collection('words');
    const options = { onConflict: 'replace' } as const;
    const one = (n: number) => ({ kind: 'create', collection, input: { id: ID, n }, options }) as const;
    const results = await world.records.batch(guest, [one(1), one(2), one(3)]);
    expect(results.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(await stored('words')).toMatchObject({ n: 3 });
    expect((await world.records.count(guest, collection)) === 1).toBe(true);
  });
});
