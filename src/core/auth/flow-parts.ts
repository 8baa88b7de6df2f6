import type { Collections } from '../collections/collections.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Passwords } from '../ports/passwords.ts';
import type { Records } from '../records/records.ts';
import type { SendMail } from './account-mail.ts';
import type { CodeStore } from './code-store.ts';
import type { CoreSessions } from './create-sessions.ts';
import type { Keys } from './keys.ts';
import type { Cooldown, RequestLimit } from './limits.ts';
import type { Logins } from './logins.ts';
import type { Postbox } from './postbox.ts';
import type { SecondFactors } from './second-factors.ts';
import type { Tokens } from './tokens.ts';
import type { Users } from './users.ts';

/** What the flows of accounts share. */
export interface FlowParts {
  readonly collections: Pick<Collections, 'schema' | 'get'>;
  readonly records: Records;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly keys: Keys;
  readonly sessions: CoreSessions;
  readonly secondFactors: SecondFactors;
  readonly logins: Logins;
  readonly tokens: Tokens;
  readonly users: Users;
  readonly codes: CodeStore;
  readonly mail: SendMail;
  readonly postbox: Postbox;
  readonly cooldown: Cooldown;
  readonly limit: RequestLimit;
  /** Whether accounts without a name and a password may be made. */
  readonly anonymous: boolean;
  /** Whether people may register with a password. */
  readonly registration: boolean;
}
