import { expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailerContract } from '../../../../test/contracts/mailer.ts';
import { createOutbox } from './index.ts';

function open() {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  const dir = join(folder, 'outbox');
  let count = 0;
  const newName = () => String(++count).padStart(8, '0');
  const lines: unknown[] = [];
  const log = { info: (event: string, facts?: object) => void lines.push({ event, ...facts }) };
  const mailer = createOutbox({ dir, from: 'Newsroom <noreply@example.com>', newName, log });
  const names = () => {
    try {
      return readdirSync(dir).sort();
    } catch {
      return [];
    }
  };
  return {
    ...{ mailer, dir, names, lines },
    async received() {
      return names().map((name) => ({
        recipients: undefined,
        source: readFileSync(join(dir, name), 'utf8'),
      }));
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
}

mailerContract('outbox', async () => open());

const letter = { to: 'mia@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };

test('messages are for the operator alone', async () => {
  const outbox = open();
  await outbox.mailer.send(letter);
  expect(outbox.names()).toEqual(['00000001.eml']);
  expect(statSync(outbox.dir).mode & 0o777).toBe(0o700);
  expect(statSync(join(outbox.dir, '00000001.eml')).mode & 0o777).toBe(0o600);
  await outbox.close();
});

test('the log says where a message is, and nothing that is in it', async () => {
  const outbox = open();
  await outbox.mailer.send(letter);
  expect(outbox.lines).toEqual([{ event: 'mail.outbox', path: join(outbox.dir, '00000001.eml') }]);
  await outbox.close();
});

test('the oldest beyond a thousand go', async () => {
  const outbox = open();
  mkdirSync(outbox.dir);
  for (let n = 0; n < 1002; n++)
    writeFileSync(join(outbox.dir, `0000-${String(n).padStart(4, '0')}.eml`), '');
  await outbox.mailer.send(letter);
  expect(outbox.names()).toHaveLength(1000);
  expect(outbox.names()[0]).toBe('0000-0003.eml');
  expect(outbox.names()).toContain('00000001.eml');
  await outbox.close();
});

test('a folder that cannot be written to is unavailable', async () => {
  const outbox = open();
  writeFileSync(outbox.dir, 'a file in its place');
  expect(await outbox.mailer.send(letter).catch((error: unknown) => error)).toMatchObject({
    code: 'unavailable',
    reason: 'mail',
  });
  expect(outbox.lines).toEqual([]);
  await outbox.close();
});
