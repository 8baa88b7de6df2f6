import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash, createHmac, createPublicKey } from 'node:crypto';
import { sql } from 'drizzle-orm';
import {
  type AccountWorld,
  as,
  from,
  idOf,
  openAccountWorld,
  PASSWORD,
  refusal,
  somebody,
} from '../../../test/support/accounts.ts';
import { createTokenSigner } from '../../drivers/tokens/jose.ts';
import { createIds } from '../../lib/id.ts';
import { internalRequest, systemActor } from '../actor.ts';
import { createKeys } from './keys.ts';
import type { OpenSession } from './sessions.ts';

let world: AccountWorld;
let sessions: AccountWorld['auth']['sessions'];
let session: OpenSession;

beforeEach(async () => {
  world = await openAccountWorld();
  sessions = world.auth.sessions;
  session = await sessions.open(somebody, await world.mia(), { claims: { sub: 'mia', mfa: true } });
});
afterEach(() => world.close());

const claims = () => ({ sub: 'mia' });
const refresh = (token: string) => sessions.refresh(somebody, token, claims);
const whoIs = async (token: string) => (await sessions.identify(token, internalRequest)).actor.kind;
const rowCount = async () => {
  const statement = world.database.db.prepare(sql`SELECT count(*) AS n FROM _sessions`);
  return (await world.database.db.get<{ n: number }>(statement))?.n;
};
const wait = (seconds: number) => {
  world.clock.time += seconds * 1000;
};

async function succeed(token: string): Promise<OpenSession> {
  const next = await refresh(token);
  if (!next) throw new Error('the refresh token was refused');
  return next;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (token: string, part: number): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString());

