import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openRecordWorld, type RecordWorld, superuser } from '../../../test/support/records.ts';
import { createPasswords } from '../../drivers/passwords/passwords.ts';
import { createTokenSigner } from '../../drivers/tokens/jose.ts';
import { createIds } from '../../lib/id.ts';
import { type Actor, internalRequest } from '../actor.ts';
import type { AuthOptions, Collection, Schema } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { Passwords } from '../ports/passwords.ts';
import type { Auth } from './auth.ts';
import { createAuth } from './create-auth.ts';
import { createLogins } from './logins.ts';

/*
 * Mia and Tom are members. Sue is of the staff, and her token key happens to be Mia's.
 */
const MIA = 'mia000000000000';
const SUE = 'sue000000000000';
const PASSWORD = 'correct horse battery';
const miaKey = 'k'.repeat(50);

let world: RecordWorld;
let auth: Auth;
let passwords: Passwords & { readonly burnt: string[] };
let logged: { event: string; facts: unknown }[];
let change: (name: string, options: Partial<AuthOptions>) => void;

beforeEach(async () => {
  passwords = countingPasswords();
  world = await openRecordWorld(
    [
      {
        name: 'members',
        type: 'auth',
        fields: [{ name: 'nick', type: 'text' }],
        indexes: [
          "CREATE UNIQUE INDEX members_nick ON members (`nick`) WHERE `nick` != ''",
          'CREATE UNIQUE INDEX members_email ON members (`email` COLLATE NOCASE)',
        ],
      },
      { name: 'staff', type: 'auth', fields: [] },
      { name: '_superusers', type: 'auth', fields: [] },
      { name: 'posts', fields: [] },
    ],
    { passwords },
  );
  await add('members', { id: MIA, email: 'mia@example.com', nick: 'Mia', tokenKey: miaKey });
  await add('members', { id: 'tom000000000000', email: 'tom@example.com', nick: 'mia@example.com' });
  await add('staff', { id: SUE, email: 'sue@example.com', tokenKey: miaKey });
  await openAuth();
});
afterEach(() => world.close());

async function openAuth(failedLogins = 3): Promise<void> {
  logged = [];
  const overrides = new Map<string, Partial<AuthOptions>>();
  change = (name, options) => overrides.set(name, { ...overrides.get(name), ...options });
  const adapt = (collection: Collection | undefined) =>
    collection?.auth
      ? { ...collection, auth: { ...collection.auth, ...overrides.get(collection.name) } }
      : collection;
  const schema = (): Schema => ({
    ...world.schema,
    byId: (id) => adapt(world.schema.byId(id)),
    byName: (name) => adapt(world.schema.byName(name)),
  });
  const collections = {
    get schema() {
      return schema();
    },
    get: (name: string) => adapt(world.collection(name)) ?? world.collection(name),
  };
  const note = (event: string, facts: unknown) => void logged.push({ event, facts });
  const log: Log = { debug: note, info: note, warn: note, error: note };
  auth = createAuth({
    collections,
    records: world.records,
    database: world.database.db,
    signer: createTokenSigner(),
    logins: createLogins({
      ...{ records: world.records, database: world.database.db, clock: world.clock },
      ...{ passwords, log, failedLogins },
    }),
    hasSecondFactor: async ({ record }) => record.nick === 'twofold',
    clock: world.clock,
    ids: createIds({ now: world.clock.now }),
    log,
  });
  get = collections.get;
}

let get: (name: string) => Collection;

function add(name: string, values: Readonly<Record<string, unknown>>) {
  const input = { password: PASSWORD, passwordConfirm: PASSWORD, ...values };
  return world.records.create(superuser, world.collection(name), input);
}

/** Quick, and every hash costs the same. */
function countingPasswords(): Passwords & { readonly burnt: string[] } {
  const burnt: string[] = [];
  return {
    burnt,
    hash: async (password) => `new:${password}`,
    verify: async (password, hash) => hash === `new:${password}` || hash === `old:${password}`,
    isOutdated: (hash) => hash.startsWith('old:'),
    burn: async (password) => void burnt.push(password),
  };
}

