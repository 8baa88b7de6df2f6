import { expect, test } from 'bun:test';
import { generate } from 'otplib';
import { as, MIA, openAccountWorld, PASSWORD, somebody } from '../../../test/support/accounts.ts';
import type { Log } from '../ports/log.ts';

test('what happens to accounts is logged with who and where, and never with what opens them', async () => {
  const lines: { readonly event: string; readonly facts: string }[] = [];
  const note = (event: string, facts?: unknown) =>
    void lines.push({ event, facts: JSON.stringify(facts ?? {}) });
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const world = await openAccountWorld({ log });
  const { auth, clock } = world;
  const secrets: string[] = [PASSWORD];
  const keep = (secret: string | undefined) => {
    if (!secret) throw new Error('nothing came');
    secrets.push(secret);
    return secret;
  };

  await auth.checkPassword(somebody, { identity: MIA, password: keep('a wrong password') });
  const first = await auth.sessions.open(somebody, await world.mia());
  for (const text of [first.accessToken, first.refreshToken, first.csrfToken]) keep(text);
  const second = await auth.sessions.refresh(somebody, first.refreshToken, () => ({}));
  await auth.sessions.refresh(somebody, keep(second?.refreshToken), () => ({}));
  clock.time += 61_000;
  expect(await auth.sessions.refresh(somebody, first.refreshToken, () => ({}))).toBeUndefined();

  await auth.codes.request(somebody, { email: MIA });
  await auth.codes.redeem(somebody, { email: MIA }, keep(await world.mailed()));
  await auth.codes.redeem(somebody, { email: MIA }, 'AAAAAA');
  await auth.requestPasswordReset(somebody, { email: MIA });
  await auth.confirmPasswordReset(somebody, keep(await world.mailed()), keep('another horse battery'));
  const { secret } = await auth.totp.begin(as(await world.mia()));
  const code = await generate({ secret: keep(secret), epoch: clock.time / 1000 });
  await auth.totp.confirm(as(await world.mia()), code);
  world.mailer.failure = new Error('no mail today');
  await auth.requestEmailChange(as(await world.mia()), 'mia@example.org');
  await world.core.mailed();
  await auth.sessions.signOut(await world.mia());

  expect(lines.map(({ event }) => event)).toEqual(
    expect.arrayContaining([
      ...['auth.login_failed', 'auth.login', 'auth.refresh_reused', 'auth.proof_failed'],
      ...['auth.password_reset', 'auth.totp_on', 'mail.failed', 'auth.signed_out'],
    ]),
  );
  const written = lines.map(({ facts }) => facts).join('\n');
  for (const text of secrets) expect(written).not.toContain(text);
  const reused = lines.find(({ event }) => event === 'auth.refresh_reused');
  const id = (await world.mia()).record.id;
  expect(JSON.parse(reused?.facts ?? '')).toEqual({ collection: 'users', record: id, address: '192.0.2.1' });
  await world.close();
});
