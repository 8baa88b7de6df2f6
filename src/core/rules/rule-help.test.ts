import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { createNewsroom } from '../../../test/support/newsroom.ts';
import { guest } from '../../../test/support/records.ts';
import { type Actor, systemActor } from '../actor.ts';
import { accountActor } from '../auth/account-actor.ts';
import { findProblem } from './locate.ts';
import type { Clause, RuleTrial } from './rule-help.ts';
import { suggest } from './suggest.ts';

const { schema, get } = createNewsroom();
const scope = { schema, collection: get('posts') };

describe('what is wrong with a rule', () => {
  const problem = (rule: string) => findProblem(rule, get('posts'), schema);

  test('is nothing, or has a place', () => {
    expect(problem("author = @request.auth.id && title != ''")).toBeUndefined();
    const places: Record<string, string> = {
      "title = 'x' && nope = 1": 'nope',
      "title = 'x' && (views > 1 || !(author.nope = 1))": 'author.nope',
      'title:each = 1': 'title:each',
      '1 = @collection.nope.id': '@collection.nope.id',
      "title = 'nope' || nope = 'nope'": 'nope',
      'geoDistance(1, 2, nope, 4) > 1': 'nope',
      "fly('x') = 1": 'fly',
      'title = "a" & views = 1': '&',
      'title ==== 1': '====',
      '(title = 1))': ')',
    };
    for (const [rule, wrong] of Object.entries(places)) {
      const { at, length, message } = problem(rule) ?? { at: -1, length: 0, message: '' };
      expect([rule, rule.slice(at, at + length) || rule.slice(at), message === '']).toEqual([
        ...[rule, expect.stringMatching(new RegExp(`^${RegExp.escape(wrong)}`)), false],
      ]);
    }
    expect(problem('title =')).toMatchObject({ message: 'unexpected end', at: 7, length: 0 });
  });

  test('never is anything but that, whatever the text', () => {
    const words = fc.constantFrom(
      'title',
      'nope',
      '=',
      '?!=',
      '&&',
      '(',
      ')',
      '!',
      "'a",
      "'a'",
      '@request.',
      '//',
      '.',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 8 }), (parts) => {
        const rule = parts.join(' ');
        const found = problem(rule);
        if (found) expect(found.at >= 0 && found.at + found.length <= rule.length).toBe(true);
        const { from, to, items } = suggest(scope, rule, rule.length);
        expect(from <= to && to <= rule.length && items.length <= 50).toBe(true);
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});

describe('how a rule may go on', () => {
  /** The text before `|` and what is suggested there. */
  const texts = (marked: string) =>
    suggest(scope, marked.replace('|', ''), marked.indexOf('|')).items.map(({ text }) => text);

  test('begins with a field, a fact of the request or a value', () => {
    const all = texts('|');
    for (const text of [
      'title',
      'author',
      'comments_via_post',
      '@request.auth.',
      '@now',
      'null',
      'strftime(',
    ]) {
      expect(all).toContain(text);
    }
    expect(texts("title = 'x' && vi|")).toEqual(['views']);
    expect(texts('(title = @tod|')).toEqual(['@todayStart', '@todayEnd']);
  });

  test('compares a field that has a list of values with these first', async () => {
    const world = await openTestCore();
    const values = ['draft', 'say "x"', "it's", '"\'', 'back\\'];
    const [made] = await world.core.collections.createAll(systemActor, [
      {
        name: 'notes',
        fields: [
          { name: 'state', type: 'select', values },
          { name: 'parent', type: 'relation', collectionId: 'notes' },
        ],
      },
    ]);
    const found = (text: string) =>
      world.core.rules.suggest(systemActor, made?.id ?? '', text, text.length).items.map((one) => one.text);
    for (const text of ['state = ', 'state:lower != ', 'parent.parent.state ?= ', '@request.body.state = '])
      expect([text, found(text).slice(0, 4)]).toEqual([text, ['"draft"', '\'say "x"\'', '"it\'s"', 'id']]);
    expect(found('state = dr')).toEqual(['"draft"']);
    expect(found('parent = ')).not.toContain('"draft"');
    await world.close();
  });

  test('goes over relations, three at most', () => {
    expect(texts('author.na|')).toEqual(['author.name']);
    expect(texts('author.team.city.na|')).toEqual(['author.team.city.name']);
    expect(texts('author.team.city.place.|')).toEqual([]);
    expect(texts('place.|')).toEqual(['place.lon', 'place.lat']);
    expect(texts('comments_via_post.sc|')).toEqual(['comments_via_post.score']);
    expect(texts('title.|')).toEqual([]);
    expect(texts('nope.|')).toEqual([]);
  });

  test('knows the request and other collections', () => {
    expect(texts('@request.au|')).toEqual(['@request.auth.']);
    expect(texts('@request.auth.coll|')).toEqual([
      '@request.auth.collectionId',
      '@request.auth.collectionName',
    ]);
    expect(texts('@request.auth.team.na|')).toEqual(['@request.auth.team.name']);
    expect(texts('@request.body.ti|')).toEqual(['@request.body.title']);
    expect(texts('@collection.mem|')).toEqual(['@collection.members.']);
    expect(texts('@collection.members:m.ro|')).toEqual(['@collection.members:m.role']);
    expect(texts('@collection.nope.|')).toEqual([]);
  });

  test('knows modifiers', () => {
    expect(texts('tags:|')).toEqual(['tags:each', 'tags:length', 'tags:lower']);
    expect(texts('title:|')).toEqual(['title:lower']);
    expect(texts('@request.body.tags:|')).toEqual(
      ['isset', 'changed', 'each', 'length', 'lower'].map((name) => `@request.body.tags:${name}`),
    );
  });

  test('has an operator between two sides, and a join behind them', () => {
    expect(texts('title |')).toContain('?!=');
    expect(texts("title = 'x' |")).toEqual(['&&', '||']);
    expect(texts("(title = 'x') |")).toEqual(['&&', '||']);
    expect(texts('geoDistance(1, 2, 3, 4) |')).toContain('<=');
    expect(texts('1 < geoDistance(1, 2, 3, 4) |')).toEqual(['&&', '||']);
  });

  test('is nothing inside a text or a comment', () => {
    expect(texts("title = 'na|")).toEqual([]);
    expect(texts("title = 'x' // na|")).toEqual([]);
    expect(texts("title = '//' && na|me")).toEqual([]);
    expect(texts("title = '//' && ti|")).toEqual(['title']);
  });

  test('takes the place of the whole word at the caret', () => {
    expect(suggest(scope, 'vie = 1', 2)).toMatchObject({ from: 0, to: 3, items: [{ text: 'views' }] });
    expect(suggest(scope, 'vi', 99)).toMatchObject({ from: 0, to: 2 });
  });

  test('offers fields, functions and macros that can be used', () => {
    for (const { text, kind } of suggest(scope, '', 0).items) {
      if (!['field', 'macro', 'constant'].includes(kind)) continue;
      expect([text, findProblem(`${text} = 1`, get('posts'), schema)]).toEqual([text, undefined]);
    }
    expect(
      findProblem("strftime('%Y') = 1 && geoDistance(1, 2, 3, 4) < 5", get('posts'), schema),
    ).toBeUndefined();
  });
});

describe('a trial', () => {
  let world: TestCore;
  let mia: Actor;
  let miaId: string;
  let post: string;

  beforeAll(async () => {
    world = await openTestCore();
    const { core } = world;
    const users = core.collections.get('users');
    const made = await core.records.create(systemActor, users, {
      ...{ email: 'mia@example.com', password: 'long enough', passwordConfirm: 'long enough' },
    });
    miaId = String(made.values.id);
    mia = accountActor(users, made.values, guest.request);
    await core.collections.create(systemActor, {
      ...{ name: 'posts', type: 'base', viewRule: 'owner = @request.auth.id', listRule: '' },
      fields: [
        { name: 'title', type: 'text' },
        { name: 'owner', type: 'relation', collectionId: users.id, maxSelect: 1 },
      ],
    });
    const input = { title: 'Hello', owner: miaId };
    const view = await core.records.create(systemActor, core.collections.get('posts'), input);
    post = String(view.values.id);
  });
  afterAll(() => world.close());

  const explain = (trial: Partial<RuleTrial>) =>
    world.core.rules.explain(systemActor, {
      ...{ collection: 'posts', action: 'view', as: { collection: 'users', id: miaId }, record: post },
      ...trial,
    });
  const flat = (clause: Clause | undefined): unknown =>
    clause && [clause.text, clause.verdict, clause.decides, ...clause.terms.map(flat)];

  test('is for superusers alone, as is all help', async () => {
    const { rules } = world.core;
    const trial = { collection: 'posts', action: 'view', as: 'guest', record: post } as const;
    await expect(rules.explain(guest, trial)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(rules.explain(mia, trial)).rejects.toMatchObject({ reason: 'superusers_only' });
    expect(() => rules.check(mia, 'posts', 'x')).toThrow('superusers_only');
    expect(() => rules.suggest(mia, 'posts', '', 0)).toThrow('superusers_only');
    expect(() => rules.check(systemActor, 'nope', 'x')).toThrow('collection');
  });

  test('says who is let in by the rule that is stored', async () => {
    expect(await explain({})).toEqual({
      allowed: true,
      reason: 'clauses',
      clause: {
        ...{ kind: 'compare', text: 'owner = @request.auth.id', verdict: true, decides: true, terms: [] },
        operands: [
          { text: 'owner', value: miaId },
          { text: '@request.auth.id', value: miaId },
        ],
      },
    });
    expect(await explain({ as: 'guest' })).toMatchObject({ allowed: false, clause: { verdict: false } });
    expect(await explain({ action: 'list', as: 'guest' })).toMatchObject({
      allowed: true,
      reason: 'everyone',
    });
    expect(await explain({ action: 'delete' })).toMatchObject({ allowed: false, reason: 'superusers_only' });
  });

  test('tells what names stood for, and no secret', async () => {
    const operandsOf = async (more: Partial<RuleTrial>) => (await explain(more)).clause?.operands;
    expect(await operandsOf({ as: 'guest', rule: '@request.auth.email = title' })).toEqual([
      { text: '@request.auth.email', value: null },
      { text: 'title', value: 'Hello' },
    ]);
    const rule = '@request.body.title = title';
    expect(await operandsOf({ action: 'update', rule, input: { title: 'Hi' } })).toEqual([
      { text: '@request.body.title', value: 'Hi' },
      { text: 'title', value: 'Hello' },
    ]);
    expect(await operandsOf({ rule: 'owner.email = @todayStart' })).toEqual([]);
    const secrets = '@request.auth.tokenKey != tokenKey';
    const account = { collection: 'users', record: miaId, rule: secrets };
    expect(JSON.stringify(await explain(account).catch(String))).not.toMatch(/[a-zA-Z0-9]{50}/);
  });

  test('asks the rules of accounts: who may sign in, and who manages others', async () => {
    const account = { collection: 'users', record: miaId } as const;
    const signIn = (rule: string | null) => explain({ ...account, action: 'auth', rule });
    expect((await signIn('')).allowed).toBe(true);
    expect((await signIn(null)).allowed).toBe(false);
    expect((await signIn('verified = true')).clause?.operands).toEqual([{ text: 'verified', value: false }]);
    expect((await signIn('@request.auth.id = "" && @request.context = "password"')).allowed).toBe(true);
    const manage = (rule: string | null, as?: 'guest') =>
      explain({ ...account, action: 'manage', rule, ...(as && { as }) });
    expect((await manage('@request.auth.id != ""')).allowed).toBe(true);
    expect(await manage('id != ""', 'guest')).toMatchObject({ allowed: false, reason: 'accounts_only' });
    expect(await manage('')).toMatchObject({ allowed: false, reason: 'superusers_only' });
  });

  test('says which clauses decided', async () => {
    const rule = "owner = @request.auth.id && (title = 'x' || !(title = 'y')) // a comment";
    expect(flat((await explain({ rule })).clause)).toEqual([
      ...["owner = @request.auth.id && (title = 'x' || !(title = 'y'))", true, true],
      ['owner = @request.auth.id', true, true],
      [
        ...["title = 'x' || !(title = 'y')", true, true],
        ["title = 'x'", false, false],
        ["!(title = 'y')", true, true, ["title = 'y'", false, true]],
      ],
    ]);
    const { allowed, clause } = await explain({ rule, as: 'guest' });
    expect([allowed, clause?.terms.map(({ decides }) => decides)]).toEqual([false, [true, false]]);
  });

  test('tells what is neither true nor false', async () => {
    const { allowed, clause } = await explain({ as: 'guest', rule: '@request.auth.id == owner' });
    expect([allowed, clause?.verdict]).toEqual([false, null]);
  });

  test('looks at what would be written', async () => {
    const rule = "title = @request.body.title && title = 'New' && owner = @request.auth.id";
    const input = { title: 'New', owner: miaId };
    expect(await explain({ action: 'create', record: undefined, rule, input })).toMatchObject({
      allowed: true,
    });
    expect(await explain({ action: 'create', rule, input, as: 'guest' })).toMatchObject({ allowed: false });
    const changed = '@request.body.title:changed = true && title = "Hello"';
    expect(await explain({ action: 'update', rule: changed, input })).toMatchObject({ allowed: true });
    expect(await explain({ action: 'update', rule: changed, input: { title: 'Hello' } })).toMatchObject({
      allowed: false,
    });
    const list = await world.core.records.list(systemActor, world.core.collections.get('posts'), {
      page: 1,
      perPage: 9,
    });
    expect(list.items.map(({ values }) => values.title)).toEqual(['Hello']);
  });

  test('agrees with what happens', async () => {
    const { core } = world;
    const posts = core.collections.get('posts');
    for (const as of ['guest', { collection: 'users', id: miaId }] as const) {
      const actor = as === 'guest' ? guest : mia;
      const seen = await core.records.view(actor, posts, post).then(
        () => true,
        () => false,
      );
      expect((await explain({ as })).allowed).toBe(seen);
    }
  });

  test('is refused where there is nothing to try', async () => {
    await expect(explain({ record: 'nope' })).rejects.toMatchObject({ code: 'not_found', reason: 'record' });
    await expect(explain({ record: undefined })).rejects.toMatchObject({ reason: 'record' });
    await expect(explain({ as: { collection: 'users', id: 'x' } })).rejects.toMatchObject({
      reason: 'account',
    });
    await expect(explain({ as: { collection: 'posts', id: post } })).rejects.toMatchObject({
      reason: 'account',
    });
    await expect(explain({ collection: 'nope' })).rejects.toMatchObject({ reason: 'collection' });
    await expect(explain({ rule: 'title = nope' })).rejects.toMatchObject({
      issues: [
        { path: 'rule', code: 'invalid_rule', params: { at: 8, length: 4, message: expect.any(String) } },
      ],
    });
  });
});
