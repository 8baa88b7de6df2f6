import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { Log } from '../../../core/ports/log.ts';
import type { Mailer, MailMessage } from '../../../core/ports/mailer.ts';
import { headerLine, isPlainAddress } from '../../../lib/mail-address.ts';

/** Where messages are put, and who writes. */
export interface OutboxOptions {
  /** Made when the first message comes; only its owner may look inside. */
  readonly dir: string;
  /** `me@example.com` or `Name <me@example.com>`. */
  readonly from: string;
  /** A new text for each message, which sorts after those before. */
  newName(): string;
  /** Told `mail.outbox` with the path of each message: whoever waits for mail that no server takes should know where it is. */
  readonly log: Pick<Log, 'info'>;
}

const MOST_MESSAGES = 1000;

/** Mail as files `.eml` in a folder, for servers without SMTP and for trying things out. The oldest beyond 1,000 go. */
export function createOutbox({ dir, from, newName, log }: OutboxOptions): Mailer {
  return {
    async send(message) {
      if (!isPlainAddress(message.to)) throw new AppError('invalid', { reason: 'mail_address' });
      try {
        const text = await compose(from, message);
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await trim(dir);
        const path = join(dir, `${newName()}.eml`);
        // Links in it sign people in: for the operator's eyes only, and never half there.
        await writeFile(`${path}.part`, text, { mode: 0o600 });
        await rename(`${path}.part`, path);
        log.info('mail.outbox', { path });
      } catch (cause) {
        throw new AppError('unavailable', { reason: 'mail', cause });
      }
    },
    close: async () => {},
  };
}

async function compose(from: string, { to, subject, text, html }: MailMessage): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const composer = new MailComposer({
    from,
    to: { name: '', address: to },
    subject: headerLine(subject),
    ...{ text, html, disableFileAccess: true, disableUrlAccess: true },
    headers: { 'Auto-Submitted': 'auto-generated' },
  });
  return composer.compile().build();
}

async function trim(dir: string): Promise<void> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.eml')).sort();
  for (const name of names.slice(0, Math.max(0, names.length - MOST_MESSAGES + 1))) {
    await rm(join(dir, name), { force: true });
  }
}
