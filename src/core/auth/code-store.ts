import { type SQL, sql } from 'drizzle-orm';
import type { Database, DbRow } from '../ports/database.ts';

/** What a stored code stands for. */
export type CodeKind = 'otp' | 'authorization' | 'pendingFactor' | 'followed' | 'decoy';

/** A row of `_auth_codes`. */
export interface StoredCode {
  readonly id: string;
  readonly kind: CodeKind;
  readonly collection: string;
  readonly record: string;
  /** That of the account when the code was made. */
  readonly fingerprint: string;
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Codes that are used once. Every method is one transaction, so of several users at once one wins. */
export interface CodeStore {
  /** Adds one, or replaces the one of this id; some expired ones go. */
  put(code: StoredCode): Promise<void>;
  /** Adds one unless there is one of this id; answers whether it did. */
  claim(code: StoredCode): Promise<boolean>;
  /** Removes a code and gives it back; undefined when it is gone or expired. */
  take(kind: CodeKind, id: string): Promise<StoredCode | undefined>;
  /**
   * Counts a try, and gives the code when there are tries left; undefined when it is gone, expired or has had 5. When the
   * secret is right, it is removed and so used; without a secret it stays. Costs the same when there is none.
   */
  attempt(kind: CodeKind, id: string, secret?: string): Promise<StoredCode | undefined>;
  remove(id: string): Promise<void>;
  /** Costs what the others cost, and changes nothing that counts. */
  pretend(): Promise<void>;
}

const MOST_TRIES = 5;
/** Expired rows that go with each new one. */
const SWEPT = 20;

/** Makes {@link CodeStore}. */
export function createCodeStore(database: Database): CodeStore {
  const at = (name: string): SQL => sql`${sql.placeholder(name)}`;
  const columns = sql.raw('(id, kind, collection, record, fingerprint, secret, tries, expires)');
  const values = sql`(${at('id')}, ${at('kind')}, ${at('collection')}, ${at('record')}, ${at('fingerprint')},
    ${at('secret')}, 0, ${at('expires')})`;
  const put = database.prepare(sql`INSERT OR REPLACE INTO _auth_codes ${columns} VALUES ${values}`);
  const claim = database.prepare(
    sql`INSERT INTO _auth_codes ${columns} VALUES ${values} ON CONFLICT (id) DO NOTHING`,
  );
  const sweep = database.prepare(sql`
    DELETE FROM _auth_codes WHERE id IN (
      SELECT id FROM _auth_codes WHERE expires <= ${at('now')} LIMIT ${SWEPT})`);
  const take = database.prepare(sql`
    DELETE FROM _auth_codes WHERE id = ${at('id')} AND kind = ${at('kind')} AND expires > ${at('now')} RETURNING *`);
  const count = database.prepare(sql`
    UPDATE _auth_codes SET tries = tries + 1
    WHERE id = ${at('id')} AND kind = ${at('kind')} AND expires > ${at('now')} AND tries < ${MOST_TRIES} RETURNING *`);
  const remove = database.prepare(sql`DELETE FROM _auth_codes WHERE id = ${at('id')}`);
  const decoy = (now: number) => ({
    ...{ id: 'decoy', kind: 'decoy', collection: '', record: '', fingerprint: '', secret: '' },
    expires: now,
  });

  return {
    put: (code) =>
      database.write(async (tx) => {
        await tx.run(sweep, { now: tx.now });
        await tx.run(put, { ...code });
      }),
    claim: (code) =>
      database.write(async (tx) => {
        await tx.run(sweep, { now: tx.now });
        return (await tx.run(claim, { ...code })).changes === 1;
      }),
    take: (kind, id) =>
      database.write(async (tx) => {
        const row = await tx.get(take, { id, kind, now: tx.now });
        return row && readCode(row, kind);
      }),
    attempt: (kind, id, secret) =>
      database.write(async (tx) => {
        const row = await tx.get(count, { id, kind, now: tx.now });
        if (!row) {
          await tx.run(put, decoy(tx.now));
          return undefined;
        }
        const code = readCode(row, kind);
        if (secret === undefined) return code;
        // Both are digests under a key of ours: how long their comparison takes tells nothing.
        if (secret !== code.secret) return undefined;
        await tx.run(remove, { id });
        return code;
      }),
    remove: (id) => database.write(async (tx) => void (await tx.run(remove, { id }))),
    pretend: () => database.write(async (tx) => void (await tx.run(put, decoy(tx.now)))),
  };
}

function readCode(row: DbRow, kind: CodeKind): StoredCode {
  return {
    ...{ id: String(row.id), kind, collection: String(row.collection), record: String(row.record) },
    ...{ fingerprint: String(row.fingerprint), secret: String(row.secret), expires: Number(row.expires) },
  };
}
