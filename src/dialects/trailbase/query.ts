import type { Api, ApiColumn } from './api.ts';
import { TrailBaseError } from './errors.ts';
import { type FilterNode, placeFilter } from './filter-keys.ts';

/** One key of an order. */
export interface OrderKey {
  readonly column: ApiColumn;
  readonly descending: boolean;
}

/** The parameters of a list (specs/trailbase.md 5), checked against its API. */
export interface ListParameters {
  readonly limit: number;
  readonly offset: number;
  readonly cursor: string | undefined;
  readonly count: boolean;
  readonly skipCursor: boolean;
  /** Never empty: by default the key, descending. */
  readonly order: readonly OrderKey[];
  readonly expand: readonly ApiColumn[];
  readonly geojson: ApiColumn | undefined;
  readonly filter: FilterNode;
}

const DEFAULT_LIMIT = 50;
const MAX_ORDER = 5;
const MAX_EXPAND = 5;
const NAME = /^[\w.-]+$/;
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  TRUE: true,
  '1': true,
  false: false,
  FALSE: false,
  '0': false,
};

/** Reads the query of a list as form encoding. Unknown parameters are ignored; 400 with the texts of section 5. */
export function readListQuery(api: Api, request: Request): ListParameters {
  const { once, filter } = readQuery(request);
  const limit = count(once.get('limit')) ?? Math.min(DEFAULT_LIMIT, api.hardLimit);
  if (limit > api.hardLimit) throw new TrailBaseError(400, 'limit exceeds max limit of 1024');
  return {
    limit,
    offset: count(once.get('offset')) ?? 0,
    cursor: once.get('cursor'),
    count: flag(once.get('count')),
    skipCursor: flag(once.get('skip_cursor')),
    order: readOrder(api, once.get('order')),
    expand: readExpand(api, once.get('expand')),
    geojson: readGeometry(api, once.get('geojson')),
    filter,
  };
}

/** The `expand` of a read: columns that the API inlines, else 400 `Invalid expansion`. */
export function readExpand(api: Api, text: string | undefined): readonly ApiColumn[] {
  if (text === undefined) return [];
  const names = text.split(',', MAX_EXPAND + 1).map((name) => name.trim());
  const columns = names.map((name) => (api.expand.has(name) ? api.byName.get(name) : undefined));
  const known = columns.filter((column) => column !== undefined);
  if (known.length !== names.length || names.length > MAX_EXPAND)
    throw new TrailBaseError(400, 'Invalid expansion');
  return known;
}

/** The filter of a request that has no other parameters of a list, such as a subscription. */
export function readFilter(request: Request): FilterNode {
  return readQuery(request).filter;
}

/** One parameter of a query; 400 when it is given twice. */
export function readParameter({ url }: Request, name: string): string | undefined {
  const start = url.indexOf('?');
  if (start === -1) return undefined;
  const [value, ...more] = new URLSearchParams(url.slice(start + 1)).getAll(name);
  if (more.length > 0) throw invalidQuery();
  return value;
}

/** 400 for any part of a query that cannot be read. */
function invalidQuery(): TrailBaseError {
  return new TrailBaseError(400, 'Invalid query');
}

interface Query {
  readonly once: ReadonlyMap<string, string>;
  readonly filter: FilterNode;
}

function readQuery({ url }: Request): Query {
  const once = new Map<string, string>();
  const filter: FilterNode = { values: [], children: new Map() };
  const start = url.indexOf('?');
  if (start === -1) return { once, filter };
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    if (name.startsWith('filter[') || name === 'filter') placeFilter(filter, name, value);
    else if (once.has(name) && KNOWN.has(name)) throw invalidQuery();
    else once.set(name, value);
  }
  return { once, filter };
}

const KNOWN = new Set(['limit', 'offset', 'cursor', 'count', 'skip_cursor', 'order', 'expand', 'geojson']);

function count(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalidQuery();
  return Number(text);
}

function flag(text: string | undefined): boolean {
  if (text === undefined) return false;
  const value = Object.hasOwn(FLAGS, text) ? FLAGS[text] : undefined;
  if (value === undefined) throw invalidQuery();
  return value;
}

function readOrder(api: Api, text: string | undefined): readonly OrderKey[] {
  if (text === undefined) return [{ column: api.key, descending: true }];
  const parts = text.split(',', MAX_ORDER + 1);
  if (parts.length > MAX_ORDER) throw invalidQuery();
  return parts.map((part) => {
    // A `+` that was not escaped has become a space.
    const key = part.trim();
    const name = /^[+-]/.test(key) ? key.slice(1) : key;
    const column = NAME.test(name) ? api.byName.get(name) : undefined;
    if (column === undefined || column.writeOnly) throw invalidQuery();
    return { column, descending: key.startsWith('-') };
  });
}

function readGeometry(api: Api, name: string | undefined): ApiColumn | undefined {
  if (name === undefined) return undefined;
  const column = api.byName.get(name);
  if (column === undefined || column.writeOnly || (column.kind !== 'geometry' && column.kind !== 'point'))
    throw new TrailBaseError(400, 'Invalid geometry column');
  return column;
}
