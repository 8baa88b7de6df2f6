import type { Actor, Core, Expr } from '../../core/index.ts';
import type { Api } from './api.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { TrailBaseError } from './errors.ts';
import { both, filterTree } from './filter.ts';
import { featureCollection } from './geojson.ts';
import type { ListParameters } from './query.ts';
import { recordShapes, type WireRecord } from './shape.ts';

/** Where a list stands in the order of keys; undefined where it has another order, or shows a view. */
type Walk = { readonly descending: boolean } | undefined;

/** The answer to a list (specs/trailbase.md 5). */
export async function listRecords(
  core: Core,
  actor: Actor,
  api: Api,
  parameters: ListParameters,
): Promise<WireRecord> {
  const { limit, offset, cursor, order, expand, geojson } = parameters;
  const { collection } = api;
  const wanted = filterTree(api, parameters.filter);
  const walk = walkOf(api, parameters);
  const start = cursor === undefined ? undefined : await afterCursor(core, api, walk, cursor);
  const page = await core.records.list(actor, collection, {
    page: 1,
    perPage: 1,
    range: { offset, limit },
    filter: both(wanted, start),
    where: api.where,
    sort: order.map(({ column, descending }) => `${descending ? '-' : ''}${column.field.name}`).join(','),
    expand: expand.map(({ field }) => field.name).join(',') || undefined,
    skipTotal: !parameters.count || start !== undefined,
  });
  // What is before the cursor counts as well.
  const counted = parameters.count && start !== undefined;
  const total = counted ? await core.records.count(actor, collection, wanted, api.where) : page.totalItems;
  const records = await recordShapes(core, api, page.items);
  const last = page.items.at(-1);
  const shape: WireRecord = {};
  if (walk !== undefined && last !== undefined && !parameters.skipCursor)
    shape.cursor = sealCursor(await cursorKey(core), { api: api.name, ...walk }, String(last.values.id));
  if (parameters.count) shape.total_count = total;
  else if (records.length === 0) shape.total_count = 0;
  return geojson === undefined
    ? { ...shape, records }
    : { ...shape, ...featureCollection(api, geojson, records) };
}

function walkOf({ isView, key }: Api, { order }: ListParameters): Walk {
  const [first] = order;
  return isView || first?.column !== key ? undefined : { descending: first.descending };
}

/** The condition that leaves out what came up to the cursor. */
async function afterCursor(core: Core, api: Api, walk: Walk, cursor: string): Promise<Expr> {
  if (walk === undefined)
    throw new TrailBaseError(400, 'Only TABLEs with PK primary order support cursors. Use offset instead.');
  const id = openCursor(await cursorKey(core), { api: api.name, ...walk }, cursor);
  return {
    kind: 'compare',
    op: walk.descending ? '<' : '>',
    strict: true,
    any: false,
    left: { kind: 'path', path: 'id' },
    right: api.collection.idKind === 'integer' ? { kind: 'number', text: id } : { kind: 'text', value: id },
  };
}

async function cursorKey(core: Core): Promise<Uint8Array> {
  return core.auth.derivedKey('trailbase.cursor');
}
