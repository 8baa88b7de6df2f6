import type { AuthOptions } from '../collections/collection.ts';
import type { Mailer } from '../ports/mailer.ts';
import { writeMail } from './mail-text.ts';
import type { AccountRef } from './sessions.ts';

/** What mail says of the server. */
export interface MailSettings {
  /** Address under which browsers reach the server, without a final slash. */
  readonly publicUrl: string;
  /** Stands for `{APP_NAME}`. */
  readonly appName: string;
}

type Template = 'verification' | 'resetPassword' | 'emailChange' | 'otp';

/** Writes to an account by a template of its collection. */
export type SendMail = (message: {
  readonly template: Template;
  readonly account: AccountRef;
  /** Default: the account's own address. */
  readonly to?: string;
  readonly token?: string;
  readonly code?: string;
  readonly link: string | undefined;
}) => Promise<void>;

/** Makes {@link SendMail}. Links lead to the configured address, whatever a request called the server. */
export function createAccountMail(mailer: Mailer, current: () => MailSettings): SendMail {
  return async ({ template, account, to, token, code, link }) => {
    const { auth } = account.collection;
    if (!auth) return;
    const { appName, publicUrl } = current();
    const facts = {
      ...{ APP_NAME: appName, APP_URL: publicUrl, TOKEN: token, OTP: code },
      record: shownValues(account),
    };
    const address = to ?? String(account.record.email ?? '');
    if (address !== '') await mailer.send(writeMail(address, templateOf(auth, template), facts, link));
  };
}

function templateOf(auth: AuthOptions, template: Template) {
  const templates = {
    verification: auth.verificationTemplate,
    resetPassword: auth.resetPasswordTemplate,
    emailChange: auth.confirmEmailChangeTemplate,
    otp: auth.otp.emailTemplate,
  } satisfies Record<Template, unknown>;
  return templates[template];
}

function shownValues({ collection, record }: AccountRef): Readonly<Record<string, unknown>> {
  const shown = collection.fields.filter(({ hidden }) => !hidden).map(({ name }) => name);
  return Object.fromEntries(['id', ...shown].map((name) => [name, record[name]]));
}
