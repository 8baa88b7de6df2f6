import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Elysia } from 'elysia';
import { consolePages } from '../console/index.ts';
import type { AccountSettings } from '../core/auth/create-account-flows.ts';
import { createCore, type OpenCore } from '../core/core.ts';
import { AppError } from '../core/errors.ts';
import { matchesPattern, patternProblem } from '../core/fields/pattern/index.ts';
import type { Core } from '../core/index.ts';
import type { RequestLog } from '../core/ports/request-log.ts';
import type { Storage } from '../core/ports/storage.ts';
import type { DialectOptions } from '../dialects/dialect.ts';
import { dialects } from '../dialects/index.ts';
import { createZipBackups } from '../drivers/backups/zip/index.ts';
import { finishRestore } from '../drivers/backups/zip/restore.ts';
import { openSqlite } from '../drivers/database/sqlite/index.ts';
import { createTurfGeometry } from '../drivers/geometry/turf/index.ts';
import { createImages } from '../drivers/images/sharp/index.ts';
import { createAjvSchemas } from '../drivers/json-schemas/ajv/index.ts';
import { createOneTimePasswords } from '../drivers/one-time-passwords/otplib.ts';
import { createPasswords } from '../drivers/passwords/passwords.ts';
import { createDiskStaging } from '../drivers/staging/disk/index.ts';
import { createTokenSigner } from '../drivers/tokens/jose.ts';
import { FAILPOINTS } from '../lib/build-flags.ts';
import { armFailpoints, failpoint } from '../lib/failpoints.ts';
import { createIds } from '../lib/id.ts';
import { openBackupStorage } from './backup-storage.ts';
import { checkStorages, describeCheck } from './check-storages.ts';
import { createBySql, gatherMade } from './collection-operations.ts';
import type { Config } from './config.ts';
import { createHost } from './host.ts';
import { createChangingMailer, mailSettings } from './mail.ts';
import { knownMigrations, migrate } from './migrate.ts';
import { OperatorError } from './operator-error.ts';
import { createPipeline, type Fetch } from './pipeline.ts';
import { readPublicFiles } from './public-files.ts';
import { type Answerer, answererOf, createLogTap, openLogDatabase } from './request-log.ts';
import type { AppSurroundings } from './run.ts';
import { createLiveConfig, type LiveConfig } from './saved-settings.ts';
import { createSockets } from './sockets.ts';
import { openStorage } from './storages.ts';
import { createStreams, type Streams } from './streams.ts';
import { workerCommand } from './worker-command.ts';
import { workerEnvironment } from './worker-environment.ts';

/** Everything behind the network: the core, and what answers requests over it. */
export interface App {
  readonly core: OpenCore;
  fetch(request: Request): Response | Promise<Response>;
  /** Ends answers that would stay open; new ones are refused. */
  endStreams(): void;
  /** Stops what runs beside requests and closes files and database. */
  stop(): Promise<void>;
}

/**
 * The composition root: the one place where concrete names meet. Completes an interrupted restore, migrates, recovers and
 * loads, under the lock of the data folder that the caller holds; resolves when requests may come.
 */