const from = (address: string): Actor => ({ kind: 'guest', request: { ...internalRequest, address } });
const somebody = from('192.0.2.1');

function login(identity: string, password = PASSWORD, actor = somebody, identityField?: string) {
  return auth.withPassword(actor, get('members'), { identity, password, identityField });
}

async function refusal(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

async function kindOf(token: string | undefined, kind: 'auth' | 'file' = 'auth'): Promise<string> {
  return (await auth.identify(token, kind, internalRequest)).kind;
}

const stored = async (name: string, id: string) =>
  (await world.records.findStored(world.collection(name), id)) ?? {};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** A token as an attacker who knows `key` would make it. */
function forge(claims: object, key: string, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const { alg } = { alg: '', ...header };
  const body = `${encode(header)}.${encode(claims)}`;
  const digest = alg === 'HS512' ? 'sha512' : 'sha256';
  return `${body}.${new Bun.CryptoHasher(digest, key).update(body).digest('base64url')}`;
}

describe('a token', () => {
  const goodClaims = () => ({
    id: MIA,
    type: 'auth',
    collectionId: 'c_members',
    exp: world.clock.time / 1000 + 60,
    refreshable: true,
  });
  const goodKey = miaKey + 's'.repeat(50);

  test('of a login names its account, with the claims of the specification', async () => {
    const { token } = await login('mia@example.com');
    expect(await auth.identify(token, 'auth', internalRequest)).toMatchObject({
      kind: 'account',
      record: { id: MIA },
    });
    expect(claimsOf(token)).toEqual({
      id: MIA,
      type: 'auth',
      collectionId: 'c_members',
      exp: world.clock.time / 1000 + 1000,
      refreshable: true,
    });
    expect(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).toBe(
      '{"alg":"HS256","typ":"JWT"}',
    );
  });

  test('that is forged with the right key is accepted, so that the refusals below are for their own reasons', async () => {
    expect(await kindOf(forge(goodClaims(), goodKey))).toBe('account');
  });

  test.each([
    ['no token', () => undefined],
    ['empty', () => ''],
    ['not a token', () => 'a.b.c'],
    ['of five thousand characters', () => `${forge(goodClaims(), goodKey)}${'A'.repeat(5000)}`],
    ['alg none', () => `${encode({ alg: 'none' })}.${encode(goodClaims())}.`],
    ['alg none with a signature', () => forge(goodClaims(), goodKey, { alg: 'none' })],
    ['alg HS512', () => forge(goodClaims(), goodKey, { alg: 'HS512' })],
    ['alg RS256 signed as HS256', () => forge(goodClaims(), goodKey, { alg: 'RS256' })],
    ['no alg', () => forge(goodClaims(), goodKey, {})],
    ['an unknown critical header', () => forge(goodClaims(), goodKey, { alg: 'HS256', crit: ['x'], x: 1 })],
    ['a key of its own', () => forge(goodClaims(), 'x')],
    ['key without the secret', () => forge(goodClaims(), miaKey)],
    ["another account's id", () => forge({ ...goodClaims(), id: 'tom000000000000' }, goodKey)],
    ['no such account', () => forge({ ...goodClaims(), id: 'nobody000000000' }, goodKey)],
    ['no such collection', () => forge({ ...goodClaims(), collectionId: 'c_none' }, goodKey)],
    ['a collection without accounts', () => forge({ ...goodClaims(), collectionId: 'c_posts' }, goodKey)],
    ['another kind', () => forge({ ...goodClaims(), type: 'file' }, goodKey)],
    ['no kind', () => forge({ ...goodClaims(), type: undefined }, goodKey)],
    ['no expiry', () => forge({ ...goodClaims(), exp: undefined }, goodKey)],
    ['expiry as text', () => forge({ ...goodClaims(), exp: '99999999999' }, goodKey)],
    ['expired', () => forge({ ...goodClaims(), exp: world.clock.time / 1000 - 1 }, goodKey)],
    ['claims that are a list', () => forge([goodClaims()], goodKey)],
    ['id that is an object', () => forge({ ...goodClaims(), id: { $ne: '' } }, goodKey)],
  ])('makes a guest when it has: %s', async (_name, make) => {
    expect(await kindOf(make())).toBe('guest');
  });

  test('with one changed character makes a guest, wherever it is', async () => {
    const token = forge(goodClaims(), goodKey);
    expect(await kindOf(token)).toBe('account');
    for (const at of [3, token.indexOf('.') + 10, token.lastIndexOf('.') + 3]) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(await kindOf(token.slice(0, at) + other + token.slice(at + 1))).toBe('guest');
    }
  });

  test('is of one collection, even where an account of another has the same token key', async () => {
    const { token } = await login('mia@example.com');
    change('staff', { authToken: { duration: 1000, secret: 'different'.repeat(5) } });
    const moved = forge({ ...claimsOf(token), id: SUE, collectionId: 'c_staff' }, goodKey);
    expect(await kindOf(moved)).toBe('guest');
  });

  test('ends with its time, although it was verified before', async () => {
    const { token } = await login('mia@example.com');
    expect(await kindOf(token)).toBe('account');
    world.clock.time += 1000 * 1000 - 1;
    expect(await kindOf(token)).toBe('account');
    world.clock.time += 1;
    expect(await kindOf(token)).toBe('guest');
  });

  test('ends with a new password, a new e-mail, and the account', async () => {
    const changes = [
      { password: 'another password', passwordConfirm: 'another password' },
      { email: 'new@example.com', password: PASSWORD, passwordConfirm: PASSWORD },
      { email: 'newer@example.com' },
    ];
    let identity = 'mia@example.com';
    let password = PASSWORD;
    for (const input of changes) {
      const { token } = await login(identity, password);
      expect(await kindOf(token)).toBe('account');
      await world.records.update(superuser, world.collection('members'), MIA, input);
      expect(await kindOf(token)).toBe('guest');
      identity = input.email ?? identity;
      password = input.password ?? password;
    }
    const { token } = await login(identity, password);
    await world.records.delete(superuser, world.collection('members'), MIA);
    expect(await kindOf(token)).toBe('guest');
  });

  test('ends when the secret of the collection changes', async () => {
    const { token } = await login('mia@example.com');
    expect(await kindOf(token)).toBe('account');
    change('members', { authToken: { duration: 1000, secret: 'rotated'.repeat(6) } });
    expect(await kindOf(token)).toBe('guest');
  });

  test('for files is none for signing in, and the other way round', async () => {
    const { token } = await login('mia@example.com');
    const actor = await auth.identify(token, 'auth', internalRequest);
    const fileToken = await auth.fileToken(actor);
    expect(await kindOf(fileToken, 'file')).toBe('account');
    expect(await kindOf(fileToken, 'auth')).toBe('guest');
    expect(await kindOf(token, 'file')).toBe('guest');
    for (const kind of ['verification', 'passwordReset', 'emailChange'] as const) {
      const mailed = await auth.issue(kind, get('members'), await stored('members', MIA));
      expect(claimsOf(mailed).email).toBe('mia@example.com');
      expect([await kindOf(mailed, 'auth'), await kindOf(mailed, 'file')]).toEqual(['guest', 'guest']);
    }
  });

  test('for files is refused to guests and to the product itself', async () => {
    expect((await refusal(auth.fileToken(somebody))).code).toBe('unauthorized');
    expect((await refusal(auth.fileToken(superuser))).code).toBe('unauthorized');
  });
});

