import type { Cron } from '../lib/cron.ts';
import { type AccountSettings, createAccountFlows } from './auth/create-account-flows.ts';
import { createAuth } from './auth/create-auth.ts';
import { createForgetAccounts } from './auth/forget-accounts.ts';
import { createLogins } from './auth/logins.ts';
import { watchAccounts } from './auth/watch-accounts.ts';
import { createBackups } from './backups/create-backups.ts';
import { createBodyLimits } from './body-limits.ts';
import { createCollections } from './collections/index.ts';
import { AppError } from './errors.ts';
import { fieldType } from './fields/index.ts';
import { createCatalogue } from './files/create-catalogue.ts';
import { createFiles, type FilesLimits } from './files/create-files.ts';
import { NO_LIMIT } from './files/file-options.ts';
import type { QuotaLimits } from './files/quota.ts';
import { createHealth } from './health/create-health.ts';
import type { Core } from './index.ts';
import { createJobs } from './jobs/create-jobs.ts';
import type { Job } from './jobs/jobs.ts';
import { createLogs, type LogLimits, type OpenLogs } from './logs/create-logs.ts';
import type { BackupStore } from './ports/backup-store.ts';
import type { Clock } from './ports/clock.ts';
import type { Configuration } from './ports/configuration.ts';
import type { Database } from './ports/database.ts';
import type { Geometry } from './ports/geometry.ts';
import type { Host } from './ports/host.ts';
import type { Ids } from './ports/ids.ts';
import type { Images } from './ports/images.ts';
import type { JsonSchemas } from './ports/json-schemas.ts';
import type { Log } from './ports/log.ts';
import type { Mailer } from './ports/mailer.ts';
import type { OneTimePasswords } from './ports/one-time-passwords.ts';
import type { Passwords } from './ports/passwords.ts';
import type { RequestLog } from './ports/request-log.ts';
import type { Restorer } from './ports/restorer.ts';
import type { Staging } from './ports/staging.ts';
import type { Storage } from './ports/storage.ts';
import type { TokenSigner } from './ports/token-signer.ts';
import { createPreferences } from './preferences/create-preferences.ts';
import { createChanges } from './realtime/create-changes.ts';
import { createRecordRemover, createRecords } from './records/index.ts';
import type { Records } from './records/records.ts';
import { createRuleHelp } from './rules/create-rule-help.ts';
import { checkRule } from './rules/index.ts';
import { createSettings } from './settings/create-settings.ts';
import { createSql } from './sql/create-sql.ts';
import { createStorages } from './storages/create-storages.ts';
import { createTransfers } from './transfers/create-transfers.ts';
import { createUploads, type UploadLimits } from './uploads/create-uploads.ts';

/** The technologies that a core works with, and its settings. */
export interface CorePorts {
  readonly database: Database;
  /** Every storage that catalogue rows may name. */
  readonly storages: readonly Storage[];
  /** The name of the one that takes new files. */
  readonly defaultStorage: string;
  readonly images: Images;
  readonly jsonSchemas: JsonSchemas;
  readonly geometry: Geometry;
  readonly passwords: Passwords;
  readonly signer: TokenSigner;
  readonly mailer: Mailer;
  readonly oneTimePasswords: OneTimePasswords;
  readonly backupStore: BackupStore;
  /** Replaces everything by a backup while the program runs; left out where no server runs. */
  readonly restorer?: Restorer;
  /** Where resumable uploads wait until they are complete. */
  readonly staging: Staging;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** What admins may configure while the server runs. Default: nothing. */
  readonly configuration?: Configuration;
  /** The log that the console asks, and how much of it is kept. Default: none. */
  readonly requestLog?: { readonly store: RequestLog; readonly limits: () => LogLimits };
  /** The program around the core. */
  readonly host: Host;
  /** Failed logins per minute from one address to one account; 0 = no limit. */
  readonly failedLogins: number;
  readonly accounts: AccountSettings;
  /** Bounds of the file life cycle; each has a default. */
  readonly fileLimits?: Partial<FilesLimits>;
  /** Settings of resumable uploads; each has a default. */
  readonly uploadLimits?: Partial<UploadLimits>;
  /** How much may be stored. Default: no limit. */
  readonly quotas?: QuotaLimits;
  /** When backups are taken on their own, and how many of those are kept; asked each time. Default: never. */
  readonly backupSchedule?: { readonly cron: Cron | undefined; readonly keep: number };
}

/** A core before it serves. */
export interface OpenCore extends Core {
  readonly logs: OpenLogs;
  /**
   * Loads the metadata, makes the system collections on the first start and recovers the files (DESIGN.md 5.8). Called once,
   * after the migrations, under the lock of the data folder, before anything else.
   */
  start(): Promise<void>;
  /** Resolves when all mail that was asked for is sent, or has failed: answers do not wait for it. */
  mailed(): Promise<void>;
  /** Stops what runs beside requests. The ports stay open. */
  stop(): Promise<void>;
}

