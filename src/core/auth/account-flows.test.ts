import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
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
import { testAccounts } from '../../../test/support/core.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';

let world: AccountWorld;
let auth: AccountWorld['auth'];

beforeEach(async () => {
  world = await openAccountWorld();
  auth = world.auth;
});
afterEach(() => world.close());

const OTHER = 'another horse battery';
const NOBODY = 'nobody@example.com';
const login = (identity: string, password = PASSWORD, actor = somebody) =>
  auth.checkPassword(actor, { identity, password });
const wait = (seconds: number) => {
  world.clock.time += seconds * 1000;
};
const takeHashing = () => world.hashing.splice(0);

async function token(): Promise<string> {
  const found = await world.mailed();
  if (!found) throw new Error('no message came');
  return found;
}

/** A session of Mia in each dialect; whether they still are. */
async function miasSessions(): Promise<() => Promise<readonly boolean[]>> {
  const mia = await world.mia();
  const { accessToken, refreshToken } = await auth.sessions.open(somebody, mia);
  const pocketbase = await auth.issue('auth', mia.collection, mia.record);
  return async () => [
    (await auth.identify(pocketbase, 'auth', internalRequest)).kind === 'account',
    (await auth.sessions.identify(accessToken, internalRequest)).actor.kind === 'account',
    (await auth.sessions.accountOf(refreshToken)) !== undefined,
  ];
}

describe('a password', () => {
  test('lets in by e-mail or user name, and superusers as well', async () => {
    const input = { email: 'ada@example.com', password: OTHER, passwordConfirm: OTHER };
    await world.core.records.create(systemActor, world.core.collections.get('_superusers'), input);
    expect((await login(MIA))?.record.username).toBe('mia');
    expect((await login('mia'))?.record.email).toBe(MIA);
    expect((await login('MIA'))?.record.email).toBe(MIA);
    expect((await login('ada@example.com', OTHER))?.collection.name).toBe('_superusers');
  });

  test('lets a superuser in where a user has the same e-mail, when superusers are asked for', async () => {
    const input = { email: MIA, password: OTHER, passwordConfirm: OTHER };
    await world.core.records.create(systemActor, world.core.collections.get('_superusers'), input);
    const asked = (password: string) =>
      auth.checkPassword(somebody, { identity: MIA, password, of: 'superusers' });
    expect((await asked(OTHER))?.collection.name).toBe('_superusers');
    expect(await asked(PASSWORD)).toBeUndefined();
  });

  test('costs one check, whoever asks and whatever is wrong', async () => {
    for (const [identity, password] of [
      [MIA, PASSWORD],
      [MIA, 'wrong'],
      ['mia', 'wrong'],
      [NOBODY, PASSWORD],
      ['nobody', PASSWORD],
    ] as const) {
      await login(identity, password);
      expect([identity, takeHashing().length]).toEqual([identity, 1]);
    }
  });

  test('opens nothing when a part is blank or endless, or where passwords are off', async () => {
    expect(await login('', PASSWORD)).toBeUndefined();
    expect(await login(MIA, '')).toBeUndefined();
    expect(await login(MIA, 'x'.repeat(256))).toBeUndefined();
    expect(takeHashing()).toEqual([]);
    await world.change({ passwordAuth: { enabled: false, identityFields: ['email'] } });
    expect(await login(MIA)).toBeUndefined();
    expect(takeHashing()).toEqual(['burn']);
  });

  test('guessing is held off for the address, together with the other dialect', async () => {
    for (let n = 0; n < 5; n++) await login(MIA, 'wrong');
    for (let n = 0; n < 5; n++) {
      const guess = { identity: MIA, password: 'wrong' };
      await refusal(auth.withPassword(somebody, world.users(), guess));
    }
    expect(await refusal(login(MIA))).toMatchObject({ code: 'busy', reason: 'too_many_attempts' });
    expect(await login(MIA, PASSWORD, from('198.51.100.7'))).toBeDefined();
    wait(61);
    expect(await login(MIA)).toBeDefined();
  });
});

