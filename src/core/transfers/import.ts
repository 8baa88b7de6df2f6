import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import { fieldType } from '../fields/index.ts';
import type { Operation } from '../records/operations.ts';
import type { Records } from '../records/records.ts';
import { readCell } from './cells.ts';
import { type Mapped, readMapping } from './mapping.ts';
import { readTable, type SourceRow } from './read-rows.ts';
import type { ImportOptions, ImportResult, RowError, Transfers } from './transfers.ts';

/** Rows of one batch; fewer with passwords, of which a batch takes a hundred. */
const BATCH = 250;
const BATCH_WITH_PASSWORDS = 50;
const MAX_FAILED = 1000;

/** A row whose cells were read. */
interface Candidate {
  readonly row: number;
  readonly operation: Operation;
}

/** Makes {@link Transfers.import}. */
export function createTransferImport(records: Pick<Records, 'batch'>): Transfers['import'] {
  return async (actor, collection, source, options) => {
    const mapped = readMapping(collection, options.mapping);
    const table = await readTable(source, options);
    const run = createRun(records, actor, mapped, options);
    let waiting: Candidate[] = [];
    for await (const row of table.rows) {
      run.result.read++;
      if (row.problem === undefined) waiting.push(candidateOf(row, collection, mapped, options));
      else run.fail({ row: row.row, column: '', code: row.problem, params: {} });
      if (waiting.length >= run.most) {
        await run.write(waiting);
        waiting = [];
        options.progress?.(run.result.read);
      }
      if (run.result.stopped) return run.finish();
    }
    await run.write(waiting);
    options.progress?.(run.result.read);
    return run.finish();
  };
}

function candidateOf(
  { row, cells }: SourceRow,
  collection: Collection,
  mapped: readonly Mapped[],
  { onConflict = 'abort' }: ImportOptions,
): Candidate {
  const input: Record<string, unknown> = Object.create(null);
  for (const { column, field } of mapped) {
    const cell = cells.get(column);
    if (cell === undefined) continue;
    input[field.name] = readCell(cell, field);
    // A file has no second column to confirm it in.
    if (collection.type === 'auth' && field.name === 'password') input.passwordConfirm = input.password;
  }
  return { row, operation: { kind: 'create', collection, input, options: { onConflict } } };
}

type Draft = { -readonly [K in keyof ImportResult]: ImportResult[K] } & { errors: RowError[] };

function createRun(
  records: Pick<Records, 'batch'>,
  actor: Actor,
  mapped: readonly Mapped[],
  { onError = 'stop', dryRun = false }: ImportOptions,
) {
  const secret = mapped.some(({ field }) => fieldType(field).readable === false);
  const most = secret ? BATCH_WITH_PASSWORDS : BATCH;
  const columns = new Map(mapped.map(({ column, field }) => [field.name, column]));
  const result: Draft = { read: 0, written: 0, ignored: 0, failed: 0, errors: [], stopped: false };
  /** A batch that fails is for nothing: after one, fewer rows are tried at once. */
  let size = most;

  function fail(...errors: readonly RowError[]): void {
    result.failed++;
    if (result.failed <= MAX_FAILED) result.errors.push(...errors);
    // A dry run is there to tell all of them.
    if (onError === 'stop' && !dryRun) result.stopped = true;
  }

  /** The index of the operation that failed, and undefined when none did. */
  async function attempt(rows: readonly Candidate[]): Promise<AppError | undefined> {
    try {
      const operations = rows.map(({ operation }) => operation);
      for (const { kind } of await records.batch(actor, operations, { rehearsal: dryRun })) {
        result[kind === 'done' ? 'written' : 'ignored']++;
      }
      return undefined;
    } catch (error) {
      if (error instanceof AppError && (isOfRow(error) || isTooMuch(error))) return error;
      throw error;
    }
  }

  async function write(rows: readonly Candidate[]): Promise<void> {
    let rest = rows;
    while (rest.length > 0 && !result.stopped) {
      const some = rest.slice(0, size);
      const error = await attempt(some);
      if (error === undefined) {
        rest = rest.slice(some.length);
        size = Math.min(most, size * 2);
        continue;
      }
      if (isTooMuch(error) && some.length === 1) throw error;
      const at = Number(error.params.operation);
      // In earnest those before it are written first; a rehearsal goes on with all others, which may clash with each other.
      size = Math.max(1, isTooMuch(error) ? Math.ceil(some.length / 2) : dryRun ? some.length - 1 : at);
      if (isTooMuch(error) || (at > 0 && !dryRun)) continue;
      const failed = some[at];
      if (failed !== undefined) fail(...errorsOf(failed.row, error, columns));
      rest = rest.toSpliced(at, 1);
    }
  }

  function finish(): ImportResult {
    return { ...result, errors: result.errors.toSorted((a, b) => a.row - b.row) };
  }

  return { result, most, fail, write, finish };
}

/** Whether it is the row's own fault: what the place, the caller or the moment is to blame for ends the import. */
function isOfRow({ code, params, reason }: AppError): boolean {
  if (typeof params.operation !== 'number') return false;
  return code === 'invalid' || code === 'not_found' || (code === 'conflict' && reason !== 'view');
}

function isTooMuch({ code, reason }: AppError): boolean {
  return code === 'busy' && reason === 'timeout';
}

function errorsOf(
  row: number,
  { code, reason, issues }: AppError,
  columns: ReadonlyMap<string, string>,
): readonly RowError[] {
  if (issues.length === 0) return [{ row, column: '', code: reason ?? code, params: {} }];
  return issues.map(({ path, code: problem, params = {} }) => {
    return { row, column: columns.get(path) ?? path, code: problem, params };
  });
}
