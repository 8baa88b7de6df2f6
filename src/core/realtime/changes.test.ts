import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Database, Prepared } from '../ports/database.ts';
import type { Listener, RecordEvent, Topic } from './changes.ts';

let world: TestCore;
const guest: Actor = { kind: 'guest', request: internalRequest };

beforeAll(async () => {
  world = await openTestCore();
  await define('boards', [{ name: 'name', type: 'text' }], { list: '', view: '' });
  await define(
    'notes',
    [
      { name: 'text', type: 'text' },
      { name: 'secret', type: 'text', hidden: true },
      { name: 'open', type: 'bool' },
      relation('owner', 'users'),
      relation('board', 'boards', { cascadeDelete: true }),
    ],
    {
      list: 'open = true || owner = @request.auth.id',
      view: 'owner = @request.auth.id || @request.query.key = "let me"',
    },
  );
});
afterAll(() => world.close());

function relation(name: string, to: string, more = {}) {
  return { name, type: 'relation', collectionId: world.core.collections.get(to).id, maxSelect: 1, ...more };
}

async function define(name: string, fields: readonly object[], rules: { list: string; view: string }) {
  const { list: listRule, view: viewRule } = rules;
  await world.core.collections.create(systemActor, { name, type: 'base', listRule, viewRule, fields });
}

function at(name: string) {
  return world.core.collections.get(name);
}

async function add(collection: string, input: Record<string, unknown> = {}): Promise<string> {
  const { values } = await world.core.records.create(systemActor, at(collection), input);
  return String(values.id);
}

async function change(collection: string, id: string, input: Record<string, unknown>) {
  await world.core.records.update(systemActor, at(collection), id, input);
}

async function remove(collection: string, id: string) {
  await world.core.records.delete(systemActor, at(collection), id);
}

let people = 0;
async function signUp(): Promise<{ actor: Actor; id: string }> {
  const password = 'likes-long-words';
  const email = `person${++people}@example.com`;
  const id = await add('users', { email, password, passwordConfirm: password });
  return { actor: await account(id), id };
}

async function account(id: string): Promise<Actor> {
  const record = await world.core.records.findStored(at('users'), id);
  if (!record) throw new Error('no such account');
  return { kind: 'account', collection: at('users'), record, request: internalRequest };
}

interface Heard {
  readonly listener: Listener;
  readonly events: { tag: string; event: RecordEvent }[];
  ended: boolean;
  /** Kind and text of what came since it was last asked. */
  lines(): Promise<readonly string[]>;
}

function hear(actor: Actor, ...topics: (string | Partial<Topic>)[]): Heard {
  const heard: Heard = {
    listener: world.core.changes.listen({
      event: (tag, event) => void heard.events.push({ tag, event }),
      end() {
        heard.ended = true;
      },
    }),
    events: [],
    ended: false,
    async lines() {
      await world.core.changes.settled();
      return heard.events
        .splice(0)
        .map(({ event }) => `${event.kind} ${event.view.values.text ?? event.view.values.name ?? event.id}`);
    },
  };
  const whole = topics.map((topic) =>
    typeof topic === 'string'
      ? { collection: topic, tag: topic }
      : { collection: 'notes', tag: '', ...topic },
  );
  heard.listener.replace(actor, whole);
  return heard;
}

describe('a committed change', () => {
  test('is told after its commit, in order, to all who may see it', async () => {
    const heard = hear(guest, 'notes');
    const id = await add('notes', { text: 'one', open: true });
    await change('notes', id, { text: 'two' });
    await Promise.all([
      add('notes', { text: 'three', open: true }),
      add('notes', { text: 'four', open: true }),
    ]);
    await remove('notes', id);
    expect(await heard.lines()).toEqual([
      'create one',
      'update two',
      'create three',
      'create four',
      'delete two',
    ]);
    heard.listener.close();
    await add('notes', { text: 'later', open: true });
    expect(await heard.lines()).toEqual([]);
  });

  test('can be read by whoever hears of it', async () => {
    const found = Promise.withResolvers<unknown>();
    const listener = world.core.changes.listen({
      event: (_tag, { id }) => found.resolve(world.core.records.findStored(at('notes'), id)),
      end: () => undefined,
    });
    listener.replace(guest, [{ collection: 'notes', tag: '' }]);
    await add('notes', { text: 'there', open: true });
    expect(await found.promise).toMatchObject({ text: 'there' });
    listener.close();
  });

  test('that is refused or undone is not told', async () => {
    const board = await add('boards', { name: 'kept' });
    const heard = hear(guest, 'notes', 'boards');
    await expect(world.core.records.create(guest, at('notes'), { text: 'no' })).rejects.toThrow();
    await expect(world.core.records.delete(guest, at('boards'), board)).rejects.toThrow();
    await expect(add('notes', { text: 'x', owner: 'nobodynobody123' })).rejects.toThrow();
    expect(await heard.lines()).toEqual([]);
    heard.listener.close();
  });

  test('takes along what falls with it and what it rewrites', async () => {
    const fields = at('notes').fields.map((field) => ({ ...field }));
    await world.core.collections.update(systemActor, 'notes', {
      fields: [...fields, relation('next', 'notes')],
    });
    const board = await add('boards', { name: 'old' });
    const first = await add('notes', { text: 'first', open: true, board });
    await add('notes', { text: 'second', open: true, next: first });
    const heard = hear(guest, 'notes', 'boards');
    await remove('boards', board);
    expect((await heard.lines()).toSorted()).toEqual(['delete first', 'delete old', 'update second']);
    await world.core.collections.truncate(systemActor, 'notes');
    expect(await heard.lines()).toContain('delete second');
    heard.listener.close();
  });
});

