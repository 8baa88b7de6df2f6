import { AppError } from '../../../core/errors.ts';
import type { Mailer } from '../../../core/ports/mailer.ts';
import { headerLine, isPlainAddress } from '../../../lib/mail-address.ts';

/** A mail server, and who writes. */
export interface SmtpOptions {
  readonly host: string;
  /** Undefined = 465 with `tls`, else 587. */
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** `starttls` and `tls` insist on it, and on a certificate that is valid. */
  readonly encryption: 'none' | 'starttls' | 'tls';
  /** `me@example.com` or `Name <me@example.com>`. */
  readonly from: string;
  /** Milliseconds to connect, to be greeted, and between two answers. Default 10 seconds. */
  readonly timeout?: number;
}

/** Connections at the same time. */
const MOST_CONNECTIONS = 2;

/** Mail by SMTP (nodemailer, loaded with the first message). Connections are kept for a while. */
export function createSmtpMailer(options: SmtpOptions): Mailer {
  let transport: Promise<Transport> | undefined;

  return {
    async send({ to, subject, text, html }) {
      if (!isPlainAddress(to)) throw new AppError('invalid', { reason: 'mail_address' });
      transport ??= openTransport(options);
      try {
        await (await transport).sendMail({
          from: options.from,
          // Parts, not text to be parsed.
          to: { name: '', address: to },
          subject: headerLine(subject),
          ...{ text, html },
          ...{ disableFileAccess: true, disableUrlAccess: true },
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (cause) {
        throw new AppError('unavailable', { reason: 'mail', cause });
      }
    },
    async close() {
      const opened = transport;
      transport = undefined;
      (await opened)?.close();
    },
  };
}

type Transport = Awaited<ReturnType<typeof openTransport>>;

async function openTransport({
  host,
  port,
  user,
  password,
  encryption,
  from: _,
  timeout = 10_000,
}: SmtpOptions) {
  const { createTransport } = await import('nodemailer');
  const secure = encryption === 'tls';
  return createTransport({
    ...{ pool: true, maxConnections: MOST_CONNECTIONS, host, secure },
    port: port ?? (secure ? 465 : 587),
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    auth: user === undefined ? undefined : { user, pass: password ?? '' },
    ...{ connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: timeout, dnsTimeout: timeout },
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true },
  });
}
