import { createHash } from 'node:crypto';
import type { Collection, Expr, RecordView } from '../../../core/index.ts';
import { AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { Form, Visit } from '../../visit.ts';

/** Records that something is done with at once. */
export const MOST_SELECTED = 10_000;
/** Records that are named one by one: more than a page of a grid has. */
const MOST_NAMED = 500;

/** Records that somebody selected in a grid. */
export interface Selection {
  readonly ids: readonly string[];
  /** The filter that found them; undefined where they were picked. */
  readonly filter: string | undefined;
  /** There are more than {@link MOST_SELECTED}, of which none is in `ids`. */
  readonly isTooLarge: boolean;
  /** A short text that differs when they are others. */
  readonly mark: string;
}

/** What a grid's form says of its selection: `all` with the filter, or the ids. Throws what the filter throws. */
export async function readSelection(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  form: Pick<Form, 'get' | 'all'>,
): Promise<Selection> {
  if (form.get('all') !== '1') {
    const ids = [...new Set(form.all('id'))].slice(0, MOST_NAMED);
    return { ids, filter: undefined, isTooLarge: false, mark: markOf(ids) };
  }
  const filter = form.get('filter').trim();
  const texts = await core.transfers.export(actor, collection, {
    ...{ format: 'jsonl', fields: ['id'] },
    ...(filter !== '' && { filter }),
  });
  const ids: string[] = [];
  for await (const text of texts) {
    ids.push(...text.trimEnd().split('\n').filter(Boolean).map(idIn));
    if (ids.length > MOST_SELECTED) return { ids: [], filter, isTooLarge: true, mark: '' };
  }
  return { ids, filter, isTooLarge: false, mark: markOf(ids) };
}

/** Whether the form was made for these very records; of those that were picked there can be no others. */
export function isAsSeen({ filter, mark }: Selection, form: Form): boolean {
  return filter === undefined || form.get('mark') === mark;
}

/** The fields of a form that keep a selection. */
export function selectionFields({ ids, filter, mark }: Selection): Html {
  const field = (name: string, value: string) => html`<input type="hidden" name="${name}" value="${value}">`;
  if (filter === undefined) return html`${ids.map((id) => field('id', id))}`;
  return html`${field('all', '1')}${field('filter', filter)}${field('mark', mark)}`;
}

/** The first of the records; those that are gone are left out. */
export async function viewSome(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  ids: readonly string[],
): Promise<readonly RecordView[]> {
  const found: RecordView[] = [];
  for (const id of ids) {
    try {
      found.push(await core.records.view(actor, collection, id));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    }
  }
  return found;
}

/** The filter of these ids, which as a text could be too long. */
export function filterOfIds(ids: readonly string[], { idKind }: Collection): Expr {
  const values =
    idKind === 'integer' ? ids.filter((id) => /^-?\d{1,19}$/.test(id)) : ids.map((id) => JSON.stringify(id));
  return { kind: 'among', path: 'id', values: { kind: 'text', value: `[${values.join()}]` } };
}

function idIn(line: string): string {
  const { id }: { id?: unknown } = JSON.parse(line);
  return String(id);
}

function markOf(ids: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(ids.toSorted())).digest('base64url').slice(0, 22);
}