describe('who hears of it', () => {
  test('is decided by the list rule for all records and by the view rule for one', async () => {
    const { actor, id: owner } = await signUp();
    const id = await add('notes', { text: 'mine', owner });
    const all = hear(actor, 'notes');
    const one = hear(actor, { record: id });
    const others = hear(guest, 'notes', { record: id });
    const invited = hear(guest, { record: id, facts: { query: { key: 'let me' }, headers: {} } });
    await change('notes', id, { text: 'mine still' });
    expect(await all.lines()).toEqual(['update mine still']);
    expect(await one.lines()).toEqual(['update mine still']);
    expect(await others.lines()).toEqual([]);
    expect(await invited.lines()).toEqual(['update mine still']);
    for (const { listener } of [all, one, others, invited]) listener.close();
  });

  test('is decided by what the event carries, not by what the record has become', async () => {
    const { id: owner } = await signUp();
    const heard = hear(guest, 'notes');
    const id = await add('notes', { text: 'private', owner });
    await change('notes', id, { text: 'public', open: true });
    await change('notes', id, { text: 'private again', open: false });
    expect(await heard.lines()).toEqual(['update public']);
    heard.listener.close();
  });

  test('of a deletion is decided while all that the rule reaches is still there', async () => {
    const { actor, id: owner } = await signUp();
    await define('papers', [relation('note', 'notes', { cascadeDelete: true })], {
      list: 'note.owner = @request.auth.id',
      view: '',
    });
    const note = await add('notes', { text: 'x', owner });
    const paper = await add('papers', { note });
    const [mine, theirs] = [hear(actor, 'papers'), hear(guest, 'papers')];
    await remove('notes', note);
    expect(await mine.lines()).toEqual([`delete ${paper}`]);
    expect(await theirs.lines()).toEqual([]);
    mine.listener.close();
    theirs.listener.close();
  });

  test('is narrowed by a filter, which reaches no hidden field', async () => {
    const heard = hear(guest, { filter: 'text ~ "good"' });
    const prying = hear(
      guest,
      { filter: 'secret ~ "s"' },
      { filter: '@request.auth.id = ""' },
      { filter: '((' },
    );
    await add('notes', { text: 'good news', open: true, secret: 'secret' });
    await add('notes', { text: 'bad news', open: true });
    expect(await heard.lines()).toEqual(['create good news']);
    expect(await prying.lines()).toEqual([]);
    heard.listener.close();
    prying.listener.close();
  });

  test('sees no hidden field, unless a superuser', async () => {
    const [heard, root] = [hear(guest, 'notes'), hear(systemActor, 'notes')];
    await add('notes', { text: 'a', open: true, secret: 'hush' });
    await world.core.changes.settled();
    expect(heard.events[0]?.event.view.values).not.toHaveProperty('secret');
    expect(root.events[0]?.event.view.values).toMatchObject({ secret: 'hush' });
    heard.listener.close();
    root.listener.close();
  });

  test('sees an e-mail only as in a read, and never what tokens are signed with', async () => {
    await world.core.collections.update(systemActor, 'users', { listRule: '', viewRule: '' });
    const { actor, id } = await signUp();
    const [self, other, root] = [hear(actor, 'users'), hear(guest, 'users'), hear(systemActor, 'users')];
    await change('users', id, { name: 'Ann' });
    await world.core.changes.settled();
    const [own, foreign, full] = [self, other, root].map(({ events }) => events[0]?.event.view.values);
    expect(own).toHaveProperty('email');
    expect(foreign).toMatchObject({ name: 'Ann' });
    expect(foreign).not.toHaveProperty('email');
    for (const shown of [own, foreign, full]) {
      expect(shown).not.toHaveProperty('tokenKey');
      expect(shown).not.toHaveProperty('password');
    }
    for (const { listener } of [self, other, root]) listener.close();
  });

  test('gets what was asked to be expanded, as far as it may be seen', async () => {
    const { id: owner } = await signUp();
    await world.core.collections.update(systemActor, 'users', { viewRule: 'id = @request.auth.id' });
    const board = await add('boards', { name: 'wide' });
    const heard = hear(guest, { expand: 'board,owner' });
    await add('notes', { text: 'a', open: true, board, owner });
    await world.core.changes.settled();
    expect(heard.events[0]?.event.view.expand).toMatchObject({ board: { values: { name: 'wide' } } });
    expect(heard.events[0]?.event.view.expand).not.toHaveProperty('owner');
    heard.listener.close();
  });
});

