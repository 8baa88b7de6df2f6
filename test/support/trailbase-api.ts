import type { Collection } from '../../src/core/index.ts';
import { type Api, getApi } from '../../src/dialects/trailbase/api.ts';
import { openTestCore } from './core.ts';

/** Collections of one test, as TrailBase APIs. */
export interface ApiWorld {
  readonly core: Awaited<ReturnType<typeof openTestCore>>['core'];
  /** Makes a collection that is open to everybody. */
  create(definition: Readonly<Record<string, unknown>>): Promise<Collection>;
  update(id: string, changes: Readonly<Record<string, unknown>>): Promise<Collection>;
  api(name: string): Api;
  close(): Promise<void>;
}

/** Opens an {@link ApiWorld}. */
export async function openApiWorld(): Promise<ApiWorld> {
  const { core, close } = await openTestCore();
  const request = { context: 'default', method: 'GET', query: nothing, header: nothing } as const;
  const admin = { kind: 'superuser', collection: undefined, record: undefined, request } as const;
  return {
    core,
    create: (definition) => core.collections.create(admin, { type: 'base', ...OPEN, ...definition }),
    update: (id, changes) => core.collections.update(admin, id, changes),
    api: (name) => getApi(core, name),
    close,
  };
}

const nothing = () => undefined;

const OPEN = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };

/** A field of every kind that this wire tells apart, but files. */
export const EVERY_FIELD = [
  { name: 'count', type: 'integer' },
  { name: 'ratio', type: 'real' },
  { name: 'title', type: 'string' },
  { name: 'blob', type: 'bytes' },
  { name: 'uuid', type: 'uuid' },
  { name: 'whatever', type: 'any' },
  { name: 'shape', type: 'geometry' },
  { name: '_secret', type: 'string', writeOnly: true },
  { name: 'text', type: 'text' },
  { name: 'whole', type: 'number', onlyInt: true },
  { name: 'number', type: 'number' },
  { name: 'flag', type: 'bool' },
  { name: 'due', type: 'date' },
  { name: 'email', type: 'email' },
  { name: 'one', type: 'select', values: ['a', 'b'], maxSelect: 1 },
  { name: 'many', type: 'select', values: ['a', 'b'], maxSelect: 2 },
  { name: 'meta', type: 'json' },
  { name: 'place', type: 'geoPoint' },
] as const;
