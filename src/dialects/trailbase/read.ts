import { type Actor, AppError, type Core, type RecordView } from '../../core/index.ts';
import type { Api, ApiColumn } from './api.ts';

/** A record as the caller may see it, with its parents. `not_found` reason `record`, also for one that a view leaves out. */
export async function readRecord(
  core: Core,
  actor: Actor,
  api: Api,
  id: string,
  expand: readonly ApiColumn[] = [],
): Promise<RecordView> {
  const { collection, where } = api;
  const view = await core.records.view(actor, collection, id, {
    expand: expand.length === 0 ? undefined : expand.map(({ field }) => field.name).join(','),
  });
  if (where !== undefined && !(await isInView(core, actor, api, id, where)))
    throw new AppError('not_found', { reason: 'record' });
  return view;
}

/** A view's condition holds for everybody; superusers, whom no rule stops, ask as nobody. */
function isInView(
  core: Core,
  actor: Actor,
  { collection }: Api,
  id: string,
  where: string,
): Promise<boolean> {
  const asked = actor.kind === 'superuser' ? ({ kind: 'guest', request: actor.request } as const) : actor;
  return core.records.satisfies(asked, collection, id, where);
}
