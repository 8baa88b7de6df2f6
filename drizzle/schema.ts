import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Definitions of collections; the metadata cache is read from here. */
export const collectionsTable = sqliteTable('_collections', {
  id: text().primaryKey(),
  name: text().notNull(),
  type: text().notNull(),
  system: integer().notNull(),
  idKind: text('id_kind').notNull(),
  /** JSON array of fields. */
  fields: text().notNull(),
  /** JSON array of CREATE INDEX texts. */
  indexes: text().notNull(),
  /** JSON object of rules per action. */
  rules: text().notNull(),
  /** JSON object: `{}` or `{"auth": …}`. */
  options: text().notNull(),
  created: text().notNull(),
  updated: text().notNull(),
});

/** The catalogue of stored objects (DESIGN.md 3 and 5). */
export const objectsTable = sqliteTable('_objects', {
  id: text().primaryKey(),
  backend: text().notNull(),
  key: text().notNull(),
  state: text().notNull(),
  epoch: text().notNull(),
  size: integer().notNull(),
  sha256: text().notNull(),
  type: text().notNull(),
  width: integer().notNull(),
  height: integer().notNull(),
  originalName: text('original_name').notNull(),
  name: text().notNull(),
  collection: text(),
  record: text(),
  field: text(),
  position: integer().notNull(),
  created: integer().notNull(),
  /** Id of an unfinished multipart upload at the service, journalled before its first part. */
  upload: text().notNull(),
  /** `<collection id>/<record id>` of the account that uploaded it; empty for guests and superusers. */
  owner: text().notNull(),
  /** The media type that the client claimed; empty when it claimed none. */
  declaredType: text('declared_type').notNull(),
});

/** Objects whose bytes are to be removed. */
export const fileDeletionsTable = sqliteTable('_file_deletions', {
  id: integer().primaryKey(),
  object: text().notNull(),
  backend: text().notNull(),
  key: text().notNull(),
  attempts: integer().notNull(),
  nextAttempt: integer('next_attempt').notNull(),
  error: text().notNull(),
  created: integer().notNull(),
});

/** Pictures made from stored objects; a cache. */
export const derivativesTable = sqliteTable(
  '_derivatives',
  {
    object: text().notNull(),
    transform: text().notNull(),
    key: text().notNull(),
    size: integer().notNull(),
    type: text().notNull(),
    used: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.object, table.transform] })],
);

/** Settings by key, as JSON text. */
export const settingsTable = sqliteTable('_settings', {
  key: text().primaryKey(),
  value: text().notNull(),
});

/** Files and bytes that are live, by their owner and, as owner `*`, of all; kept by triggers on `_objects`. */
export const usageTable = sqliteTable('_usage', {
  owner: text().primaryKey(),
  files: integer().notNull(),
  bytes: integer().notNull(),
});

/** Resumable uploads that may go on. */
export const uploadsTable = sqliteTable('_uploads', {
  id: text().primaryKey(),
  /** Who began it and alone may go on. */
  caller: text().notNull(),
  /** Whom it counts for: the caller, or the address of a guest. */
  source: text().notNull(),
  /** JSON: collection, field and record, or the values of a new record. */
  target: text().notNull(),
  state: text().notNull(),
  /** Concatenation: '' for a plain upload, `partial`, `final`. */
  part: text().notNull(),
  /** Ids of the pieces that a final upload was made of, comma-joined. */
  pieces: text().notNull(),
  filename: text().notNull(),
  /** The client's Upload-Metadata header, to be given back as it was. */
  metadata: text().notNull(),
  /** Bytes; null while the client has not said. */
  size: integer(),
  /** Bytes that are durable. */
  offset: integer().notNull(),
  /** Id of the record that has the file, once it is attached. */
  record: text().notNull(),
  created: integer().notNull(),
  expires: integer().notNull(),
});

/** Objects that the catalogue did not know, put aside inside their storage. */
export const quarantineTable = sqliteTable(
  '_quarantine',
  {
    storage: text().notNull(),
    /** The key it had. */
    key: text().notNull(),
    size: integer().notNull(),
    found: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.storage, table.key] })],
);

/** Work that comes back on a schedule: when it last ran and how that ended. Times in milliseconds since the epoch. */
export const jobsTable = sqliteTable('_jobs', {
  name: text().primaryKey(),
  /** When the job was first known; what came before is not made up for. */
  since: integer().notNull(),
  started: integer(),
  ended: integer(),
  /** '' before the first run, `running`, `done`, `failed`. */
  outcome: text().notNull(),
  /** Codes, no secrets. */
  error: text().notNull(),
  /** JSON of the last runs that ended, newest first: `started`, `ended`, `outcome`, `error`. */
  runs: text().notNull().default('[]'),
});

/** Sessions with refresh tokens. Of the tokens only SHA-256 digests are here. Times in milliseconds since the epoch. */
export const sessionsTable = sqliteTable('_sessions', {
  /** Digest of the half that all tokens of the session begin with. */
  id: text().primaryKey(),
  collection: text().notNull(),
  record: text().notNull(),
  /** What the account's token key was when it signed in; another one ends the session. */
  fingerprint: text().notNull(),
  /** Digest of the last token that was used. */
  current: text().notNull(),
  /** Digests of tokens issued for it and not used yet, oldest first, comma-joined. */
  successors: text().notNull(),
  /** Digests of the tokens before and beside the current one, good for a minute after `advanced`. */
  former: text().notNull(),
  /** When the current token was used for the first time. */
  advanced: integer().notNull(),
  anonymous: integer().notNull(),
  created: integer().notNull(),
  /** Never moves. */
  expires: integer().notNull(),
  /** From where the session was last opened or refreshed, and by what, as far as that is known. */
  address: text().notNull(),
  agent: text().notNull(),
  /** When that was. */
  used: integer().notNull(),
});

/** Codes and tokens that stand for an account for a short while, and marks of links that were followed. */
export const authCodesTable = sqliteTable('_auth_codes', {
  /** Digest of the code; for codes that people type, the account's place. */
  id: text().primaryKey(),
  kind: text().notNull(),
  collection: text().notNull(),
  record: text().notNull(),
  fingerprint: text().notNull(),
  /** Digest of a code that people type, or the challenge of an authorization code. */
  secret: text().notNull(),
  tries: integer().notNull(),
  expires: integer().notNull(),
});

/** Authenticator apps of accounts. */
export const secondFactorsTable = sqliteTable(
  '_second_factors',
  {
    collection: text().notNull(),
    record: text().notNull(),
    /** Base32; '' while none is confirmed. */
    secret: text().notNull(),
    /** Base32; one that waits for its first code. */
    pending: text().notNull(),
    /** The last time step whose code was used. */
    step: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.collection, table.record] })],
);

/** What superusers choose for themselves, and for nobody else. */
export const preferencesTable = sqliteTable(
  '_preferences',
  {
    collection: text().notNull(),
    record: text().notNull(),
    name: text().notNull(),
    /** JSON. */
    value: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.collection, table.record, table.name] })],
);
