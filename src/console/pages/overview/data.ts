import { type Actor, AppError, type Collection, type Core } from '../../../core/index.ts';
import type { Visit } from '../../visit.ts';
import { totalsOf } from '../collections/totals.ts';
import { hasBeenAsked, wantsSteps } from './steps.ts';

/** The page of the log: requests that failed on the server's side, and events of level error. */
type Failure = Awaited<ReturnType<Core['logs']['list']>>['items'][number];

/** What the start page shows. */
export interface Overview {
  /** Those that were made here; system collections are the server's own. */
  readonly collections: readonly Collection[];
  /** Numbers by collection; undefined before they were counted. */
  readonly totals: ReadonlyMap<string, number> | undefined;
  readonly stored: { readonly files: number; readonly bytes: number };
  readonly health: Awaited<ReturnType<Core['health']['report']>>;
  /** The latest; undefined = none, 'unknown' = the place that holds them does not answer. */
  readonly backup: Awaited<ReturnType<Core['backups']['list']>>[number] | undefined | 'unknown';
  /** Newest first; undefined where nothing is logged. */
  readonly failures: readonly Failure[] | undefined;
  /** Attempts to sign in that failed within a day, as far as the last events tell. */
  readonly failedLogins: number;
  /** Whether an app has asked for something yet. */
  readonly isAsked: boolean;
  /** Whether the admin wants to see what to do first. */
  readonly showsSteps: boolean;
}

const SHOWN_FAILURES = 5;
/** Events among which those of level error, and attempts to sign in, are looked for. */
const EVENTS = 200;
const DAY_MS = 86_400_000;
const FAILED_LOGINS: ReadonlySet<string> = new Set(['auth.login_failed', 'auth.proof_failed']);

/** Reads an {@link Overview}; records are counted where that is asked for. */
export async function readOverview(
  core: Core,
  { actor, preferences }: Pick<Visit, 'actor' | 'preferences'>,
  isCounted: boolean,
): Promise<Overview> {
  const showsSteps = wantsSteps(preferences);
  const collections = core.collections.schema.collections.filter(({ system }) => !system);
  const [usage, health, backup, logged, totals, isAsked] = await Promise.all([
    core.files.usage(actor),
    core.health.report(actor),
    latestBackup(core, actor),
    readLog(core, actor),
    isCounted ? totalsOf(core, actor, collections) : undefined,
    showsSteps && hasBeenAsked(core, actor),
  ]);
  return { collections, totals, stored: usage.total, health, backup, ...logged, isAsked, showsSteps };
}

async function latestBackup(core: Core, actor: Actor): Promise<Overview['backup']> {
  try {
    return (await core.backups.list(actor))[0];
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return 'unknown';
    throw error;
  }
}

async function readLog(core: Core, actor: Actor): Promise<Pick<Overview, 'failures' | 'failedLogins'>> {
  try {
    const [requests, events] = await Promise.all([
      core.logs.list(actor, { kind: 'request', statusClass: 5 }, { limit: SHOWN_FAILURES }),
      core.logs.list(actor, { kind: 'event' }, { limit: EVENTS }),
    ]);
    const grave = events.items.filter((entry) => entry.kind === 'event' && entry.level === 'error');
    const since = core.clock.now() - DAY_MS;
    const failed = events.items.filter(
      (entry) => entry.kind === 'event' && FAILED_LOGINS.has(entry.event) && entry.time > since,
    );
    const latest = [...requests.items, ...grave].toSorted((a, b) => b.id - a.id);
    return { failures: latest.slice(0, SHOWN_FAILURES), failedLogins: failed.length };
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_configured')
      return { failures: undefined, failedLogins: 0 };
    throw error;
  }
}