describe('registering', () => {
  const wish = { email: 'tom@example.com', username: 'tom', password: PASSWORD };

  test('makes an account, and mails a link that verifies its e-mail, twice if need be', async () => {
    await auth.register(somebody, wish, '/confirm/{TOKEN}?to=%2F');
    expect((await login('tom'))?.record).toMatchObject({ email: wish.email, verified: false });
    const link = await token();
    expect(world.mailer.sent[0]).toMatchObject({ to: wish.email, subject: 'Verify your Newsroom email' });
    expect(world.mailer.sent[0]?.text).toContain(`https://files.example.com/confirm/${link}?to=%2F`);
    expect((await auth.confirmVerification(link)).record.verified).toBe(true);
    expect((await auth.confirmVerification(link)).record.verified).toBe(true);
  });

  test.each([
    [{ email: MIA, username: 'other' }],
    [{ email: 'other@example.com', username: 'mia' }],
    [{ email: 'other@example.com', username: 'MIA' }],
    [{ email: MIA }],
  ])('with a name that is taken answers and costs the same: %j', async (names) => {
    await auth.register(somebody, wish);
    const free = { hashing: takeHashing(), version: world.database.db.version };
    expect(await auth.register(somebody, { ...names, password: PASSWORD })).toBeUndefined();
    expect(takeHashing()).toEqual(free.hashing);
    expect(world.database.db.version).toBeGreaterThan(free.version);
    await world.core.mailed();
    expect(world.mailer.sent).toHaveLength(1);
    expect(await world.core.records.count(systemActor, world.users())).toBe(2);
  });

  test('names what is wrong with what was sent', async () => {
    const issues = async (input: object) => {
      const error = await refusal(auth.register(somebody, { ...wish, ...input }));
      return error.issues.map(({ path, code }) => `${path} ${code}`);
    };
    expect(await issues({ email: 'tom' })).toEqual(['email is_email']);
    expect(await issues({ username: '1om' })).toEqual(['username invalid_username']);
    // Wide, mathematical and joined letters look like others, and would be other names.
    for (const username of ['ｔｏｍ', '𝐭𝐨𝐦', 'ﬁona']) {
      expect(await issues({ username })).toEqual(['username invalid_username']);
    }
    expect(await issues({ username: 'to m' })).toEqual(['username invalid_username']);
    expect(await issues({ username: 'to' })).toEqual(['username min_text_constraint']);
    expect(await issues({ username: 't'.repeat(33) })).toEqual(['username max_text_constraint']);
    expect(await issues({ username: '' })).toEqual(['username required']);
    expect(await issues({ email: undefined, username: undefined })).toEqual(['email required']);
    expect(await issues({ password: 'short' })).toEqual(['password min_text_constraint']);
    expect(await issues({ password: 'x'.repeat(200) })).toEqual(['password max_password_constraint']);
    expect(await issues({ password: 'password123' })).toEqual(['password common_password']);
    expect(takeHashing()).toEqual([]);
  });

  test('needs an e-mail where the collection does, and no user name where it has none', async () => {
    expect(await auth.register(somebody, { username: 'tom', password: PASSWORD })).toBeUndefined();
    await world.core.mailed();
    expect(world.mailer.sent).toEqual([]);
    const fields = world.users().fields;
    await world.core.records.delete(
      systemActor,
      world.users(),
      String(idOf(await world.account({ username: 'tom' }))),
    );
    await world.change({
      fields: fields.map((field) => (field.name === 'email' ? { ...field, required: true } : field)),
      indexes: world.users().indexes.filter((index) => !index.includes('username')),
    });
    const refused = await refusal(auth.register(somebody, { username: 'tom', password: PASSWORD }));
    expect(refused.issues.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'email required',
      'username not_allowed',
    ]);
    expect(await login('mia')).toBeUndefined();
  });

  test('obeys the create rule, and can be switched off', async () => {
    await world.change({ createRule: null });
    expect(await refusal(auth.register(somebody, wish))).toMatchObject({
      code: 'forbidden',
      reason: 'rule_failed',
    });
    await world.change({ createRule: "email = 'nobody@example.com'" });
    expect(await refusal(auth.register(somebody, wish))).toMatchObject({
      code: 'forbidden',
      reason: 'rule_failed',
    });
    const closed = await openAccountWorld({ accounts: { ...testAccounts, registration: false } });
    expect(await refusal(closed.auth.register(somebody, wish))).toMatchObject({
      code: 'not_configured',
      reason: 'password_auth',
    });
    expect(await closed.auth.checkPassword(somebody, { identity: MIA, password: PASSWORD })).toBeDefined();
    await closed.close();
  });

  test('takes an e-mail in any case of letters for the same one', async () => {
    await auth.register(somebody, { email: 'Tom@Example.com', password: PASSWORD });
    await auth.register(somebody, { email: 'TOM@example.com', password: OTHER });
    expect(await world.core.records.count(systemActor, world.users())).toBe(2);
    for (const identity of ['tom@example.com', 'Tom@Example.com', 'TOM@EXAMPLE.COM']) {
      takeHashing();
      expect((await login(identity))?.record.email).toBe('tom@example.com');
      expect(await login(identity, OTHER)).toBeUndefined();
      expect(takeHashing()).toEqual(['verify', 'verify']);
    }
    // Mail goes out side by side: one is waited for before the next is asked for, since their order is told below.
    await world.core.mailed();
    const tom = await world.account({ email: 'tom@example.com' });
    await auth.requestPasswordReset(somebody, { email: 'TOM@example.com' });
    await world.core.mailed();
    await auth.requestEmailChange(as(tom), 'Tim@Example.com');
    await world.core.mailed();
    expect(world.mailer.sent.map(({ to }) => to)).toEqual([
      'tom@example.com',
      'tom@example.com',
      'tim@example.com',
    ]);
    // Whoever was written otherwise, by another dialect, stays who they are.
    const ann = { email: 'Ann@example.com', password: PASSWORD, passwordConfirm: PASSWORD };
    await world.core.records.create(systemActor, world.users(), ann);
    expect((await login('Ann@example.com'))?.record.email).toBe('Ann@example.com');
  });

  test('sets nothing but names and password', async () => {
    const sly = { ...wish, verified: true, id: 'aaaaaaaaaaaaaaa', tokenKey: 'k'.repeat(50) };
    await auth.register(somebody, sly);
    const { record } = await world.account({ username: 'tom' });
    expect(record.verified).toBe(false);
    expect(record.id).not.toBe(sly.id);
    expect(record.tokenKey).not.toBe(sly.tokenKey);
  });

  test('at once with the same name makes one account', async () => {
    await Promise.all([1, 2, 3].map(() => auth.register(somebody, wish)));
    expect(await world.core.records.count(systemActor, world.users())).toBe(2);
    await world.core.mailed();
    expect(world.mailer.sent).toHaveLength(1);
  });

  test('one address may do so often in a minute only', async () => {
    for (let n = 0; n < 30; n++) await auth.requestVerification(somebody, NOBODY);
    expect(await refusal(auth.register(somebody, wish))).toMatchObject({ reason: 'too_many_attempts' });
    await auth.register(from('198.51.100.7'), wish);
  });
});