/** Makes the core. Nothing is read or written before `start`. */
export function createCore(ports: CorePorts): OpenCore {
  const { database, ids, clock, log, passwords, jsonSchemas, geometry } = ports;
  const storageOf = (name: string): Storage => {
    const found = ports.storages.find((storage) => storage.name === name);
    if (found === undefined) throw new AppError('not_configured', { reason: 'storage_unknown' });
    return found;
  };

  const files = createFiles({
    db: database,
    storages: ports.storages,
    defaultStorage: ports.defaultStorage,
    images: ports.images,
    ids,
    clock,
    log,
    // Records need files and files need one question of records: the knot is tied here.
    viewRule: (actor, collection, id) => records.satisfies(actor, collection, id, collection.rules.view),
    epoch: ids.objectId(),
    limits: ports.fileLimits,
    quotas: ports.quotas,
  });
  const storages = createStorages({
    ...{ db: database, storages: ports.storages, defaultStorage: ports.defaultStorage },
    ...{ files, ids, clock, log },
  });
  const schema = () => collections.schema;
  const changes = createChanges({ database, schema, records: () => records, files, ids, clock, log });
  const forget = createForgetAccounts(database);
  const remover = createRecordRemover({ database, schema, files, ids, changes: changes.reports, forget });
  const collections = createCollections({
    ...{ db: database, ids, clock, log, checkRule },
    tools: { jsonSchemas, geometry },
    wakeEraser: () => files.wakeEraser(),
    deleteRecordsIn: (tx, collection, wanted) => remover.removeIn(tx, collection, wanted),
    forgetAccountsOf: (tx, collection) => forget(tx, collection, 'all'),
  });
  const records: Records = createRecords({
    ...{ database, collections, files, passwords, ids, clock, remover, jsonSchemas, geometry },
    // As with files: who proves who they are is found out by records.
    guessPassword: (actor, collection, id, run) => logins.guessPassword(actor, collection, id, run),
    changes: changes.reports,
  });
  const { signer, failedLogins, mailer, oneTimePasswords } = ports;
  const logins = createLogins({ records, passwords, database, clock, log, failedLogins });
  const shared = { collections, records, database, signer, clock, ids, log, logins };
  const accounts = createAccountFlows({
    ...shared,
    ...{ passwords, mailer, oneTimePasswords, failedLogins },
    settings: ports.accounts,
  });
  const auth = { ...createAuth({ ...shared, hasSecondFactor: accounts.totp.isOn }), ...accounts };
  const uploads = createUploads({
    ...{ db: database, staging: ports.staging, schema, records, files, ids, clock, log },
    maxFileSize: ports.fileLimits?.maxFileSize ?? NO_LIMIT,
    limits: ports.uploadLimits,
  });
  const backups = createBackups({
    store: ports.backupStore,
    restorer: ports.restorer,
    files,
    source: {
      snapshot: (path) => database.snapshot(path),
      async readObject(backend, key) {
        const body = await storageOf(backend).read(key);
        return body instanceof Blob ? body.stream() : body;
      },
      sizeOf: async (backend, key) => (await storageOf(backend).head(key))?.size,
    },
    clock,
    log,
  });

  const logs = createLogs({
    ...{ store: ports.requestLog?.store, clock, log },
    limits: ports.requestLog?.limits ?? (() => ({ keep: 0, maxSize: 0 })),
  });

  const sql = createSql({ database, schema, log });

  const settings = createSettings({
    ...{ db: database, mailer, log },
    configuration: ports.configuration ?? NOTHING_TO_CONFIGURE,
    changed: () => jobs.reschedule(),
  });

  const work: Job[] = [];
  const { backupSchedule } = ports;
  if (backupSchedule !== undefined) {
    work.push({
      name: 'backup',
      get schedule() {
        const { cron } = backupSchedule;
        return cron === undefined ? ({ kind: 'never' } as const) : ({ kind: 'cron', cron } as const);
      },
      run: (signal) => backups.takeScheduled(backupSchedule.keep, signal),
    });
  }
  const jobs = createJobs({ db: database, clock, log, jobs: work });
  const health = createHealth({
    ...{ db: database, clock, host: ports.host, storages, ports: ports.storages, jobs },
    waiting: () => ({ mail: accounts.mailWaiting(), log: logs.waiting }),
  });

  const watched = watchAccounts(records, log);
  return {
    ...{
      collections,
      records: watched,
      auth,
      backups,
      jobs,
      uploads,
      storages,
      changes,
      logs,
      settings,
      health,
      clock,
      log,
    },
    preferences: createPreferences(database),
    rules: createRuleHelp({ database, schema, records, ids, clock }),
    sql,
    transfers: createTransfers(watched),
    files: { ...files, ...createCatalogue({ db: database, schema }) },
    holdsFiles: (field) => fieldType(field).holdsFiles === true,
    bodyLimits: createBodyLimits(ports.fileLimits?.maxFileSize ?? NO_LIMIT),
    async start() {
      await accounts.start();
      await collections.load();
      await ports.backupStore.sweep();
      const { doomed, swept } = await files.recover();
      if (doomed + swept > 0) log.info('files.recovered', { doomed, swept });
      await uploads.start();
      await jobs.load();
    },
    mailed: accounts.idle,
    async stop() {
      changes.close();
      await accounts.close();
      await jobs.close();
      await backups.close();
      uploads.close();
      storages.close();
      await files.close();
      await logs.close();
    },
  };
}

const NOTHING_TO_CONFIGURE: Configuration = {
  describe: () => [],
  expected: () => undefined,
  apply: async () => {},
};
