/**
 * Every place where a test may stop the program, in the order in which a file's life passes them (DESIGN.md 5).
 * A ledger test iterates over all of them.
 */
export const failpointNames = [
  'database.begin',
  'database.commit',
  'database.committed',
  'reserve.before',
  'reserve.after',
  'upload.created',
  'upload.journalled',
  'upload.part',
  'upload.completing',
  'upload.completed',
  'write.before',
  'write.mid',
  'write.synced',
  'write.renamed',
  'write.dirsynced',
  'stage.created',
  'stage.written',
  'stage.synced',
  'stage.recorded',
  'stage.linked',
  'stage.adopted',
  'attach.before',
  'attach.after',
  'stage.attached',
  'stage.removed',
  'reply.before',
  'discard.before',
  'discard.after',
  'release.committed',
  'erase.before',
  'erase.derivatives',
  'erase.removed',
  'erase.dirsynced',
  'erase.forgotten',
  'derive.before',
  'derive.reserved',
  'derive.written',
  'evict.removed',
  'evict.forgotten',
  'recover.before',
  'recover.doomed',
  'recover.swept',
  'recover.after',
  'migrate.reserved',
  'migrate.copied',
  'migrate.switched',
  'collect.copied',
  'collect.recorded',
  'collect.removed',
  'restore.extracted',
  'restore.sent',
  'restore.ready',
  'restore.exchanged.data.db-wal',
  'restore.exchanged.data.db-shm',
  'restore.exchanged.data.db',
  'restore.exchanged.files',
  'restore.done',
] as const;

/** Those that only the care of stored objects passes: migration and collection. */
export const careFailpoints: ReadonlySet<FailpointName> = new Set([
  'migrate.reserved',
  'migrate.copied',
  'migrate.switched',
  'collect.copied',
  'collect.recorded',
  'collect.removed',
]);

/** Those that only resumable uploads pass. */
export const resumableFailpoints: ReadonlySet<FailpointName> = new Set([
  'stage.created',
  'stage.written',
  'stage.synced',
  'stage.recorded',
  'stage.linked',
  'stage.adopted',
  'stage.attached',
  'stage.removed',
]);

/** Those that only a restore passes. */
export const restoreFailpoints: ReadonlySet<FailpointName> = new Set([
  'restore.extracted',
  'restore.sent',
  'restore.ready',
  'restore.exchanged.data.db-wal',
  'restore.exchanged.data.db-shm',
  'restore.exchanged.data.db',
  'restore.exchanged.files',
  'restore.done',
]);

/** One of {@link failpointNames}. */
export type FailpointName = (typeof failpointNames)[number];

/** What an armed failpoint does: end this process as `kill -9` would, or throw. */
type Action = 'kill' | 'error';

interface Armed {
  readonly action: Action;
  /** The hit that acts, from 1; 0 = each. */
  readonly on: number;
  hits: number;
}

/** Points that lie behind a commit, where nothing may throw: they can only kill. */
const killOnly: ReadonlySet<FailpointName> = new Set([
  'database.committed',
  'reply.before',
  'release.committed',
  'stage.attached',
]);

const armed = new Map<FailpointName, Armed>();

/**
 * Arms failpoints, replacing what was armed; an empty text disarms all. Called once at start, in test builds only.
 *
 * `spec` is a comma list of `name=action` with an optional `@n` (act on the n-th hit only; default 1) or `@*` (act on each
 * hit): `attach.after=kill@3,erase.before=error@*`. RangeError with a sentence when it cannot be read.
 */
export function armFailpoints(spec: string): void {
  const parsed = spec
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parsePart);
  armed.clear();
  for (const [name, point] of parsed) armed.set(name, point);
}

/**
 * A place where a test may stop the program. Always written as `if (FAILPOINTS) failpoint('…')`, so that release builds
 * contain neither the call nor the name (SECURITY-REQUIREMENTS 9.12).
 */
export function failpoint(name: FailpointName): void {
  const point = armed.get(name);
  if (point === undefined) return;
  point.hits++;
  if (point.on !== 0 && point.hits !== point.on) return;
  if (point.action === 'error') throw new Error(`failpoint ${name}`);
  process.kill(process.pid, 'SIGKILL');
  // The signal may reach another thread first; nothing more may happen on this one.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function parsePart(part: string): [FailpointName, Armed] {
  const match = /^([a-z.-]+)=(kill|error)(?:@(\*|[1-9]\d{0,8}))?$/.exec(part);
  const name = failpointNames.find((candidate) => candidate === match?.[1]);
  if (match === null || name === undefined) throw new RangeError(`"${part}" is not a failpoint`);
  const action: Action = match[2] === 'kill' ? 'kill' : 'error';
  if (action === 'error' && killOnly.has(name)) throw new RangeError(`failpoint ${name} can only kill`);
  const on = match[3] === '*' ? 0 : Number(match[3] ?? 1);
  return [name, { action, on, hits: 0 }];
}
