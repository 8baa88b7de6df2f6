import { sql } from 'drizzle-orm';
import { createLru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import { AppError, type Issue, invalid } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import { requireSuperuser } from '../require-superuser.ts';
import { PREFERENCE_LIMITS, type Preferences, type PreferenceValues } from './preferences.ts';

const NAME = /^[\w.-]{1,120}$/;
/** Accounts whose preferences stay in memory. */
const REMEMBERED = 50;
const p = sql.placeholder;

interface Remembered {
  readonly values: PreferenceValues;
  /** The database's, before they were read. */
  readonly version: number;
}

/** Makes {@link Preferences}. */
export function createPreferences(db: Database): Preferences {
  const ofAccount = sql`collection = ${p('collection')} AND record = ${p('record')}`;
  const load = db.prepare(sql`SELECT name, value FROM _preferences WHERE ${ofAccount}`);
  const put = db.prepare(sql`INSERT INTO _preferences (collection, record, name, value)
    VALUES (${p('collection')}, ${p('record')}, ${p('name')}, ${p('value')})
    ON CONFLICT (collection, record, name) DO UPDATE SET value = excluded.value`);
  const drop = db.prepare(sql`DELETE FROM _preferences WHERE ${ofAccount} AND name = ${p('name')}`);
  const count = db.prepare(sql`SELECT count(*) AS n FROM _preferences WHERE ${ofAccount}`);
  const remembered = createLru<string, Remembered>(REMEMBERED);

  return {
    async list(actor) {
      const owner = ownerOf(actor);
      const key = `${owner.collection}/${owner.record}`;
      // Before the read: what is committed during it makes the entry old, not wrong.
      const { version } = db;
      const known = remembered.get(key);
      if (known?.version === version) return known.values;
      const rows = await db.all<{ name: string; value: string }>(load, owner);
      const values = new Map(rows.map(({ name, value }): [string, unknown] => [name, JSON.parse(value)]));
      remembered.set(key, { values, version });
      return values;
    },
    async save(actor, changes) {
      const owner = ownerOf(actor);
      const texts = Object.entries(changes).map(([name, value]) => ({ name, text: textOf(value) }));
      const issues = texts.flatMap(({ name, text }) => problems(name, text));
      if (issues.length > 0) throw invalid(...issues);
      await db.write(async (tx) => {
        for (const { name, text } of texts) {
          if (text === undefined) await tx.run(drop, { ...owner, name });
          else await tx.run(put, { ...owner, name, value: text });
        }
        const kept = await tx.get<{ n: number }>(count, owner);
        const { count: max } = PREFERENCE_LIMITS;
        if (kept && kept.n > max) throw new AppError('conflict', { reason: 'too_many', params: { max } });
      });
    },
  };
}

function ownerOf(actor: Actor) {
  requireSuperuser(actor);
  const { collection, record } = actor.kind === 'superuser' ? actor : {};
  if (!collection || !record) throw new AppError('forbidden', { reason: 'no_account' });
  return { collection: collection.id, record: String(record.id) };
}

/** Undefined for what is to be forgotten. */
function textOf(value: unknown): string | undefined {
  return value === null ? undefined : JSON.stringify(value);
}

function problems(path: string, text: string | undefined): Issue[] {
  if (!NAME.test(path)) return [{ path, code: 'invalid_name' }];
  const { bytes: max } = PREFERENCE_LIMITS;
  return text !== undefined && Buffer.byteLength(text) > max
    ? [{ path, code: 'too_long', params: { max } }]
    : [];
}