describe('password login', () => {
  test('shows the account its own e-mail and never its keys', async () => {
    const { record } = await login('mia@example.com');
    expect(record.values.email).toBe('mia@example.com');
    expect(Object.keys(record.values)).not.toContain('password');
    expect(Object.keys(record.values)).not.toContain('tokenKey');
  });

  test('ignores case only where the index does', async () => {
    change('members', { passwordAuth: { enabled: true, identityFields: ['email', 'nick'] } });
    expect((await login('MIA@Example.com')).record.values.id).toBe(MIA);
    expect((await login('Mia')).record.values.id).toBe(MIA);
    expect((await refusal(login('mia'))).reason).toBe('credentials');
  });

  test('looks at the e-mail first when the identity looks like one, else in the order given', async () => {
    change('members', { passwordAuth: { enabled: true, identityFields: ['nick', 'email'] } });
    expect((await login('mia@example.com')).record.values.id).toBe(MIA);
    expect((await login('mia@example.com', PASSWORD, somebody, 'nick')).record.values.id).toBe(
      'tom000000000000',
    );
  });

  test('answers unknown, wrong and passwordless alike, each after one check of a password', async () => {
    await world.database.db.write((tx) =>
      tx.run({ text: "UPDATE members SET password = '' WHERE nick <> 'Mia'", slots: [] }),
    );
    const answers = [
      await refusal(login('nobody@example.com', 'guess')),
      await refusal(login('mia@example.com', 'guess')),
      await refusal(login('tom@example.com', '')),
      await refusal(login('tom@example.com', 'guess')),
    ];
    expect(answers.map(({ code, reason }) => [code, reason])).toEqual([
      ['invalid', 'credentials'],
      ['invalid', 'credentials'],
      ['invalid', undefined],
      ['invalid', 'credentials'],
    ]);
    expect(passwords.burnt).toEqual(['guess', 'guess']);
  });

  test('names what is blank, too long, or no identity field', async () => {
    const bad = { identity: '', password: 'x'.repeat(256), identityField: 'tokenKey' };
    const { issues } = await refusal(auth.withPassword(somebody, get('members'), bad));
    expect(issues.map(({ path, code }) => [path, code])).toEqual([
      ['identity', 'required'],
      ['password', 'length_out_of_range'],
      ['identityField', 'in_invalid'],
    ]);
  });

  test('is refused where it is switched off', async () => {
    change('members', { passwordAuth: { enabled: false, identityFields: ['email'] } });
    expect(await refusal(login('mia@example.com'))).toMatchObject({
      code: 'not_configured',
      reason: 'password_auth',
    });
    expect(auth.methods(get('members')).password).toEqual({ enabled: false, identityFields: [] });
  });

  test('obeys the auth rule after the password', async () => {
    change('members', { authRule: 'verified = true' });
    expect((await refusal(login('mia@example.com', 'wrong'))).reason).toBe('credentials');
    expect(await refusal(login('mia@example.com'))).toMatchObject({ code: 'forbidden', reason: 'auth_rule' });
    await world.records.update(superuser, world.collection('members'), MIA, { verified: true });
    expect((await login('mia@example.com')).record.values.id).toBe(MIA);
    change('members', { authRule: null });
    expect((await refusal(login('mia@example.com'))).reason).toBe('auth_rule');
  });

  test('is not enough for an account with a second factor, which only the right password tells', async () => {
    await add('members', { id: 'two000000000000', email: 'two@example.com', nick: 'twofold' });
    expect(await refusal(login('two@example.com'))).toMatchObject({
      code: 'forbidden',
      reason: 'second_factor',
    });
    expect(await refusal(login('two@example.com', 'wrong'))).toMatchObject({ reason: 'credentials' });
  });

  test('renews an old hash, and sessions go on', async () => {
    await world.database.db.write((tx) =>
      tx.run({ text: `UPDATE members SET password = 'old:${PASSWORD}' WHERE nick = 'Mia'`, slots: [] }),
    );
    const before = forge(
      { id: MIA, type: 'auth', collectionId: 'c_members', exp: world.clock.time / 1000 + 60 },
      miaKey + 's'.repeat(50),
    );
    await login('mia@example.com');
    const { password, tokenKey } = await stored('members', MIA);
    expect([password, tokenKey]).toEqual([`new:${PASSWORD}`, miaKey]);
    expect(await kindOf(before)).toBe('account');
  });

  test('leaves who, when and where in the log, and no secrets', async () => {
    const session = await login('mia@example.com');
    await refusal(login('mia@example.com', 'a wrong password'));
    expect(logged).toEqual([
      { event: 'auth.login', facts: { collection: 'members', record: MIA, address: '192.0.2.1' } },
      { event: 'auth.login_failed', facts: { collection: 'members', address: '192.0.2.1' } },
    ]);
    expect(JSON.stringify(logged)).not.toContain(session.token);
  });
});

