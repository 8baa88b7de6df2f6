import { join } from 'node:path';
import type { Cron } from '../lib/cron.ts';
import { type ConfigKey, variableOf } from './config-key.ts';
import { storageKeysOf, storageTypeKey } from './config-storages.ts';
import {
  addressRange,
  appScheme,
  flag,
  hostName,
  integer,
  type ListenAddress,
  listenAddress,
  listOf,
  logSize,
  mailbox,
  megabytes,
  oneOf,
  onOff,
  origin,
  redirectAddress,
  schedule,
  seconds,
  size,
  sizeOrNone,
  sizeOrOff,
  text,
  webAddress,
} from './config-values.ts';

/** The README's table of everything that can be configured, in Markdown. */
export function configTable(): string {
  const rows = Object.values(keys).flatMap((declared) =>
    // The keys of a storage stand before those that all storages share.
    declared === keys.defaultStorage ? [...storageRows(), row(declared)] : [row(declared)],
  );
  return ['| Key | Flag | Environment | Default | Meaning |', '|---|---|---|---|---|', ...rows].join('\n');
}

type Row = Pick<ConfigKey<unknown>, 'name' | 'flag' | 'shown' | 'doc'> & {
  readonly aliases?: readonly { readonly variable: string }[];
  readonly alsoNamed?: readonly string[];
};