describe('an access token', () => {
  test('is an EdDSA JWT with the claims of the core and those of the dialect', async () => {
    expect(decode(session.accessToken, 0)).toEqual({ alg: 'EdDSA', typ: 'JWT' });
    const now = world.clock.time / 1000;
    expect(decode(session.accessToken, 1)).toEqual({
      ...{ sub: 'mia', mfa: true, iat: now, exp: now + 3600, type: 1, csrf_token: session.csrfToken },
      acc: expect.any(String),
    });
    expect(session.csrfToken).toMatch(/^[A-Za-z0-9]{20}$/);
    expect([session.accessTtl, session.refreshTtl]).toEqual([3600, 30 * 86_400]);
    const found = await sessions.identify(session.accessToken, internalRequest);
    expect(found.actor).toMatchObject({ kind: 'account', record: { email: 'mia@example.com' } });
    expect(found.claims).toMatchObject({ sub: 'mia', csrf_token: session.csrfToken });
  });

  test('cannot be made to say who it speaks for by the dialect', async () => {
    const forged = { acc: 'x/y/z', type: 9, exp: 1, csrf_token: 'known' };
    const { accessToken, csrfToken } = await sessions.open(somebody, await world.mia(), { claims: forged });
    expect(decode(accessToken, 1)).toMatchObject({ type: 1, csrf_token: csrfToken });
    expect(await whoIs(accessToken)).toBe('account');
  });

  test('of a superuser speaks for one', async () => {
    const superusers = world.core.collections.get('_superusers');
    const input = { email: 'ada@example.com', password: PASSWORD, passwordConfirm: PASSWORD };
    await world.core.records.create(systemActor, superusers, input);
    const found = await world.auth.checkPassword(somebody, {
      identity: 'ada@example.com',
      password: PASSWORD,
    });
    if (!found) throw new Error('no superuser');
    const { accessToken } = await sessions.open(somebody, found);
    expect(await whoIs(accessToken)).toBe('superuser');
  });

  test('ends with its time and a minute for slow clocks, remembered or not', async () => {
    wait(3600 + 59);
    expect(await whoIs(session.accessToken)).toBe('account');
    wait(2);
    expect(await whoIs(session.accessToken)).toBe('guest');
  });

  test('shows the account as it is now', async () => {
    await whoIs(session.accessToken);
    await world.core.records.update(systemActor, world.users(), String(idOf(await world.mia())), {
      name: 'Mia',
    });
    const { actor } = await sessions.identify(session.accessToken, internalRequest);
    expect(actor).toMatchObject({ record: { name: 'Mia' } });
  });

  test('and its session end with a new password, a new e-mail, a sign-out, a new secret, or the account', async () => {
    const { records, collections } = world.core;
    const id = String(idOf(await world.mia()));
    const update = (input: object) => records.update(systemActor, world.users(), id, { ...input });
    const endings = [
      () => update({ password: 'another horse', passwordConfirm: 'another horse' }),
      () => update({ email: 'mia@example.org' }),
      async () => sessions.signOut(await world.account({ username: 'mia' })),
      () => collections.update(systemActor, 'users', { authToken: { duration: 60, secret: 's'.repeat(40) } }),
      () => records.delete(systemActor, world.users(), id),
    ];
    for (const end of endings) {
      const open = await sessions.open(somebody, await world.account({ username: 'mia' }));
      expect(await whoIs(open.accessToken)).toBe('account');
      await end();
      expect(await whoIs(open.accessToken)).toBe('guest');
      expect(await sessions.accountOf(open.refreshToken)).toBeUndefined();
      expect(await refresh(open.refreshToken)).toBeUndefined();
    }
  });

  test('is nothing else than that: no other kind, no other key, no other algorithm', async () => {
    const mia = await world.mia();
    const [, body = '', signature = ''] = session.accessToken.split('.');
    const statement = world.database.db.prepare(
      sql`SELECT value FROM _settings WHERE key = 'auth.access_key'`,
    );
    const { value } = (await world.database.db.get<{ value: string }>(statement)) ?? { value: '""' };
    const pem: string = JSON.parse(value);
    const publicKey = createPublicKey(pem);
    const mac = (key: string | Buffer, text: string) =>
      createHmac('sha256', key).update(text).digest('base64url');
    const hs256 = `${encode({ alg: 'HS256', typ: 'JWT' })}.${body}`;
    const spki = publicKey.export({ type: 'spki', format: 'pem' });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const own = decode(session.accessToken, 1);
    const pair = await createTokenSigner().withKeyPair(pem);
    const stranger = await createTokenSigner().withKeyPair(await createTokenSigner().newKeyPair());
    const exp = world.clock.time / 1000 + 60;
    const forged = [
      '',
      'no token',
      `${encode({ alg: 'none', typ: 'JWT' })}.${body}.`,
      `${encode({ alg: 'none', typ: 'JWT' })}.${body}.${signature}`,
      `${hs256}.${mac(spki, hs256)}`,
      `${hs256}.${mac(der, hs256)}`,
      `${hs256}.${mac(String(publicKey.export({ format: 'jwk' }).x), hs256)}`,
      await stranger.sign({ ...own, exp }),
      await pair.sign({ ...own, exp, type: 2 }),
      await pair.sign({ ...own, exp, type: '1' }),
      await pair.sign({ ...own, exp, acc: undefined }),
      await pair.sign({ ...own, exp, acc: `/${world.users().id}/${String(mia.record.id)}` }),
      await pair.sign({ ...own, exp, acc: `x/${world.users().id}/${String(mia.record.id)}` }),
      await pair.sign({ ...own, exp, acc: [own.acc] }),
      `${session.accessToken.split('.')[0]}.${encode({ ...own, exp: exp + 9 })}.${signature}`,
      await world.auth.issue('auth', mia.collection, mia.record),
      await world.auth.issue('verification', mia.collection, mia.record),
      await world.auth.totp.issuePending(mia),
      session.refreshToken,
      'x'.repeat(100_000),
    ];
    for (const token of forged)
      expect([token.slice(0, 40), await whoIs(token)]).toEqual([token.slice(0, 40), 'guest']);
    expect(await whoIs(await pair.sign({ ...own, exp }))).toBe('account');
    // And the other way round: PocketBase's door does not take it.
    expect((await world.auth.identify(session.accessToken, 'auth', internalRequest)).kind).toBe('guest');
  });

  test('of one account cannot be bent to another', async () => {
    const { records } = world.core;
    const input = { email: 'tom@example.com', password: PASSWORD, passwordConfirm: PASSWORD };
    const { values } = await records.create(systemActor, world.users(), input);
    const [fingerprint] = String(decode(session.accessToken, 1).acc).split('/');
    const statement = world.database.db.prepare(
      sql`SELECT value FROM _settings WHERE key = 'auth.access_key'`,
    );
    const { value } = (await world.database.db.get<{ value: string }>(statement)) ?? { value: '""' };
    const pair = await createTokenSigner().withKeyPair(JSON.parse(value));
    const acc = `${fingerprint}/${world.users().id}/${String(values.id)}`;
    const token = await pair.sign({ type: 1, exp: world.clock.time / 1000 + 60, acc });
    expect(await whoIs(token)).toBe('guest');
  });

  test('is not read when it is none, and what is remembered is not asked of the key again', async () => {
    expect((await sessions.identify(undefined, internalRequest)).claims).toBeUndefined();
    const first = await sessions.identify(session.accessToken, internalRequest);
    const second = await sessions.identify(session.accessToken, internalRequest);
    expect(second.claims).toBe(first.claims);
  });
});

