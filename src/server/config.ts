import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FAILPOINTS } from '../lib/build-flags.ts';
import { type ConfigKey, variableOf } from './config-key.ts';
import { keys } from './config-keys.ts';
import {
  readStorages,
  type StorageConfig,
  storageKeysOf,
  storageNames,
  storageTypeKey,
} from './config-storages.ts';
import { Unexpected } from './config-values.ts';
import { OperatorError } from './operator-error.ts';

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'flag'; readonly name: string }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'settings' }
  | { readonly kind: 'default' };

/** What the configuration is read from, strongest first. */
export interface ConfigSources {
  /** Values of flags by their name without dashes (`http`, `config`). */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Settings saved in the console, by key name; or where they are read, given the data folder. */
  readonly settings?: Saved | ((dir: string) => Saved);
}

type Saved = Readonly<Record<string, unknown>>;

/** {@link ConfigSources} with what was saved in the data folder. */
type Found = Omit<ConfigSources, 'settings'> & { readonly settings?: Saved };

/** The configuration: one frozen object, grouped like dossier.toml. Paths are absolute. */
export type Config = ReturnType<typeof assemble>;

/** A value as `dossier config` shows it. */
export interface ConfigRow {
  readonly key: string;
  /** As it could be written in dossier.toml, or `(not set)`; secrets are masked. */
  readonly value: string;
  readonly isSet: boolean;
  readonly origin: Origin;
}

/** A configuration, and how it came about. */
export interface LoadedConfig {
  readonly config: Config;
  /** Every key, in the order of declaration. */
  readonly rows: readonly ConfigRow[];
  /** The configuration file that was read, if there was one. */
  readonly file: string | undefined;
}

/**
 * Reads flags, environment and dossier.toml: the only place that does. Precedence: flag > environment > file > saved
 * settings > default. A file that was asked for must exist; `dossier.toml` in the working folder may.
 * Throws {@link OperatorError} naming key, value and origin when something is wrong.
 *
 * Unknown `DOSSIER_…` variables are ignored: container platforms put some of their own beside ours.
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const environment = sources.environment ?? Bun.env;
  const asked = sources.flags?.config ?? environment[variableOf('config')];
  const file = readConfigFile(asked);
  const rows = new Map<string, ConfigRow>();
  let found: Found = { ...sources, settings: undefined };

  const find = <T>(key: ConfigKey<T>) =>
    candidates(key, found, environment, file).find(({ value }) => value !== undefined);
  const take: Take = (key, dir) => {
    const first = find(key);
    const value = first ? parseCandidate(key, first) : key.fallback(dir);
    const isSet = value !== undefined;
    rows.set(key.name, { key: key.name, value: show(key, value), isSet, origin: first?.origin ?? DEFAULT });
    return value;
  };
  // They are in the data folder, which is therefore not theirs to name.
  const { settings } = sources;
  found = {
    ...sources,
    settings: typeof settings === 'function' ? settings(resolve(take(keys.dir, ''))) : settings,
  };
  const explain = (name: string) => {
    const row = rows.get(name);
    return row && row.value !== NOT_SET ? `${row.value} (${describeOrigin(row.origin)})` : NOT_SET;
  };

  const names = storageNames(file?.storages ?? [], environment);
  const storages: TakeStorages = (dir) => {
    const given = (key: ConfigKey<string | boolean | undefined>) => {
      const first = find(key);
      return (
        first && `${key.secret ? 'a value' : JSON.stringify(first.value)} (${describeOrigin(first.origin)})`
      );
    };
    return readStorages({ take: (key) => take(key, dir), given, explain, names, dir });
  };
  const config = assemble({
    take,
    storages,
    explain: Object.freeze(explain),
    reload: Object.freeze((saved: Saved) => loadConfig({ ...sources, environment, settings: saved })),
    failpoints: (FAILPOINTS && environment.DOSSIER_FAILPOINTS) || '',
  });
  if (file) refuseUnknownKeys(file, names);
  return { config, rows: [...rows.values()], file: file?.path };
}

const NOT_SET = '(not set)';
const DEFAULT: Origin = { kind: 'default' };

function show<T>(key: ConfigKey<T>, value: T): string {
  if (value === undefined) return NOT_SET;
  const secret = typeof key.secret === 'function' ? key.secret(value) : key.secret;
  if (secret) return '********';
  return key.write ? key.write(value) : JSON.stringify(value);
}

type Take = <T>(key: ConfigKey<T>, dir: string) => T;
type TakeStorages = (dir: string) => readonly StorageConfig[];

/** What {@link assemble} reads with. */
interface Reading {
  readonly take: Take;
  readonly storages: TakeStorages;
  readonly explain: (name: string) => string;
  readonly reload: (saved: Saved) => LoadedConfig;
  readonly failpoints: string;
}