describe('verifying', () => {
  test('is asked for again at most once in four hours, and answers everybody alike', async () => {
    expect(await auth.requestVerification(somebody, MIA)).toBeUndefined();
    expect(await auth.requestVerification(somebody, MIA)).toBeUndefined();
    expect(await auth.requestVerification(somebody, NOBODY)).toBeUndefined();
    await world.core.mailed();
    expect(world.mailer.sent.map(({ to }) => to)).toEqual([MIA]);
    wait(4 * 3600);
    await auth.requestVerification(somebody, MIA);
    await auth.confirmVerification(await token());
    wait(4 * 3600);
    world.mailer.sent.length = 0;
    await auth.requestVerification(somebody, MIA);
    await world.core.mailed();
    expect(world.mailer.sent).toEqual([]);
  });

  test('may be asked for again at once when the message could not be sent', async () => {
    world.mailer.failure = new Error('no mail today');
    await auth.requestVerification(somebody, MIA);
    await world.core.mailed();
    expect(world.log.events).toContain('error mail.failed');
    world.mailer.failure = undefined;
    await auth.requestVerification(somebody, MIA);
    expect(await world.mailed()).toBeDefined();
  });

  test('wants its own kind of token, in time, of an account that is the same', async () => {
    await auth.requestPasswordReset(somebody, { email: MIA });
    const reset = await token();
    await auth.requestVerification(somebody, MIA);
    const link = await token();
    const mia = await world.mia();
    const { accessToken } = await auth.sessions.open(somebody, mia);
    const pocketbase = await auth.issue('auth', mia.collection, mia.record);
    for (const wrong of [reset, accessToken, pocketbase, '', 'x.y.z', `${link}x`]) {
      expect(await refusal(auth.confirmVerification(wrong))).toMatchObject({
        code: 'invalid',
        reason: 'token',
      });
    }
    await auth.sessions.signOut(mia);
    expect(await refusal(auth.confirmVerification(link))).toMatchObject({ reason: 'token' });
    wait(4 * 3600);
    await auth.requestVerification(somebody, MIA);
    const late = await token();
    wait(24 * 3600);
    expect(await refusal(auth.confirmVerification(late))).toMatchObject({ reason: 'token' });
  });
});