describe('guessing', () => {
  test('stops after the limit, for that address only, until a minute has passed', async () => {
    for (let tries = 0; tries < 3; tries++) await refusal(login('mia@example.com', 'guess'));
    expect(await refusal(login('mia@example.com'))).toMatchObject({
      code: 'busy',
      reason: 'too_many_attempts',
    });
    expect((await refusal(login('MIA@example.com'))).code).toBe('busy');
    expect((await login('mia@example.com', PASSWORD, from('198.51.100.7'))).record.values.id).toBe(MIA);
    expect((await login('tom@example.com')).record.values.email).toBe('tom@example.com');
    world.clock.time += 60_000;
    expect((await login('mia@example.com')).record.values.id).toBe(MIA);
  });

  test('from anywhere in one IPv6 network counts as one caller', async () => {
    for (let tries = 0; tries < 3; tries++) {
      await refusal(login('mia@example.com', 'guess', from(`2001:db8:1:2::${tries}`)));
    }
    expect((await refusal(login('mia@example.com', PASSWORD, from('2001:db8:1:2:ffff::1')))).code).toBe(
      'busy',
    );
    expect((await login('mia@example.com', PASSWORD, from('2001:db8:1:3::1'))).record.values.id).toBe(MIA);
  });

  test('is not forgotten for logins that a full queue refuses', async () => {
    for (let tries = 0; tries < 3; tries++) await refusal(login('mia@example.com', 'guess'));
    const { burn } = passwords;
    passwords.burn = () => Promise.reject(new AppError('busy'));
    for (let other = 0; other < 25_000; other++) {
      expect((await refusal(login(`nobody${other}@example.com`, 'guess'))).code).toBe('busy');
    }
    passwords.burn = burn;
    expect((await refusal(login('mia@example.com'))).reason).toBe('too_many_attempts');
  });

  test('at once gets no more tries than one by one', async () => {
    let checks = 0;
    const { verify } = passwords;
    passwords.verify = (password, hash) => {
      checks++;
      return verify(password, hash);
    };
    const guesses = Array.from({ length: 20 }, (_, index) =>
      refusal(login('mia@example.com', `guess ${index}`)),
    );
    const codes = (await Promise.all(guesses)).map(({ code }) => code);
    expect(checks).toBe(3);
    expect(codes.filter((code) => code === 'busy')).toHaveLength(17);
  });

  test('does not hinder many right logins at once', async () => {
    const sessions = await Promise.all(Array.from({ length: 12 }, () => login('mia@example.com')));
    expect(sessions).toHaveLength(12);
  });

  test('is not limited where the limit is 0', async () => {
    await openAuth(0);
    for (let tries = 0; tries < 12; tries++) {
      expect((await refusal(login('mia@example.com', 'guess'))).reason).toBe('credentials');
    }
  });
});

