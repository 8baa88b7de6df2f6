import type { Deletions } from '../files/deletions.ts';
import type { Mover } from '../files/move.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import type { CareStatements, ObjectRow } from './statements.ts';
import type { Finding, StorageInfo } from './storages.ts';

/** What the works of this folder are made with. */
export interface Care {
  readonly db: Database;
  readonly statements: CareStatements;
  readonly storages: readonly Storage[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** Of the core; see `FileStore`. */
  readonly files: { readonly move: Mover; readonly deletions: Deletions };
  /** Aborted when the core stops. */
  readonly ended: AbortSignal;
}

/** Objects and bytes that are live, by storage. */
export async function liveTotals({
  db,
  statements,
}: Care): Promise<ReadonlyMap<string, Pick<StorageInfo, 'objects' | 'bytes'>>> {
  const rows = await db.all<{ backend: string; objects: number; bytes: number }>(statements.live);
  return new Map(rows.map(({ backend, objects, bytes }) => [backend, { objects, bytes }]));
}

/** A finding about an object of the catalogue, logged. */
export function findingOf({ log }: Care, problem: Finding['problem'], row: ObjectRow): Finding {
  log.error('storages.finding', { problem, storage: row.backend, key: row.key, object: row.id });
  return {
    ...{ kind: 'finding', problem, storage: row.backend, key: row.key },
    collection: row.collection ?? '',
    record: row.record ?? '',
    originalName: row.original_name,
  };
}

/** A finding about bytes that the catalogue does not know, logged. */
export function unknownFinding({ log }: Care, storage: string, key: string): Finding {
  log.warn('storages.finding', { problem: 'unknown', storage, key });
  return { kind: 'finding', problem: 'unknown', storage, key, collection: '', record: '', originalName: '' };
}