describe('rights', () => {
  test('that are lost with the account or its token key are lost on the next event', async () => {
    const { actor, id } = await signUp();
    const heard = hear(actor, 'notes');
    await add('notes', { text: 'one', owner: id });
    await change('users', id, { email: 'someone.else@example.com' });
    await add('notes', { text: 'two', owner: id });
    expect(await heard.lines()).toEqual(['create one']);
    expect(await heard.listener.account()).toBeUndefined();
    const again = hear(await account(id), 'notes');
    expect(await again.listener.account()).toMatchObject({ recordId: id });
    await remove('users', id);
    expect(await again.listener.account()).toBeUndefined();
    heard.listener.close();
    again.listener.close();
  });

  test('of all sessions end with the secret of their collection', async () => {
    const { actor, id } = await signUp();
    const heard = hear(actor, 'notes');
    await world.core.collections.update(systemActor, 'users', {
      authToken: { duration: 1000, secret: 'a-new-secret-of-more-than-thirty-chars' },
    });
    await add('notes', { text: 'two', owner: id });
    expect(await heard.lines()).toEqual([]);
    heard.listener.close();
  });

  test('follow the account and the rule as they are at the event', async () => {
    await define('rooms', [{ name: 'name', type: 'text' }], { list: '@request.auth.name = name', view: '' });
    const { actor, id } = await signUp();
    const heard = hear(actor, 'rooms');
    await add('rooms', { name: 'red' });
    await change('users', id, { name: 'red' });
    await add('rooms', { name: 'red' });
    expect(await heard.lines()).toEqual(['create red']);
    await world.core.collections.update(systemActor, 'rooms', { listRule: null });
    await add('rooms', { name: 'red' });
    expect(await heard.lines()).toEqual([]);
    heard.listener.close();
  });

  test('that were lost behind the back of the feed are lost within seconds', async () => {
    const { actor, id } = await signUp();
    const heard = hear(actor, 'notes');
    await add('notes', { text: 'one', owner: id });
    const { db } = world.database;
    const key = 'k'.repeat(50);
    await db.write((tx) => tx.run(db.prepare(sql`UPDATE users SET tokenKey = ${key} WHERE id = ${id}`)));
    world.clock.time += 2000;
    await add('notes', { text: 'two', owner: id });
    expect(await heard.lines()).toEqual(['create one']);
    heard.listener.close();
  });

  test('of one caller are not those of another who asks the same', async () => {
    const [ann, ben] = [await signUp(), await signUp()];
    const facts = { query: { a: 'b' }, headers: {} };
    const all = [hear(ann.actor, { facts }), hear(ben.actor, { facts }), hear(guest, { facts })];
    await add('notes', { text: 'of ann', owner: ann.id });
    await add('notes', { text: 'of ben', owner: ben.id });
    const lines = await Promise.all(all.map((heard) => heard.lines()));
    expect(lines).toEqual([['create of ann'], ['create of ben'], []]);
    for (const { listener } of all) listener.close();
  });

  test('of a superuser are lost with the account: hidden fields too', async () => {
    const password = 'a-long-password';
    const email = 'second@example.com';
    for (const one of [email, 'third@example.com']) {
      await add('_superusers', { email: one, password, passwordConfirm: password });
    }
    const record = await world.core.records.findStoredBy(at('_superusers'), 'email', email);
    const actor: Actor = {
      kind: 'superuser',
      collection: at('_superusers'),
      record,
      request: internalRequest,
    };
    const heard = hear(actor, 'notes');
    await remove('_superusers', String(record?.id));
    await add('notes', { text: 'hidden from now on', secret: 'x', open: true });
    await world.core.changes.settled();
    expect(heard.events[0]?.event.view.values).not.toHaveProperty('secret');
    heard.listener.close();
  });
});

