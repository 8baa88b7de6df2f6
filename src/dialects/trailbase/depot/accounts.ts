import type { Database } from 'bun:sqlite';
import type { Actor, Collection, Core, RecordInput } from '../../../core/index.ts';
import { type DepotValue, idValue } from './values.ts';

/** A row of `_user`, in any of the forms that it has had (specs/trailbase.md 14). */
interface UserRow {
  readonly id: Uint8Array;
  readonly email: string | null;
  readonly unverified_email?: string | null;
  readonly verified?: bigint;
  readonly username?: string | null;
  readonly password_hash?: string | null;
  readonly admin?: bigint;
  readonly totp_secret?: string | null;
  readonly provider_id?: bigint;
  readonly created?: bigint;
  readonly updated?: bigint;
}

/** An account on its way. */
export interface DepotAccount {
  readonly id: string;
  /** As the core stores them; without the id and the picture. */
  readonly values: RecordInput;
  readonly isAdmin: boolean;
  readonly totpSecret: string | undefined;
  /** It signs in by somebody else's service. */
  readonly hasProvider: boolean;
}

/** Makes `users` anew, with ids that are UUIDs, names beside e-mails, and neither of them required, as TrailBase has it. */
export async function prepareUsers(core: Core, actor: Actor): Promise<Collection> {
  const users = core.collections.get('users');
  const { id, name, rules, fields, auth } = users;
  const own = fields
    .filter((field) => field.name !== 'id')
    .map((field) => (field.name === 'email' ? { ...field, required: false } : field));
  await core.collections.delete(actor, id);
  return core.collections.create(actor, {
    ...{ id, name, type: 'auth', idKind: 'uuid' },
    ...{ listRule: rules.list, viewRule: rules.view, createRule: rules.create },
    ...{ updateRule: rules.update, deleteRule: rules.delete },
    fields: [...own, { name: 'username', type: 'text', max: 255 }],
    indexes: [
      ...users.indexes,
      "CREATE UNIQUE INDEX `idx_username_users` ON `users` (`username` COLLATE NOCASE) WHERE `username` != ''",
    ],
    passwordAuth: { enabled: true, identityFields: ['email', 'username'] },
    oauth2: auth?.oauth2,
  });
}

/** The accounts of a depot, in the order in which they were made; those whose e-mail was verified have it before others. */
export function* readAccounts(db: Database): Generator<DepotAccount> {
  for (const row of db.query<UserRow, []>('SELECT * FROM _user ORDER BY email IS NULL, rowid').iterate()) {
    const pending = row.email === null ? (row.unverified_email ?? null) : null;
    const email = row.email ?? pending ?? '';
    yield {
      id: idValue('uuid', row.id),
      values: {
        email,
        verified: row.email !== null && row.verified !== 0n,
        emailVisibility: false,
        username: row.username ?? '',
        password: row.password_hash ?? '',
        ...(row.created === undefined ? {} : { created: dateText(row.created) }),
        ...(row.updated === undefined ? {} : { updated: dateText(row.updated) }),
      },
      isAdmin: row.admin === 1n,
      totpSecret: row.totp_secret ?? undefined,
      hasProvider: (row.provider_id ?? 0n) !== 0n,
    };
  }
}

/** The pictures of accounts: the id of the account, and the file as TrailBase stored it. */
export function readAvatars(db: Database): ReadonlyMap<string, DepotValue> {
  const exists = db.query("SELECT 1 FROM sqlite_master WHERE name = '_user_avatar'").get();
  if (exists === null) return new Map();
  const rows = db.query<{ user: Uint8Array; file: string }, []>('SELECT user, file FROM _user_avatar').all();
  return new Map(rows.map(({ user, file }) => [idValue('uuid', user), file]));
}

function dateText(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().replace('T', ' ');
}