describe('a refresh token', () => {
  test('is 86 random alphanumerics, and only digests of it are stored', async () => {
    expect(session.refreshToken).toMatch(/^[A-Za-z0-9]{86}$/);
    const rows = await world.database.db.all(world.database.db.prepare(sql`SELECT * FROM _sessions`));
    const text = JSON.stringify(rows);
    expect(text).not.toContain(session.refreshToken.slice(0, 43));
    expect(text).not.toContain(session.refreshToken.slice(43));
    expect(text).toContain(createHash('sha256').update(session.refreshToken).digest('base64url'));
  });

  test('gives a new access token, and a successor that does the same', async () => {
    wait(1800);
    const next = await succeed(session.refreshToken);
    expect(next.refreshToken).not.toBe(session.refreshToken);
    expect(next.refreshToken).toMatch(/^[A-Za-z0-9]{86}$/);
    expect(next.csrfToken).not.toBe(session.csrfToken);
    expect(await whoIs(next.accessToken)).toBe('account');
    expect(idOf(await sessions.accountOf(next.refreshToken))).toBe(idOf(session.account));
    wait(1800);
    expect(await whoIs((await succeed(next.refreshToken)).accessToken)).toBe('account');
  });

  test('goes on for a client that ignores successors, as long as none was used', async () => {
    for (let hour = 0; hour < 10; hour++) {
      wait(3600);
      expect(await whoIs((await succeed(session.refreshToken)).accessToken)).toBe('account');
    }
  });

  test('that was replaced ends the session when it is used again', async () => {
    const second = await succeed(session.refreshToken);
    const third = await succeed(second.refreshToken);
    wait(61);
    expect(await refresh(session.refreshToken)).toBeUndefined();
    expect(world.log.events).toContain('warn auth.refresh_reused');
    expect(await refresh(third.refreshToken)).toBeUndefined();
    expect(await refresh(second.refreshToken)).toBeUndefined();
    expect(await rowCount()).toBe(0);
  });

  test('that was replaced is good for another minute, for answers that were lost', async () => {
    const second = await succeed(session.refreshToken);
    await succeed(second.refreshToken);
    wait(60);
    const again = await succeed(session.refreshToken);
    expect(await refresh(again.refreshToken)).toBeDefined();
  });

  test('of long ago is not good within that minute', async () => {
    const second = await succeed(session.refreshToken);
    const third = await succeed(second.refreshToken);
    wait(3600);
    await succeed(third.refreshToken);
    expect(await refresh(session.refreshToken)).toBeUndefined();
    expect(await rowCount()).toBe(0);
  });

  test('beside the one that was used does not start a second line of its own', async () => {
    const thief = await succeed(session.refreshToken);
    wait(10);
    const owner = await succeed(session.refreshToken);
    await succeed(owner.refreshToken);
    wait(61);
    expect(await refresh(thief.refreshToken)).toBeUndefined();
    expect(await rowCount()).toBe(0);
  });

  test('has at most three successors that wait', async () => {
    const issued: string[] = [];
    for (let n = 0; n < 5; n++) {
      wait(10);
      issued.push((await succeed(session.refreshToken)).refreshToken);
    }
    expect(await refresh(issued[2] ?? '')).toBeDefined();
    wait(61);
    expect(await refresh(issued[1] ?? '')).toBeUndefined();
  });

  test('used many times at once has one successor, so that any answer may be the last', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => succeed(session.refreshToken)));
    const successors = new Set(found.map(({ refreshToken }) => refreshToken));
    expect(successors.size).toBe(1);
    expect(new Set(found.map(({ accessToken }) => accessToken)).size).toBe(20);
    wait(3600);
    expect(await refresh(found[0]?.refreshToken ?? '')).toBeDefined();
    expect(await rowCount()).toBe(1);
  });

  test('used twice within a minute has two successors, both of which are good for another', async () => {
    const one = await succeed(session.refreshToken);
    wait(10);
    const two = await succeed(session.refreshToken);
    expect(one.refreshToken).not.toBe(two.refreshToken);
    const after = await Promise.all([refresh(one.refreshToken), refresh(two.refreshToken)]);
    expect(after.map((each) => each !== undefined)).toEqual([true, true]);
    expect(await rowCount()).toBe(1);
  });

  test('ends at the time that was set at the start, however often it was used', async () => {
    wait(29 * 86_400);
    const late = await succeed(session.refreshToken);
    expect(late.refreshTtl).toBe(86_400);
    wait(86_400 - 1);
    const last = await succeed(late.refreshToken);
    expect(last.refreshTtl).toBe(1);
    wait(1);
    expect(await refresh(last.refreshToken)).toBeUndefined();
  });

  test('of an anonymous account lives longer', async () => {
    const open = await sessions.open(somebody, await world.mia(), { anonymous: true });
    expect(open.refreshTtl).toBe(90 * 86_400);
  });

  test.each(['', 'x', 'a'.repeat(85), 'a'.repeat(86), 'a'.repeat(87), `${'a'.repeat(85)}%`, '\0'.repeat(86)])(
    'is not known when it is made up: %j',
    async (token) => {
      expect(await refresh(token)).toBeUndefined();
      expect(await sessions.accountOf(token)).toBeUndefined();
      expect(await rowCount()).toBe(1);
    },
  );

  test('is worth nothing by one of its halves', async () => {
    const other = await sessions.open(somebody, await world.mia());
    const mixed = other.refreshToken.slice(0, 43) + session.refreshToken.slice(43);
    expect(await sessions.accountOf(mixed)).toBeUndefined();
    expect(await refresh(session.refreshToken)).toBeDefined();
  });
});

