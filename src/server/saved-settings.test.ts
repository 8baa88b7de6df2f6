import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type InProcessServer, startInProcess } from '../../test/support/in-process.ts';
import { guest } from '../../test/support/records.ts';
import { removeFolder, runCommand, temporaryFolder } from '../../test/support/server.ts';
import { systemActor } from '../core/actor.ts';
import type { SettingInfo } from '../core/ports/configuration.ts';
import { readSavedSettings } from './saved-settings.ts';

let folder: string;
let dir: string;
let server: InProcessServer | undefined;

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder, 'data');
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  removeFolder(folder);
});

async function start(environment: Record<string, string> = {}) {
  server = await startInProcess(dir, environment);
  return server.core.settings;
}

const find = (infos: readonly SettingInfo[], key: string) => infos.find((info) => info.key === key);

describe('settings that admins save', () => {
  test('count at once and after a restart, and can be given back', async () => {
    const settings = await start();
    const saved = await settings.save(systemActor, { 'logs.keep': '2d', 'quotas.total': '1GB' });
    expect(find(saved, 'logs.keep')).toMatchObject({
      ...{ value: '"172800s"', origin: 'saved', held: false, applies: 'now' },
      fallback: '`5d`',
    });
    expect(find(saved, 'quotas.total')).toMatchObject({ isSet: true, applies: 'after_restart' });
    await server?.stop();
    const again = await start();
    expect(find(await again.list(systemActor), 'logs.keep')).toMatchObject({ origin: 'saved' });
    const back = await again.save(systemActor, { 'logs.keep': null, 'quotas.total': '' });
    expect(find(back, 'logs.keep')).toMatchObject({ value: '"432000s"', origin: 'default' });
    expect(readSavedSettings(dir)).toEqual({});
  });

  test('are shown by `dossier config`, while a server runs too, and secrets are not', async () => {
    const settings = await start();
    await settings.save(systemActor, { 'mail.from': 'me@example.com', 'mail.smtp_password': 'hush-hush' });
    const { stdout, stderr } = await runCommand(['config', '--dir', dir]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^mail\.from +"me@example\.com" +saved settings$/m);
    expect(stdout).toMatch(/^mail\.smtp_password +\*+ +saved settings$/m);
    expect(stdout).not.toContain('hush-hush');
  });

  test('never give secrets back', async () => {
    const settings = await start();
    expect(find(await settings.list(systemActor), 'mail.smtp_password')).toMatchObject({ isSet: false });
    const saved = await settings.save(systemActor, { 'mail.smtp_password': 'hush-hush' });
    expect(find(saved, 'mail.smtp_password')).toMatchObject({
      isSet: true,
      value: undefined,
      control: 'secret',
    });
    expect(JSON.stringify(saved)).not.toContain('hush-hush');
    expect(server?.output()).not.toContain('hush-hush');
  });

  test('send a secret to another place only for those who know it', async () => {
    const settings = await start();
    await settings.save(systemActor, {
      'mail.smtp_host': 'mail.example.com',
      'mail.smtp_password': 'hush-hush',
    });
    for (const change of [
      { 'mail.smtp_host': 'evil.example' },
      { 'mail.smtp_port': '2525' },
      { 'mail.smtp_encryption': 'none' },
    ]) {
      await expect(settings.save(systemActor, change)).rejects.toMatchObject({
        issues: [{ path: 'mail.smtp_password', code: 'invalid_value' }],
      });
    }
    await settings.save(systemActor, { 'mail.smtp_host': 'mail.example.com', 'mail.smtp_user': 'me' });
    await settings.save(systemActor, {
      'mail.smtp_host': 'new.example.com',
      'mail.smtp_password': 'hush-hush',
    });
    await settings.save(systemActor, { 'mail.smtp_host': null });
    await expect(settings.save(systemActor, { 'mail.smtp_host': 'evil.example' })).rejects.toThrow();
    await settings.save(systemActor, { 'mail.smtp_host': 'other.example', 'mail.smtp_password': null });
  });

  test('send no secret of the environment to a place that it does not name', async () => {
    const settings = await start({ DOSSIER_MAIL_SMTP_PASSWORD: 'hush-hush' });
    await expect(settings.save(systemActor, { 'mail.smtp_host': 'evil.example' })).rejects.toMatchObject({
      issues: [
        {
          ...{ path: 'mail.smtp_host', code: 'held' },
          params: { origin: 'DOSSIER_MAIL_SMTP_PASSWORD' },
        },
      ],
    });
  });

  test('yield to what is stronger, and say to what', async () => {
    const settings = await start({ DOSSIER_LOGS_KEEP: '1h' });
    expect(find(await settings.list(systemActor), 'logs.keep')).toMatchObject({
      ...{ value: '"3600s"', origin: 'environment', originName: 'DOSSIER_LOGS_KEEP', held: true },
    });
    await expect(settings.save(systemActor, { 'logs.keep': '2d' })).rejects.toMatchObject({
      issues: [{ path: 'logs.keep', code: 'held', params: { origin: 'DOSSIER_LOGS_KEEP' } }],
    });
  });

  test('are refused all together when one is wrong', async () => {
    const settings = await start();
    const changes = { 'mail.smtp_port': '99999', dir: '/tmp/x', 'logs.keep': '2d' };
    await expect(settings.save(systemActor, changes)).rejects.toMatchObject({
      code: 'invalid',
      issues: [
        {
          path: 'mail.smtp_port',
          code: 'invalid_value',
          params: { expected: 'a whole number from 1 to 65535' },
        },
        { path: 'dir', code: 'unknown_key' },
      ],
    });
    expect(readSavedSettings(dir)).toEqual({});
  });

  test('change where mail goes at once', async () => {
    const settings = await start();
    const mail = { to: 'admin@example.com', subject: 'Test', text: 'Mail <works>.' };
    await settings.testMail(systemActor, mail);
    const outbox = new Bun.Glob('outbox/*');
    expect([...outbox.scanSync(dir)]).toHaveLength(1);
    await settings.save(systemActor, {
      ...{ 'mail.smtp_host': '127.0.0.1', 'mail.smtp_port': '1', 'mail.smtp_encryption': 'none' },
    });
    await expect(settings.testMail(systemActor, mail)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'mail',
    });
    await settings.save(systemActor, { 'mail.smtp_host': null });
    await settings.testMail(systemActor, mail);
    expect([...outbox.scanSync(dir)]).toHaveLength(2);
    await expect(settings.testMail(systemActor, { ...mail, to: 'a@b.de, c@d.de' })).rejects.toMatchObject({
      issues: [{ path: 'to', code: 'is_email' }],
    });
  });

  test('change what accounts may do at once', async () => {
    const settings = await start();
    const register = () =>
      server?.core.auth.register(guest, { email: 'new@example.com', password: 'correct-horse-battery' });
    await settings.save(systemActor, { 'auth.disable_password_auth': 'true' });
    await expect(register()).rejects.toMatchObject({ code: 'not_configured' });
    await settings.save(systemActor, { 'auth.disable_password_auth': null });
    expect(await register()).toBeUndefined();
  });

  test('are for superusers only', async () => {
    const settings = await start();
    const refused = { code: 'unauthorized' };
    await expect(settings.list(guest)).rejects.toMatchObject(refused);
    await expect(settings.save(guest, {})).rejects.toMatchObject(refused);
    const mail = { to: 'a@b.de', subject: '', text: '' };
    await expect(settings.testMail(guest, mail)).rejects.toMatchObject(refused);
  });
});

test('a folder without a database, or with another file in its place, has no saved settings', async () => {
  expect(readSavedSettings(dir)).toEqual({});
  await Bun.write(join(dir, 'data.db'), 'not a database');
  expect(readSavedSettings(dir)).toEqual({});
});