describe('refresh and impersonation', () => {
  test('a refreshed token is new, an impersonated one stays and keeps its end', async () => {
    const { token } = await login('mia@example.com');
    const mia = await auth.identify(token, 'auth', internalRequest);
    world.clock.time += 5000;
    const refreshed = await auth.refresh(mia, get('members'), token);
    expect(claimsOf(refreshed.token).exp).toBe(Number(claimsOf(token).exp) + 5);

    const lent = await auth.impersonate(superuser, get('members'), MIA, 60);
    expect(claimsOf(lent.token)).toMatchObject({ refreshable: false, exp: world.clock.time / 1000 + 60 });
    expect(lent.record.values.email).toBe('mia@example.com');
    expect((await auth.refresh(mia, get('members'), lent.token)).token).toBe(lent.token);
  });

  test('impersonation without a duration lasts as the collection says', async () => {
    const { token } = await auth.impersonate(superuser, get('members'), MIA, 0);
    expect(claimsOf(token).exp).toBe(world.clock.time / 1000 + 1000);
  });

  test('impersonation is for superusers and for accounts that exist', async () => {
    const { token } = await login('mia@example.com');
    const mia = await auth.identify(token, 'auth', internalRequest);
    expect((await refusal(auth.impersonate(somebody, get('members'), MIA, 0))).code).toBe('unauthorized');
    expect((await refusal(auth.impersonate(mia, get('members'), MIA, 0))).code).toBe('forbidden');
    expect((await refusal(auth.impersonate(superuser, get('members'), 'nobody000000000', 0))).code).toBe(
      'not_found',
    );
    expect((await refusal(auth.impersonate(superuser, get('members'), MIA, -1))).issues[0]?.path).toBe(
      'duration',
    );
    expect((await refusal(auth.impersonate(superuser, get('members'), MIA, 1e15))).issues[0]?.path).toBe(
      'duration',
    );
  });

  test('refresh wants a valid token of that collection, and the auth rule still', async () => {
    const { token } = await login('mia@example.com');
    const mia = await auth.identify(token, 'auth', internalRequest);
    expect((await refusal(auth.refresh(mia, get('members'), 'x'))).code).toBe('unauthorized');
    expect((await refusal(auth.refresh(somebody, get('members'), token))).code).toBe('unauthorized');
    expect((await refusal(auth.refresh(mia, get('staff'), token))).code).toBe('forbidden');
    change('members', { authRule: 'verified = true' });
    expect((await refusal(auth.refresh(mia, get('members'), token))).reason).toBe('auth_rule');
  });
});

