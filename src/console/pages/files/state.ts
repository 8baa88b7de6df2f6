import type { Core } from '../../../core/index.ts';

/** What the catalogue is asked for. */
type FileQuery = NonNullable<Parameters<Core['files']['list']>[1]>;

/** The kinds of files that can be chosen: how their media type begins. */
export const kinds = {
  image: 'image/',
  video: 'video/',
  audio: 'audio/',
  text: 'text/',
  pdf: 'application/pdf',
};

/** The orders that can be chosen. */
export const orders = ['-created', 'created', '-size', 'size', 'name', '-name'] as const;

/** Where files can be in their lives. */
export const states = ['live', 'doomed', 'abandoned'] as const;

/** What the list of files shows, as its address says. Everything is '' where nothing is said. */
export interface FilesState {
  readonly name: string;
  readonly collection: string;
  /** One of the collection's. */
  readonly field: string;
  readonly kind: keyof typeof kinds | '';
  readonly storage: string;
  /** Least megabytes, as they were typed. */
  readonly least: string;
  /** The same for the most. */
  readonly most: string;
  readonly state: (typeof states)[number];
  readonly sort: (typeof orders)[number];
  /** Where the page begins. */
  readonly after: string;
}

/** Reads a {@link FilesState}; what is none counts as not said. */
export function readFilesState(query: URLSearchParams): FilesState {
  const kind = query.get('kind') ?? '';
  return {
    name: query.get('name')?.trim().slice(0, 200) ?? '',
    collection: query.get('collection') ?? '',
    field: query.get('collection') ? (query.get('field') ?? '') : '',
    kind: isKind(kind) ? kind : '',
    storage: query.get('storage') ?? '',
    least: query.get('least')?.trim().slice(0, 20) ?? '',
    most: query.get('most')?.trim().slice(0, 20) ?? '',
    state: states.find((one) => one === query.get('state')) ?? 'live',
    sort: orders.find((one) => one === query.get('sort')) ?? '-created',
    after: query.get('after') ?? '',
  };
}

/** The address of a list, without what is as usual. */
export function filesPath(state: FilesState, change: Partial<FilesState> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...state, ...change })) {
    const isUsual = value === '' || value === 'live' || value === '-created';
    if (!isUsual) query.set(name, value);
  }
  const text = query.toString();
  return `/_/files${text === '' ? '' : `?${text}`}`;
}

/** Whether it asks for less than all files that there are. */
export function isFiltered(state: FilesState): boolean {
  return filesPath(state, { sort: '-created', after: '' }) !== '/_/files';
}

/** What the state asks of the catalogue. */
export function queryOf({
  name,
  collection,
  field,
  kind,
  storage,
  least,
  most,
  state,
  sort,
  after,
}: FilesState): FileQuery {
  const [minSize, maxSize] = [bytesOf(least), bytesOf(most)];
  return {
    ...(name !== '' && { name }),
    ...(collection !== '' && { collection }),
    ...(field !== '' && { field }),
    ...(kind !== '' && { type: kinds[kind] }),
    ...(storage !== '' && { storage }),
    ...(minSize !== undefined && { minSize: Math.ceil(minSize) }),
    ...(maxSize !== undefined && { maxSize: Math.floor(maxSize) }),
    ...(after !== '' && { after }),
    state,
    sort: { by: columnOf(sort), descending: sort.startsWith('-') },
  };
}

/** Megabytes as they were typed; undefined for what is no size. */
function bytesOf(typed: string): number | undefined {
  const megabytes = Number(typed.replace(',', '.'));
  return megabytes > 0 ? Math.min(Number.MAX_SAFE_INTEGER, megabytes * 1e6) : undefined;
}

function columnOf(sort: FilesState['sort']): 'created' | 'size' | 'name' {
  if (sort.endsWith('created')) return 'created';
  return sort.endsWith('size') ? 'size' : 'name';
}

function isKind(text: string): text is keyof typeof kinds {
  return Object.hasOwn(kinds, text);
}
