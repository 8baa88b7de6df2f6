import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { type InProcessServer, startInProcess } from '../../../test/support/in-process.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/server.ts';
import { systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { RuleTrial } from './rule-help.ts';

/*
 * A trial of a rule says what the API answers. Posts have an owner or none, another post or none, and values that are blank here
 * and there; rules of a small grammar are saved, tried, and met by guests and accounts over HTTP.
 */

const PASSWORD = 'correct horse';
const [ANN, BOB] = ['annannannannann', 'bobbobbobbobbob'];
const posts = [
  { id: 'post00000000001', title: 'a', n: 1, flag: true, tags: ['x', 'y'], owner: ANN, ref: '' },
  { id: 'post00000000002', title: '', n: 0, flag: false, tags: [], owner: BOB, ref: 'post00000000001' },
  { id: 'post00000000003', title: 'A', n: -1, flag: true, tags: ['x'], owner: '', ref: 'post00000000002' },
];

let server: InProcessServer;
let tokens: ReadonlyMap<string, string>;
let folder: string;

beforeAll(async () => {
  folder = temporaryFolder();
  server = await startInProcess(join(folder, 'data'), { DOSSIER_AUTH_FAILED_LOGINS: '0' });
  const { core } = server;
  await core.collections.update(systemActor, 'users', { viewRule: '', updateRule: '', listRule: '' });
  const users = core.collections.get('users');
  for (const [id, name] of [
    [ANN, 'a'],
    [BOB, ''],
  ] as const) {
    const password = { password: PASSWORD, passwordConfirm: PASSWORD };
    const input = { id, name, email: `${id}@example.com`, verified: id === ANN, ...password };
    await core.records.create(systemActor, users, input);
  }
  await core.collections.create(systemActor, {
    name: 'posts',
    type: 'base',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'n', type: 'number' },
      { name: 'flag', type: 'bool' },
      { name: 'tags', type: 'select', values: ['x', 'y', 'z'], maxSelect: 3 },
      { name: 'owner', type: 'relation', collectionId: users.id, maxSelect: 1 },
    ],
  });
  const { id } = core.collections.get('posts');
  const { fields } = core.collections.get('posts');
  await core.collections.update(systemActor, 'posts', {
    fields: [...fields, { name: 'ref', type: 'relation', collectionId: id, maxSelect: 1 }],
  });
  for (const post of posts) await core.records.create(systemActor, core.collections.get('posts'), post);
  tokens = new Map(await Promise.all([ANN, BOB].map(async (id) => [id, await signIn(id)] as const)));
});
afterAll(async () => {
  await server.stop();
  removeFolder(folder);
});

