import { join } from 'node:path';
import {
  addressRange,
  integer,
  type ListenAddress,
  listenAddress,
  listOf,
  megabytes,
  oneOf,
  origin,
  type Parse,
  seconds,
  size,
  sizeOrNone,
  text,
  Unexpected,
  webAddress,
} from './config-values.ts';

/** One thing that can be configured. */
export interface ConfigKey<T> {
  /** Its dotted place in dossier.toml, and its name everywhere else. */
  readonly name: string;
  readonly parse: Parse<T>;
  /** The value when nobody sets it; `dir` is the data folder. */
  readonly fallback: (dir: string) => T;
  /** How the fallback is written in the README. */
  readonly shown: string;
  /** Its command-line flag, without the dashes. */
  readonly flag?: string;
  /** Variables of other products that mean the same, each with its own form where that differs. */
  readonly aliases?: readonly { readonly variable: string; readonly parse?: Parse<T> }[];
  readonly secret?: boolean;
  /** The value as `dossier config` prints it. Default: as JSON. */
  readonly write?: (value: T) => string;
  /** One sentence for the README and for `--help`. */
  readonly doc: string;
}

/** The README's table of everything that can be configured, in Markdown. */
export function configTable(): string {
  const rows = Object.values(keys).map((declared) => {
    const { name, flag, shown, doc } = declared;
    const aliases: readonly { variable: string }[] = declared.aliases ?? [];
    const variables = [variableOf(name), ...aliases.map(({ variable }) => variable)];
    const names = variables.map((variable) => `\`${variable}\``).join(', ');
    return `| \`${name}\` | ${flag ? `\`--${flag}\`` : ''} | ${names} | ${shown} | ${doc} |`;
  });
  return ['| Key | Flag | Environment | Default | Meaning |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** The variable of a key: `server.http` → `DOSSIER_SERVER_HTTP`. */
export function variableOf(name: string): string {
  return `DOSSIER_${name.replaceAll('.', '_').toUpperCase()}`;
}

const storageTypes = oneOf('local', 's3', 'gcs', 'azure');

/** Storage services that other releases have are known by name, so that the answer can be an honest one. */
const storageType: Parse<'local'> = (value) => {
  if (storageTypes(value) !== 'local')
    throw new Unexpected('"local": this build keeps files on the local disk only');
  return 'local';
};

function key<T>(declaration: ConfigKey<T>): ConfigKey<T> {
  return declaration;
}

/** Everything that can be configured; each key is declared here and nowhere else. */
export const keys = {
  dir: key<string>({
    name: 'dir',
    parse: text,
    fallback: () => './dossier_data',
    shown: '`./dossier_data`',
    flag: 'dir',
    doc: 'Folder of the database, the files and the backups.',
  }),
  http: key<ListenAddress>({
    name: 'server.http',
    parse: listenAddress,
    fallback: () => ({ hostname: '127.0.0.1', port: 8090 }),
    shown: '`127.0.0.1:8090`',
    flag: 'http',
    write: ({ hostname, port }) => `"${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}"`,
    doc: 'Address to listen on; port 0 takes a free one.',
  }),
  publicUrl: key<string | undefined>({
    name: 'server.public_url',
    parse: webAddress,
    fallback: () => undefined,
    shown: 'the listening address',
    flag: 'public-url',
    doc: 'Address under which browsers reach the server, used in links.',
  }),
  trustedProxies: key<readonly string[]>({
    name: 'server.trusted_proxies',
    parse: listOf(addressRange),
    fallback: () => [],
    shown: 'none',
    doc: 'Addresses or ranges of proxies whose `X-Forwarded-For` is believed.',
  }),
  corsOrigins: key<readonly string[]>({
    name: 'server.cors_origins',
    parse: listOf(origin),
    fallback: () => ['*'],
    shown: '`*`',
    doc: 'Origins of web pages that may call the API.',
  }),
  maxUploadSize: key<number | undefined>({
    name: 'server.max_upload_size',
    parse: sizeOrNone,
    fallback: () => undefined,
    shown: 'the limit of each field',
    aliases: [{ variable: 'MAX_UPLOAD_FILE_SIZE', parse: megabytes }],
    doc: 'Largest file that any field takes, such as `10MB`; `MAX_UPLOAD_FILE_SIZE` counts megabytes.',
  }),
  maxBodySize: key<number>({
    name: 'server.max_body_size',
    parse: size,
    fallback: () => 32 * 1024 * 1024,
    shown: '`32MB`',
    doc: 'Largest request body, before what the files and long texts of a collection add to it.',
  }),
  maxRequestsPerAddress: key<number>({
    name: 'server.max_requests_per_address',
    parse: integer(0, 1_000_000),
    fallback: () => 1000,
    shown: '`1000`',
    doc: 'Most requests of one address that may wait for their answer at a time; 0 = no limit.',
  }),
  idleTimeout: key<number>({
    name: 'server.idle_timeout',
    parse: seconds(5, 255),
    fallback: () => 60,
    shown: '`60s`',
    doc: 'A connection on which nothing is sent or answered for this long is closed. A long body may take its time, but needs some 1 KB a second.',
  }),
  shutdownTimeout: key<number>({
    name: 'server.shutdown_timeout',
    parse: seconds(0, 300),
    fallback: () => 30,
    shown: '`30s`',
    doc: 'How long a stopping server waits for requests that are under way.',
  }),
  storageType: key<'local'>({
    name: 'storage.type',
    parse: storageType,
    fallback: () => 'local',
    shown: '`local`',
    aliases: [{ variable: 'STORAGE_TYPE' }],
    doc: 'Where files are kept; this build has `local` only.',
  }),
  storagePath: key<string>({
    name: 'storage.path',
    parse: text,
    fallback: (dir) => join(dir, 'storage'),
    shown: '`storage` in the data folder',
    aliases: [{ variable: 'STORAGE_LOCAL_ROOT' }],
    doc: 'Folder of the stored files.',
  }),
  backupsPath: key<string>({
    name: 'backups.path',
    parse: text,
    fallback: (dir) => join(dir, 'backups'),
    shown: '`backups` in the data folder',
    doc: 'Folder of the backups.',
  }),
  synchronous: key<'full' | 'normal'>({
    name: 'database.synchronous',
    parse: oneOf('full', 'normal'),
    fallback: () => 'full',
    shown: '`full`',
    doc: '`full`: an answered write survives a power cut; `normal`: it survives a crash of the program only, and writes are faster.',
  }),
  imageWorkers: key<number>({
    name: 'images.workers',
    parse: integer(1, 32),
    fallback: () => 2,
    shown: '`2`',
    doc: 'Most processes that make thumbnails at the same time.',
  }),
  imageQueue: key<number>({
    name: 'images.queue',
    parse: integer(1, 10_000),
    fallback: () => 64,
    shown: '`64`',
    doc: 'Most pictures that may wait; beyond it the answer is 503.',
  }),
  hashQueue: key<number>({
    name: 'auth.hash_queue',
    parse: integer(1, 10_000),
    fallback: () => 128,
    shown: '`128`',
    doc: 'Most passwords that may wait to be hashed, a quarter of them from one address; beyond it the answer is 503.',
  }),
  failedLogins: key<number>({
    name: 'auth.failed_logins',
    parse: integer(0, 10_000),
    fallback: () => 10,
    shown: '`10`',
    doc: 'Failed logins per minute from one address to one account; 0 = no limit.',
  }),
  logLevel: key<'debug' | 'info' | 'warn' | 'error' | 'off'>({
    name: 'log.level',
    parse: oneOf('debug', 'info', 'warn', 'error', 'off'),
    fallback: () => 'info',
    shown: '`info`',
    flag: 'log-level',
    doc: 'Least level that is written; requests are `info`, failures of the server `error`.',
  }),
  logFormat: key<'auto' | 'pretty' | 'json'>({
    name: 'log.format',
    parse: oneOf('auto', 'pretty', 'json'),
    fallback: () => 'auto',
    shown: '`auto`',
    flag: 'log-format',
    doc: '`pretty` or `json`; `auto` is pretty on a terminal.',
  }),
};
