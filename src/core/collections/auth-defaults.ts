import { ALPHANUMERIC, type Ids } from '../ports/ids.ts';
import type { AuthOptions, MailTemplate, TokenOptions } from './collection.ts';

const SECRET_LENGTH = 50;

/** A signing secret of 50 characters. */
export function newSecret(ids: Ids): string {
  return ids.random(SECRET_LENGTH, ALPHANUMERIC);
}

/** The options of a new auth collection (specs/pocketbase.md 3), with fresh secrets. */
export function defaultAuthOptions(ids: Ids): AuthOptions {
  const token = (duration: number): TokenOptions => ({ duration, secret: newSecret(ids) });
  return {
    authRule: '',
    manageRule: null,
    authAlert: { enabled: true, emailTemplate: authAlertTemplate },
    oauth2: {
      providers: [],
      mappedFields: { id: '', name: '', username: '', avatarURL: '' },
      enabled: false,
    },
    passwordAuth: { enabled: true, identityFields: ['email'] },
    mfa: { enabled: false, duration: 600, rule: '' },
    otp: { enabled: false, duration: 180, length: 8, emailTemplate: otpTemplate },
    authToken: token(432_000),
    passwordResetToken: token(1800),
    emailChangeToken: token(1800),
    verificationToken: token(86_400),
    fileToken: token(180),
    verificationTemplate: linkTemplate('Verify your {APP_NAME} email', 'confirm-verification', {
      lead: 'Thank you for joining us at {APP_NAME}.</p>\n<p>Click on the button below to verify your email address.',
      button: 'Verify',
      close: '',
    }),
    resetPasswordTemplate: linkTemplate('Reset your {APP_NAME} password', 'confirm-password-reset', {
      lead: 'Click on the button below to reset your password.',
      button: 'Reset password',
      close: "<p><i>If you didn't ask to reset your password, you can ignore this email.</i></p>\n",
    }),
    confirmEmailChangeTemplate: linkTemplate(
      'Confirm your {APP_NAME} new email address',
      'confirm-email-change',
      {
        lead: 'Click on the button below to confirm your new email address.',
        button: 'Confirm new email',
        close: "<p><i>If you didn't ask to change your email address, you can ignore this email.</i></p>\n",
      },
    ),
  };
}

const SIGNATURE = '<p>\n  Thanks,<br/>\n  {APP_NAME} team\n</p>';

const otpTemplate: MailTemplate = {
  subject: 'OTP for {APP_NAME}',
  body: `<p>Hello,</p>
<p>Your one-time password is: <strong>{OTP}</strong></p>
<p><i>If you didn't ask for the one-time password, you can ignore this email.</i></p>
${SIGNATURE}`,
};

const authAlertTemplate: MailTemplate = {
  subject: 'Login from a new location',
  body: `<p>Hello,</p>
<p>We noticed a login to your {APP_NAME} account from a new location:</p>
<p><em>{ALERT_INFO}</em></p>
<p><strong>If this wasn't you, change your {APP_NAME} password at once to end all other sessions.</strong></p>
<p>If this was you, you may disregard this email.</p>
${SIGNATURE}`,
};

function linkTemplate(
  subject: string,
  page: string,
  text: { readonly lead: string; readonly button: string; readonly close: string },
): MailTemplate {
  return {
    subject,
    body: `<p>Hello,</p>
<p>${text.lead}</p>
<p>
  <a class="btn" href="{APP_URL}/_/#/auth/${page}/{TOKEN}" target="_blank" rel="noopener">${text.button}</a>
</p>
${text.close}${SIGNATURE}`,
  };
}
