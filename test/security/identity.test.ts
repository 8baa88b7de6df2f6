import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type InProcessServer, startInProcess } from '../support/in-process.ts';
import { at, textAt } from '../support/json.ts';
import { type Ask, send, sendOk } from '../support/scenarios.ts';
import { removeFolder, temporaryFolder } from '../support/server.ts';
import { type AttackedWorld, openAttackedWorld } from './world.ts';

let world: AttackedWorld;
beforeAll(async () => {
  world = await openAttackedWorld();
}, 60_000);
afterAll(() => world.close());

describe('a token', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const parts = () => (world.tokens.alice ?? '').split('.');
  const claims = (): Record<string, unknown> =>
    JSON.parse(Buffer.from(parts()[1] ?? '', 'base64url').toString());
  const signed = (header: unknown, body: unknown) => `${encode(header)}.${encode(body)}.${parts()[2]}`;
  const ask = async (token: string) =>
    at(
      (await sendOk(world, { path: '/api/collections/users/records', headers: { authorization: token } }))
        .json,
      'totalItems',
    );

  test('of an account shows it itself, so that the refusals below are for their own reasons', async () => {
    expect(await ask(world.tokens.alice ?? '')).toBe(1);
    expect(await ask(`Bearer ${world.tokens.alice}`)).toBe(1);
  });

  test.each([
    ['without an algorithm', () => `${encode({ alg: 'none', typ: 'JWT' })}.${parts()[1]}.`],
    ['without an algorithm, with the old signature', () => signed({ alg: 'none' }, claims())],
    ['of another algorithm', () => signed({ alg: 'HS512' }, claims())],
    ['of an asymmetric algorithm', () => signed({ alg: 'RS256' }, claims())],
    [
      'with a key of its choice by name',
      () => signed({ alg: 'HS256', kid: '../../../../dev/null' }, claims()),
    ],
    [
      'with a key of its choice by address',
      () => signed({ alg: 'HS256', jku: 'http://127.0.0.1/' }, claims()),
    ],
    ['with its own key inside', () => signed({ alg: 'HS256', jwk: { kty: 'oct', k: 'AA' } }, claims())],
    ['with a critical extension', () => signed({ alg: 'HS256', crit: ['exp'] }, claims())],
    ['of another account', () => signed({ alg: 'HS256', typ: 'JWT' }, { ...claims(), id: world.values.bob })],
    [
      'of superusers',
      () => signed({ alg: 'HS256', typ: 'JWT' }, { ...claims(), collectionId: 'pbc_3142635823' }),
    ],
    [
      'of a prototype',
      () => signed({ alg: 'HS256', typ: 'JWT' }, { ...claims(), collectionId: '__proto__' }),
    ],
    ['with an id that is no text', () => signed({ alg: 'HS256', typ: 'JWT' }, { ...claims(), id: { a: 1 } })],
    [
      'with an end that is no number',
      () => signed({ alg: 'HS256', typ: 'JWT' }, { ...claims(), exp: '9999999999' }),
    ],
    [
      'of 12,000 characters',
      () => signed({ alg: 'HS256', typ: 'JWT' }, { ...claims(), x: 'a'.repeat(9000) }),
    ],
    ['of dots', () => '.'.repeat(5000)],
    ['of one part', () => 'Bearer'],
    ['with a part more', () => `${world.tokens.alice}.`],
    ['of another scheme', () => `Basic ${btoa('alice@example.com:alice-writes-well')}`],
  ])('%s makes a guest', async (_name, token) => {
    expect(await ask(token())).toBe(0);
  });

  test('is not looked for in the query, in cookies or in the body', async () => {
    const { alice = '' } = world.tokens;
    const path = '/api/collections/users/records';
    const asks: readonly Ask[] = [
      { path: `${path}?token=${alice}` },
      { path: `${path}?authorization=${alice}&access_token=${alice}` },
      { path, headers: { cookie: `pb_auth=${alice}; token=${alice}` } },
      { path, headers: { 'x-auth-token': alice, 'proxy-authorization': alice } },
    ];
    for (const ask of asks) {
      expect(at((await sendOk(world, ask)).json, 'totalItems')).toBe(0);
    }
  });

  test('for files opens nothing else, and none but a file token of a superuser opens a backup', async () => {
    const file = textAt(
      (await sendOk(world, { method: 'POST', path: '/api/files/token', as: 'alice' })).json,
      'token',
    );
    expect(await ask(file)).toBe(0);
    for (const token of [file, world.tokens.admin ?? '', world.tokens.alice ?? '', '']) {
      expect((await send(world, { path: `/api/backups/x.zip?token=${token}`, as: 'admin' })).status).toBe(
        403,
      );
    }
  });
});

