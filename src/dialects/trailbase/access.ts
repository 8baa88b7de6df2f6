import { type Actor, AppError, type Core } from '../../core/index.ts';
import type { Api } from './api.ts';
import { TrailBaseError } from './errors.ts';

/** What is asked of the rules. */
export type Action = 'list' | 'view' | 'create' | 'update' | 'delete';

/**
 * Work on records, whose failure is told as this wire tells it (specs/trailbase.md 4): 403 before anything else to who may not
 * do it with any record, and for a missing record where the rule would look at it; 404 where the rule asks nothing of it.
 * The rules were asked by the core already; what they say without a record is only found out when something failed.
 */
export async function judged<T>(
  core: Core,
  actor: Actor,
  api: Api,
  action: Action,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await judgedError(core, actor, api, action, error);
  }
}

/** The error to tell for one of a piece of work on a record. */
export async function judgedError(
  core: Core,
  actor: Actor,
  { collection }: Api,
  action: Action,
  error: unknown,
): Promise<unknown> {
  const missing = isMissing(error);
  if (!missing && !isInput(error)) return error;
  const access = await core.records.access(actor, collection, action);
  if (missing) return new TrailBaseError(access === 'granted' ? 404 : 403);
  return access === 'denied' ? new TrailBaseError(403) : error;
}

/** Refuses who may do it with no record at all, where the core had nothing to refuse. */
export async function refuseDenied(
  core: Core,
  actor: Actor,
  { collection }: Api,
  action: Action,
): Promise<void> {
  if ((await core.records.access(actor, collection, action)) === 'denied') throw new TrailBaseError(403);
}

function isMissing(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'not_found' && error.reason === 'record';
  return error instanceof TrailBaseError && error.status === 404;
}

function isInput(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'invalid' || error.code === 'too_large';
  return error instanceof TrailBaseError && (error.status === 400 || error.status === 413);
}
