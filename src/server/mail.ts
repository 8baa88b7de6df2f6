import { join } from 'node:path';
import type { Log } from '../core/ports/log.ts';
import type { Mailer } from '../core/ports/mailer.ts';
import { createOutbox } from '../drivers/mailer/outbox/index.ts';
import { createSmtpMailer } from '../drivers/mailer/smtp/index.ts';
import type { Config } from './config.ts';

/** The configured way of sending mail: a server, or files in the folder `outbox` of the data folder. */
export function openMailer(config: Config, newName: () => string, log: Pick<Log, 'info'>): Mailer {
  const { smtpHost, smtpPort, smtpUser, smtpPassword, smtpEncryption } = config.mail;
  const from = senderOf(config);
  if (smtpHost === undefined) return createOutbox({ dir: join(config.dir, 'outbox'), from, newName, log });
  return createSmtpMailer({
    ...{ host: smtpHost, port: smtpPort, user: smtpUser, password: smtpPassword },
    ...{ encryption: smtpEncryption, from },
  });
}

/** A way of sending mail that can become another. */
export interface ChangingMailer extends Mailer {
  /** Sends as this configuration says from now on. What is on its way goes the old way. */
  change(config: Config): Promise<void>;
}

/** Makes a {@link ChangingMailer}. */
export function createChangingMailer(
  start: Config,
  newName: () => string,
  log: Pick<Log, 'info'>,
): ChangingMailer {
  const open = (config: Config) => ({
    mailer: openMailer(config, newName, log),
    settings: JSON.stringify([config.mail, senderOf(config)]),
    sending: new Set<Promise<void>>(),
  });
  let current = open(start);
  return {
    async send(message) {
      const { mailer, sending } = current;
      const sent = mailer.send(message);
      sending.add(sent);
      try {
        await sent;
      } finally {
        sending.delete(sent);
      }
    },
    close: () => current.mailer.close(),
    async change(config) {
      const next = open(config);
      if (next.settings === current.settings) return;
      const old = current;
      current = next;
      void Promise.allSettled(old.sending).then(() => old.mailer.close());
    },
  };
}

/** What mail says of the server: where its links lead, and what the product is called there. */
export function mailSettings(config: Config) {
  const publicUrl = publicAddress(config);
  const name = /^"?([^"<]+?)"?\s*</.exec(senderOf(config))?.[1];
  return { publicUrl, appName: name ?? hostName(publicUrl) ?? 'Dossier' };
}

function publicAddress({ server: { publicUrl, http } }: Config): string {
  const host = http.hostname.includes(':') ? `[${http.hostname}]` : http.hostname;
  return publicUrl ?? `http://${host}:${http.port}`;
}

function senderOf(config: Config): string {
  return config.mail.from ?? `noreply@${hostName(publicAddress(config)) ?? 'localhost'}`;
}

/** Undefined where there is an IP address instead, or this machine alone. */
function hostName(address: string): string | undefined {
  const { hostname } = new URL(address);
  return /[a-z]\w*$/.test(hostname) && hostname !== 'localhost' ? hostname : undefined;
}
