import { expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from './config.ts';
import { mailSettings, openMailer } from './mail.ts';

const quiet = { info() {} };
const configOf = (environment: Record<string, string>) => loadConfig({ environment }).config;

test.each([
  [{}, 'http://127.0.0.1:8090', 'Dossier'],
  [{ DOSSIER_SERVER_HTTP: '[::1]:80' }, 'http://[::1]:80', 'Dossier'],
  [
    { DOSSIER_SERVER_PUBLIC_URL: 'https://files.example.com/' },
    'https://files.example.com',
    'files.example.com',
  ],
  [{ DOSSIER_MAIL_FROM: 'Photos <me@example.com>' }, 'http://127.0.0.1:8090', 'Photos'],
  [{ DOSSIER_MAIL_FROM: 'me@example.com' }, 'http://127.0.0.1:8090', 'Dossier'],
])(
  'mail of %j says where its links lead, and a name',
  (environment: Record<string, string>, publicUrl, appName) => {
    expect(mailSettings(configOf(environment))).toEqual({ publicUrl, appName });
  },
);

test('without a server mail waits in the data folder, from the host of the public address', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mail-'));
  const config = configOf({ DOSSIER_DIR: dir, DOSSIER_SERVER_PUBLIC_URL: 'https://files.example.com' });
  const mailer = openMailer(config, () => 'one', quiet);
  expect(existsSync(join(dir, 'outbox'))).toBe(false);
  await mailer.send({ to: 'mia@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' });
  expect(readdirSync(join(dir, 'outbox'))).toEqual(['one.eml']);
  const source = readFileSync(join(dir, 'outbox', 'one.eml'), 'utf8');
  expect(source).toMatch(/^From: noreply@files\.example\.com\r$/m);
  await mailer.close();
  rmSync(dir, { recursive: true });
});

test('with a server mail goes there and nowhere else', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mail-'));
  const config = configOf({
    DOSSIER_DIR: dir,
    DOSSIER_MAIL_SMTP_HOST: '127.0.0.1',
    DOSSIER_MAIL_SMTP_PORT: '1',
  });
  const mailer = openMailer(config, () => 'one', quiet);
  const letter = { to: 'mia@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };
  const failure = await mailer.send(letter).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', reason: 'mail' });
  expect(existsSync(join(dir, 'outbox'))).toBe(false);
  await mailer.close();
  rmSync(dir, { recursive: true });
});