export async function openApp(
  config: Config,
  { log, requests, restorer, isReplaced = false, checked = true }: AppSurroundings,
): Promise<App> {
  if (FAILPOINTS) armFailpoints(config.failpoints);
  const clock = { now: () => Date.now() };
  const ids = createIds({ now: clock.now });
  makeFilesFolder(config);
  const paths = { dataDir: config.dir, filesDir: config.storage.path };
  if (!isReplaced && (await finishRestore(paths)))
    log.warn('restore.completed', { hint: 'it was interrupted' });

  const database = openSqlite({
    path: join(config.dir, 'data.db'),
    readerCommand: workerCommand('reader'),
    readerEnvironment: workerEnvironment(),
    synchronous: config.database.synchronous,
    reserve: DATABASE_RESERVE,
    now: clock.now,
    failpoint: FAILPOINTS ? failpoint : undefined,
    report: (event, error) => log.error(event, { error }),
  });
  const images = createImages({
    workerCommand: workerCommand('images'),
    environment: workerEnvironment(),
    size: config.images.workers,
    queueLimit: config.images.queue,
  });
  const mailer = createChangingMailer(config, ids.uuid, log);
  const live = createLiveConfig(config, mailer.change);
  const storages: Storage[] = [];
  let requestLog: RequestLog | undefined;
  const closePorts = async () => {
    await mailer.close();
    for (const storage of storages) await storage.close();
    await images.close();
    await database.close();
  };

  try {
    await migrate(database);
    for (const configured of config.storages) storages.push(await openStorage(config, configured, 'objects'));
    if (checked) await checkStorages({ config, storages, db: database, log, newId: ids.objectId });
    requestLog = await openLogDatabase(config, log);
    const backupStorage = await openBackupStorage(config);
    const streams = createStreams({
      requests,
      most: config.server.maxStreamsPerAddress,
      idleTimeout: config.server.idleTimeout,
    });
    const core = createCore({
      host: createHost({ config, streams, requests, images }),
      database,
      storages,
      defaultStorage: config.defaultStorage,
      images,
      jsonSchemas: createAjvSchemas({ problem: patternProblem, matches: matchesPattern }),
      geometry: createTurfGeometry(),
      passwords: createPasswords({ concurrency: 2, queueLimit: config.auth.hashQueue }),
      signer: createTokenSigner(),
      mailer,
      oneTimePasswords: createOneTimePasswords(),
      backupStore: createZipBackups({
        dir: config.backups.path,
        storage: backupStorage,
        workerCommand: workerCommand('backup'),
        environment: workerEnvironment(),
        migrations: knownMigrations(),
      }),
      restorer,
      staging: createDiskStaging({ dir: config.uploads.path }),
      uploadLimits: { expireAfter: config.uploads.expireAfter * 1000, maxSize: config.uploads.maxSize },
      ids,
      clock,
      log,
      failedLogins: config.auth.failedLogins,
      configuration: live,
      accounts: accountSettings(live),
      requestLog: requestLog && {
        store: requestLog,
        limits: () => ({ keep: live.current.logs.keep * 1000, maxSize: live.current.logs.maxSize }),
      },
      quotas: config.quotas,
      backupSchedule: {
        get cron() {
          return live.current.backups.schedule;
        },
        get keep() {
          return live.current.backups.keep;
        },
      },
      fileLimits: {
        maxFileSize: config.server.maxUploadSize ?? Number.MAX_SAFE_INTEGER,
        redirectSize: config.storage.redirectDownloads ?? Number.POSITIVE_INFINITY,
      },
    });
    const answerers: Answerer[] = [];
    if (requestLog !== undefined) log.attach(createLogTap(core, requests, answerers));
    await core.start();
    return {
      core,
      endStreams: streams.close,
      fetch: createPipeline(
        routes({ core, config, live, requests, streams, answerers, files: await readPublicFiles() }),
        config.server.corsOrigins,
        requests.follow,
        dialects.flatMap(({ discoverable = [] }) => discoverable),
      ),
      async stop() {
        log.attach(undefined);
        await core.stop();
        await backupStorage?.close();
        await closePorts();
      },
    };
  } catch (error) {
    log.attach(undefined);
    await requestLog?.close();
    await closePorts();
    throw error;
  }
}

/** Bytes by which deletes go on when the disk is full: the room of the log at its usual length, twice. */
const DATABASE_RESERVE = 8 * 1024 * 1024;

