import { expect, test } from 'bun:test';
import { createServer, type Server } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { mailerContract } from '../../../../test/contracts/mailer.ts';
import { createSmtpMailer } from './index.ts';

const from = 'Newsroom <noreply@example.com>';
const letter = { to: 'mia@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };

async function open(encryption: 'none' | 'starttls' | 'tls' = 'none', user?: string) {
  const messages: { recipients: string[]; source: string }[] = [];
  const logins: string[] = [];
  const server = new SMTPServer({
    ...{ authOptional: user === undefined, disabledCommands: ['STARTTLS'], allowInsecureAuth: true },
    onAuth({ username, password }, _session, done) {
      logins.push(`${username} ${password}`);
      done(null, { user: username });
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        messages.push({ recipients, source: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  const port = await listen(server.server);
  const password = user && 'secret';
  const mailer = createSmtpMailer({
    host: '127.0.0.1',
    port,
    user,
    password,
    encryption,
    from,
    timeout: 500,
  });
  return {
    ...{ mailer, logins },
    received: async () => messages,
    async close() {
      await mailer.close();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

mailerContract('smtp', open);

test('signs in where it has a name', async () => {
  const { mailer, logins, close } = await open('none', 'newsroom');
  await mailer.send(letter);
  expect(logins).toEqual(['newsroom secret']);
  await close();
});

test('a server without encryption gets nothing when encryption was asked for', async () => {
  const { mailer, logins, received, close } = await open('starttls', 'newsroom');
  const error = await mailer.send(letter).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'unavailable', reason: 'mail' });
  expect([logins, await received()]).toEqual([[], []]);
  await close();
});

test('a server that says nothing is given up', async () => {
  const silent = createServer(() => {});
  const port = await listen(silent);
  const mailer = createSmtpMailer({
    ...{ host: '127.0.0.1', port, user: undefined, password: undefined },
    ...{ encryption: 'none', from, timeout: 50 },
  });
  const error = await mailer.send(letter).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'unavailable', reason: 'mail' });
  await mailer.close();
  silent.close();
});

test('a server that is not there is unavailable', async () => {
  const gone = createServer();
  const port = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  const mailer = createSmtpMailer({
    ...{ host: '127.0.0.1', port, user: undefined, password: undefined },
    ...{ encryption: 'none', from, timeout: 200 },
  });
  const error = await mailer.send(letter).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'unavailable', reason: 'mail' });
  await mailer.close();
});