function row({ name, flag, shown, doc, aliases = [], alsoNamed = [] }: Row): string {
  const own = [name, ...alsoNamed].map(variableOf);
  const variables = [...own, ...aliases.map(({ variable }) => variable)];
  const names = variables.map((variable) => `\`${variable}\``).join(', ');
  return `| \`${name}\` | ${flag ? `\`--${flag}\`` : ''} | ${names} | ${shown} | ${doc} |`;
}

function storageRows(): string[] {
  const rows = [storageTypeKey('storage'), ...storageKeysOf('storage')].map(row);
  const names =
    'with the same keys as `[storage]` from `type` to `prefix`. A `-` in its name is `_` in variables.';
  rows.push(
    `| \`storages.NAME.KEY\` |  | \`DOSSIER_STORAGES_NAME_KEY\` | none | A further storage, called NAME, ${names} |`,
  );
  return rows;
}

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
    alsoNamed: ['server.request_size_limit_bytes'],
    doc: 'Largest request body, before what the files and long texts of a collection add to it. `server.request_size_limit_bytes` means the same.',
  }),
  maxRequestsPerAddress: key<number>({
    name: 'server.max_requests_per_address',
    parse: integer(0, 1_000_000),
    fallback: () => 1000,
    shown: '`1000`',
    doc: 'Most requests of one address that may wait for their answer at a time; 0 = no limit.',
  }),
  maxStreamsPerAddress: key<number>({
    name: 'server.max_streams_per_address',
    parse: integer(0, 1_000_000),
    fallback: () => 1000,
    shown: '`1000`',
    doc: 'Most realtime connections of one address; 0 = no limit. They do not count as waiting requests.',
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
  defaultStorage: key<string | undefined>({
    name: 'storage.default',
    parse: text,
    fallback: () => undefined,
    shown: 'that of `[storage]`',
    doc: 'Name of the storage that takes new files: `local`, `s3`, `gcs` or `azure` for that of `[storage]`, or the NAME of a further one. Older files stay where they are, and readable.',
  }),
  redirectDownloads: key<number | undefined>({
    name: 'storage.redirect_downloads',
    parse: sizeOrOff,
    fallback: () => undefined,
    shown: '`off`',
    doc: 'Send clients to the bucket itself, by an address that works for a short while, for files of at least this size, such as `10MB`.',
  }),
  spoolPath: key<string>({
    name: 'storage.spool_path',
    parse: text,
    fallback: (dir) => join(dir, 'spool'),
    shown: '`spool` in the data folder',
    doc: 'Folder where parts of files wait on their way to a bucket; needs up to 100 MB for each large upload under way.',
  }),
  uploadsPath: key<string>({
    name: 'uploads.path',
    parse: text,
    fallback: (dir) => join(dir, 'uploads'),
    shown: '`uploads` in the data folder',
    doc: 'Folder of resumable uploads that are not complete yet.',
  }),
  uploadsExpireAfter: key<number>({
    name: 'uploads.expire_after',
    parse: seconds(60, 30 * 24 * 3600),
    fallback: () => 24 * 3600,
    shown: '`24h`',
    write: (value) => `"${value}s"`,
    doc: 'A resumable upload that is not complete after this long is removed.',
  }),
  uploadsMaxSize: key<number | undefined>({
    name: 'uploads.max_size',
    parse: sizeOrNone,
    fallback: () => undefined,
    shown: 'the limit of each field',
    doc: 'Largest resumable upload, such as `5GB`.',
  }),
  quotaTotal: key<number | undefined>({
    name: 'quotas.total',
    parse: sizeOrNone,
    fallback: () => undefined,
    shown: 'none',
    doc: 'Most bytes that all files together may have, such as `500GB`.',
  }),
  quotaPerOwner: key<number | undefined>({
    name: 'quotas.per_owner',
    parse: sizeOrNone,
    fallback: () => undefined,
    shown: 'none',
    doc: 'Most bytes that the files uploaded by one account may have.',
  }),
  backupsPath: key<string>({
    name: 'backups.path',
    parse: text,
    fallback: (dir) => join(dir, 'backups'),
    shown: '`backups` in the data folder',
    doc: 'Folder of the backups.',
  }),
  backupsStorage: key<string | undefined>({
    name: 'backups.storage',
    parse: text,
    fallback: () => undefined,
    shown: 'the folder',
    doc: 'Name of the storage that takes new backups instead of the folder.',
  }),
  backupsSchedule: key<Cron | undefined>({
    name: 'backups.schedule',
    parse: schedule,
    fallback: () => undefined,
    shown: 'none',
    write: (value) => JSON.stringify(value?.text),
    doc: 'When to take backups, as five fields of cron in UTC, such as `0 3 * * *`, or `@daily`.',
  }),
  backupsKeep: key<number>({
    name: 'backups.keep',
    parse: integer(1, 1000),
    fallback: () => 7,
    shown: '`7`',
    doc: 'How many scheduled backups are kept; those that were asked for by name stay.',
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
  accessTokenTtl: key<number>({
    name: 'auth.access_token_ttl',
    parse: seconds(60, 24 * 3600),
    fallback: () => 3600,
    shown: '`1h`',
    write: (value) => `"${value}s"`,
    doc: 'Life of the access tokens that go with a refresh token (TrailBase clients). PocketBase tokens live as long as their collection says.',
  }),
  refreshTokenTtl: key<number>({
    name: 'auth.refresh_token_ttl',
    parse: seconds(3600, 400 * 24 * 3600),
    fallback: () => 30 * 24 * 3600,
    shown: '`30d`',
    write: (value) => `"${value}s"`,
    doc: 'Life of a session with a refresh token, from its start; using it does not extend it.',
  }),
  anonymousTokenTtl: key<number>({
    name: 'auth.anonymous_token_ttl',
    parse: seconds(3600, 400 * 24 * 3600),
    fallback: () => 90 * 24 * 3600,
    shown: '`90d`',
    write: (value) => `"${value}s"`,
    doc: 'The same for anonymous accounts.',
  }),
  consoleIdleTtl: key<number>({
    name: 'auth.console_idle_ttl',
    parse: seconds(300, 400 * 24 * 3600),
    fallback: () => 8 * 3600,
    shown: '`8h`',
    write: (value) => `"${value}s"`,
    doc: 'How long a session of the console may go unused; it ends after that. Sessions of other clients are not concerned.',
  }),
  anonymousAccounts: key<boolean>({
    name: 'auth.anonymous',
    parse: flag,
    fallback: () => false,
    shown: '`false`',
    doc: 'Whether anybody may have an account without a name and a password. The `users` collection needs a unique `username` field for it, and an `email` that is not required.',
  }),
  redirectUris: key<readonly string[]>({
    name: 'auth.redirect_uris',
    parse: listOf(redirectAddress),
    fallback: () => [],
    shown: 'none',
    doc: 'Addresses of other sites and apps to which a sign-in may lead; compared as a whole.',
  }),
  redirectSchemes: key<readonly string[]>({
    name: 'auth.redirect_schemes',
    parse: listOf(appScheme),
    fallback: () => [],
    shown: 'none',
    doc: 'Schemes of apps, such as `myapp`, to whose addresses a sign-in may lead.',
  }),
  disablePasswordAuth: key<boolean>({
    name: 'auth.disable_password_auth',
    parse: flag,
    fallback: () => false,
    shown: '`false`',
    doc: 'Whether registration with a password is off for TrailBase clients. Who has an account already still signs in.',
  }),
  smtpHost: key<string | undefined>({
    name: 'mail.smtp_host',
    parse: hostName,
    fallback: () => undefined,
    shown: 'none',
    doc: 'Server that takes mail. Without one, messages are written to the folder `outbox` in the data folder.',
  }),
  smtpPort: key<number | undefined>({
    name: 'mail.smtp_port',
    parse: integer(1, 65_535),
    fallback: () => undefined,
    shown: '`587`; `465` with `tls`',
    doc: 'Its port.',
  }),
  smtpUser: key<string | undefined>({
    name: 'mail.smtp_user',
    parse: text,
    fallback: () => undefined,
    shown: 'none',
    doc: 'User name there.',
  }),
  smtpPassword: key<string | undefined>({
    name: 'mail.smtp_password',
    parse: text,
    fallback: () => undefined,
    shown: 'none',
    secret: true,
    doc: 'Password there.',
  }),
  smtpEncryption: key<'none' | 'starttls' | 'tls'>({
    name: 'mail.smtp_encryption',
    parse: oneOf('none', 'starttls', 'tls'),
    fallback: () => 'starttls',
    shown: '`starttls`',
    doc: '`starttls` and `tls` insist on encryption and a valid certificate; `none` sends passwords readable.',
  }),
  mailFrom: key<string | undefined>({
    name: 'mail.from',
    parse: mailbox,
    fallback: () => undefined,
    shown: '`noreply` at the host of `server.public_url`',
    doc: 'Sender of messages, such as `Photos <noreply@example.com>`. Its name stands for `{APP_NAME}` in templates.',
  }),
  transactions: key<boolean>({
    name: 'trailbase.transactions',
    parse: flag,
    fallback: () => true,
    shown: '`true`',
    doc: 'Whether TrailBase clients may send several changes at once (`/api/transaction/v1/execute`).',
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
  logRequests: key<boolean>({
    name: 'logs.requests',
    parse: onOff,
    fallback: () => true,
    shown: '`on`',
    write: (value) => (value ? '"on"' : '"off"'),
    doc: 'Whether the last requests, warnings and errors are kept for the console, in `logs.db` in the data folder.',
  }),
  logKeep: key<number>({
    name: 'logs.keep',
    parse: seconds(60, 400 * 24 * 3600),
    fallback: () => 5 * 24 * 3600,
    shown: '`5d`',
    write: (value) => `"${value}s"`,
    doc: 'How long they are kept.',
  }),
  logMaxSize: key<number>({
    name: 'logs.max_size',
    parse: logSize,
    fallback: () => 200 * 1024 * 1024,
    shown: '`200MB`',
    doc: 'Most that they take; the oldest go first. At least `1MB`.',
  }),
};