describe('guessing', () => {
  const login = (identity: string, password: string, headers: Record<string, string> = {}) =>
    send(world, {
      method: 'POST',
      path: '/api/collections/members/auth-with-password',
      headers,
      body: { identity, password },
    });

  test('is held off, whatever the caller says of its address or adds to the name', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 13; guess++) {
      const headers = { 'x-forwarded-for': `203.0.113.${guess}`, 'x-real-ip': `203.0.113.${guess}` };
      statuses.push((await login('carol@example.com', `guess ${guess}`, headers)).status);
    }
    expect(statuses).toEqual([...Array(10).fill(400), 429, 429, 429]);
    expect((await login('CAROL@example.com', 'carol-plays-chess')).status).toBe(429);
    for (const identity of [
      'carol@example.com\u0000',
      ' carol@example.com',
      'carol@example.com ',
      'carol@example.com\u200b',
    ]) {
      expect((await login(identity, 'carol-plays-chess')).status, JSON.stringify(identity)).toBe(400);
    }
  }, 30_000);

  test('cannot find out which accounts exist', async () => {
    const answers = [await login('nobody@example.com', 'x'), await login('mallory@example.com', 'x')];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });
});

describe('the first superuser', () => {
  async function withFreshServer(
    run: (server: InProcessServer, link: string) => Promise<void>,
  ): Promise<void> {
    const folder = temporaryFolder();
    const server = await startInProcess(join(folder, 'data'));
    try {
      await run(server, `${server.base}/_/setup?token=${server.setupToken()}`);
    } finally {
      await server.stop();
      removeFolder(folder);
    }
  }

  const form = (email: string) => ({
    method: 'POST',
    body: new URLSearchParams({
      email,
      password: 'correct-horse-battery',
      passwordConfirm: 'correct-horse-battery',
    }),
    redirect: 'manual' as const,
  });

  test('is one, however many forms arrive at once', async () => {
    await withFreshServer(async ({ base }, link) => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, each) => fetch(link, form(`first${each}@example.com`))),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([303, ...Array(9).fill(403)]);
      expect((await fetch(link, form('late@example.com'))).status).toBe(403);
      expect((await fetch(link)).status).toBe(403);
      const fresh = { base, tokens: {}, values: {} };
      const path = '/api/collections/_superusers/auth-with-password';
      const logins = await Promise.all(
        [...Array(10).keys(), 'late'].map((each) => {
          const identity = each === 'late' ? 'late@example.com' : `first${each}@example.com`;
          return send(fresh, { method: 'POST', path, body: { identity, password: 'correct-horse-battery' } });
        }),
      );
      expect(logins.filter(({ status }) => status === 200)).toHaveLength(1);
    });
  }, 30_000);

  test('is not made by a page of another site, by a guess, or by reading', async () => {
    await withFreshServer(async ({ base }, link) => {
      const foreign = { ...form('eve@example.com'), headers: { origin: 'https://evil.example' } };
      for (const token of ['', 'x', link.slice(-40).toLowerCase(), `${link.slice(-40)}x`, link.slice(-39)]) {
        expect((await fetch(`${base}/_/setup?token=${token}`, foreign)).status).toBe(403);
      }
      expect((await fetch(link)).status).toBe(200);
      expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
      expect(await (await fetch(`${base}/_/`)).text()).toContain('There is no superuser yet');
    });
  }, 30_000);
});

test('what is the server’s to say is not taken from a body', async () => {
  const path = '/api/collections/users/records';
  const account = {
    email: 'eve@example.com',
    password: 'eve-long-enough',
    passwordConfirm: 'eve-long-enough',
  };
  expect((await send(world, { method: 'POST', path, body: { ...account, verified: true } })).status).toBe(
    400,
  );
  const { json } = await sendOk(world, {
    method: 'POST',
    path,
    body: {
      ...account,
      tokenKey: 'a'.repeat(50),
      'password:hash': 'x',
      'tokenKey:autogenerate': 'a',
      collectionId: 'x',
      collectionName: '_superusers',
      created: '2000-01-01 00:00:00.000Z',
      avatar: '',
      __proto__: { verified: true },
    },
  });
  expect(json).toMatchObject({ verified: false, collectionName: 'users' });
  expect(textAt(json, 'created')).not.toStartWith('2000');
  expect(JSON.stringify(json)).not.toMatch(/tokenKey|password/);
});
