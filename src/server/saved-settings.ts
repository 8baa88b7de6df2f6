import { Database } from 'bun:sqlite';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration, SavedSettings, SettingInfo } from '../core/ports/configuration.ts';
import type { Config, ConfigRow } from './config.ts';
import type { ConfigKey } from './config-key.ts';
import { keys } from './config-keys.ts';
import { Unexpected } from './config-values.ts';

type Savable = Pick<SettingInfo, 'applies' | 'control'> & {
  readonly key: Pick<ConfigKey<unknown>, 'name' | 'parse' | 'doc' | 'shown'>;
  readonly choices?: readonly string[] | typeof STORAGES;
  readonly sentTo?: readonly string[];
};

/** Stands for the names of the storages that there are. */
const STORAGES = 'storages';
const now = { applies: 'now', control: 'text' } as const;
const later = { applies: 'after_restart', control: 'text' } as const;

/** What admins may save, in the order in which it is shown. */
const SAVABLE: readonly Savable[] = [
  { key: keys.publicUrl, ...later },
  { key: keys.maxUploadSize, ...later },
  { key: keys.smtpHost, ...now },
  { key: keys.smtpPort, ...now },
  { key: keys.smtpUser, ...now },
  {
    ...{ key: keys.smtpPassword, ...now, control: 'secret' },
    sentTo: [keys.smtpHost.name, keys.smtpPort.name, keys.smtpEncryption.name],
  },
  { key: keys.smtpEncryption, ...now, control: 'choice', choices: ['starttls', 'tls', 'none'] },
  { key: keys.mailFrom, ...now },
  { key: keys.accessTokenTtl, ...now },
  { key: keys.refreshTokenTtl, ...now },
  { key: keys.anonymousTokenTtl, ...now },
  { key: keys.consoleIdleTtl, ...now },
  { key: keys.anonymousAccounts, ...now, control: 'flag' },
  { key: keys.disablePasswordAuth, ...now, control: 'flag' },
  { key: keys.failedLogins, ...later },
  { key: keys.redirectUris, ...later, control: 'list' },
  { key: keys.redirectSchemes, ...later, control: 'list' },
  { key: keys.backupsSchedule, ...now },
  { key: keys.backupsKeep, ...now },
  { key: keys.backupsStorage, ...later, control: 'choice', choices: STORAGES },
  { key: keys.quotaTotal, ...later },
  { key: keys.quotaPerOwner, ...later },
  { key: keys.transactions, ...later, control: 'flag' },
  { key: keys.logRequests, ...later, control: 'choice', choices: ['on', 'off'] },
  { key: keys.logKeep, ...now },
  { key: keys.logMaxSize, ...now },
];

const PREFIX = 'config.';

/**
 * What admins saved in a data folder, without opening it otherwise: a server may be running on it. Nothing where there is no
 * database yet, or none that can be read: whoever opens it next says what is wrong with it.
 */
export function readSavedSettings(dir: string): SavedSettings {
  const path = join(dir, 'data.db');
  if (!existsSync(path)) return {};
  const names = SAVABLE.map(({ key }) => `${PREFIX}${key.name}`);
  try {
    using database = new Database(path, { readonly: true });
    database.run('PRAGMA busy_timeout = 1000');
    const rows = database.query<{ key: string; value: string }, []>('SELECT key, value FROM _settings').all();
    const known = rows.filter(({ key }) => names.includes(key));
    return Object.fromEntries(known.map(({ key, value }) => [key.slice(PREFIX.length), JSON.parse(value)]));
  } catch {
    return {};
  }
}

/** A configuration that admins may change. */
export interface LiveConfig extends Configuration {
  /** With what was saved so far. */
  readonly current: Config;
}

/** Makes a {@link LiveConfig}; `changed` is told of each change, and what it does is waited for. */
export function createLiveConfig(start: Config, changed: (config: Config) => Promise<void>): LiveConfig {
  let current = start;
  const storages = start.storages.map(({ name }) => name);
  return {
    get current() {
      return current;
    },
    describe(saved) {
      const { rows } = start.reload(saved);
      return SAVABLE.flatMap((savable) => {
        const row = rows.find(({ key }) => key === savable.key.name);
        return row ? [infoOf(savable, row, storages)] : [];
      });
    },
    expected(name, value) {
      const savable = SAVABLE.find(({ key }) => key.name === name);
      try {
        savable?.key.parse(value);
        const isKnown = savable?.choices !== STORAGES || storages.includes(String(value));
        return isKnown ? undefined : `one of ${storages.map((each) => `"${each}"`).join(', ')}`;
      } catch (error) {
        if (error instanceof Unexpected) return error.message;
        throw error;
      }
    },
    async apply(saved) {
      current = start.reload(saved).config;
      await changed(current);
    },
  };
}

function infoOf(
  { key, applies, control, choices = [], sentTo = [] }: Savable,
  { value, isSet, origin }: ConfigRow,
  storages: readonly string[],
): SettingInfo {
  return {
    ...{ key: key.name, applies, control, sentTo, isSet },
    choices: choices === STORAGES ? storages : choices,
    value: isSet && control !== 'secret' ? value : undefined,
    origin: origin.kind === 'settings' ? 'saved' : origin.kind,
    originName: 'name' in origin ? origin.name : 'path' in origin ? origin.path : '',
    held: origin.kind !== 'settings' && origin.kind !== 'default',
    ...{ doc: key.doc, fallback: key.shown },
  };
}