describe('cost', () => {
  test('is no question and no read while nobody listens to the collection', async () => {
    const { counted, core } = await openCounted();
    const heard = core.core.changes.listen({ event: () => undefined, end: () => undefined });
    heard.replace(guest, [{ collection: 'others', tag: '' }]);
    const collection = await core.core.collections.create(systemActor, {
      ...{ name: 'things', type: 'base', fields: [{ name: 'n', type: 'number' }] },
    });
    const round = async () => {
      const { values } = await core.core.records.create(systemActor, collection, { n: 1 });
      await core.core.records.update(systemActor, collection, String(values.id), { n: 2 });
      await core.core.records.delete(systemActor, collection, String(values.id));
      await core.core.changes.settled();
    };
    await round();
    counted.length = 0;
    await round();
    const quiet = counted.splice(0).length;
    heard.replace(guest, [{ collection: 'things', tag: '' }]);
    await round();
    // The row that is removed, which nobody else needed.
    expect(counted.length).toBe(quiet + 1);
    await core.close();
  });

  test('of an open rule is no question, of others one for all who are alike', async () => {
    const { counted, core } = await openCounted();
    const { core: own } = core;
    await own.collections.create(systemActor, {
      ...{ name: 'news', type: 'base', listRule: '', fields: [{ name: 'n', type: 'number' }] },
    });
    await own.collections.create(systemActor, {
      ...{ name: 'odd', type: 'base', listRule: 'n = 1 || n = 3', fields: [{ name: 'n', type: 'number' }] },
    });
    let events = 0;
    const views = new Set<unknown>();
    for (let one = 0; one < 50; one++) {
      own.changes
        .listen({
          event(_tag, event) {
            events++;
            views.add(event);
          },
          end: () => undefined,
        })
        .replace(guest, [
          { collection: 'news', tag: '' },
          { collection: 'odd', tag: '' },
        ]);
    }
    const create = async (name: string) => {
      await own.records.create(systemActor, own.collections.get(name), { n: 1 });
      const before = counted.length;
      await own.changes.settled();
      return counted.length - before;
    };
    expect(await create('news')).toBe(0);
    expect(await create('odd')).toBe(1);
    expect(events).toBe(100);
    expect(views.size).toBe(2);
    await core.close();
  });
});

describe('a filter that takes long', () => {
  test('holds up nobody else, and loses nothing', async () => {
    const gate = Promise.withResolvers<void>();
    const { core } = await openCounted(async (text) => void (text.includes('LIKE') && (await gate.promise)));
    const told: string[] = [];
    const { listeners } = await openNews(core, (tag, event) => told.push(`${tag} ${event.view.values.n}`));
    listeners[0]?.replace(guest, [{ collection: 'news', tag: 'slow', filter: 'n ~ "1"' }]);
    listeners[1]?.replace(guest, [{ collection: 'news', tag: 'quick' }]);
    for (const n of [1, 12, 3])
      await core.core.records.create(systemActor, core.core.collections.get('news'), { n });
    while (told.length < 3) await Bun.sleep(1);
    expect(told).toEqual(['quick 1', 'quick 12', 'quick 3']);
    gate.resolve();
    await core.core.changes.settled();
    expect(told.slice(3)).toEqual(['slow 1', 'slow 12']);
    await core.close();
  });

  test('and is given up, ends its listener: it missed something', async () => {
    const { core } = await openCounted(async (text) => {
      if (text.includes('LIKE')) throw new AppError('busy', { reason: 'timeout' });
    });
    const { listeners, ended } = await openNews(core, () => undefined);
    listeners[0]?.replace(guest, [{ collection: 'news', tag: 'slow', filter: 'n ~ "1"' }]);
    listeners[1]?.replace(guest, [{ collection: 'news', tag: 'quick' }]);
    await core.core.records.create(systemActor, core.core.collections.get('news'), { n: 1 });
    await core.core.changes.settled();
    expect(ended).toEqual([0]);
    await core.close();
  });
});

/** Two listeners in a core with a collection open to all. */
async function openNews({ core }: TestCore, event: (tag: string, event: RecordEvent) => void) {
  await core.collections.create(systemActor, {
    ...{ name: 'news', type: 'base', listRule: '', fields: [{ name: 'n', type: 'number' }] },
  });
  const ended: number[] = [];
  const listeners = [0, 1].map((at) => core.changes.listen({ event, end: () => ended.push(at) }));
  return { listeners, ended };
}