function assemble({ take, storages: takeStorages, explain, reload, failpoints }: Reading) {
  const dir = resolve(take(keys.dir, ''));
  const server = Object.freeze({
    http: take(keys.http, dir),
    publicUrl: take(keys.publicUrl, dir),
    trustedProxies: take(keys.trustedProxies, dir),
    corsOrigins: take(keys.corsOrigins, dir),
    /** Bytes; undefined = what each field says. */
    maxUploadSize: take(keys.maxUploadSize, dir),
    /** Bytes. */
    maxBodySize: take(keys.maxBodySize, dir),
    /** 0 = no limit. */
    maxRequestsPerAddress: take(keys.maxRequestsPerAddress, dir),
    /** 0 = no limit. */
    maxStreamsPerAddress: take(keys.maxStreamsPerAddress, dir),
    /** Seconds. */
    idleTimeout: take(keys.idleTimeout, dir),
    /** Seconds. */
    shutdownTimeout: take(keys.shutdownTimeout, dir),
  });
  const storages = takeStorages(dir);
  const defaultStorage = take(keys.defaultStorage, dir) ?? storages[0]?.name ?? 'local';
  const local = storages.find(({ name }) => name === 'local');
  const config = Object.freeze({
    dir,
    server,
    /** That of `[storage]` first; there is always one. */
    storages,
    /** The name of the one that takes new files. */
    defaultStorage,
    storage: Object.freeze({
      /** The folder of the storage called `local`; where one of that name is no folder, a folder that is not used. */
      path: local?.type === 'local' ? local.path : join(dir, 'storage'),
      /** Bytes from which on clients are sent to the bucket itself; undefined = never. */
      redirectDownloads: take(keys.redirectDownloads, dir),
      spoolPath: resolve(take(keys.spoolPath, dir)),
    }),
    uploads: Object.freeze({
      path: resolve(take(keys.uploadsPath, dir)),
      /** Seconds. */
      expireAfter: take(keys.uploadsExpireAfter, dir),
      /** Bytes; undefined = what each field says. */
      maxSize: take(keys.uploadsMaxSize, dir),
    }),
    quotas: Object.freeze({
      /** Bytes; undefined = no limit. */
      total: take(keys.quotaTotal, dir),
      /** Bytes; undefined = no limit. */
      perOwner: take(keys.quotaPerOwner, dir),
    }),
    backups: Object.freeze({
      path: resolve(take(keys.backupsPath, dir)),
      /** The name of a configured storage; undefined = the folder. */
      storage: take(keys.backupsStorage, dir),
      /** Undefined = none. */
      schedule: take(keys.backupsSchedule, dir),
      keep: take(keys.backupsKeep, dir),
    }),
    database: Object.freeze({ synchronous: take(keys.synchronous, dir) }),
    images: Object.freeze({ workers: take(keys.imageWorkers, dir), queue: take(keys.imageQueue, dir) }),
    auth: Object.freeze({
      hashQueue: take(keys.hashQueue, dir),
      /** Per minute, from one address to one account; 0 = no limit. */
      failedLogins: take(keys.failedLogins, dir),
      /** Seconds. */
      accessTokenTtl: take(keys.accessTokenTtl, dir),
      /** Seconds. */
      refreshTokenTtl: take(keys.refreshTokenTtl, dir),
      /** Seconds. */
      anonymousTokenTtl: take(keys.anonymousTokenTtl, dir),
      /** Seconds. */
      consoleIdleTtl: take(keys.consoleIdleTtl, dir),
      anonymous: take(keys.anonymousAccounts, dir),
      redirectUris: take(keys.redirectUris, dir),
      redirectSchemes: take(keys.redirectSchemes, dir),
      disablePasswordAuth: take(keys.disablePasswordAuth, dir),
    }),
    mail: Object.freeze({
      /** Undefined = none: mail is written to the outbox. */
      smtpHost: take(keys.smtpHost, dir),
      /** Undefined = the usual one of the encryption. */
      smtpPort: take(keys.smtpPort, dir),
      smtpUser: take(keys.smtpUser, dir),
      smtpPassword: take(keys.smtpPassword, dir),
      smtpEncryption: take(keys.smtpEncryption, dir),
      /** `me@example.com` or `Name <me@example.com>`; undefined = made of the public address. */
      from: take(keys.mailFrom, dir),
    }),
    trailbase: Object.freeze({ transactions: take(keys.transactions, dir) }),
    log: Object.freeze({ level: take(keys.logLevel, dir), format: take(keys.logFormat, dir) }),
    logs: Object.freeze({
      requests: take(keys.logRequests, dir),
      /** Seconds. */
      keep: take(keys.logKeep, dir),
      /** Bytes. */
      maxSize: take(keys.logMaxSize, dir),
    }),
    /** The value of a key and where it came from, e.g. `"photos" (environment STORAGE_S3_BUCKET)`; secrets masked. */
    explain,
    /** Reads everything again, with other saved settings. */
    reload,
    /** For tests of crashes; always empty in a release. */
    failpoints,
  });
  refuseUnknownStorage(config, keys.defaultStorage.name, config.defaultStorage);
  refuseUnknownStorage(config, keys.backupsStorage.name, config.backups.storage);
  return config;
}

