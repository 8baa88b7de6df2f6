import { AppError, type Collection, type Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import type { GridState } from './grid-state.ts';
import { recordPath } from './paths.ts';

/** Beyond that a grid is not paged through record by record. */
const LAST_ROW = 1_000_000;

/** The query of a record's page that says where it stands in a grid; `row` from 0. */
export function placeQuery({ filter, sort }: Pick<GridState, 'filter' | 'sort'>, row: number): string {
  const query = new URLSearchParams();
  if (filter !== '') query.set('filter', filter);
  if (sort !== '') query.set('sort', sort);
  query.set('row', String(row));
  return `?${query.toString()}`;
}

/** Links to the records before and after one in the grid of which its address tells; undefined where it tells of none. */
export async function neighbourLinks(
  core: Core,
  visit: Visit,
  collection: Collection,
  id: string,
): Promise<Html | undefined> {
  const { searchParams } = visit.url;
  const text = searchParams.get('row') ?? '';
  const row = Number(text);
  if (!/^\d+$/.test(text) || row > LAST_ROW) return undefined;
  const state = { filter: searchParams.get('filter') ?? '', sort: searchParams.get('sort') ?? '' };
  const offset = Math.max(0, row - 1);
  const ids = await idsFrom(core, visit, collection, state, offset);
  // Rows come and go: it is looked for where it was, and right beside.
  const place = ids.indexOf(id);
  if (place < 0) return undefined;
  const { records } = visit.texts;
  const link = (at: number, words: string, rel: 'prev' | 'next') => {
    const other = ids[at];
    if (other === undefined) return undefined;
    const path = recordPath(collection.name, other) + placeQuery(state, offset + at);
    return html`<a class="button" href="${path}" rel="${rel}">${words}</a>`;
  };
  return html`<nav class="buttons" aria-label="${records.paging}">${link(place - 1, records.form.previousRecord, 'prev')}${link(place + 1, records.form.nextRecord, 'next')}</nav>`;
}

async function idsFrom(
  core: Core,
  { actor }: Visit,
  collection: Collection,
  { filter, sort }: Pick<GridState, 'filter' | 'sort'>,
  offset: number,
): Promise<readonly string[]> {
  try {
    const { items } = await core.records.list(actor, collection, {
      ...{ page: 1, perPage: 4, skipTotal: true, range: { offset, limit: 4 } },
      ...(filter !== '' && { filter }),
      ...(sort !== '' && { sort }),
    });
    return items.map(({ values }) => String(values.id));
  } catch (error) {
    // An address that somebody changed: the record is shown all the same.
    if (error instanceof AppError && (error.code === 'invalid' || error.code === 'forbidden')) return [];
    throw error;
  }
}
