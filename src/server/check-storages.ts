import { AppError } from '../core/errors.ts';
import type { Database } from '../core/ports/database.ts';
import type { Log } from '../core/ports/log.ts';
import type { Storage } from '../core/ports/storage.ts';
import {
  type Claim,
  checkClaim,
  countObjects,
  installationOf,
  storagesInUse,
} from '../core/storages/claim.ts';
import type { Config } from './config.ts';
import type { StorageConfig } from './config-storages.ts';
import { addInstallation, readInstallations } from './installations.ts';
import { OperatorError } from './operator-error.ts';

/** What {@link checkStorages} works with. */
export interface StorageCheck {
  readonly config: Pick<Config, 'dir' | 'storages' | 'defaultStorage' | 'backups' | 'explain'>;
  /** Of each configured storage, where stored files are. */
  readonly storages: readonly Storage[];
  readonly db: Database;
  readonly log: Log;
  readonly newId: () => string;
}

/**
 * Refuses to start on storages that are not what they should be: not configured any more, unusable as they are configured,
 * somebody else's, or another place than before. Each refusal is an {@link OperatorError} of one sentence. A storage with
 * files that does not answer is logged as an error, and the rest is served.
 *
 * A folder that is there by itself, beside a bucket, and holds nothing, is left alone.
 */
export async function checkStorages(check: StorageCheck): Promise<void> {
  const { config, storages, db } = check;
  const used = await storagesInUse(db);
  for (const name of used) {
    if (!storages.some((storage) => storage.name === name)) throw await notConfigured(db, name);
  }
  const former = readInstallations(config.dir);
  const installation = await installationOf(db, () => former.at(-1) ?? check.newId());
  const wanted = config.storages.filter(
    ({ name, table }) =>
      table === 'storage' ||
      name === config.defaultStorage ||
      used.includes(name) ||
      config.explain(`${table}.type`) !== '(not set)',
  );
  const outcomes = await Promise.allSettled(
    wanted.map(async (configured) => {
      const storage = storages.find(({ name }) => name === configured.name);
      if (storage) await checkOne({ ...check, configured, storage, installation, former });
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  if (!former.includes(installation)) remember(check, installation);
}

function remember({ config, log }: StorageCheck, installation: string): void {
  try {
    addInstallation(config.dir, installation);
  } catch (error) {
    // A full disk; only a restore of another server's backup would miss it.
    log.warn('installation.not_noted', { cause: error });
  }
}

async function notConfigured(db: Database, name: string): Promise<OperatorError> {
  const files = await countObjects(db, name);
  const kept =
    files > 0 ? `${files} ${files === 1 ? 'file is' : 'files are'} kept` : 'Removed files wait to be erased';
  return new OperatorError(
    `${kept} in the storage "${name}", which is not configured; configure it again as [storages.${name}], and move its files with "dossier storage migrate --from ${name} --to NAME" before it goes.`,
  );
}

interface OneCheck extends StorageCheck {
  readonly configured: StorageConfig;
  readonly storage: Storage;
  readonly installation: string;
  readonly former: readonly string[];
}

async function checkOne(check: OneCheck): Promise<void> {
  const { storage, db, log, installation, former, configured } = check;
  try {
    await storage.check();
    const refusal = refusalOf(
      configured,
      await checkClaim({ db, storage, installation, former }),
      check.config,
    );
    if (refusal !== undefined) throw new OperatorError(refusal);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A full disk is no reason to serve nothing; a service that is down is none to withhold what else there is.
    const passes =
      error.code === 'storage_full' ||
      (error.code === 'unavailable' && (await countObjects(db, storage.name)) > 0);
    if (!passes) throw new OperatorError(describeCheck(configured, error, check.config), { cause: error });
    log.error('storage.unavailable', { storage: storage.name, code: error.code, cause: error });
  }
}

/** What {@link Storage.check} threw, as one sentence that names the setting, its value unless secret, and its origin. */
export function describeCheck(
  { name, table, type }: StorageConfig,
  error: AppError,
  { explain }: Pick<Config, 'explain'>,
): string {
  const setting = typeof error.params.setting === 'string' ? `${table}.${error.params.setting}` : undefined;
  const value = setting === undefined ? '(not set)' : explain(setting);
  const words =
    error.code === 'unavailable'
      ? 'nothing answers there'
      : (REASONS.get(error.reason ?? '') ?? 'it cannot be used');
  if (setting !== undefined && value !== '(not set)') return `${setting} is ${value}, but ${words}.`;
  if (error.code === 'unavailable')
    return `The storage "${name}" does not answer; it is a storage of type "${type}" ([${table}]).`;
  return `The storage "${name}" cannot be used: ${words}${setting === undefined ? '' : ` (${setting} is not set)`}.`;
}

const REASONS = new Map([
  ['bucket_missing', 'there is no such bucket or container'],
  ['credentials_refused', 'the service refused the credentials'],
  ['path_unusable', 'that folder cannot be used; it must be a folder that this program may write'],
  ['bad_setting', 'the service does not take that'],
]);

function refusalOf(
  { name, table, type }: StorageConfig,
  claim: Claim,
  { explain }: Pick<Config, 'explain'>,
): string | undefined {
  const key = `${table}.${type === 'local' ? 'path' : type === 'azure' ? 'container' : 'bucket'}`;
  const place = `${key} is ${explain(key)}`;
  switch (claim.kind) {
    case 'ours':
      return undefined;
    case 'lost':
      return `${place}, but none of the ${claim.objects} files that are kept in the storage "${name}" is there; is it the wrong ${type === 'local' ? 'folder, or a volume that is not mounted' : 'bucket or prefix'}?`;
    case 'foreign': {
      const owner = claim.sameInstallation
        ? `it is the storage "${claim.storage}" of this server`
        : 'it belongs to another Dossier server';
      const remedy = type === 'local' ? 'another path' : `another ${table}.prefix`;
      return `${place}, but ${owner}; give the storage "${name}" ${remedy}, or take it over with "dossier storage claim ${name} --yes".`;
    }
  }
}
