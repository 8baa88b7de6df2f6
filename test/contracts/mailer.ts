import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { AppError } from '../../src/core/errors.ts';
import type { Mailer } from '../../src/core/ports/mailer.ts';

/** A mailer, and what became of its messages. */
export interface MailerUnderTest {
  readonly mailer: Mailer;
  /** Who each message was handed over for, and its text as RFC 5322 has it, oldest first. */
  received(): Promise<
    readonly { readonly recipients: readonly string[] | undefined; readonly source: string }[]
  >;
  close(): Promise<void>;
}

const letter = {
  to: 'mia@example.com',
  subject: 'Prüfe deine Adresse',
  text: 'Hello Mia: https://files.example.com/x?a=1&b=2',
  html: '<p>Hello <b>Mia</b></p>',
};

/** What every {@link Mailer} does. The sender of the one under test is `Newsroom <noreply@example.com>`. */
export function mailerContract(name: string, open: () => Promise<MailerUnderTest>): void {
  describe(`the mailer ${name}`, () => {
    let under: MailerUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    const headersOf = (source: string) => source.slice(0, source.indexOf('\r\n\r\n'));

    test('hands over a message with both forms of its text, for one person', async () => {
      await under.mailer.send(letter);
      const [message, ...others] = await under.received();
      expect(others).toEqual([]);
      const { recipients, source } = message ?? { recipients: [], source: '' };
      if (recipients) expect(recipients).toEqual(['mia@example.com']);
      const headers = headersOf(source);
      expect(headers).toMatch(/^From: Newsroom <noreply@example\.com>\r$/m);
      expect(headers).toMatch(/^To: mia@example\.com\r$/m);
      expect(headers).toMatch(/^Subject: =\?UTF-8\?/m);
      expect(headers).toContain('multipart/alternative');
      expect(headers).toMatch(/^Auto-Submitted: auto-generated\r$/m);
      expect(source).toContain('Content-Type: text/plain; charset=utf-8');
      expect(source).toContain('Content-Type: text/html; charset=utf-8');
    });

    test('keeps the order of messages', async () => {
      for (const subject of ['one', 'two', 'three']) await under.mailer.send({ ...letter, subject });
      const subjects = (await under.received()).map(({ source }) => /^Subject: (.*)\r$/m.exec(source)?.[1]);
      expect(subjects).toEqual(['one', 'two', 'three']);
    });

    test.each([
      'Hello\r\nBcc: eve@example.com',
      'Hello\nBcc: eve@example.com\n\n<p>body</p>',
      'Hello\u2028Bcc: eve@example.com\0',
    ])('a subject cannot add a header: %j', async (subject) => {
      await under.mailer.send({ ...letter, subject });
      const [message] = await under.received();
      expect(headersOf(message?.source ?? '')).not.toMatch(/^Bcc:/im);
      expect(message?.recipients ?? ['mia@example.com']).toEqual(['mia@example.com']);
      expect(headersOf(message?.source ?? '')).toMatch(/^Subject: .*Bcc: eve@example\.com/m);
    });

    test.each([
      'mia@example.com, eve@example.com',
      'mia@example.com;eve@example.com',
      'Eve <eve@example.com>',
      'mia@example.com\r\nBcc: eve@example.com',
      'friends: mia@example.com;',
      '"mia eve"@example.com',
      'mia@example.com@eve.example',
      'nobody',
      '',
    ])('an address that could be more than one is refused: %j', async (to) => {
      const error = await under.mailer.send({ ...letter, to }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'invalid', reason: 'mail_address' });
      expect(await under.received()).toEqual([]);
    });
  });
}
