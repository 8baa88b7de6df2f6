import { join, resolve } from 'node:path';
import { type ConfigKey, variableOf } from './config-key.ts';
import {
  bucketName,
  credential,
  flag,
  keyPrefix,
  oneOf,
  type Parse,
  region,
  text,
  webAddress,
} from './config-values.ts';
import { OperatorError } from './operator-error.ts';

/** The technologies that files can be kept with. */
export type StorageType = 'local' | 's3' | 'gcs' | 'azure';

/** A storage as it is configured. `table` is where its keys are: `storage`, or `storages.<name>`. */
export type StorageConfig = LocalStorageConfig | S3StorageConfig | GcsStorageConfig | AzureStorageConfig;

interface CommonConfig {
  /** The name that catalogue rows carry. */
  readonly name: string;
  readonly table: string;
}

interface RemoteConfig extends CommonConfig {
  /** Without a final slash where the service is; undefined = the provider's own. */
  readonly endpoint: string | undefined;
  /** What all keys begin with; empty, or ending in a slash. */
  readonly prefix: string;
}

/** A folder. */
export interface LocalStorageConfig extends CommonConfig {
  readonly type: 'local';
  /** Absolute. */
  readonly path: string;
}

/** A bucket of AWS S3 or of a service that speaks its protocol. */
export interface S3StorageConfig extends RemoteConfig {
  readonly type: 's3';
  readonly bucket: string;
  readonly region: string;
  /** Without the pair, credentials are those of the machine (a role, a profile, AWS's own variables). */
  readonly accessKey: string | undefined;
  readonly secretKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly forcePathStyle: boolean;
}

/** A bucket of Google Cloud Storage. */
export interface GcsStorageConfig extends RemoteConfig {
  readonly type: 'gcs';
  readonly bucket: string;
  /** A path to a key file, or its JSON text; undefined = the credentials of the machine. */
  readonly serviceAccountKey: string | undefined;
}

/** A container of Azure Blob Storage. */
export interface AzureStorageConfig extends RemoteConfig {
  readonly type: 'azure';
  readonly account: string;
  readonly container: string;
  readonly accessKey: string;
}

/** A key that every table of a storage may have. */
interface StorageKey {
  readonly key: string;
  /** The types that it belongs to. */
  readonly types: readonly StorageType[];
  /** The types that it is needed for. */
  readonly required: readonly StorageType[];
  readonly parse: Parse<string | boolean>;
  readonly shown: string;
  readonly secret?: ConfigKey<unknown>['secret'];
  /** Other products' variables for the `[storage]` table; each counts for its own type only. */
  readonly aliases?: Readonly<Partial<Record<StorageType, string>>>;
  readonly doc: string;
}

const REMOTE = ['s3', 'gcs', 'azure'] as const;