describe('sessions', () => {
  test('of one account are at most fifty; the oldest give way', async () => {
    const mia = await world.mia();
    const later: OpenSession[] = [];
    for (let n = 0; n < 50; n++) {
      wait(1);
      later.push(await sessions.open(somebody, mia));
    }
    expect(await rowCount()).toBe(50);
    expect(await refresh(session.refreshToken)).toBeUndefined();
    expect(await refresh(later[0]?.refreshToken ?? '')).toBeDefined();
  });

  test('that expired are swept by those that come', async () => {
    wait(31 * 86_400);
    await sessions.open(somebody, await world.mia());
    expect(await rowCount()).toBe(1);
  });

  test('obey the auth rule at the start and at every refresh', async () => {
    await world.change({ authRule: "name != 'banned'" });
    const name = async (value: string) => {
      const id = String(idOf(await world.mia()));
      await world.core.records.update(systemActor, world.users(), id, { name: value });
    };
    const { refreshToken } = await sessions.open(somebody, await world.mia());
    await name('banned');
    const refused = await refusal(sessions.open(somebody, await world.mia()));
    expect(refused).toMatchObject({ code: 'forbidden', reason: 'auth_rule' });
    expect(await refresh(refreshToken)).toBeUndefined();
    await name('Mia');
    expect(await refresh(refreshToken)).toBeDefined();
  });

  test('a sign-out ends those of every dialect, and leaves other accounts alone', async () => {
    const tom = await world.core.records.create(systemActor, world.users(), {
      ...{ email: 'tom@example.com', password: PASSWORD, passwordConfirm: PASSWORD },
    });
    const toms = await sessions.open(somebody, await world.account({ email: 'tom@example.com' }));
    const mia = await world.mia();
    const pocketbase = await world.auth.issue('auth', mia.collection, mia.record);
    await sessions.signOut(mia);
    expect((await world.auth.identify(pocketbase, 'auth', internalRequest)).kind).toBe('guest');
    expect(await whoIs(session.accessToken)).toBe('guest');
    expect(await whoIs(toms.accessToken)).toBe('account');
    expect(idOf(await sessions.accountOf(toms.refreshToken))).toBe(tom.values.id);
  });

  test('one session can be closed, and the others go on', async () => {
    const other = await sessions.open(somebody, await world.mia());
    const successor = await succeed(session.refreshToken);
    await sessions.close(session.refreshToken);
    expect(await refresh(successor.refreshToken)).toBeUndefined();
    expect(await refresh(other.refreshToken)).toBeDefined();
    await sessions.close('not a token');
  });

  test('a sign-out ends what streams may hear', async () => {
    const mia = await world.mia();
    const heard: string[] = [];
    const { changes, records } = world.core;
    const listener = changes.listen({
      event: (tag, { kind }) => void heard.push(`${tag} ${kind}`),
      end() {},
    });
    listener.replace(as(mia), [{ collection: 'users', record: String(mia.record.id), tag: 'me' }]);
    expect(await listener.account()).toBeDefined();
    await sessions.signOut(mia);
    await changes.settled();
    expect(await listener.account()).toBeUndefined();
    heard.length = 0;
    await records.update(systemActor, mia.collection, String(mia.record.id), { name: 'Mia' });
    await changes.settled();
    expect(heard).toEqual([]);
    listener.close();
  });

  test('go on after a restart: the key pair stays', async () => {
    const keys = createKeys({
      database: world.database.db,
      ids: createIds({ now: world.clock.now }),
      signer: createTokenSigner(),
    });
    await keys.start();
    const signer = await keys.accessTokens();
    expect(await signer.verify(session.accessToken, world.clock.time, 0)).toBeDefined();
    expect(keys.derived('cursors')).toEqual(world.auth.derivedKey('cursors'));
  });

  test('who opened and who ended them is in the log, with nothing secret', async () => {
    await sessions.signOut(await world.mia());
    expect(world.log.events).toContain('info auth.login');
    expect(world.log.events).toContain('info auth.signed_out');
  });

  test('are opened for whoever the actor is', async () => {
    const mia = await world.mia();
    expect((await sessions.open(as(mia), mia)).refreshToken).not.toBe(session.refreshToken);
    expect((await sessions.open(from('198.51.100.7'), mia)).accessToken).not.toBe(session.accessToken);
  });
});