describe('the first superuser', () => {
  test('is made once with the right token, and becomes a superuser', async () => {
    expect(await auth.needsFirstSuperuser()).toBe(true);
    expect(await auth.isSetupToken(auth.setupToken())).toBe(true);
    const { token } = await auth.createFirstSuperuser(
      auth.setupToken(),
      'ada@example.com',
      'a long password',
    );
    expect(await kindOf(token)).toBe('superuser');
    expect(await auth.needsFirstSuperuser()).toBe(false);
    expect(await auth.isSetupToken(auth.setupToken())).toBe(false);
    const second = auth.createFirstSuperuser(auth.setupToken(), 'eve@example.com', 'a long password');
    expect(await refusal(second)).toMatchObject({ code: 'forbidden', reason: 'setup' });
  });

  test('is not made with a wrong token', async () => {
    for (const token of ['', 'x', auth.setupToken().slice(1), `${auth.setupToken()} `]) {
      expect(await auth.isSetupToken(token)).toBe(false);
      const attempt = auth.createFirstSuperuser(token, 'eve@example.com', 'a long password');
      expect((await refusal(attempt)).reason).toBe('setup');
    }
    expect(await auth.needsFirstSuperuser()).toBe(true);
  });

  test('is not made twice by two forms at once', async () => {
    const results = await Promise.allSettled(
      ['ada@example.com', 'eve@example.com'].map((email) =>
        auth.createFirstSuperuser(auth.setupToken(), email, 'a long password'),
      ),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await world.records.count(superuser, world.collection('_superusers'))).toBe(1);
  });

  test('may try again after bad input', async () => {
    const token = auth.setupToken();
    for (const [email, password] of [
      ['ada@example.com', 'short'],
      ['not an address', 'a long password'],
      ['ada@example.com', 'Password123'],
    ] as const) {
      expect((await refusal(auth.createFirstSuperuser(token, email, password))).issues).not.toEqual([]);
    }
    await auth.createFirstSuperuser(token, 'ada@example.com', 'a long password');
  });
});

test('real password hashes fit in', async () => {
  passwords = { ...createPasswords({ concurrency: 1, queueLimit: 8 }), burnt: [] };
  await openAuth();
  const bcrypt = await Bun.password.hash(PASSWORD, { algorithm: 'bcrypt', cost: 4 });
  await world.database.db.write((tx) =>
    tx.run({ text: `UPDATE members SET password = '${bcrypt}' WHERE nick = 'Mia'`, slots: [] }),
  );
  await login('mia@example.com');
  expect((await stored('members', MIA)).password).toStartWith('$argon2id$v=19$m=19456,t=2,p=1$');
  await login('mia@example.com');
});
