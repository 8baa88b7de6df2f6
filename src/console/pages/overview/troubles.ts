import type { Visit } from '../../visit.ts';
import type { Overview } from './data.ts';

/** Of a disk: less than this part being free is worth a word. */
const SCARCE = 0.1;

/** Attempts to sign in that fail within a day where nobody guesses: fewer are no trouble. */
const MANY_FAILED = 20;

/** What an admin should look after, in sentences; none = all is well. */
export function troublesOf(
  { texts, format }: Visit,
  { health, failedLogins }: Pick<Overview, 'health' | 'failedLogins'>,
): readonly string[] {
  const { overview } = texts;
  const { storages, disk, queues, jobs } = health;
  const silent = storages.filter(({ ok }) => !ok).map(({ name }) => overview.storageSilent(name));
  const failed = jobs
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ name }) => overview.jobFailed(name));
  const isScarce = disk !== undefined && disk.free < disk.total * SCARCE;
  return [
    ...silent,
    ...(isScarce ? [overview.diskFull(format.bytes(disk.free))] : []),
    ...(queues.abandoned > 0 ? [overview.abandoned(format.number(queues.abandoned))] : []),
    ...failed,
    ...(failedLogins >= MANY_FAILED ? [overview.failedLogins(format.number(failedLogins))] : []),
  ];
}
