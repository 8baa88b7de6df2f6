import type { Database } from '../ports/database.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { OneTimePasswords } from '../ports/one-time-passwords.ts';
import type { TokenSigner } from '../ports/token-signer.ts';
import type { AccountFlows } from './account-flows.ts';
import { createAccountMail, type MailSettings } from './account-mail.ts';
import { createAnonymousFlows } from './anonymous-flows.ts';
import { createCodeGuesses } from './code-guesses.ts';
import { createCodeStore } from './code-store.ts';
import { createSessions, type SessionLifetimes } from './create-sessions.ts';
import type { FlowParts } from './flow-parts.ts';
import { createKeys } from './keys.ts';
import { createCooldown, createRequestLimit } from './limits.ts';
import { createNameFlows } from './name-flows.ts';
import { createOneTimeCodes } from './one-time-codes.ts';
import { createPasswordFlows } from './password-flows.ts';
import { createPostbox } from './postbox.ts';
import { createRegistration } from './registration.ts';
import { createSecondFactor } from './second-factor.ts';
import { createSecondFactors } from './second-factors.ts';
import { createTokens } from './tokens.ts';
import { createUsers } from './users.ts';

/** What is configured of accounts. */
export interface AccountSettings {
  readonly lifetimes: SessionLifetimes;
  /** Whether accounts without a name and a password may be made. */
  readonly anonymous: boolean;
  /** Whether people may register with a password. */
  readonly registration: boolean;
  readonly mail: MailSettings;
}

/** What {@link createAccountFlows} is made of. */
export interface AccountFlowsDeps
  extends Pick<FlowParts, 'collections' | 'records' | 'passwords' | 'clock' | 'ids' | 'log' | 'logins'> {
  readonly database: Database;
  readonly signer: TokenSigner;
  readonly mailer: Mailer;
  readonly oneTimePasswords: OneTimePasswords;
  /** Failures per minute from one address to one account; 0 = no limit of anything. */
  readonly failedLogins: number;
  readonly settings: AccountSettings;
}

/** {@link AccountFlows}, and what the core does with them. */
export interface OpenAccountFlows extends AccountFlows {
  /** Before anything else, after the migrations. */
  start(): Promise<void>;
  /** Resolves when all mail that was asked for is sent, or has failed. */
  idle(): Promise<void>;
  /** How much of it waits. */
  mailWaiting(): number;
  /** Waits for mail that is on its way, for a while. */
  close(): Promise<void>;
}

/** Requests of one address per minute, for each failed login that it may have: they cost a mail or a new account. */
const REQUESTS_PER_LOGIN = 3;

/** Makes {@link AccountFlows}. */
export function createAccountFlows(deps: AccountFlowsDeps): OpenAccountFlows {
  const { database, clock, log, settings, oneTimePasswords } = deps;
  const keys = createKeys(deps);
  const sessions = createSessions({ ...deps, keys, lifetimes: settings.lifetimes });
  const secondFactors = createSecondFactors(deps);
  const postbox = createPostbox(log);
  const parts: FlowParts = {
    ...deps,
    ...{ keys, sessions, secondFactors, postbox },
    tokens: createTokens(deps),
    users: createUsers(deps),
    codes: createCodeStore(database),
    mail: createAccountMail(deps.mailer, () => settings.mail),
    cooldown: createCooldown(clock),
    limit: createRequestLimit(deps.failedLogins * REQUESTS_PER_LOGIN, clock),
    // Read each time: admins change them while the server runs.
    get anonymous() {
      return settings.anonymous;
    },
    get registration() {
      return settings.registration;
    },
  };
  const { askForEmail, ...names } = createNameFlows(parts);
  return {
    ...{ sessions, derivedKey: keys.derived, start: keys.start },
    ...{ idle: postbox.idle, close: postbox.close, mailWaiting: () => postbox.waiting },
    totp: createSecondFactor(parts, {
      ...{ oneTimePasswords, issuer: settings.mail.appName },
      guesses: deps.failedLogins === 0 ? undefined : createCodeGuesses(clock),
    }),
    codes: createOneTimeCodes(parts),
    ...createRegistration(parts),
    ...createPasswordFlows(parts),
    ...names,
    ...createAnonymousFlows(parts, { askForEmail }),
  };
}