/** A core that notes every read beside its transactions, and inside them; `before` comes before those beside them. */
async function openCounted(
  before: (text: string) => Promise<void> = async () => undefined,
): Promise<{ counted: string[]; core: TestCore }> {
  const counted: string[] = [];
  const plain = await openTestCore();
  const { db } = plain.database;
  const note = <T>(statement: Prepared, result: T): T => {
    counted.push(statement.text);
    return result;
  };
  const database: Database = {
    prepare: (statement) => db.prepare(statement),
    all: (statement, ...rest) => note(statement, db.all(statement, ...rest)),
    get: (statement, ...rest) =>
      before(statement.text).then(() => note(statement, db.get(statement, ...rest))),
    write: (body, options) =>
      db.write(
        (tx) =>
          body({
            now: tx.now,
            all: (statement, bindings) => note(statement, tx.all(statement, bindings)),
            get: (statement, bindings) => note(statement, tx.get(statement, bindings)),
            run: (statement, bindings) => tx.run(statement, bindings),
            runOnly: (statement, bindings) => tx.runOnly(statement, bindings),
            execute: (statement) => tx.execute(statement),
            afterCommit: (task) => tx.afterCommit(task),
          }),
        options,
      ),
    get version() {
      return db.version;
    },
    durable: () => db.durable(),
    inspect: (inspection) => db.inspect(inspection),
    snapshot: (path) => db.snapshot(path),
    close: () => db.close(),
  };
  const core = await openTestCore({ database });
  return {
    counted,
    core: {
      ...core,
      async close() {
        await core.close();
        await plain.close();
      },
    },
  };
}

describe('bounds', () => {
  test('of deletions in one transaction: a thousand are told, and the rest happens quietly', async () => {
    await define('crowd', [{ name: 'name', type: 'text' }], { list: '', view: '' });
    await Promise.all(Array.from({ length: 1100 }, (_, n) => add('crowd', { name: `${n}` })));
    const heard = hear(guest, 'crowd');
    await world.core.collections.truncate(systemActor, 'crowd');
    expect((await heard.lines()).length).toBe(1000);
    expect(await world.core.records.count(systemActor, at('crowd'))).toBe(0);
    expect(heard.ended).toBe(false);
    heard.listener.close();
  });

  test('of what waits to be told: who would miss something is ended, and may come again', async () => {
    const text = { name: 'text', type: 'text', max: 30_000_000 };
    await define('tomes', [text], { list: '', view: '' });
    const heard = hear(guest, 'tomes');
    const long = 'x'.repeat(20_000_000);
    await Promise.all([add('tomes', { text: `${long}1` }), add('tomes', { text: `${long}2` })]);
    await world.core.changes.settled();
    expect(heard.ended).toBe(true);
    expect(world.log.events).toContain('warn realtime.overrun');
    const again = hear(guest, 'tomes');
    await add('tomes', { text: long });
    expect((await again.lines()).length).toBe(1);
    again.listener.close();
  }, 20_000);
});

test('nobody guesses a listener, and one that is closed hears nothing more', async () => {
  const [one, two] = [hear(guest, 'notes'), hear(guest, 'notes')];
  expect(one.listener.id).toMatch(/^[A-Za-z0-9]{40}$/);
  expect(one.listener.id).not.toBe(two.listener.id);
  one.listener.close();
  one.listener.replace(guest, [{ collection: 'notes', tag: '' }]);
  await add('notes', { text: 'x', open: true });
  expect(await one.lines()).toEqual([]);
  expect(await two.lines()).toEqual(['create x']);
  expect(two.ended).toBe(false);
  two.listener.close();
});

test('the topics of all listeners have a bound, and one that is refused changes nothing', async () => {
  const heard = hear(guest, 'notes');
  const tag = 'x'.repeat(1_000_000);
  const many = Array.from({ length: 17 }, () => ({ collection: 'boards', tag }));
  expect(() => heard.listener.replace(guest, many)).toThrow('too_many_topics');
  await add('notes', { text: 'still', open: true });
  expect(await heard.lines()).toEqual(['create still']);
  heard.listener.close();
});

test('the end of the core ends its listeners', async () => {
  const core = await openTestCore();
  let ended = 0;
  core.core.changes.listen({ event: () => undefined, end: () => ended++ });
  await core.close();
  expect(ended).toBe(1);
  expect(() => core.core.changes.listen({ event: () => undefined, end: () => undefined })).toThrow('closed');
});
