import { type SQL, sql } from 'drizzle-orm';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { OneTimePasswords } from '../ports/one-time-passwords.ts';
import type { AccountRef } from './sessions.ts';

/** Authenticator apps of accounts, as they are stored. */
export interface SecondFactors {
  isOn(account: AccountRef): Promise<boolean>;
  /** Keeps a secret until it is confirmed; false when one is on already. */
  begin(account: AccountRef, secret: string): Promise<boolean>;
  /** Whether a secret waits to be confirmed. */
  isBegun(account: AccountRef): Promise<boolean>;
  /** Switches the waiting secret on if this is a code of it. */
  confirm(account: AccountRef, code: string): Promise<boolean>;
  /** Whether this is a code of the account that was not used yet; then it is. */
  use(account: AccountRef, code: string): Promise<boolean>;
  remove(account: AccountRef): Promise<void>;
  /** Takes over a secret that is in use already, base32. */
  adopt(account: AccountRef, secret: string): Promise<void>;
}

type Row = { readonly secret: string; readonly pending: string };

/** Makes {@link SecondFactors}. Each time step counts once: a code that somebody saw is of no use after its owner. */
export function createSecondFactors(deps: {
  readonly database: Database;
  readonly oneTimePasswords: OneTimePasswords;
  readonly clock: Clock;
}): SecondFactors {
  const { database, oneTimePasswords, clock } = deps;
  const at = (name: string): SQL => sql`${sql.placeholder(name)}`;
  const here = sql`collection = ${at('collection')} AND record = ${at('record')}`;
  const find = database.prepare(sql`SELECT secret, pending FROM _second_factors WHERE ${here}`);
  const begin = database.prepare(sql`
    INSERT INTO _second_factors (collection, record, secret, pending, step)
    VALUES (${at('collection')}, ${at('record')}, '', ${at('pending')}, 0)
    ON CONFLICT (collection, record) DO UPDATE SET pending = excluded.pending WHERE secret = ''`);
  const confirm = database.prepare(sql`
    UPDATE _second_factors SET secret = pending, pending = '', step = ${at('step')}
    WHERE ${here} AND secret = '' AND pending = ${at('pending')}`);
  const use = database.prepare(sql`
    UPDATE _second_factors SET step = ${at('step')}
    WHERE ${here} AND secret = ${at('secret')} AND step < ${at('step')}`);
  const remove = database.prepare(sql`DELETE FROM _second_factors WHERE ${here}`);

  const adopt = database.prepare(sql`
    INSERT INTO _second_factors (collection, record, secret, pending, step)
    VALUES (${at('collection')}, ${at('record')}, ${at('secret')}, '', 0)
    ON CONFLICT (collection, record) DO UPDATE SET secret = excluded.secret, pending = '', step = 0`);

  const place = ({ collection, record }: AccountRef) => ({
    collection: collection.id,
    record: String(record.id),
  });
  const read = (account: AccountRef) => database.get<Row>(find, place(account));

  return {
    isOn: async (account) => ((await read(account))?.secret ?? '') !== '',
    isBegun: async (account) => ((await read(account))?.pending ?? '') !== '',
    begin: (account, pending) =>
      database.write(async (tx) => (await tx.run(begin, { ...place(account), pending })).changes === 1),
    adopt: (account, secret) =>
      database.write(async (tx) => void (await tx.run(adopt, { ...place(account), secret }))),
    async confirm(account, code) {
      const { pending = '' } = (await read(account)) ?? {};
      const step = pending === '' ? undefined : await oneTimePasswords.match(pending, code, clock.now());
      if (step === undefined) return false;
      return database.write(
        async (tx) => (await tx.run(confirm, { ...place(account), pending, step })).changes === 1,
      );
    },
    async use(account, code) {
      const { secret = '' } = (await read(account)) ?? {};
      const step = secret === '' ? undefined : await oneTimePasswords.match(secret, code, clock.now());
      if (step === undefined) return false;
      return database.write(
        async (tx) => (await tx.run(use, { ...place(account), secret, step })).changes === 1,
      );
    },
    remove: (account) => database.write(async (tx) => void (await tx.run(remove, place(account)))),
  };
}