/** The keys of a storage beside its type. */
const storageKeys: readonly StorageKey[] = [
  {
    key: 'path',
    types: ['local'],
    required: [],
    parse: text,
    shown: '`storage` in the data folder',
    aliases: { local: 'STORAGE_LOCAL_ROOT' },
    doc: '`local`: folder of the stored files; needed for further storages.',
  },
  {
    key: 'bucket',
    types: ['s3', 'gcs'],
    required: ['s3', 'gcs'],
    parse: bucketName,
    shown: '',
    aliases: { s3: 'STORAGE_S3_BUCKET' },
    doc: '`s3`, `gcs`: name of the bucket, which must exist.',
  },
  {
    key: 'region',
    types: ['s3'],
    required: [],
    parse: region,
    shown: '`us-east-1`',
    aliases: { s3: 'STORAGE_S3_REGION' },
    doc: '`s3`: region of the bucket; `auto` for Cloudflare R2.',
  },
  {
    key: 'account',
    types: ['azure'],
    required: ['azure'],
    parse: text,
    shown: '',
    doc: '`azure`: name of the storage account.',
  },
  {
    key: 'container',
    types: ['azure'],
    required: ['azure'],
    parse: bucketName,
    shown: '',
    doc: '`azure`: name of the container, which must exist.',
  },
  {
    key: 'access_key',
    types: ['s3', 'azure'],
    required: ['azure'],
    parse: credential,
    shown: '',
    secret: true,
    aliases: { s3: 'STORAGE_S3_ACCESS_KEY' },
    doc: '`s3`: id of the access key, or the credentials of the machine (role, profile) when left out; `azure`: one of the keys of the account.',
  },
  {
    key: 'secret_key',
    types: ['s3'],
    required: [],
    parse: credential,
    shown: '',
    secret: true,
    aliases: { s3: 'STORAGE_S3_SECRET_KEY' },
    doc: '`s3`: the secret of the access key.',
  },
  {
    key: 'session_token',
    types: ['s3'],
    required: [],
    parse: credential,
    shown: 'none',
    secret: true,
    doc: '`s3`: the token of temporary credentials.',
  },
  {
    key: 'service_account_key',
    types: ['gcs'],
    required: [],
    parse: text,
    shown: '',
    // The JSON itself, or its base64, which some put there, too.
    secret: (value) => typeof value === 'string' && /^\s*(?:\{|e[w-z][\w+/=\s-]{100})/.test(value),
    doc: '`gcs`: path of the JSON key of a service account, or that JSON itself; the credentials of the machine when left out.',
  },
  {
    key: 'endpoint',
    types: REMOTE,
    required: [],
    parse: webAddress,
    shown: "the provider's",
    aliases: { s3: 'STORAGE_S3_ENDPOINT' },
    doc: '`s3`, `gcs`, `azure`: address of another service that speaks the same protocol.',
  },
  {
    key: 'force_path_style',
    types: ['s3'],
    required: [],
    parse: flag,
    shown: '`true` with an endpoint, else `false`',
    doc: '`s3`: put the bucket in the path of addresses instead of the host name.',
  },
  {
    key: 'prefix',
    types: REMOTE,
    required: [],
    parse: keyPrefix,
    shown: 'none',
    doc: '`s3`, `gcs`, `azure`: what the names of all objects begin with, for a bucket that is shared.',
  },
];

const words = oneOf('local', 's3', 'gcs', 'azure');
const parseType: Parse<StorageType> = (value) =>
  words(typeof value === 'string' ? value.toLowerCase() : value);

/** The key `<table>.type`. */
export function storageTypeKey(table: string): ConfigKey<StorageType | undefined> {
  const first = table === 'storage';
  return {
    name: `${table}.type`,
    parse: parseType,
    fallback: () => (first ? 'local' : undefined),
    shown: '`local`',
    ...(first ? { aliases: [{ variable: 'STORAGE_TYPE' }] } : {}),
    doc: 'Where new files are kept: `local` (a folder), `s3`, `gcs` (Google Cloud Storage) or `azure` (Blob Storage).',
  };
}

/** The other keys of a table of a storage, as they are for `type`; for every type without one. */
export function storageKeysOf(
  table: string,
  type?: StorageType,
): readonly (ConfigKey<string | boolean | undefined> & Pick<StorageKey, 'key' | 'types' | 'required'>)[] {
  return storageKeys.map(({ aliases = {}, ...declared }) => {
    const variables = Object.entries(aliases).filter(([of]) => type === undefined || of === type);
    return {
      ...declared,
      name: `${table}.${declared.key}`,
      fallback: () => undefined,
      ...(table === 'storage' ? { aliases: variables.map(([, variable]) => ({ variable })) } : {}),
    };
  });
}

/** The folder of the storage `local` where nothing configures one. */
const localPathKey: ConfigKey<string> = {
  name: 'storages.local.path',
  parse: text,
  fallback: (dir) => join(dir, 'storage'),
  shown: '`storage` in the data folder',
  aliases: [{ variable: 'STORAGE_LOCAL_ROOT' }],
  doc: 'Folder of the storage `local`.',
};

/** How the reader of the configuration answers for a key. */
export interface StorageSource {
  take<T>(key: ConfigKey<T>): T;
  /** Where the key is set, and to what, e.g. `"photos" (environment STORAGE_S3_BUCKET)`; undefined when it is not. */
  given(key: ConfigKey<string | boolean | undefined>): string | undefined;
  /** As `given`, for a key that has been taken; its default counts. */
  explain(name: string): string;
  /** Names of the tables under `storages`, from the file and from variables. */
  readonly names: readonly string[];
  /** The data folder. */
  readonly dir: string;
}

/**
 * All storages: that of `[storage]`, named after its type, first; then the further ones; and a folder called `local` unless
 * something else has that name, so that files stay readable when `[storage]` becomes a bucket. Throws {@link OperatorError}.
 */
export function readStorages(source: StorageSource): readonly StorageConfig[] {
  const storages: StorageConfig[] = [];
  const add = (storage: StorageConfig) => {
    const same = storages.find(({ name }) => name === storage.name);
    if (same)
      throw new OperatorError(
        `There are two storages called "${same.name}": [${same.table}], which is named after its type, and [${storage.table}].`,
      );
    const shared = storages.find((other) => placeOf(other) === placeOf(storage));
    if (shared)
      throw new OperatorError(
        `The storages "${shared.name}" and "${storage.name}" are the same place; give each its own ${storage.type === 'local' ? 'path' : 'prefix'}.`,
      );
    storages.push(storage);
  };
  add(readStorage(source, 'storage', undefined));
  for (const name of source.names) add(readStorage(source, `storages.${name}`, name));
  if (!storages.some(({ name }) => name === 'local'))
    add({ type: 'local', name: 'local', table: 'storages.local', path: resolve(source.take(localPathKey)) });
  return Object.freeze(storages.map((storage) => Object.freeze(storage)));
}

function readStorage(source: StorageSource, table: string, name: string | undefined): StorageConfig {
  const type = source.take(storageTypeKey(table));
  if (type === undefined)
    throw new OperatorError(
      `${table}.type is required; set it in dossier.toml or as ${variableOf(`${table}.type`)} to "local", "s3", "gcs" or "azure".`,
    );
  const values = new Map<string, string | boolean>();
  for (const key of storageKeysOf(table, type)) {
    if (!key.types.includes(type)) {
      const given = source.given(key);
      if (given === undefined) continue;
      const others = key.types.map((each) => `"${each}"`).join(' or ');
      throw new OperatorError(
        `${key.name} is set to ${given}, but it belongs to storages of type ${others}, and ${table}.type is ${source.explain(`${table}.type`)}.`,
      );
    }
    const fallback =
      key.key === 'path' && table === 'storage' ? join(source.dir, 'storage') : defaultOf(key.key, values);
    const needed = key.required.includes(type) || (key.key === 'path' && fallback === undefined);
    const value = source.take({ ...key, fallback: () => fallback });
    if (value !== undefined) values.set(key.key, value);
    else if (needed)
      throw new OperatorError(
        `${key.name} is required when ${table}.type is ${source.explain(`${table}.type`)}; set it in dossier.toml or as ${variableOf(key.name)}.`,
      );
  }
  if (type === 's3') refuseHalfPair(source, table, values);
  return assembleStorage(name ?? type, table, type, values);
}

/** An access key is an id and a secret. */
function refuseHalfPair(source: StorageSource, table: string, values: ReadonlyMap<string, unknown>): void {
  const [id, secret] = [`${table}.access_key`, `${table}.secret_key`];
  if (values.has('access_key') === values.has('secret_key')) return;
  const [given, missing] = values.has('access_key') ? [id, secret] : [secret, id];
  throw new OperatorError(
    `${missing} is required when ${given} is ${source.explain(given)}; set it in dossier.toml or as ${variableOf(missing)}.`,
  );
}

function defaultOf(key: string, values: ReadonlyMap<string, string | boolean>): string | boolean | undefined {
  if (key === 'region') return 'us-east-1';
  if (key === 'force_path_style') return values.has('endpoint');
  return key === 'prefix' ? '' : undefined;
}

function assembleStorage(
  name: string,
  table: string,
  type: StorageType,
  values: ReadonlyMap<string, string | boolean>,
): StorageConfig {
  const optional = (key: string) => {
    const value = values.get(key);
    return typeof value === 'string' ? value : undefined;
  };
  const string = (key: string) => optional(key) ?? '';
  const common = { name, table };
  const remote = { ...common, endpoint: optional('endpoint'), prefix: string('prefix') };
  switch (type) {
    case 'local':
      return { ...common, type, path: resolve(string('path')) };
    case 's3':
      return {
        ...{ ...remote, type, bucket: string('bucket'), region: string('region') },
        ...{ accessKey: optional('access_key'), secretKey: optional('secret_key') },
        sessionToken: optional('session_token'),
        forcePathStyle: values.get('force_path_style') === true,
      };
    case 'gcs':
      return {
        ...remote,
        type,
        bucket: string('bucket'),
        serviceAccountKey: optional('service_account_key'),
      };
    case 'azure':
      return {
        ...{ ...remote, type, account: string('account'), container: string('container') },
        accessKey: string('access_key'),
      };
  }
}

/** What must differ between two storages. */
function placeOf(storage: StorageConfig): string {
  switch (storage.type) {
    case 'local':
      return `local:${storage.path}`;
    case 's3':
    case 'gcs':
      return `${storage.type}:${storage.endpoint ?? ''}:${storage.bucket}:${storage.prefix}`;
    case 'azure':
      return `azure:${storage.endpoint ?? ''}:${storage.account}:${storage.container}:${storage.prefix}`;
  }
}

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/**
 * Names of further storages, from the tables under `storages` of the file and from variables such as
 * `DOSSIER_STORAGES_ARCHIVE_BUCKET`. A variable has `_` where a name has `-`; names that differ in that alone are refused.
 */
export function storageNames(
  inFile: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  for (const name of inFile) {
    if (NAME.test(name)) continue;
    throw new OperatorError(
      `A storage cannot be called ${JSON.stringify(name)} ([storages.${name}]); expected at most 32 of a-z, 0-9, - and _, beginning with a letter.`,
    );
  }
  const bySpelling = new Map<string, string>();
  const spelling = (name: string) => name.replaceAll('-', '_');
  for (const name of inFile) {
    const other = bySpelling.get(spelling(name));
    if (other !== undefined)
      throw new OperatorError(
        `The storages "${other}" and "${name}" have the same variables (${variableOf(`storages.${name}.type`)} and so on); rename one.`,
      );
    bySpelling.set(spelling(name), name);
  }
  for (const [variable, value] of Object.entries(environment)) {
    if (!value) continue;
    const name = nameIn(variable);
    if (name !== undefined && !bySpelling.has(name)) bySpelling.set(name, name);
  }
  return [...bySpelling.values()].sort();
}

/** The longest key first, so that `…_SERVICE_ACCOUNT_KEY` is not read as another. */
const suffixes = ['type', ...storageKeys.map(({ key }) => key)]
  .map((key) => `_${key.toUpperCase()}`)
  .sort((a, b) => b.length - a.length);

function nameIn(variable: string): string | undefined {
  const start = 'DOSSIER_STORAGES_';
  const suffix = suffixes.find((each) => variable.endsWith(each));
  if (!variable.startsWith(start) || suffix === undefined) return undefined;
  const name = variable.slice(start.length, -suffix.length).toLowerCase();
  return NAME.test(name) ? name : undefined;
}