/** Asked each time: admins change them while the server runs. */
function accountSettings(live: Pick<LiveConfig, 'current'>): AccountSettings {
  return {
    lifetimes: {
      get access() {
        return live.current.auth.accessTokenTtl;
      },
      get refresh() {
        return live.current.auth.refreshTokenTtl;
      },
      get anonymous() {
        return live.current.auth.anonymousTokenTtl;
      },
    },
    get anonymous() {
      return live.current.auth.anonymous;
    },
    get registration() {
      return !live.current.auth.disablePasswordAuth;
    },
    get mail() {
      return mailSettings(live.current);
    },
  };
}

function makeFilesFolder(config: Config): void {
  try {
    mkdirSync(config.storage.path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const storage = config.storages.find(
      (each) => each.type === 'local' && each.path === config.storage.path,
    );
    if (storage === undefined) throw cause;
    const fault = new AppError('not_configured', { reason: 'path_unusable', params: { setting: 'path' } });
    throw new OperatorError(describeCheck(storage, fault, config), { cause });
  }
}

interface RouteParts {
  readonly core: Core;
  readonly config: Config;
  readonly live: Pick<LiveConfig, 'current'>;
  readonly requests: AppSurroundings['requests'];
  readonly streams: Streams;
  readonly answerers: Answerer[];
  /** What browsers load. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

function routes({ core, config, live, requests, streams, answerers, files }: RouteParts): Fetch {
  const options: DialectOptions = {
    settings: {
      publicUrl: config.server.publicUrl,
      redirectUris: config.auth.redirectUris,
      redirectSchemes: config.auth.redirectSchemes,
      transactions: config.trailbase.transactions,
    },
    maxBodySize: config.server.maxBodySize,
    clientAddress: requests.address,
    proxyHeader: (request) => PROXY_HEADERS.find((name) => request.headers.has(name)) ?? '',
    requestId: requests.id,
    identified: requests.setAccount,
    holdOpen: requests.holdOpen,
    openStream: streams.open,
    openSocket: createSockets({
      ...{ requests, streams, origins: config.server.corsOrigins },
      ...{ publicUrl: config.server.publicUrl, now: core.clock.now },
    }),
  };
  const root = new Elysia({ handler: { standardHostname: false }, strictPath: true });
  for (const dialect of dialects) {
    const own = dialect.routes(core, options);
    answerers.push(answererOf(dialect.name, own.routes));
    root.use(own);
  }
  root.use(
    consolePages({
      ...{ core, files, publicUrl: config.server.publicUrl },
      ...{ clientAddress: requests.address, identified: requests.setAccount, requestId: requests.id },
      openStream: streams.open,
      idleLimit: () => live.current.auth.consoleIdleTtl,
      createBySql: (sql) => gatherMade(createBySql(core, { sql })),
      snippets: (collection, origin) =>
        dialects.flatMap((dialect) =>
          (dialect.snippets?.(collection, { origin, core }) ?? []).map((snippet) => {
            return { ...snippet, product: dialect.title };
          }),
        ),
      fileLinks: (file, origin) =>
        dialects.flatMap((dialect) =>
          (dialect.fileLinks?.(file, { origin, core }) ?? []).map((link) => {
            return { ...link, product: dialect.title };
          }),
        ),
    }),
  );
  // Who types the bare address of the server is most often looking for the console.
  root.get('/', () => new Response(null, { status: 302, headers: { location: '/_/' } }));
  // Last: registered earlier, it would take the dialects' own errors.
  root.onError(({ code, error, path, request }) => {
    if (code !== 'NOT_FOUND')
      core.log.error('request.failed', { id: requests.id(request), path, cause: error });
    return new Response(code === 'NOT_FOUND' ? 'Not Found' : 'Something went wrong.\n', {
      status: code === 'NOT_FOUND' ? 404 : 500,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    });
  });
  root.compile();
  return (request) => root.fetch(request);
}

/** What proxies put the client's address in. */
const PROXY_HEADERS = ['x-forwarded-for', 'x-real-ip', 'cf-connecting-ip', 'fly-client-ip', 'forwarded'];
