import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Staging } from '../ports/staging.ts';
import { callerOf, sourceOf } from './caller.ts';
import type { FinisherOptions } from './finish.ts';
import { isComplete } from './sessions.ts';
import type { SessionRow } from './statements.ts';
import { type Place, tooLarge } from './target.ts';
import type { NewUpload } from './uploads.ts';

/** What {@link createJoiner} needs. */
export interface JoinerOptions extends FinisherOptions {
  readonly ids: Ids;
  readonly clock: Clock;
}

/**
 * Joins pieces. Their bytes go to the storage one file after the other; the joined upload's row appears with the file and in
 * the place of the pieces' rows, in the record's own transaction: until then the pieces are as they were.
 */
export function createJoiner(options: JoinerOptions) {
  const { db, statements, staging, sessions, targets, progress, log, attach, ids, clock } = options;

  /** What was made of these pieces before: the answer may not have reached the client. */
  function find(actor: Actor, pieces: readonly string[]): Promise<SessionRow | undefined> {
    const bindings = { pieces: pieces.join(','), caller: callerOf(actor), now: clock.now() };
    return db.get<SessionRow>(statements.findJoined, bindings);
  }

  async function rowsOf(actor: Actor, pieces: readonly string[]): Promise<readonly SessionRow[]> {
    const rows: SessionRow[] = [];
    for (const id of pieces) rows.push(await sessions.get(actor, id));
    if (rows.every((row) => row.part === 'partial' && isComplete(row))) return rows;
    throw new AppError('conflict', { reason: 'incomplete_piece' });
  }

  return {
    find,
    async join(
      actor: Actor,
      pieces: readonly string[],
      { target, filename, metadata }: NewUpload,
      limitOf: (actor: Actor, place: Place) => number,
    ): Promise<SessionRow> {
      const known = await find(actor, pieces);
      if (known) return known;
      const rows = await rowsOf(actor, pieces);
      if (target === undefined) throw new AppError('invalid', { reason: 'bad_target' });
      const place = await targets.resolve(actor, target);
      const size = rows.reduce((sum, row) => sum + row.offset, 0);
      if (size > limitOf(actor, place)) throw tooLarge();
      const row = {
        ...{ id: ids.objectId(), caller: callerOf(actor), filename, metadata, size },
        target: targets.write(place),
        pieces: pieces.join(','),
        expires: sessions.expiry(),
      };
      let record = '';
      await attach({
        ...{ actor, place, size },
        file: { filename, stream: readPieces(staging, rows) },
        async settle(tx, owner) {
          record = owner;
          await tx.run(statements.addJoined, { ...row, record, source: sourceOf(actor), now: tx.now });
          for (const id of pieces) await tx.run(statements.forget, { id });
        },
      });
      for (const id of pieces) {
        progress.forget(id);
        await staging.remove(id).catch((error) => log.warn('uploads.not_removed', { error }));
      }
      return { ...row, state: 'attached', part: 'final', offset: size, record };
    },
  };
}

async function* readPieces(staging: Staging, rows: readonly SessionRow[]): AsyncGenerator<Uint8Array> {
  for (const { id, offset } of rows) {
    let left = offset;
    for await (const chunk of staging.read(id)) {
      // Bytes behind the recorded ones were never acknowledged.
      const part = chunk.subarray(0, left);
      left -= part.byteLength;
      if (part.byteLength > 0) yield part;
      if (left === 0) break;
    }
    if (left > 0) throw new AppError('unavailable', { reason: 'staging' });
  }
}
