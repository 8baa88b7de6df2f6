import type { Collection, Field, PreferenceValues } from '../../../core/index.ts';
import { readKeptColumns } from '../../kept-columns.ts';
import { collectionPath } from './paths.ts';

/** What a grid shows, as its address says. */
export interface GridState {
  readonly filter: string;
  /** A field's name, `-` before it for descending; '' = as the collection lies. */
  readonly sort: string;
  /** From 1. */
  readonly page: number;
  /** The fields beside the id, in the collection's order. */
  readonly columns: readonly Field[];
  /** Whether the address names the columns. */
  readonly isChosen: boolean;
  /** The total is asked for by hand. */
  readonly isCounted: boolean;
  /** Rows of a page: one of {@link PAGE_SIZES}. */
  readonly perPage: number;
  /** How many there are where the address does not say. */
  readonly usualRows: number;
}

/** Rows that a page may have. */
export const PAGE_SIZES: readonly number[] = [25, 50, 100, 200];

/** The preference that keeps how many. */
export const KEPT_ROWS = 'rows';

const USUAL_SIZE = 50;

const DEFAULT_COLUMNS = 10;
const LAST_PAGE = 1_000_000;

/**
 * Reads a {@link GridState}. Fields that are none are left out; a sort that cannot be is refused by the core. `kept` says the
 * columns and the rows of a page where the address does not.
 */
export function readGridState(
  collection: Collection,
  query: URLSearchParams,
  kept: PreferenceValues = new Map(),
): GridState {
  const chosen = new Set(query.getAll('column'));
  const choosable = choosableFields(collection);
  const columns = choosable.filter(({ name }) => chosen.has(name));
  const keptFields = readKeptColumns(kept, collection);
  const keptColumns = choosable.filter((field) => keptFields.includes(field));
  const usual = keptColumns.length > 0 ? keptColumns : defaultColumns(choosable);
  const page = Number(query.get('page') ?? 1);
  const usualRows = PAGE_SIZES.find((size) => size === kept.get(KEPT_ROWS)) ?? USUAL_SIZE;
  const rows = Number(query.get('rows'));
  return {
    filter: query.get('filter')?.trim() ?? '',
    sort: query.get('sort') ?? '',
    page: Number.isInteger(page) && page >= 1 ? Math.min(page, LAST_PAGE) : 1,
    columns: columns.length > 0 ? columns : usual,
    isChosen: columns.length > 0,
    isCounted: query.get('total') === '1',
    perPage: PAGE_SIZES.includes(rows) ? rows : usualRows,
    usualRows,
  };
}

/** The address of a grid, without what is as usual. */
export function gridPath(collection: Collection, state: GridState, change: Partial<GridState> = {}): string {
  const whole = { ...state, ...change };
  const { filter, sort, page, columns, isChosen, isCounted } = whole;
  const rows = rowsInAddress(whole);
  const query = new URLSearchParams();
  if (filter !== '') query.set('filter', filter);
  if (sort !== '') query.set('sort', sort);
  if (isChosen) for (const { name } of columns) query.append('column', name);
  if (rows !== undefined) query.set('rows', rows);
  if (page > 1) query.set('page', String(page));
  if (isCounted) query.set('total', '1');
  const text = query.toString();
  return `${collectionPath(collection.name)}${text === '' ? '' : `?${text}`}`;
}

/** What the address says of the rows of a page; nothing where they are as many as usual. */
export function rowsInAddress({ perPage, usualRows }: GridState): string | undefined {
  return perPage === usualRows ? undefined : String(perPage);
}

/** Fields that may be shown, but the id, which always is. The keys of accounts are not for eyes. */
export function choosableFields({ fields }: Collection): readonly Field[] {
  return fields.filter(({ name, system, hidden }) => name !== 'id' && !(system && hidden));
}

function defaultColumns(choosable: readonly Field[]): readonly Field[] {
  const shown = choosable.filter(({ hidden }) => !hidden);
  // Fields that were added to a collection stand behind its times, which say less of a record.
  const isTime = ({ type }: Field) => Number(type === 'autodate');
  return shown.toSorted((a, b) => isTime(a) - isTime(b)).slice(0, DEFAULT_COLUMNS);
}

/**
 * Whether records of a collection are written on its pages: those of a view cannot be, and superusers are made and changed among
 * the accounts, which ask for one's own password.
 */
export function isWritable({ type, system }: Collection): boolean {
  return type !== 'view' && !(system && type === 'auth');
}

/** The fields of a collection that hold files. */
export function fileFields({ fields }: Collection): readonly Field[] {
  return fields.filter(({ type }) => type === 'file');
}
