import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { generate } from 'otplib';
import {
  type AccountWorld,
  as,
  from,
  idOf,
  MIA,
  openAccountWorld,
  PASSWORD,
  refusal,
  somebody,
} from '../../../test/support/accounts.ts';
import { systemActor } from '../actor.ts';
import { createSuperusers } from './superusers.ts';

let world: AccountWorld;
let auth: AccountWorld['auth'];

beforeEach(async () => {
  world = await openAccountWorld();
  auth = world.auth;
});
afterEach(() => world.close());

const wait = (seconds: number) => {
  world.clock.time += seconds * 1000;
};
const redeem = async (code: string, actor = somebody) =>
  idOf(await auth.codes.redeem(actor, { email: MIA }, code));
const miaId = async () => idOf(await world.mia());

async function mailedCode(): Promise<string> {
  await auth.codes.request(somebody, { email: MIA });
  const code = await world.mailed();
  if (!code) throw new Error('no code came');
  return code;
}

const wrongOf = (code: string) => (code === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA');

/** How many sessions, codes and apps of accounts are stored. */
async function keptRows(): Promise<readonly unknown[]> {
  const { db } = world.database;
  const counts = ['_sessions', '_auth_codes', '_second_factors'].map(async (table) => {
    const count = sql`SELECT count(*) AS n FROM ${sql.identifier(table)} WHERE record != ''`;
    return (await db.get<{ n: number }>(db.prepare(count)))?.n;
  });
  return Promise.all(counts);
}

/** Mia with an authenticator app, and the code that it shows. */
async function withApp() {
  const mia = await world.mia();
  const { secret, url } = await auth.totp.begin(as(mia));
  const shown = (offset = 0) => generate({ secret, epoch: world.clock.time / 1000 + offset });
  await auth.totp.confirm(as(mia), await shown());
  wait(30);
  return { mia, secret, url, shown };
}

describe('a code by mail', () => {
  test('is six characters, and opens once, in any case of letters', async () => {
    const code = await mailedCode();
    expect(code).toMatch(/^[0-9A-Z]{6}$/);
    expect(world.mailer.sent[0]).toMatchObject({ to: MIA, subject: 'OTP for Newsroom' });
    expect(await redeem(code.toLowerCase())).toBe(await miaId());
    expect(await redeem(code)).toBeUndefined();
  });

  test('used twice at once opens once', async () => {
    const code = await mailedCode();
    const found = await Promise.all([redeem(code), redeem(code), redeem(code)]);
    expect(found.filter((id) => id !== undefined)).toHaveLength(1);
    expect(found).toContain(await miaId());
  });

  test('has five tries, wherever they come from, even at once', async () => {
    const code = await mailedCode();
    const wrong = wrongOf(code);
    await Promise.all([1, 2, 3, 4, 5].map((n) => redeem(wrong, from(`198.51.100.${n}`))));
    expect(await redeem(code)).toBeUndefined();
  });

  test('is right at the fifth try', async () => {
    const code = await mailedCode();
    for (let n = 0; n < 4; n++) await redeem(wrongOf(code));
    expect(await redeem(code)).toBe(await miaId());
  });

  test('lasts five minutes, and comes once in five', async () => {
    const code = await mailedCode();
    await auth.codes.request(somebody, { email: MIA });
    await world.core.mailed();
    expect(world.mailer.sent).toHaveLength(1);
    wait(300);
    expect(await redeem(code)).toBeUndefined();
    const next = await mailedCode();
    expect(await redeem(next)).toBe(await miaId());
  });

  test('is asked for with the same answer and at once by everybody', async () => {
    const { version } = world.database.db;
    for (const names of [{ email: MIA }, { email: 'nobody@example.com' }, { username: 'nobody' }, {}]) {
      const before = world.mailer.sent.length;
      expect(await auth.codes.request(somebody, names)).toBeUndefined();
      expect(world.mailer.sent.length).toBe(before);
    }
    await world.core.mailed();
    expect(world.mailer.sent.map(({ to }) => to)).toEqual([MIA]);
    expect(world.hashing).toEqual([]);
    // And a guess costs a write in any case.
    const guess = async (names: object) => {
      const start = world.database.db.version;
      await auth.codes.redeem(somebody, names, 'AAAAAA');
      return world.database.db.version - start;
    };
    expect(await guess({ email: MIA })).toBe(await guess({ email: 'nobody@example.com' }));
    expect(world.database.db.version).toBeGreaterThan(version);
  });

  test('guessing is held off for the address', async () => {
    await mailedCode();
    for (let n = 0; n < 10; n++) await redeem('AAAAAA');
    const refused = await refusal(auth.codes.redeem(somebody, { email: MIA }, 'AAAAAA'));
    expect(refused).toMatchObject({ code: 'busy', reason: 'too_many_attempts' });
    expect(world.log.events).toContain('warn auth.proof_failed');
  });

  test('is guessed at for endless names as for one: none of them is kept', async () => {
    const guess = (n: number) =>
      auth.codes.redeem(somebody, { username: `${'x'.repeat(300)}${n}` }, 'AAAAAA');
    for (let n = 0; n < 10; n++) expect(await guess(n)).toBeUndefined();
    expect(await refusal(guess(10))).toMatchObject({ code: 'busy', reason: 'too_many_attempts' });
  });

  test('is void after a new password, and is stored as a digest', async () => {
    const code = await mailedCode();
    const statement = world.database.db.prepare(sql`SELECT * FROM _auth_codes`);
    expect(JSON.stringify(await world.database.db.all(statement))).not.toContain(code);
    const change = { oldPassword: PASSWORD, newPassword: 'another horse battery' };
    await auth.changePassword(as(await world.mia()), change);
    expect(await redeem(code)).toBeUndefined();
  });

  test('is of another account no use', async () => {
    await auth.register(somebody, { email: 'tom@example.com', password: PASSWORD });
    await world.mailed();
    const code = await mailedCode();
    expect(await auth.codes.redeem(somebody, { email: 'tom@example.com' }, code)).toBeUndefined();
  });

  test('is nothing for accounts with a second factor, even when it was mailed before', async () => {
    const code = await mailedCode();
    const { mia } = await withApp();
    expect(await redeem(code)).toBeUndefined();
    wait(600);
    await auth.codes.request(somebody, { email: MIA });
    expect(await world.mailed()).toBeUndefined();
    expect(await auth.totp.isOn(mia)).toBe(true);
  });

  test('is nothing where the collection does not allow it', async () => {
    await world.change({ otp: { enabled: false } });
    const off = { code: 'not_configured', reason: 'otp' };
    expect(await refusal(auth.codes.request(somebody, { email: MIA }))).toMatchObject(off);
    expect(await refusal(auth.codes.redeem(somebody, { email: MIA }, 'AAAAAA'))).toMatchObject(off);
  });
});

describe('an authorization code', () => {
  const verifier = 'v'.repeat(64);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const issue = async () => auth.codes.issueAuthorization(await world.mia(), challenge);

  test('is 48 alphanumerics, and opens once with its verifier', async () => {
    const code = await issue();
    expect(code).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(idOf(await auth.codes.redeemAuthorization(code, verifier))).toBe(await miaId());
    expect(await auth.codes.redeemAuthorization(code, verifier)).toBeUndefined();
  });

  test('used twice at once opens once', async () => {
    const code = await issue();
    const found = await Promise.all([1, 2, 3].map(() => auth.codes.redeemAuthorization(code, verifier)));
    expect(found.filter((account) => account !== undefined)).toHaveLength(1);
  });

  test('is gone with a wrong verifier', async () => {
    const code = await issue();
    expect(await auth.codes.redeemAuthorization(code, challenge)).toBeUndefined();
    expect(await auth.codes.redeemAuthorization(code, verifier)).toBeUndefined();
  });

  test('lasts five minutes, and not beyond a sign-out', async () => {
    const late = await issue();
    wait(300);
    expect(await auth.codes.redeemAuthorization(late, verifier)).toBeUndefined();
    const code = await issue();
    await auth.sessions.signOut(await world.mia());
    expect(await auth.codes.redeemAuthorization(code, verifier)).toBeUndefined();
  });

  test('is no code of another kind', async () => {
    const pending = await auth.totp.issuePending(await world.mia());
    expect(await auth.codes.redeemAuthorization(pending, verifier)).toBeUndefined();
    expect(await auth.codes.redeemAuthorization('', verifier)).toBeUndefined();
  });
});

describe('an authenticator app', () => {
  test('is on after its first code, shown as a URL that apps read', async () => {
    const mia = await world.mia();
    const { secret, url } = await auth.totp.begin(as(mia));
    const parsed = new URL(url);
    expect([parsed.protocol, parsed.host]).toEqual(['otpauth:', 'totp']);
    expect(decodeURIComponent(parsed.pathname)).toBe(`/Newsroom:${MIA}`);
    expect(parsed.searchParams.get('secret')).toBe(secret);
    expect(await auth.totp.isOn(mia)).toBe(false);
    const code = await generate({ secret, epoch: world.clock.time / 1000 });
    const wrong = code === '000000' ? '111111' : '000000';
    for (const bad of [wrong, '', 'abcdef', `${code}0`, `${code}\n`]) {
      expect(await refusal(auth.totp.confirm(as(mia), bad))).toMatchObject({
        code: 'invalid',
        reason: 'totp',
      });
    }
    await auth.totp.confirm(as(mia), code);
    expect(await auth.totp.isOn(mia)).toBe(true);
  });

  test('replaces one that was not confirmed, and never one that was', async () => {
    const mia = await world.mia();
    const first = await auth.totp.begin(as(mia));
    const second = await auth.totp.begin(as(mia));
    const epoch = world.clock.time / 1000;
    const old = await generate({ secret: first.secret, epoch });
    expect(await refusal(auth.totp.confirm(as(mia), old))).toMatchObject({ reason: 'totp' });
    await auth.totp.confirm(as(mia), await generate({ secret: second.secret, epoch }));
    expect(await refusal(auth.totp.begin(as(mia)))).toMatchObject({ code: 'conflict', reason: 'totp_on' });
    expect(await refusal(auth.totp.confirm(as(mia), old))).toMatchObject({ reason: 'totp_not_begun' });
  });

  test('is asked for when the password was right, in every dialect', async () => {
    const { mia, shown } = await withApp();
    const refused = await refusal(
      auth.withPassword(somebody, world.users(), { identity: MIA, password: PASSWORD }),
    );
    expect(refused).toMatchObject({ code: 'forbidden', reason: 'second_factor' });
    const pending = await auth.totp.issuePending(mia);
    expect(idOf(await auth.totp.redeemPending(somebody, pending, await shown()))).toBe(await miaId());
    expect(await auth.totp.redeemPending(somebody, pending, await shown(30))).toBeUndefined();
  });

  test('shows codes that count once, also for two at once and by another way', async () => {
    const { mia, shown } = await withApp();
    const code = await shown();
    const tokens = await Promise.all([1, 2].map(() => auth.totp.issuePending(mia)));
    const found = await Promise.all(
      tokens.map((pending) => auth.totp.redeemPending(somebody, pending, code)),
    );
    expect(found.filter((account) => account !== undefined)).toHaveLength(1);
    expect(await refusal(auth.totp.remove(as(mia), code))).toMatchObject({ reason: 'totp' });
  });

  test('may be half a minute off, and no more', async () => {
    const { mia, shown } = await withApp();
    wait(300);
    const attempt = async (offset: number) => {
      const pending = await auth.totp.issuePending(mia);
      return (await auth.totp.redeemPending(somebody, pending, await shown(offset))) !== undefined;
    };
    expect([await attempt(-60), await attempt(60)]).toEqual([false, false]);
    expect(await attempt(-30)).toBe(true);
    expect(await attempt(30)).toBe(true);
    // The step of now came before the one that was used.
    expect(await attempt(0)).toBe(false);
  });

  test('has five tries for each password that was given, within two minutes', async () => {
    const { mia, shown } = await withApp();
    const wrong = (await shown()) === '000000' ? '111111' : '000000';
    const pending = await auth.totp.issuePending(mia);
    for (let n = 0; n < 5; n++) await auth.totp.redeemPending(from(`198.51.100.${n}`), pending, wrong);
    expect(await auth.totp.redeemPending(somebody, pending, await shown())).toBeUndefined();
    const late = await auth.totp.issuePending(mia);
    wait(120);
    expect(await auth.totp.redeemPending(somebody, late, await shown())).toBeUndefined();
    const next = await auth.totp.issuePending(mia);
    expect(idOf(await auth.totp.redeemPending(somebody, next, await shown()))).toBe(await miaId());
  });

  test('guessing is held off, a new token or not', async () => {
    const { mia, shown } = await withApp();
    const wrong = (await shown()) === '000000' ? '111111' : '000000';
    for (let n = 0; n < 10; n++) {
      await auth.totp.redeemPending(somebody, await auth.totp.issuePending(mia), wrong);
    }
    const refused = await refusal(
      auth.totp.redeemPending(somebody, await auth.totp.issuePending(mia), wrong),
    );
    expect(refused).toMatchObject({ code: 'busy', reason: 'too_many_attempts' });
  });

  test('guessing from ever new addresses ends, though not where its owner is at home', async () => {
    const { shown } = await withApp();
    const guess = async (code: string, actor = somebody) => {
      const pending = await auth.totp.issuePending(await world.mia());
      return idOf(await auth.totp.redeemPending(actor, pending, code));
    };
    expect(await guess(await shown())).toBe(await miaId());
    wait(30);
    const wrong = (await shown()) === '000000' ? '111111' : '000000';
    const elsewhere = (n: number) => from(`198.51.${n >> 8}.${n & 255}`);
    for (let n = 0; n < 100; n++) expect(await guess(wrong, elsewhere(n))).toBeUndefined();
    const held = { code: 'busy', reason: 'too_many_attempts' };
    expect(await refusal(guess(await shown(), elsewhere(100)))).toMatchObject(held);
    expect(await guess(await shown())).toBe(await miaId());
    expect(await refusal(guess(wrong, elsewhere(101)))).toMatchObject(held);
    // Whoever guesses knows the password; with another one they are out, and the owner is not.
    const change = { oldPassword: PASSWORD, newPassword: 'another horse battery' };
    await auth.changePassword(as(await world.mia()), change);
    wait(30);
    expect(await guess(await shown(), elsewhere(102))).toBe(await miaId());
  });

  test('waits for nobody whose password changed meanwhile', async () => {
    const { mia, shown } = await withApp();
    const pending = await auth.totp.issuePending(mia);
    await auth.sessions.signOut(mia);
    expect(await auth.totp.redeemPending(somebody, pending, await shown())).toBeUndefined();
    expect(await auth.totp.redeemPending(somebody, 'x'.repeat(48), await shown())).toBeUndefined();
  });

  test('goes with its account, however that goes: ids may come again', async () => {
    const { mia } = await withApp();
    await auth.sessions.open(somebody, mia);
    await auth.totp.issuePending(mia);
    await world.core.records.delete(systemActor, mia.collection, String(mia.record.id));
    expect(await auth.totp.isOn(mia)).toBe(false);
    expect(await keptRows()).toEqual([0, 0, 0]);
  });

  test('goes with its collection, whose id may come again with its name', async () => {
    const { mia } = await withApp();
    await auth.sessions.open(somebody, mia);
    await auth.totp.issuePending(mia);
    await world.core.collections.delete(systemActor, mia.collection.id);
    expect(await keptRows()).toEqual([0, 0, 0]);
  });

  test('that a superuser lost goes with the password that the operator of the machine sets', async () => {
    const superusers = createSuperusers(world.core);
    await superusers.create('ada@example.com', PASSWORD);
    const collection = world.core.collections.get('_superusers');
    const record = await world.core.records.findStoredBy(collection, 'email', 'ada@example.com');
    if (!record) throw new Error('no superuser');
    const ada = { collection, record };
    const { secret } = await auth.totp.begin(as(ada));
    await auth.totp.confirm(as(ada), await generate({ secret, epoch: world.clock.time / 1000 }));
    const enter = (password: string) =>
      auth.withPassword(somebody, collection, { identity: 'ada@example.com', password });
    expect(await refusal(enter(PASSWORD))).toMatchObject({ reason: 'second_factor' });
    await superusers.upsert('ada@example.com', PASSWORD);
    expect(await refusal(enter(PASSWORD))).toMatchObject({ reason: 'second_factor' });
    await superusers.update('ada@example.com', 'another horse battery');
    expect((await enter('another horse battery')).token).toBeDefined();
    expect(await refusal(auth.totp.forget(somebody, ada))).toMatchObject({ code: 'unauthorized' });
    expect(await refusal(auth.totp.forget(as(await world.mia()), ada))).toMatchObject({ code: 'forbidden' });
  });

  test('is switched off by a code of its own', async () => {
    const { mia, shown } = await withApp();
    expect(await refusal(auth.totp.remove(as(mia), 'abc'))).toMatchObject({ reason: 'totp' });
    await auth.totp.remove(as(mia), await shown());
    expect(await auth.totp.isOn(mia)).toBe(false);
    expect(await refusal(auth.totp.remove(as(mia), '000000'))).toMatchObject({
      code: 'conflict',
      reason: 'totp_off',
    });
    expect(
      (await auth.withPassword(somebody, world.users(), { identity: MIA, password: PASSWORD })).token,
    ).toBeDefined();
    expect(await refusal(auth.totp.begin(somebody))).toMatchObject({ code: 'unauthorized' });
  });
});
