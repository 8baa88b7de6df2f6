import { type SQL, sql } from 'drizzle-orm';
import type { Database, DbRow, Queryable, Tx } from '../ports/database.ts';
import type { TokenChain } from './rotation.ts';

/** A row of `_sessions`. */
export interface StoredSession {
  readonly id: string;
  readonly collection: string;
  readonly record: string;
  readonly fingerprint: string;
  readonly chain: TokenChain;
  readonly anonymous: boolean;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** When it was last opened, refreshed or noted as used, in milliseconds since the epoch. */
  readonly used: number;
  /** See {@link Whereabouts}. */
  readonly address: string;
  readonly agent: string;
}

/** From where, and by what, a session was last opened or refreshed; '' where that is not known. */
export type Whereabouts = Pick<StoredSession, 'address' | 'agent'>;

/** The statements of sessions. */
export interface SessionStore {
  /** Adds one; the account's oldest beyond 50 and some expired ones go. */
  insert(tx: Tx, session: Omit<StoredSession, 'used'>): Promise<void>;
  find(q: Queryable, id: string, now: number): Promise<StoredSession | undefined>;
  update(tx: Tx, id: string, chain: TokenChain, where: Whereabouts): Promise<void>;
  /** Notes that it is used. */
  touch(tx: Tx, id: string, where: Whereabouts): Promise<void>;
  remove(tx: Tx, id: string): Promise<void>;
  removeOf(tx: Tx, collection: string, record: string): Promise<void>;
  /** Whether the account, with this fingerprint, has a session that was opened as anonymous. */
  isAnonymous(
    account: Pick<StoredSession, 'collection' | 'record' | 'fingerprint'>,
    now: number,
  ): Promise<boolean>;
}

const MOST_PER_ACCOUNT = 50;
/** Expired rows that go with each new one: more than come, and never many at a time. */
const SWEPT = 20;

/** Makes {@link SessionStore}. */
export function createSessionStore(database: Database): SessionStore {
  const at = (name: string): SQL => sql`${sql.placeholder(name)}`;
  const insert = database.prepare(sql`
    INSERT INTO _sessions
      (id, collection, record, fingerprint, current, successors, former, advanced, anonymous, created, expires,
       address, agent, used)
    VALUES (${at('id')}, ${at('collection')}, ${at('record')}, ${at('fingerprint')}, ${at('current')},
      ${at('successors')}, ${at('former')}, ${at('advanced')}, ${at('anonymous')}, ${at('created')}, ${at('expires')},
      ${at('address')}, ${at('agent')}, ${at('created')})`);
  const trim = database.prepare(sql`
    DELETE FROM _sessions WHERE id IN (
      SELECT id FROM _sessions WHERE collection = ${at('collection')} AND record = ${at('record')}
      ORDER BY created DESC, id LIMIT -1 OFFSET ${MOST_PER_ACCOUNT})`);
  const sweep = database.prepare(sql`
    DELETE FROM _sessions WHERE id IN (SELECT id FROM _sessions WHERE expires <= ${at('now')} LIMIT ${SWEPT})`);
  const find = database.prepare(
    sql`SELECT * FROM _sessions WHERE id = ${at('id')} AND expires > ${at('now')}`,
  );
  const update = database.prepare(sql`
    UPDATE _sessions SET current = ${at('current')}, successors = ${at('successors')}, former = ${at('former')},
      advanced = ${at('advanced')}, address = ${at('address')}, agent = ${at('agent')},
      used = ${at('used')} WHERE id = ${at('id')}`);
  const touch = database.prepare(sql`
    UPDATE _sessions SET used = ${at('used')}, address = ${at('address')}, agent = ${at('agent')}
    WHERE id = ${at('id')}`);
  const remove = database.prepare(sql`DELETE FROM _sessions WHERE id = ${at('id')}`);
  const removeOf = database.prepare(
    sql`DELETE FROM _sessions WHERE collection = ${at('collection')} AND record = ${at('record')}`,
  );
  const anonymous = database.prepare(sql`
    SELECT 1 AS found FROM _sessions WHERE collection = ${at('collection')} AND record = ${at('record')}
      AND fingerprint = ${at('fingerprint')} AND anonymous = 1 AND expires > ${at('now')} LIMIT 1`);

  return {
    async insert(
      tx,
      {
        id,
        collection,
        record,
        fingerprint,
        chain,
        anonymous: isAnonymous,
        created,
        expires,
        address,
        agent,
      },
    ) {
      await tx.run(sweep, { now: created });
      await tx.run(insert, {
        ...{ id, collection, record, fingerprint, created, expires, address, agent },
        ...chainColumns(chain),
        anonymous: isAnonymous ? 1 : 0,
      });
      await tx.run(trim, { collection, record });
    },
    async find(q, id, now) {
      const row = await q.get(find, { id, now });
      return row && readSession(row);
    },
    async update(tx, id, chain, { address, agent }) {
      await tx.run(update, { id, address, agent, used: tx.now, ...chainColumns(chain) });
    },
    async touch(tx, id, { address, agent }) {
      await tx.run(touch, { id, address, agent, used: tx.now });
    },
    async remove(tx, id) {
      await tx.run(remove, { id });
    },
    async removeOf(tx, collection, record) {
      await tx.run(removeOf, { collection, record });
    },
    async isAnonymous({ collection, record, fingerprint }, now) {
      return (await database.get(anonymous, { collection, record, fingerprint, now })) !== undefined;
    },
  };
}

function chainColumns({ current, successors, former, advanced }: TokenChain) {
  return { current, successors: successors.join(','), former: former.join(','), advanced };
}

function readSession(row: DbRow): StoredSession {
  const list = (value: unknown) =>
    String(value)
      .split(',')
      .filter((part) => part !== '');
  return {
    id: String(row.id),
    collection: String(row.collection),
    record: String(row.record),
    fingerprint: String(row.fingerprint),
    chain: {
      current: String(row.current),
      successors: list(row.successors),
      former: list(row.former),
      advanced: Number(row.advanced),
    },
    anonymous: row.anonymous === 1,
    created: Number(row.created),
    expires: Number(row.expires),
    used: Number(row.used),
    address: String(row.address),
    agent: String(row.agent),
  };
}