describe('a forgotten password', () => {
  test('is set anew by a link that came by mail, which ends every session and works once', async () => {
    const alive = await miasSessions();
    await auth.requestPasswordReset(somebody, { email: MIA }, '/reset/{TOKEN}');
    const link = await token();
    expect(world.mailer.sent[0]?.html).toContain(`href="https://files.example.com/reset/${link}"`);
    expect(await alive()).toEqual([true, true, true]);
    const account = await auth.confirmPasswordReset(somebody, link, OTHER);
    expect(account.record.verified).toBe(true);
    expect(await alive()).toEqual([false, false, false]);
    expect([await login(MIA), await login(MIA, OTHER)].map((found) => found !== undefined)).toEqual([
      false,
      true,
    ]);
    expect(await refusal(auth.confirmPasswordReset(somebody, link, PASSWORD))).toMatchObject({
      reason: 'token',
    });
    expect(world.log.events).toContain('info auth.password_reset');
  });

  test('followed twice at once is set once', async () => {
    await auth.requestPasswordReset(somebody, { username: 'mia' });
    const link = await token();
    const outcomes = await Promise.allSettled([
      auth.confirmPasswordReset(somebody, link, OTHER),
      auth.confirmPasswordReset(somebody, link, 'a third horse battery'),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('may be tried again with a better one', async () => {
    await auth.requestPasswordReset(somebody, { email: MIA });
    const link = await token();
    for (const [password, code] of [
      ['short', 'min_text_constraint'],
      ['password123', 'common_password'],
      ['', 'required'],
    ] as const) {
      const refused = await refusal(auth.confirmPasswordReset(somebody, link, password));
      expect(refused.issues[0]).toMatchObject({ path: 'password', code });
    }
    expect((await auth.confirmPasswordReset(somebody, link, OTHER)).record.email).toBe(MIA);
  });

  test('is asked for again when the link of a stranger’s request is over: nobody is kept waiting by others', async () => {
    await auth.requestPasswordReset(from('198.51.100.7'), { email: MIA });
    const strangers = await token();
    wait(1801);
    expect(await refusal(auth.confirmPasswordReset(somebody, strangers, OTHER))).toMatchObject({
      reason: 'token',
    });
    await auth.requestPasswordReset(somebody, { email: MIA });
    await auth.confirmPasswordReset(somebody, await token(), OTHER);
    expect(await login(MIA, OTHER)).toBeDefined();
  });

  test('takes away the app of whoever had the account before its e-mail was known to be theirs', async () => {
    const enableApp = async () => {
      const { secret } = await auth.totp.begin(as(await world.mia()));
      await auth.totp.confirm(
        as(await world.mia()),
        await generate({ secret, epoch: world.clock.time / 1000 }),
      );
    };
    const reset = async () => {
      await auth.requestPasswordReset(somebody, { email: MIA });
      await auth.confirmPasswordReset(somebody, await token(), OTHER);
      return auth.totp.isOn(await world.mia());
    };
    await enableApp();
    expect(await reset()).toBe(false);
    expect(world.log.events).toContain('info auth.totp_off');
    wait(3600);
    await enableApp();
    expect(await reset()).toBe(true);
  });

  test('is asked for at most once while the link is good, and answers everybody alike without a hash or a write', async () => {
    const { version } = world.database.db;
    for (const names of [{ email: MIA }, { email: MIA }, { email: NOBODY }, { username: 'nobody' }, {}]) {
      expect(await auth.requestPasswordReset(somebody, names)).toBeUndefined();
    }
    await world.core.mailed();
    expect(world.mailer.sent).toHaveLength(1);
    expect([takeHashing(), world.database.db.version]).toEqual([[], version]);
    wait(3600);
    await auth.requestPasswordReset(somebody, { email: MIA });
    await world.core.mailed();
    expect(world.mailer.sent).toHaveLength(2);
  });

  test('has a link for half an hour, or until there is a new password', async () => {
    await auth.requestPasswordReset(somebody, { email: MIA });
    const late = await token();
    wait(1800);
    expect(await refusal(auth.confirmPasswordReset(somebody, late, OTHER))).toMatchObject({
      reason: 'token',
    });
    wait(1800);
    await auth.requestPasswordReset(somebody, { email: MIA });
    const link = await token();
    await auth.changePassword(as(await world.mia()), { oldPassword: PASSWORD, newPassword: OTHER });
    expect(await refusal(auth.confirmPasswordReset(somebody, link, PASSWORD))).toMatchObject({
      reason: 'token',
    });
  });
});

describe('a known password', () => {
  test('guessing it by changes of the record is held off as well, alone and in batches', async () => {
    const mia = await world.mia();
    const id = String(mia.record.id);
    const change = (oldPassword: string) => ({ oldPassword, password: OTHER, passwordConfirm: OTHER });
    const update = (oldPassword: string, actor: Actor = as(mia)) =>
      world.core.records.update(actor, mia.collection, id, change(oldPassword));
    for (let n = 0; n < 4; n++) expect(await refusal(update('wrong'))).toMatchObject({ code: 'invalid' });
    const inputs = [{ name: 'Mia' }, ...Array.from({ length: 20 }, () => change('wrong'))];
    const operations = inputs.map(
      (input) => ({ kind: 'update', collection: mia.collection, id, input }) as const,
    );
    const held = { code: 'busy', reason: 'too_many_attempts' };
    expect(await refusal(world.core.records.batch(as(mia), operations))).toMatchObject(held);
    takeHashing();
    expect(await refusal(update(PASSWORD))).toMatchObject(held);
    const known = { oldPassword: PASSWORD, newPassword: OTHER };
    expect(await refusal(auth.changePassword(as(mia), known))).toMatchObject(held);
    expect(takeHashing()).toEqual([]);
    expect(world.log.events).toContain('warn auth.proof_failed');
    const elsewhere = { ...as(mia), request: from('198.51.100.7').request };
    expect((await update(PASSWORD, elsewhere)).values.id).toBe(id);
  });

  test('is changed by who knows it; every session ends, and a new one may be opened at once', async () => {
    const alive = await miasSessions();
    const change = { oldPassword: PASSWORD, newPassword: OTHER };
    const account = await auth.changePassword(as(await world.mia()), change);
    expect(await alive()).toEqual([false, false, false]);
    expect((await auth.sessions.open(somebody, account)).refreshToken).toBeDefined();
    expect(await login(MIA, OTHER)).toBeDefined();
  });

  test('is not changed by a wrong one, however often', async () => {
    const mia = as(await world.mia());
    const change = { oldPassword: 'wrong', newPassword: OTHER };
    for (let n = 0; n < 10; n++) {
      expect((await refusal(auth.changePassword(mia, change))).issues).toEqual([
        { path: 'oldPassword', code: 'invalid_old_password' },
      ]);
    }
    const right = { oldPassword: PASSWORD, newPassword: OTHER };
    expect(await refusal(auth.changePassword(mia, right))).toMatchObject({ reason: 'too_many_attempts' });
  });

  test('becomes none that is weak, and guests have none', async () => {
    const mia = as(await world.mia());
    const weak = { oldPassword: PASSWORD, newPassword: 'short' };
    expect((await refusal(auth.changePassword(mia, weak))).issues[0]).toMatchObject({ path: 'password' });
    const none = { oldPassword: PASSWORD, newPassword: '' };
    expect((await refusal(auth.changePassword(mia, none))).issues).toEqual([
      { path: 'password', code: 'required' },
    ]);
    expect(await refusal(auth.changePassword(somebody, weak))).toMatchObject({ code: 'unauthorized' });
  });
});

describe('a new e-mail', () => {
  test('is confirmed from the new address, and ends every session', async () => {
    const alive = await miasSessions();
    await auth.requestEmailChange(as(await world.mia()), 'mia@example.org');
    const link = await token();
    expect(world.mailer.sent[0]?.to).toBe('mia@example.org');
    expect((await world.mia()).record.email).toBe(MIA);
    expect((await auth.confirmEmailChange(link)).record).toMatchObject({
      email: 'mia@example.org',
      verified: true,
    });
    expect(await alive()).toEqual([false, false, false]);
    expect(await refusal(auth.confirmEmailChange(link))).toMatchObject({ reason: 'token' });
  });

  test('that is somebody else’s gets the same answer and no message, and none when it is taken meanwhile', async () => {
    await auth.register(somebody, { email: 'tom@example.com', password: PASSWORD });
    await world.mailed();
    const mia = as(await world.mia());
    expect(await auth.requestEmailChange(mia, 'tom@example.com')).toBeUndefined();
    expect(await world.mailed()).toBeUndefined();
    await auth.requestEmailChange(mia, 'eve@example.com');
    const link = await token();
    await auth.register(somebody, { email: 'eve@example.com', password: PASSWORD });
    expect(await refusal(auth.confirmEmailChange(link))).toMatchObject({
      code: 'conflict',
      reason: 'email_taken',
    });
    expect((await world.mia()).record.username).toBe('mia');
  });

  test('is an address, of somebody who is known, once a minute', async () => {
    const mia = as(await world.mia());
    expect((await refusal(auth.requestEmailChange(mia, 'mia'))).issues).toEqual([
      { path: 'email', code: 'is_email' },
    ]);
    expect(await refusal(auth.requestEmailChange(somebody, 'a@example.com'))).toMatchObject({
      code: 'unauthorized',
    });
    for (const name of ['a', 'b', 'c']) await auth.requestEmailChange(mia, `${name}@example.com`);
    await world.core.mailed();
    expect(world.mailer.sent.map(({ to }) => to)).toEqual(['a@example.com']);
    expect(await refusal(auth.confirmEmailChange('x'))).toMatchObject({ reason: 'token' });
  });

  test('may be none where there is a user name and the collection asks for no more', async () => {
    expect((await auth.removeEmail(as(await world.mia()))).record.email).toBe('');
    expect(await login('mia')).toBeDefined();
    await auth.register(somebody, { email: 'tom@example.com', password: PASSWORD });
    const tom = as(await world.account({ email: 'tom@example.com' }));
    expect((await refusal(auth.removeEmail(tom))).issues).toEqual([{ path: 'email', code: 'required' }]);
    // Nobody is found by the e-mail that several lack.
    expect(await login('')).toBeUndefined();
    await auth.requestPasswordReset(somebody, { email: '' });
    await auth.codes.request(somebody, { email: '', username: 'mia' });
    await world.core.mailed();
    expect(world.mailer.sent.map(({ to }) => to)).toEqual(['tom@example.com']);
  });
});

describe('a user name', () => {
  test('is changed, unless it is taken or none', async () => {
    await auth.register(somebody, { email: 'tom@example.com', username: 'tom', password: PASSWORD });
    const mia = as(await world.mia());
    await auth.changeUsername(mia, 'maria');
    expect((await world.mia()).record.username).toBe('maria');
    expect(await refusal(auth.changeUsername(mia, 'Tom'))).toMatchObject({
      code: 'conflict',
      reason: 'username_taken',
    });
    expect((await refusal(auth.changeUsername(mia, 'a b'))).issues[0]).toMatchObject({
      code: 'invalid_username',
    });
    await auth.changeUsername(mia, null);
    expect((await world.mia()).record.username).toBe('');
    expect(await refusal(auth.changeUsername(somebody, 'eve'))).toMatchObject({ code: 'unauthorized' });
  });

  test('stays as it is where a rule says so', async () => {
    await world.change({ updateRule: null });
    const refused = await refusal(auth.changeUsername(as(await world.mia()), 'maria'));
    expect(refused).toMatchObject({ code: 'forbidden', reason: 'rule_failed' });
  });
});

describe('the end of an account', () => {
  test('takes its sessions, codes and second factor along', async () => {
    const mia = await world.mia();
    const alive = await miasSessions();
    await auth.totp.begin(as(mia));
    await auth.deleteAccount(as(mia));
    expect(await alive()).toEqual([false, false, false]);
    expect(await login(MIA)).toBeUndefined();
    expect(world.log.events).toContain('info auth.account_deleted');
    expect(await refusal(auth.deleteAccount(as(mia)))).toMatchObject({ code: 'unauthorized' });
    expect(await refusal(auth.deleteAccount(somebody))).toMatchObject({ code: 'unauthorized' });
  });

  test('is not where the delete rule keeps it', async () => {
    await world.change({ deleteRule: null });
    const refused = await refusal(auth.deleteAccount(as(await world.mia())));
    expect(refused).toMatchObject({ code: 'forbidden', reason: 'rule_failed' });
    expect(await login(MIA)).toBeDefined();
  });
});

describe('an anonymous account', () => {
  const open = async () => {
    const account = await auth.createAnonymous(somebody);
    const session = await auth.sessions.open(somebody, account, { anonymous: true });
    return { account, session };
  };

  test('has a name of its own and nothing else', async () => {
    const { account, session } = await open();
    expect(account.record.username).toMatch(/^anon[a-z0-9]{6}$/);
    expect(account.record).toMatchObject({ email: '', verified: false });
    expect(session.refreshTtl).toBe(90 * 86_400);
  });

  test('becomes one with a password and a user name, and an e-mail once that was confirmed', async () => {
    const { account, session } = await open();
    const wish = { username: 'tom', email: 'tom@example.com', password: PASSWORD };
    const promoted = await auth.promoteAnonymous(as(account), wish);
    expect(promoted.record).toMatchObject({ id: account.record.id, username: 'tom', email: '' });
    expect(await login('tom')).toBeDefined();
    expect(await auth.sessions.accountOf(session.refreshToken)).toBeUndefined();
    expect((await auth.confirmEmailChange(await token())).record).toMatchObject({ email: 'tom@example.com' });
    expect(await login('tom@example.com')).toBeDefined();
    const again = await refusal(auth.promoteAnonymous(as(promoted), wish));
    expect(again).toMatchObject({ code: 'conflict', reason: 'not_anonymous' });
  });

  test('does not learn which e-mail is in use, and keeps its name if it wants no other', async () => {
    const { account } = await open();
    const promoted = await auth.promoteAnonymous(as(account), { email: MIA, password: PASSWORD });
    expect(await world.mailed()).toBeUndefined();
    expect(await login(String(promoted.record.username))).toBeDefined();
  });

  test('cannot take a name that is taken, or a weak password', async () => {
    const { account } = await open();
    const taken = await refusal(auth.promoteAnonymous(as(account), { username: 'mia', password: PASSWORD }));
    expect(taken).toMatchObject({ code: 'conflict', reason: 'username_taken' });
    const weak = await refusal(auth.promoteAnonymous(as(account), { password: 'password123' }));
    expect(weak.issues[0]).toMatchObject({ path: 'password', code: 'common_password' });
  });

  test('stays what it is when there is no room for the mail to its address', async () => {
    const gate = Promise.withResolvers<void>();
    let held = 0;
    const send = () => {
      held++;
      return gate.promise;
    };
    const busy = await openAccountWorld({ failedLogins: 0, mailer: { send, close: async () => {} } });
    const account = await busy.auth.createAnonymous(somebody);
    const { refreshToken } = await busy.auth.sessions.open(somebody, account, { anonymous: true });
    for (let n = 0; n < 4; n++) {
      await busy.auth.register(somebody, { email: `n${n}@example.com`, password: PASSWORD });
    }
    for (const deadline = Date.now() + 3000; held < 4 && Date.now() < deadline; ) await Bun.sleep(1);
    for (let n = 0; n < 500; n++) await busy.auth.requestVerification(somebody, NOBODY);
    const wish = { email: 'tom@example.com', password: PASSWORD };
    const refused = await refusal(busy.auth.promoteAnonymous(as(account), wish));
    expect(refused).toMatchObject({ code: 'busy', reason: 'mail_queue' });
    expect(await busy.auth.sessions.accountOf(refreshToken)).toBeDefined();
    gate.resolve();
    await busy.close();
  });

  test('is nobody who only calls themselves so', async () => {
    await auth.register(somebody, { username: 'anonymous1', password: PASSWORD });
    const account = await world.account({ username: 'anonymous1' });
    await auth.sessions.open(somebody, account);
    const refused = await refusal(auth.promoteAnonymous(as(account), { password: OTHER }));
    expect(refused).toMatchObject({ reason: 'not_anonymous' });
  });

  test('is not made where that is off, or where the collection cannot hold one', async () => {
    const closed = await openAccountWorld({ accounts: { ...testAccounts, anonymous: false } });
    const off = { code: 'not_configured', reason: 'anonymous' };
    expect(await refusal(closed.auth.createAnonymous(somebody))).toMatchObject(off);
    await closed.close();
    const fields = world.users().fields;
    await world.change({
      fields: fields.map((field) => (field.name === 'email' ? { ...field, required: true } : field)),
    });
    expect(await refusal(auth.createAnonymous(somebody))).toMatchObject(off);
    await world.change({
      fields,
      indexes: world.users().indexes.filter((index) => !index.includes('username')),
    });
    expect(await refusal(auth.createAnonymous(somebody))).toMatchObject(off);
  });
});

test('a superuser has no user name to change, and an e-mail beside those of users', async () => {
  const superusers = world.core.collections.get('_superusers');
  const input = { email: 'ada@example.com', password: OTHER, passwordConfirm: OTHER };
  const { values } = await world.core.records.create(systemActor, superusers, input);
  const record = await world.core.records.findStored(superusers, String(values.id));
  const ada = { kind: 'superuser', collection: superusers, record, request: somebody.request } as const;
  const refused = await refusal(auth.changeUsername(ada, 'ada'));
  expect(refused.issues.map(({ path, code }) => `${path} ${code}`)).toEqual(['username not_allowed']);
  expect(world.log.events).not.toContain('info auth.username_changed');
  // And an e-mail that a user has is free for a superuser.
  await auth.requestEmailChange(ada, MIA);
  expect((await auth.confirmEmailChange(await token())).record).toMatchObject({ id: values.id, email: MIA });
});

test('without a collection of users there are no accounts to speak of, but superusers sign in', async () => {
  const input = { email: 'ada@example.com', password: OTHER, passwordConfirm: OTHER };
  await world.core.records.create(systemActor, world.core.collections.get('_superusers'), input);
  await world.core.collections.delete(systemActor, 'users');
  const wish = { email: 'tom@example.com', password: PASSWORD };
  expect(await refusal(auth.register(somebody, wish))).toMatchObject({
    code: 'not_configured',
    reason: 'users',
  });
  expect((await login('ada@example.com', OTHER))?.collection.name).toBe('_superusers');
});