function ask(method: string, path: string, who = '', body?: object): Promise<Response> {
  return fetch(`${server.base}/api/collections/${path}`, {
    method,
    headers: { authorization: tokens?.get(who) ?? '', 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function signIn(id: string): Promise<string> {
  const body = { identity: `${id}@example.com`, password: PASSWORD };
  const answer = await ask('POST', 'users/auth-with-password', '', body);
  return String(Reflect.get(Object(await answer.json()), 'token'));
}

const operand = fc.oneof(
  fc.constantFrom('title', 'n', 'flag', 'tags', 'owner', 'ref', 'id', 'owner.name', 'owner.id', 'ref.title'),
  fc.constantFrom('ref.owner.name', 'posts_via_ref.title', 'posts_via_ref.n', 'tags:each', 'tags:length'),
  fc.constantFrom('@request.auth.id', '@request.auth.name', '@request.auth.verified', 'title:lower'),
  fc.constantFrom('@request.auth.collectionName', '@request.body.title', '@request.body.n:isset'),
  fc.constantFrom('@request.body.title:changed', '@request.body.tags', '@request.method', '@request.context'),
  fc.constantFrom('@collection.posts.title', '@collection.posts.owner', '@request.query.q', '@todayStart'),
  fc.constantFrom("'a'", "''", "'x'", "'GET'", "'PATCH'", "'default'", "'users'", '0', '1', '-1'),
  fc.constantFrom('null', 'true', 'false', `'${ANN}'`),
);
const operandOfAccounts = fc.oneof(
  fc.constantFrom('id', 'name', 'verified', 'created', 'posts_via_owner.title', 'posts_via_owner.n'),
  fc.constantFrom('@request.auth.id', '@request.auth.name', '@request.auth.verified', 'name:lower'),
  fc.constantFrom('@request.body.verified', '@request.body.verified:isset', '@request.method'),
  fc.constantFrom('@request.context', '@collection.posts.owner', "'a'", "''", "'POST'", "'password'"),
  fc.constantFrom("'PATCH'", '0', '1', 'null', 'true', 'false', `'${ANN}'`),
);
const operator = fc.constantFrom(
  ...['=', '!=', '~', '!~', '>', '>=', '<', '<=', '?=', '?!=', '?~', '?>', '==', '!=='],
);

/** Rules of the grammar over these names and values. */
function rulesOver(side: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const compare = fc.tuple(side, operator, side).map((parts) => parts.join(' '));
  return fc.letrec<{ rule: string; term: string }>((tie) => ({
    term: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      compare,
      tie('rule').map((inner) => `(${inner})`),
      tie('rule').map((inner) => `!(${inner})`),
    ),
    rule: fc
      .tuple(fc.array(fc.tuple(tie('term'), fc.constantFrom('&&', '||')), { maxLength: 2 }), tie('term'))
      .map(([head, last]) => [...head.flat(), last].join(' ')),
  })).rule;
}
const accountRule = rulesOver(operandOfAccounts);

const body = fc.record(
  {
    title: fc.constantFrom('a', 'A', '', 'b'),
    n: fc.constantFrom(0, 1, 2),
    tags: fc.constantFrom([], ['x'], ['y', 'z']),
    owner: fc.constantFrom(ANN, BOB, ''),
  },
  { requiredKeys: [] },
);

/** What the API answers, as a verdict. */
async function meet(action: RuleTrial['action'], who: string, id: string, input: object): Promise<boolean> {
  const record = `posts/records/${id}`;
  switch (action) {
    case 'list': {
      const answer = await ask('GET', 'posts/records', who);
      return answer.ok && (await answer.text()).includes(`"id":"${id}"`);
    }
    case 'view':
      return verdictOf(await ask('GET', record, who), 200, 404);
    case 'create': {
      const made = await ask('POST', 'posts/records', who, input);
      const its = String(Reflect.get(Object(await made.clone().json()), 'id'));
      if (made.ok) await server.core.records.delete(systemActor, server.core.collections.get('posts'), its);
      return verdictOf(made, 200, 400);
    }
    case 'update':
      return verdictOf(await ask('PATCH', record, who, input), 200, 404);
    case 'delete':
      return verdictOf(await ask('DELETE', record, who), 204, 404);
    case 'manage':
      return verdictOf(await ask('PATCH', `users/records/${id}`, who, input), 200, 400);
    case 'auth': {
      const login = { identity: `${id}@example.com`, password: PASSWORD };
      return verdictOf(await ask('POST', 'users/auth-with-password', '', login), 200, 403);
    }
  }
}

function verdictOf({ status }: Response, yes: number, no: number): boolean {
  if (status !== yes && status !== no) throw new Error(`answered ${status}`);
  return status === yes;
}

/** Puts every post back as it was. */
async function restore(): Promise<void> {
  const { core } = server;
  const collection = core.collections.get('posts');
  for (const post of posts) {
    const found = await core.records.findStored(collection, post.id);
    await (found
      ? core.records.update(systemActor, collection, post.id, post)
      : core.records.create(systemActor, collection, post));
  }
}

const who = fc.constantFrom('', ANN, BOB);
const pick = { rule: rulesOver(operand), who, body, at: fc.nat(2) };
/** Enough to meet every action often; more were run when this was written. */
const RUNS = 25;

async function tried(collection: string, trial: Omit<RuleTrial, 'collection' | 'as'>, as: string) {
  const caller = as === '' ? 'guest' : { collection: 'users', id: as };
  return (await server.core.rules.explain(systemActor, { ...trial, collection, as: caller })).allowed;
}

test('a rule about records says what the API answers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.record(pick), async ({ rule, who: as, body: input, at }) => {
      const rules = { listRule: rule, viewRule: rule, createRule: rule, updateRule: rule, deleteRule: rule };
      if (!(await isTaken('posts', rules))) return;
      const record = posts[at]?.id ?? '';
      for (const action of ['list', 'view', 'create', 'update', 'delete'] as const) {
        const isCreate = action === 'create';
        const trial = { action, input, ...(!isCreate && { record }) };
        const said = await tried('posts', trial, as);
        expect([action, await meet(action, as, record, input)]).toEqual([action, said]);
        await restore();
      }
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test('a rule about managing accounts says what the API answers', async () => {
  const users = () => server.core.collections.get('users');
  await fc.assert(
    fc.asyncProperty(accountRule, who, fc.constantFrom(ANN, BOB), async (rule, as, record) => {
      if (!(await isTaken('users', { manageRule: rule }))) return;
      const input = { emailVisibility: true, verified: record !== ANN };
      const said = await tried('users', { action: 'manage', record, input }, as);
      const met = await meet('manage', as, record, input);
      await server.core.records.update(systemActor, users(), record, { verified: record === ANN });
      expect(met).toBe(said);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test('a rule about signing in says what the API answers', async () => {
  await fc.assert(
    fc.asyncProperty(accountRule, fc.constantFrom(ANN, BOB), async (rule, record) => {
      if (!(await isTaken('users', { authRule: rule }))) return;
      const said = await tried('users', { action: 'auth', record }, '');
      expect(await meet('auth', '', record, {})).toBe(said);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

/** Whether the definition took the rules; some comparisons are refused. */
async function isTaken(collection: string, rules: object): Promise<boolean> {
  try {
    await server.core.collections.update(systemActor, collection, { ...rules });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid') return false;
    throw error;
  }
}