/** A key that names a storage must name one that there is. */
function refuseUnknownStorage(
  config: { readonly storages: readonly StorageConfig[]; readonly explain: (name: string) => string },
  key: string,
  name: string | undefined,
): void {
  const names = config.storages.map((storage) => storage.name);
  if (name === undefined || names.includes(name)) return;
  throw new OperatorError(`${key} cannot be ${config.explain(key)}; the storages are ${quoteList(names)}.`);
}

function quoteList(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}

interface Candidate<T> {
  readonly value: unknown;
  readonly origin: Origin;
  readonly parse: (value: unknown) => T;
}

function* candidates<T>(
  key: ConfigKey<T>,
  sources: Found,
  environment: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): Generator<Candidate<T>> {
  const { parse } = key;
  if (key.flag) {
    yield { value: sources.flags?.[key.flag], origin: { kind: 'flag', name: `--${key.flag}` }, parse };
  }
  const names = [key.name, ...(key.alsoNamed ?? [])];
  const own = names.map((name) => ({ variable: variableOf(name), parse: undefined }));
  for (const { variable, parse: other } of [...own, ...(key.aliases ?? [])]) {
    // An empty variable counts as unset, as in most programs: compose files cannot unset one.
    const value = environment[variable] || undefined;
    yield { value, origin: { kind: 'environment', name: variable }, parse: other ?? parse };
  }
  if (file) {
    for (const name of names) {
      yield { value: file.values.get(name), origin: { kind: 'file', path: file.path }, parse };
    }
  }
  yield { value: sources.settings?.[key.name], origin: { kind: 'settings' }, parse };
}

function parseCandidate<T>(key: ConfigKey<T>, candidate: Candidate<T>): T {
  try {
    return candidate.parse(candidate.value);
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const value = key.secret ? 'its value' : withoutPassword(JSON.stringify(candidate.value));
    throw new OperatorError(
      `${key.name} cannot be ${value} (${describeOrigin(candidate.origin)}); expected ${error.message}.`,
    );
  }
}

/** An address is shown without who asks there, which is none of the mistakes that its reader looks for. */
function withoutPassword(value: string): string {
  return value.replaceAll(/\/\/[^/@"]*@/g, '//********@');
}

interface ConfigFile {
  readonly path: string;
  /** By dotted name. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Names of the tables under `storages`. */
  readonly storages: readonly string[];
}

function readConfigFile(asked: string | undefined): ConfigFile | undefined {
  const path = resolve(asked ?? 'dossier.toml');
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (error) {
    if (asked === undefined && isMissing(error)) return undefined;
    const what = isMissing(error) ? 'does not exist' : 'cannot be read';
    throw new OperatorError(`The configuration file ${path} ${what}.`, { cause: error });
  }
  try {
    const parsed = Bun.TOML.parse(source);
    const tables = 'storages' in parsed ? parsed.storages : {};
    const storages = isTable(tables)
      ? Object.keys(tables).filter((name) => isTable(Reflect.get(tables, name)))
      : [];
    return { path, values: new Map(flatten(parsed, '')), storages };
  } catch (error) {
    // What it quotes may be a secret.
    const reason = error instanceof Error ? error.message.split('\n')[0]?.replace(/: ".*$/, '') : '';
    throw new OperatorError(`The configuration file ${path} is not valid TOML: ${reason}.`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function* flatten(table: object, prefix: string): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(table)) {
    if (isTable(value)) yield* flatten(value, `${prefix}${name}.`);
    else yield [`${prefix}${name}`, value];
  }
}

function isTable(value: unknown): value is object {
  // Dates are objects, too.
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

type NamedKey = Pick<ConfigKey<unknown>, 'name' | 'alsoNamed'>;

function refuseUnknownKeys(file: ConfigFile, names: readonly string[]): void {
  const tables = ['storage', ...names.map((name) => `storages.${name}`)];
  const known = [
    ...Object.values(keys).flatMap(({ name, alsoNamed = [] }: NamedKey) => [name, ...alsoNamed]),
    ...tables.flatMap((table) => [storageTypeKey(table), ...storageKeysOf(table)].map((key) => key.name)),
  ];
  for (const name of file.values.keys()) {
    if (known.includes(name)) continue;
    const shown = name.slice(0, 100);
    const nearest = known.toSorted((a, b) => distance(a, shown) - distance(b, shown))[0];
    throw new OperatorError(`There is no key "${shown}" (in ${file.path}); the nearest is "${nearest}".`);
  }
}

/** Levenshtein's: how many characters must be added, taken away or replaced. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** An origin in words, e.g. `flag --http`, `environment STORAGE_TYPE`, `default`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'flag':
    case 'environment':
      return `${origin.kind} ${origin.name}`;
    case 'file':
      return origin.path;
    case 'settings':
      return 'saved settings';
    case 'default':
      return 'default';
  }
}
