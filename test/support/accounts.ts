import { type Guest, internalRequest, systemActor } from '../../src/core/actor.ts';
import type { AccountRef } from '../../src/core/auth/sessions.ts';
import type { Collection } from '../../src/core/collections/collection.ts';
import type { CollectionInput } from '../../src/core/collections/collections.ts';
import type { CorePorts } from '../../src/core/core.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Passwords } from '../../src/core/ports/passwords.ts';
import type { RecordValues } from '../../src/core/records/record.ts';
import { createTestPasswords, openTestCore, type TestCore } from './core.ts';

/** A {@link TestCore} whose `users` have user names and need no e-mail, and one of them, Mia. */
export interface AccountWorld extends TestCore {
  readonly auth: TestCore['core']['auth'];
  /** What was done with passwords, in order: `hash`, `verify` or `burn`. */
  readonly hashing: string[];
  users(): Collection;
  change(definition: CollectionInput): Promise<void>;
  mia(): Promise<AccountRef>;
  /** An account that must be there, as it is stored now. */
  account(names: { readonly email: string } | { readonly username: string }): Promise<AccountRef>;
  /** The token or code of the last message, after all that were asked for; undefined when there is none since the last look. */
  mailed(): Promise<string | undefined>;
}

export const PASSWORD = 'correct horse battery';
export const MIA = 'mia@example.com';

/** Somebody at an address. */
export function from(address: string): Guest {
  return { kind: 'guest', request: { ...internalRequest, address } };
}

/** Somebody at an address, for most tests. */
export const somebody = from('192.0.2.1');

/** Opens an {@link AccountWorld}. */
export async function openAccountWorld(ports: Partial<CorePorts> = {}): Promise<AccountWorld> {
  const hashing: string[] = [];
  const world = await openTestCore({ failedLogins: 10, passwords: notedPasswords(hashing), ...ports });
  const { core, mailer } = world;
  const { records, collections } = core;
  const users = () => collections.get('users');
  let looked = 0;

  async function change(definition: CollectionInput): Promise<void> {
    await collections.update(systemActor, users().id, definition);
  }

  async function account(names: { readonly email: string } | { readonly username: string }) {
    const [[field, value] = ['', '']] = Object.entries(names);
    const record = await records.findStoredBy(users(), field, value);
    if (!record) throw new Error(`no account ${value}`);
    return { collection: users(), record };
  }

  await change({
    fields: [
      ...users().fields.map((field) => (field.name === 'email' ? { ...field, required: false } : field)),
      { name: 'username', type: 'text' },
    ],
    indexes: [
      ...users().indexes,
      "CREATE UNIQUE INDEX users_username ON users (username COLLATE NOCASE) WHERE username != ''",
    ],
    otp: { enabled: true },
  });
  await records.create(systemActor, users(), {
    ...{ email: MIA, username: 'mia', password: PASSWORD, passwordConfirm: PASSWORD },
  });
  hashing.length = 0;
  return {
    ...world,
    ...{ auth: core.auth, hashing, users, change, account },
    mia: () => account({ email: MIA }),
    async mailed() {
      await core.mailed();
      const message = mailer.sent[looked];
      looked = mailer.sent.length;
      return message && (/eyJ[\w.-]+/.exec(message.text)?.[0] ?? /: ([0-9A-Z]{6})$/m.exec(message.text)?.[1]);
    },
  };
}

function notedPasswords(hashing: string[]): Passwords {
  const quick = createTestPasswords();
  return {
    ...quick,
    hash: (password) => {
      hashing.push('hash');
      return quick.hash(password);
    },
    verify: (password, hash) => {
      hashing.push('verify');
      return quick.verify(password, hash);
    },
    burn: async () => void hashing.push('burn'),
  };
}

/** The account as an actor at the usual address. */
export function as({ collection, record }: AccountRef) {
  return { kind: 'account', collection, record, request: somebody.request } as const;
}

/** What work is refused with; throws when it is not. */
export async function refusal(work: Promise<unknown>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The id of an account. */
export function idOf(account: { readonly record: RecordValues } | undefined): unknown {
  return account?.record.id;
}
