import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { StagedContent } from '../files/files.ts';
import type { Database } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { Staging } from '../ports/staging.ts';
import type { RecordView } from '../records/record.ts';
import type { Attachment } from './attach.ts';
import { createRunning, type Progress } from './progress.ts';
import { isComplete, type Sessions } from './sessions.ts';
import type { SessionRow, UploadStatements } from './statements.ts';
import type { Targets } from './target.ts';

/** What finishing and joining work with. */
export interface FinisherOptions {
  readonly db: Database;
  readonly statements: UploadStatements;
  readonly staging: Staging;
  readonly sessions: Sessions;
  readonly targets: Targets;
  readonly progress: Progress;
  readonly log: Log;
  attach(attachment: Attachment): Promise<RecordView>;
}

/**
 * Makes the function that attaches a complete upload. The staging file stays until the commit and goes after it, so that an
 * upload whose record refuses it, or whose process ends, can be finished later; the object is a second name of it, or a copy.
 */
export function createFinisher(options: FinisherOptions) {
  const { statements, staging, sessions, targets, progress, log, attach } = options;

  /** Hash and beginning: what was worked out while the bytes came, or from the file when another process took them. */
  async function examine(id: string, size: number) {
    const known = progress.at(id, size);
    if (known) return known.examined();
    const running = createRunning();
    for await (const chunk of staging.read(id)) running.push(chunk);
    if (running.offset !== size) throw new AppError('unavailable', { reason: 'staging' });
    progress.keep(id, running);
    return running.examined();
  }

  return async (actor: Actor, row: SessionRow): Promise<SessionRow> => {
    const { id, size } = row;
    if (row.state === 'attached') return row;
    if (size === null || !isComplete(row)) throw new AppError('conflict', { reason: 'incomplete' });
    if (row.part === 'partial') return row;
    const place = targets.read(actor, row.target);
    if (place === undefined) throw new AppError('internal', { reason: 'bad_target' });
    // Exactly the bytes that the row counts, whatever came behind them before the process ended.
    await (await staging.open(id, size)).close();
    const staged: StagedContent = {
      size,
      examine: () => examine(id, size),
      link: () => staging.link(id),
      unlink: staging.unlink,
    };
    const expires = sessions.expiry();
    let record = '';
    await attach({
      ...{ actor, place, size },
      file: { filename: row.filename, stream: staging.read(id), staged },
      async settle(tx, owner) {
        record = owner;
        const { changes } = await tx.run(statements.attach, { id, record, expires });
        if (changes !== 1) throw new AppError('internal', { reason: 'upload_moved' });
      },
    });
    progress.forget(id);
    // The next sweep tries again.
    await staging.remove(id).catch((error) => log.warn('uploads.not_removed', { error }));
    return { ...row, state: 'attached', record, expires };
  };
}
