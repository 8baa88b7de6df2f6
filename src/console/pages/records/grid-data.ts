import {
  AppError,
  type Collection,
  type Core,
  type Field,
  type FileFacts,
  FilterError,
  parseFilter,
  type RecordView,
} from '../../../core/index.ts';
import type { Visit } from '../../visit.ts';
import type { GridState } from './grid-state.ts';

/** The rows of a grid, or what is wrong with its filter or sort. */
export interface GridData {
  readonly rows: readonly RecordView[];
  readonly hasMore: boolean;
  /** Where it is known without counting, or counting was asked for. */
  readonly total: number | undefined;
  /** The files of the rows by record id, where a column shows them. */
  readonly files: ReadonlyMap<string, readonly FileFacts[]>;
  readonly problem: string | undefined;
}

/** Reads a page of records. One row more than are shown tells whether there are others: nothing is counted for that. */
export async function readGrid(
  core: Core,
  visit: Visit,
  collection: Collection,
  state: GridState,
): Promise<GridData> {
  const { perPage } = state;
  const offset = (state.page - 1) * perPage;
  try {
    const found = await core.records.list(visit.actor, collection, {
      ...{ page: 1, perPage, skipTotal: true, range: { offset, limit: perPage + 1 } },
      ...(state.filter !== '' && { filter: state.filter }),
      ...(state.sort !== '' && { sort: state.sort }),
      expand: relationsOf(state.columns),
    });
    const rows = found.items.slice(0, perPage);
    const hasMore = found.items.length > perPage;
    const isKnown = !hasMore && (rows.length > 0 || offset === 0);
    const counted = state.isCounted && !isKnown;
    const total = counted
      ? await core.records.count(visit.actor, collection, state.filter)
      : isKnown
        ? offset + rows.length
        : undefined;
    return {
      rows,
      hasMore,
      total,
      files: await filesOf(core, collection, state.columns, rows),
      problem: undefined,
    };
  } catch (error) {
    const problem = problemOf(error, visit, state);
    if (problem === undefined) throw error;
    return { rows: [], hasMore: false, total: undefined, files: new Map(), problem };
  }
}

/** What is known of the files of some records, where one of the fields holds files. */
export async function filesOf(
  core: Core,
  collection: Collection,
  fields: readonly Field[],
  records: readonly RecordView[],
): Promise<ReadonlyMap<string, readonly FileFacts[]>> {
  if (records.length === 0 || !fields.some(core.holdsFiles)) return new Map();
  return core.files.describe(
    collection,
    records.map(({ values }) => String(values.id)),
  );
}

/** The relations among some fields, to be expanded. */
export function relationsOf(fields: readonly Field[]): string {
  return fields
    .filter(({ type }) => type === 'relation')
    .map(({ name }) => name)
    .join();
}

function problemOf(error: unknown, { texts }: Visit, { filter, sort }: GridState): string | undefined {
  if (!(error instanceof AppError) || (error.code !== 'invalid' && error.reason !== 'superusers_filter')) {
    return undefined;
  }
  const { records } = texts;
  if (filter === '') return sort === '' ? undefined : records.badSort;
  try {
    parseFilter(filter);
  } catch (cause) {
    if (cause instanceof FilterError) {
      return `${records.badFilter} ${records.badFilterAt(cause.position + 1, cause.message)}`;
    }
  }
  return sort === '' ? records.badFilterName : records.badFilterOrSort;
}
