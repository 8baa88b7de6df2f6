import { AppError } from '../errors.ts';
import type { Storage } from '../ports/storage.ts';
import { type Care, findingOf, liveTotals, unknownFinding } from './care.ts';
import { type Compared, compare, isLive } from './compare.ts';
import { HEARTBEAT, inParallel } from './parallel.ts';
import { putBackKnown } from './quarantine.ts';
import { readHash } from './read-hash.ts';
import type { Finding, Progress, VerifySummary } from './storages.ts';

/** Objects that are read at once. */
const READERS = 4;
/** Objects between two reports where they cost next to nothing. */
const REPORT_EVERY = 1000;

/** `Storages.verify` over the given storages. */
export async function* verifyStorages(
  care: Care,
  storages: readonly Storage[],
  content: boolean,
): AsyncGenerator<Progress | Finding | VerifySummary> {
  const totals = await liveTotals(care);
  const total = storages.reduce((sum, { name }) => sum + (totals.get(name)?.objects ?? 0), 0);
  const seen = { objects: 0, bytes: 0, findings: 0 };
  const progress = (): Progress => ({
    ...{ kind: 'progress', done: seen.objects, bytes: seen.bytes },
    total: Math.max(total, seen.objects),
  });

  yield progress();
  for (const storage of storages) {
    await putBackKnown(care, storage);
    const found = content ? contentOf(care, storage, seen) : sizesOf(care, storage, seen);
    for await (const each of found) {
      if (each === HEARTBEAT) yield progress();
      else {
        seen.findings++;
        yield each;
      }
    }
  }
  care.log.info('storages.verified', { storages: storages.map(({ name }) => name), content, ...seen });
  yield progress();
  yield { kind: 'summary', ...seen };
}

interface Seen {
  objects: number;
  bytes: number;
}

/** What of {@link compare} is wrong; counts the rest. */
async function* sizesOf(
  care: Care,
  storage: Storage,
  seen: Seen,
): AsyncGenerator<Finding | typeof HEARTBEAT> {
  for await (const compared of compare({ ...care, storage })) {
    care.ended.throwIfAborted();
    const finding = judge(care, storage, compared);
    if (finding !== undefined) yield finding;
    if (compared.kind === 'unknown') continue;
    seen.objects++;
    if (compared.kind === 'fine') seen.bytes += compared.row.size;
    if (seen.objects % REPORT_EVERY === 0) yield HEARTBEAT;
  }
}

/** The same, and each object read whole. */
async function* contentOf(
  care: Care,
  storage: Storage,
  seen: Seen,
): AsyncGenerator<Finding | typeof HEARTBEAT> {
  const results = inParallel(compare({ ...care, storage }), {
    limit: READERS,
    signal: care.ended,
    async work(compared: Compared, signal) {
      if (compared.kind !== 'unknown') seen.objects++;
      if (compared.kind !== 'fine') return judge(care, storage, compared);
      return checkContent(care, storage, compared, { seen, signal });
    },
  });
  for await (const finding of results) if (finding !== undefined) yield finding;
}

function judge(care: Care, storage: Storage, compared: Compared): Finding | undefined {
  if (compared.kind === 'fine') return undefined;
  if (compared.kind === 'unknown') return unknownFinding(care, storage.name, compared.key);
  return findingOf(care, compared.kind, compared.row);
}

async function checkContent(
  care: Care,
  storage: Storage,
  { row }: Extract<Compared, { row: unknown }>,
  { seen, signal }: { readonly seen: Seen; readonly signal: AbortSignal },
): Promise<Finding | undefined> {
  const onBytes = (bytes: number) => {
    seen.bytes += bytes;
  };
  const problem = await readHash(storage, row.key, { onBytes, signal }).then(
    (sha256) => (sha256 === row.sha256 ? undefined : 'wrong_hash'),
    (error: unknown) => {
      if (signal.aborted) throw error;
      return error instanceof AppError && error.code === 'not_found' ? 'missing' : 'unreadable';
    },
  );
  // It may have been released, or have moved, while it was read.
  if (problem === undefined || !(await isLive({ ...care, storage }, row.key))) return undefined;
  return findingOf(care, problem, row);
}
