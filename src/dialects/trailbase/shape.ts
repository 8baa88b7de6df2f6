import type { Core, FileFacts, RecordView } from '../../core/index.ts';
import { type Api, type ApiColumn, apiOf } from './api.ts';
import { encoderOf } from './codec.ts';
import { fileValue } from './files.ts';

/** A record as JSON. */
export type WireRecord = Record<string, unknown>;

type Values = RecordView['values'];

interface Member {
  readonly name: string;
  readonly key: string;
  readonly column: ApiColumn;
  readonly encode: ((value: unknown) => unknown) | undefined;
  readonly holdsFiles: boolean;
}

/** What is the same for every record of an API. */
interface Plan {
  readonly members: readonly Member[];
  readonly holdsFiles: boolean;
  /** Relations that are always objects. */
  readonly expandable: readonly Member[];
}

const NO_FILES: readonly FileFacts[] = [];

/**
 * A record with its relations as plain ids, as events have it (specs/trailbase.md 2, 9). `files`: what the catalogue says of
 * its files; without it file columns are null.
 */
export function flatShape(api: Api, values: Values, files: readonly FileFacts[] = NO_FILES): WireRecord {
  const shape: WireRecord = {};
  for (const { name, key, column, encode, holdsFiles } of planOf(api).members) {
    const value = values[key] ?? null;
    if (holdsFiles) shape[name] = fileValue(column, value, files);
    else shape[name] = encode === undefined || value === null ? value : encode(value);
  }
  return shape;
}

/** Records as reads and lists show them: relations that may be inlined are objects, with their records where those came. */
export async function recordShapes(
  core: Core,
  api: Api,
  views: readonly RecordView[],
): Promise<WireRecord[]> {
  const shapes = await flatShapes(core, api, views);
  for (const { name, key } of planOf(api).expandable) await inline(core, name, key, views, shapes);
  return shapes;
}

/** {@link recordShapes} of one record. */
export async function recordShape(core: Core, api: Api, view: RecordView): Promise<WireRecord> {
  const { holdsFiles, expandable } = planOf(api);
  // Most records have neither, and reads of one are the most frequent request there is.
  if (!holdsFiles && expandable.length === 0) return flatShape(api, view.values);
  const [shape] = await recordShapes(core, api, [view]);
  return shape ?? {};
}

async function flatShapes(core: Core, api: Api, views: readonly RecordView[]): Promise<WireRecord[]> {
  if (!planOf(api).holdsFiles) return views.map(({ values }) => flatShape(api, values));
  const ids = views.map(({ values }) => String(values.id));
  const files = await core.files.describe(api.collection, ids);
  return views.map(({ values }) => flatShape(api, values, files.get(String(values.id))));
}

/** Parents that the caller may not read were not found; their columns have the id alone. */
async function inline(
  core: Core,
  name: string,
  key: string,
  views: readonly RecordView[],
  shapes: readonly WireRecord[],
): Promise<void> {
  const parents = views.map(({ expand }) => single(expand?.[key]));
  const found = parents.filter((parent) => parent !== undefined);
  const [first] = found;
  const parentApi = first && apiOf(core, first.collection);
  const shown = parentApi === undefined ? [] : await flatShapes(core, parentApi, found);
  const byView = new Map(found.map((parent, at) => [parent, shown[at]]));
  shapes.forEach((shape, at) => {
    const id = shape[name];
    const parent = parents[at];
    const data = parent && byView.get(parent);
    if (id !== null) shape[name] = data === undefined ? { id } : { id, data };
  });
}

function single(view: RecordView | readonly RecordView[] | undefined): RecordView | undefined {
  return view === undefined || isMany(view) ? undefined : view;
}

function isMany(view: RecordView | readonly RecordView[]): view is readonly RecordView[] {
  return Array.isArray(view);
}

const plans = new WeakMap<Api, Plan>();

function planOf(api: Api): Plan {
  let plan = plans.get(api);
  if (plan === undefined) {
    const members = api.shown.map((column) => ({
      name: column.name,
      key: column.field.name,
      column,
      encode: encoderOf(api, column),
      holdsFiles: column.kind === 'file' || column.kind === 'files',
    }));
    plan = {
      members,
      holdsFiles: members.some(({ holdsFiles }) => holdsFiles),
      expandable: members.filter(({ name }) => api.expand.has(name)),
    };
    plans.set(api, plan);
  }
  return plan;
}
