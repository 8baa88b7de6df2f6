import { type Collection, FilterError, parseFilter } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { SAFE_HEADERS, seeOther } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { nameOf } from './cells.ts';
import { filterBuilderView } from './filter-builder-view.ts';
import { type FilterField, filterFields, findFilterField } from './filter-fields.ts';
import { afterStep, formOf, isTaken, readForm, type TypedGroup, takeRow } from './filter-form-state.ts';
import type { FilterTree } from './filter-tree.ts';
import { printTree } from './filter-tree.ts';
import { type GridState, gridPath, readGridState } from './grid-state.ts';
import { collectionPath } from './paths.ts';

/** A filter being built. */
export interface Building {
  readonly collection: Collection;
  readonly state: GridState;
  /** What rows offer. */
  readonly fields: readonly FilterField[];
  readonly find: (path: string) => FilterField | undefined;
  /** Undefined where rows cannot show the filter. */
  readonly groups: readonly TypedGroup[] | undefined;
  /** Records of relations by the path, to choose from. */
  readonly choices: ReadonlyMap<string, readonly { readonly id: string; readonly name: string }[]>;
  readonly isTooLong: boolean;
  /** The control that gets the focus, as its id. */
  readonly focus: string | undefined;
}

/** Records of a relation that are suggested while one is typed; the browser narrows them by name. */
const OFFERED = 200;

/** The builder as the address says: of a filter, or of the form that was sent. Its last step leads to the grid. */
export async function answerBuilder(
  console: Console,
  visit: Visit,
  collection: Collection,
): Promise<Response> {
  const query = visit.url.searchParams;
  const { schema } = console.core.collections;
  const find = (path: string) => findFilterField(schema, collection, path);
  const fields = filterFields(schema, collection);
  const state = readGridState(collection, query, visit.preferences);
  const fresh = {
    path: (fields.find(({ path }) => path !== 'id') ?? fields[0])?.path ?? '',
    op: '',
    values: [],
  };
  const sent = readForm(query);
  const step = query.get('step') ?? '';
  const show = async (groups: Building['groups'], more: Partial<Building> = {}, status = 200) => {
    const choices = await choicesOf(console, visit, collection, groups ?? [], find);
    const building = {
      collection,
      state,
      fields,
      find,
      groups,
      choices,
      isTooLong: false,
      focus: undefined,
      ...more,
    };
    return console.page(visit, { ...filterBuilderView(visit, building), status });
  };
  if (sent === undefined) {
    const groups = shownGroups(state.filter, find);
    const isEmpty = groups?.every(({ rows }) => rows.length === 0);
    return show(isEmpty ? [{ mode: 'all', rows: [fresh] }] : groups, { focus: 'path-0-0' });
  }
  if (step !== 'apply') {
    const groups = afterStep(sent, step, fresh);
    return show(groups, { focus: focusAfter(step, groups) });
  }
  const taken = sent.map(({ mode, rows }) => ({ mode, rows: rows.map((row) => takeRow(row, find)) }));
  const at = taken.flatMap(({ rows }, group) =>
    rows.flatMap((row, index) => (isTaken(row) ? [] : [`${group}-${index}`])),
  );
  if (at[0] !== undefined) {
    const groups = taken.map(({ mode, rows }, group) => ({
      mode,
      rows: rows.map((row, index) => (isTaken(row) ? (sent[group]?.rows[index] ?? row) : row)),
    }));
    return show(groups, { focus: `value-${at[0]}` }, 422);
  }
  const [own = { mode: 'all' as const, rows: [] }, ...groups] = taken.map(({ mode, rows }) => ({
    mode,
    rows: rows.filter(isTaken),
  }));
  const filter = printTree({ ...own, groups } satisfies FilterTree, find);
  if (filter !== '' && !isFilter(filter)) return show(sent, { isTooLong: true }, 422);
  return toGrid(visit, collection, gridPath(collection, state, { filter, page: 1 }));
}

function shownGroups(filter: string, find: Building['find']): Building['groups'] {
  try {
    return formOf(filter, find);
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

/** What was built can only be too long. */
function isFilter(text: string): boolean {
  try {
    parseFilter(text);
    return true;
  } catch (error) {
    if (error instanceof FilterError) return false;
    throw error;
  }
}

function focusAfter(step: string, groups: readonly TypedGroup[]): string | undefined {
  const [verb, group = '0'] = step.split('.');
  if (verb === 'add') return `path-${group}-${(groups[Number(group)]?.rows.length ?? 1) - 1}`;
  if (verb === 'group') return `path-${groups.length - 1}-0`;
  return verb === 'remove' ? 'add-0' : undefined;
}

async function choicesOf(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  groups: readonly TypedGroup[],
  find: Building['find'],
): Promise<Building['choices']> {
  const paths = groups.flatMap(({ rows }) => rows.map(({ path }) => path));
  const choices = new Map<string, readonly { id: string; name: string }[]>();
  for (const path of new Set(paths)) {
    const field = collection.fields.find(({ name }) => name === path);
    const target =
      find(path)?.kind === 'relation' && field && 'collectionId' in field ? field.collectionId : undefined;
    const related = typeof target === 'string' ? core.collections.schema.byId(target) : undefined;
    if (related === undefined) continue;
    const { items } = await core.records.list(actor, related, { page: 1, perPage: OFFERED, skipTotal: true });
    choices.set(
      path,
      items.map((record) => ({ id: String(record.values.id), name: nameOf(record) })),
    );
  }
  return choices;
}

/** Within the page of the grid, only the grid is asked for again. */
function toGrid(visit: Visit, collection: Collection, path: string): Response {
  const here = visit.request.headers.get('hx-current-url') ?? '';
  const isThere = URL.canParse(here) && new URL(here).pathname === collectionPath(collection.name);
  if (!visit.isHtmx || !isThere) return seeOther(visit, path);
  const location = JSON.stringify({ path, target: '#grid', swap: 'outerHTML' });
  return new Response('', {
    headers: { ...SAFE_HEADERS, 'cache-control': 'no-store', 'hx-location': location },
  });
}
