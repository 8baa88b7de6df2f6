import { sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import { NEVER } from '../files/statements.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Host } from '../ports/host.ts';
import type { Storage } from '../ports/storage.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { Storages } from '../storages/storages.ts';
import type { Health, StorageHealth } from './health.ts';

/** What {@link createHealth} needs. */
export interface HealthOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly host: Host;
  readonly storages: Pick<Storages, 'list'>;
  readonly ports: readonly Pick<Storage, 'name' | 'head'>[];
  readonly jobs: Pick<Jobs, 'list'>;
  /** How much waits to be sent and to be stored. */
  readonly waiting: () => { readonly mail: number; readonly log: number };
}

/** Milliseconds in which a storage must answer. */
const PATIENCE = 3000;
/** No object has this key. */
const NO_KEY = 'health/none';

/** Makes {@link Health}. */
export function createHealth({ db, clock, host, storages, ports, jobs, waiting }: HealthOptions): Health {
  const count = db.prepare(sql`SELECT
    (SELECT count(*) FROM _file_deletions) AS deletions,
    (SELECT count(*) FROM _file_deletions WHERE next_attempt = ${NEVER}) AS abandoned,
    (SELECT count(*) FROM _uploads WHERE state = 'open') AS uploads`);

  async function isAnswering(name: string): Promise<Pick<StorageHealth, 'ok' | 'error'>> {
    const storage = ports.find((each) => each.name === name);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new AppError('unavailable', { reason: 'timeout' })), PATIENCE);
    });
    try {
      await Promise.race([storage?.head(NO_KEY), late]);
      return { ok: true, error: '' };
    } catch (error) {
      return { ok: false, error: error instanceof AppError ? error.message : 'internal' };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async report(actor) {
      requireSuperuser(actor);
      const [facts, infos, rows, known] = await Promise.all([
        host.facts(),
        storages.list(actor),
        db.get<{ deletions: number; abandoned: number; uploads: number }>(count),
        jobs.list(actor),
      ]);
      const states = await Promise.all(
        infos.map(async (info) => ({ ...info, ...(await isAnswering(info.name)) })),
      );
      return {
        ...facts,
        uptime: clock.now() - facts.started,
        storages: states,
        queues: { ...{ deletions: 0, abandoned: 0, uploads: 0 }, ...rows, ...waiting() },
        jobs: known,
      };
    },
    async licences(actor) {
      requireSuperuser(actor);
      return host.licences();
    },
  };
}
