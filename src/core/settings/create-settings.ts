import { sql } from 'drizzle-orm';
import { isPlainAddress } from '../../lib/mail-address.ts';
import { type Issue, invalid } from '../errors.ts';
import type { Configuration, SavedSettings, SettingInfo } from '../ports/configuration.ts';
import type { Database } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { Mailer } from '../ports/mailer.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Settings } from './settings.ts';

/** What {@link createSettings} needs. */
export interface SettingsOptions {
  readonly db: Database;
  readonly configuration: Configuration;
  readonly mailer: Mailer;
  readonly log: Log;
  /** Called once saved values count. */
  changed?(): Promise<void>;
}

/** What the keys of saved values begin with, beside the product's own settings in the same table. */
const PREFIX = 'config.';
const p = sql.placeholder;
/** Follows "expected". */
const AGAIN = 'the value once more, because it would be sent to another place';

/** Makes {@link Settings}. */
export function createSettings({ db, configuration, mailer, log, changed }: SettingsOptions): Settings {
  const load = db.prepare(sql`SELECT key, value FROM _settings WHERE key >= ${PREFIX} AND key < 'config/'`);
  const put = db.prepare(sql`INSERT INTO _settings (key, value) VALUES (${p('key')}, ${p('value')})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`);
  const drop = db.prepare(sql`DELETE FROM _settings WHERE key = ${p('key')}`);

  async function saved(): Promise<Readonly<Record<string, unknown>>> {
    const rows = await db.all<{ key: string; value: string }>(load);
    return Object.fromEntries(rows.map(({ key, value }) => [key.slice(PREFIX.length), JSON.parse(value)]));
  }

  return {
    async list(actor) {
      requireSuperuser(actor);
      return configuration.describe(await saved());
    },
    async save(actor, changes) {
      requireSuperuser(actor);
      const before = await saved();
      const known = configuration.describe(before);
      const issues = Object.entries(changes).flatMap(([key, value]) =>
        problems(known, key, value, configuration),
      );
      issues.push(...known.flatMap((info) => leaks(info, changes, before)));
      if (issues.length > 0) throw invalid(...issues);
      await db.write(async (tx) => {
        for (const [name, value] of Object.entries(changes)) {
          const key = `${PREFIX}${name}`;
          if (isNothing(value)) await tx.run(drop, { key });
          else await tx.run(put, { key, value: JSON.stringify(value) });
        }
      });
      log.info('settings.saved', {
        keys: Object.keys(changes),
        by: actor.kind === 'guest' ? '' : actor.record?.id,
      });
      const now = await saved();
      await configuration.apply(now);
      await changed?.();
      return configuration.describe(now);
    },
    async testMail(actor, { to, subject, text }) {
      requireSuperuser(actor);
      if (!isPlainAddress(to)) throw invalid({ path: 'to', code: 'is_email' });
      const html = `<p>${Bun.escapeHTML(text)}</p>`;
      await mailer.send({ to, subject, text, html });
    },
  };
}

function problems(
  known: readonly SettingInfo[],
  key: string,
  value: unknown,
  configuration: Configuration,
): Issue[] {
  const info = known.find((each) => each.key === key);
  if (info === undefined) return [{ path: key, code: 'unknown_key' }];
  if (info.held) return [{ path: key, code: 'held', params: { origin: info.originName || info.origin } }];
  const expected = isNothing(value) ? undefined : configuration.expected(key, value);
  return expected === undefined ? [] : [{ path: key, code: 'invalid_value', params: { expected } }];
}

/** A secret that cannot be read must not be had by sending it elsewhere, either. */
function leaks(
  { key, isSet, held, origin, originName, sentTo }: SettingInfo,
  changes: Readonly<Record<string, unknown>>,
  before: SavedSettings,
): Issue[] {
  if (!isSet || Object.hasOwn(changes, key)) return [];
  const moved = sentTo.filter((place) => {
    const value = changes[place];
    return value !== undefined && !isNothing(value) && String(value) !== String(before[place] ?? '');
  });
  if (moved.length === 0) return [];
  if (held) return moved.map((path) => ({ path, code: 'held', params: { origin: originName || origin } }));
  return [{ path: key, code: 'invalid_value', params: { expected: AGAIN } }];
}

function isNothing(value: unknown): boolean {
  return value === null || value === '';
}
