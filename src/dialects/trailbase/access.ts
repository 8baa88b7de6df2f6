import { type Actor, AppError, type Core } from '../../core/index.ts';
import type { Api } from './api.ts';
import { TrailBaseError } from './errors.ts';

/** What is asked of the rules. */
export interface Deed {
  readonly api: Api;
  readonly action: 'list' | 'view' | 'create' | 'update' | 'delete';
  /** The record that it is done to, where there is one already. */
  readonly id?: string;
}

/**
 * Work on records, whose failure is told as this wire tells it (specs/trailbase.md 4): 403 before anything else to who may not
 * do it with any record, or not with this one, and for a missing record where the rule would look at it; 404 where the rule
 * asks nothing of it. The rules were asked by the core already, if it came to that; what else they say is only found out when
 * something failed.
 */
export async function judged<T>(core: Core, actor: Actor, deed: Deed, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await judgedError(core, actor, deed, error);
  }
}

/** The error to tell for one of a piece of work on a record. */
export async function judgedError(core: Core, actor: Actor, deed: Deed, error: unknown): Promise<unknown> {
  const missing = isMissing(error);
  if (!missing && !isInput(error)) return error;
  const access = await core.records.access(actor, deed.api.collection, deed.action);
  if (missing) return new TrailBaseError(access === 'granted' ? 404 : 403);
  if (access === 'denied') return new TrailBaseError(403);
  return access === 'depends' && (await isRefused(core, actor, deed)) ? new TrailBaseError(403) : error;
}

/** Whether the rule refuses this very record, whatever was sent. One that looks at the body cannot judge what is no body. */
async function isRefused(core: Core, actor: Actor, { api, action, id }: Deed): Promise<boolean> {
  const rule = api.collection.rules[action];
  if (id === undefined || rule === null || rule.includes('@request.body')) return false;
  return !(await core.records.satisfies(actor, api.collection, id, rule));
}

/** Refuses who may do it with no record at all, where the core had nothing to refuse. */
export async function refuseDenied(
  core: Core,
  actor: Actor,
  { api: { collection }, action }: Deed,
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
