import { createHmac, hkdfSync } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import { ALPHANUMERIC, type Ids } from '../ports/ids.ts';
import type { KeyPairSigner, TokenSigner } from '../ports/token-signer.ts';
import type { RecordValues } from '../records/record.ts';

/** Secrets of the installation. They are made once and live in the database, so backups hold them. */
export interface Keys {
  /** Reads the root secret, or makes it at the first start. */
  start(): Promise<void>;
  /** 32 bytes for this purpose. `internal` reason `keys_not_ready` before the start. */
  derived(purpose: string): Uint8Array;
  /** Access tokens; the key pair is made with the first one. */
  accessTokens(): Promise<KeyPairSigner>;
  /**
   * What ties a session to its account's token key and to the secret of its collection, without telling either; undefined
   * where one is missing.
   */
  fingerprint(collection: Collection, record: RecordValues): string | undefined;
  /** What the fingerprint is made of: compared instead of it where it stays in memory, it costs nothing to make. */
  accountKey(collection: Collection, record: RecordValues): string | undefined;
  /** The fingerprint of an {@link Keys.accountKey}. */
  fingerprintOf(accountKey: string): string;
}

/** Some 256 bits. */
const ROOT_LENGTH = 43;
/** Characters of base64url: 132 bits. */
const FINGERPRINT_LENGTH = 22;

/** Makes {@link Keys}. */
export function createKeys(deps: {
  readonly database: Database;
  readonly ids: Ids;
  readonly signer: TokenSigner;
}): Keys {
  const { database, ids, signer } = deps;
  const known = new Map<string, Uint8Array>();
  let root: string | undefined;
  let pair: Promise<KeyPairSigner> | undefined;

  function derived(purpose: string): Uint8Array {
    if (root === undefined) throw new AppError('internal', { reason: 'keys_not_ready' });
    const found =
      known.get(purpose) ?? new Uint8Array(hkdfSync('sha256', root, '', `dossier ${purpose}`, 32));
    known.set(purpose, found);
    return found;
  }

  async function openPair(): Promise<KeyPairSigner> {
    return signer.withKeyPair(await keepSetting(database, 'auth.access_key', () => signer.newKeyPair()));
  }

  function fingerprintOf(key: string): string {
    const hmac = createHmac('sha256', derived('account fingerprints'));
    return hmac.update(key).digest('base64url').slice(0, FINGERPRINT_LENGTH);
  }

  return {
    async start() {
      root = await keepSetting(database, 'auth.root_secret', async () =>
        ids.random(ROOT_LENGTH, ALPHANUMERIC),
      );
    },
    derived,
    accessTokens() {
      pair ??= openPair().catch((error: unknown) => {
        pair = undefined;
        throw error;
      });
      return pair;
    },
    fingerprint(collection, record) {
      const key = accountKey(collection, record);
      return key === undefined ? undefined : fingerprintOf(key);
    },
    accountKey,
    fingerprintOf,
  };
}

function accountKey(collection: Collection, { tokenKey }: RecordValues): string | undefined {
  const secret = collection.auth?.authToken.secret;
  return typeof tokenKey === 'string' && tokenKey !== '' && secret ? `${tokenKey}\n${secret}` : undefined;
}

/** A text setting, made when there is none; of two that are made at once, the first stays. */
async function keepSetting(db: Database, key: string, make: () => Promise<string>): Promise<string> {
  const read = db.prepare(sql`SELECT value FROM _settings WHERE key = ${key}`);
  const kept = await db.get<{ value: string }>(read);
  if (kept) return readText(kept.value);
  const value = JSON.stringify(await make());
  const insert = db.prepare(
    sql`INSERT INTO _settings (key, value) VALUES (${key}, ${value}) ON CONFLICT (key) DO NOTHING`,
  );
  // Like a migration: a start on a full disk must be possible.
  const made = await db.write(
    async (tx) => {
      await tx.run(insert);
      return tx.get<{ value: string }>(read);
    },
    { frees: true },
  );
  return readText(made?.value ?? '');
}

function readText(json: string): string {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'string' || value === '')
    throw new AppError('internal', { reason: 'setting_damaged' });
  return value;
}
