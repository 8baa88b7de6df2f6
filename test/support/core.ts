import { join } from 'node:path';
import type { AccountSettings } from '../../src/core/auth/create-account-flows.ts';
import { type CorePorts, createCore, type OpenCore } from '../../src/core/core.ts';
import { matchesPattern, patternProblem } from '../../src/core/fields/pattern/index.ts';
import type { BackupStore } from '../../src/core/ports/backup-store.ts';
import type { Host } from '../../src/core/ports/host.ts';
import type { Mailer, MailMessage } from '../../src/core/ports/mailer.ts';
import type { Passwords } from '../../src/core/ports/passwords.ts';
import { createTurfGeometry } from '../../src/drivers/geometry/turf/index.ts';
import { createAjvSchemas } from '../../src/drivers/json-schemas/ajv/index.ts';
import { createOneTimePasswords } from '../../src/drivers/one-time-passwords/otplib.ts';
import { createDiskStaging } from '../../src/drivers/staging/disk/index.ts';
import { createLocalStorage } from '../../src/drivers/storage/local/index.ts';
import { createTokenSigner } from '../../src/drivers/tokens/jose.ts';
import { createIds } from '../../src/lib/id.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { createTestImages, createTestLog } from './files.ts';

/** A whole core of one test: real database and files in a temporary folder, all else quick and observable. */
export interface TestCore {
  readonly core: OpenCore;
  readonly database: TestDatabase;
  readonly clock: { time: number; now(): number };
  readonly log: ReturnType<typeof createTestLog>;
  readonly images: ReturnType<typeof createTestImages>;
  readonly passwords: Passwords & { readonly hashed: string[] };
  readonly mailer: TestMailer;
  /** Keys of the stored objects, sorted. */
  storedKeys(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Opens and starts a {@link TestCore}; `ports` replace those made here. */
export async function openTestCore(ports: Partial<CorePorts> = {}): Promise<TestCore> {
  const clock = { time: Date.UTC(2030, 0, 1), now: () => clock.time };
  const database = await openTestDatabase({ now: clock.now });
  const storage = createLocalStorage({ name: 'local', dir: join(database.dir, 'files') });
  const log = createTestLog();
  const images = createTestImages();
  const passwords = createTestPasswords();
  const mailer = createTestMailer();
  const core = createCore({
    database: database.db,
    ...{ storages: [storage], defaultStorage: 'local', images, passwords, clock, log },
    jsonSchemas: createAjvSchemas({ problem: patternProblem, matches: matchesPattern }),
    geometry: createTurfGeometry(),
    signer: createTokenSigner(),
    backupStore: noBackups,
    staging: createDiskStaging({ dir: join(database.dir, 'uploads') }),
    ids: createIds({ now: clock.now }),
    host: testHost,
    failedLogins: 0,
    mailer,
    oneTimePasswords: createOneTimePasswords(),
    accounts: testAccounts,
    ...ports,
  });
  await core.start();
  return {
    ...{ core, database, clock, log, images, passwords, mailer },
    async storedKeys() {
      const keys: string[] = [];
      for await (const { key } of storage.list('')) keys.push(key);
      return keys.sort();
    },
    async close() {
      await core.stop();
      await database.close();
    },
  };
}

/** What the accounts of a {@link TestCore} may do, unless a test says otherwise. */
export const testAccounts: AccountSettings = {
  lifetimes: { access: 3600, refresh: 30 * 86_400, anonymous: 90 * 86_400 },
  anonymous: true,
  registration: true,
  mail: { publicUrl: 'https://files.example.com', appName: 'Newsroom' },
};

/** Mail that goes nowhere. */
export interface TestMailer extends Mailer {
  /** What was sent, oldest first. */
  readonly sent: MailMessage[];
  /** While set, sending fails with it. */
  failure: Error | undefined;
}

/** Makes a {@link TestMailer}. */
export function createTestMailer(): TestMailer {
  const mailer: TestMailer = {
    sent: [],
    failure: undefined,
    async send(message) {
      if (mailer.failure) throw mailer.failure;
      mailer.sent.push(message);
    },
    close: async () => {},
  };
  return mailer;
}

/** Passwords whose hash is as quick as it is useless; `hashed` are those that were. */
export function createTestPasswords(): Passwords & { readonly hashed: string[] } {
  const hashed: string[] = [];
  return {
    hashed,
    async hash(password) {
      hashed.push(password);
      return `hash of ${password}`;
    },
    verify: async (password, hash) => hash === `hash of ${password}`,
    isOutdated: () => false,
    burn: async () => {},
  };
}

/** A program of round numbers. */
const testHost: Host = {
  facts: async () => ({
    ...{ version: '1.2.3', runtime: 'Bun', platform: 'linux', started: Date.UTC(2029, 11, 31), memory: 100 },
    ...{ databaseSize: 10, requestLogSize: 20, disk: { free: 30, total: 40 }, streams: 1, sockets: 2 },
    ...{ imageWorkers: 3, imagesWaiting: 4 },
  }),
  licences: async () => [{ name: 'a', version: '1', licence: 'MIT', text: '' }],
};

/** A place for backups that has none and takes none. */
export const noBackups: BackupStore = {
  sweep: async () => {},
  list: async () => [],
  has: async () => false,
  write: () => Promise.reject(new Error('no backups in this world')),
  receive: () => Promise.reject(new Error('no backups in this world')),
  inspect: async () => undefined,
  check: async () => undefined,
  open: async () => undefined,
  remove: async () => false,
};
