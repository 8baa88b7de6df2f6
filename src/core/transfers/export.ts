import { stringifyJson } from '../../lib/lossless-json.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { type Field, fieldType } from '../fields/index.ts';
import type { Expr } from '../filter/ast.ts';
import { badFilter } from '../filter/bad-filter.ts';
import { FilterError, parseFilter } from '../filter/index.ts';
import type { RecordView } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { printCell } from './cells.ts';
import { csvRow } from './csv-text.ts';
import type { ExportQuery, Transfers } from './transfers.ts';

/** Records that are in memory at once. */
const PAGE = 500;

/** Makes {@link Transfers.export}. */
export function createExport(records: Pick<Records, 'list'>): Transfers['export'] {
  /** In the order of ids each page begins behind the last one; in any other order it is counted from the beginning. */
  async function* pages(
    actor: Actor,
    collection: Collection,
    { filter, sort }: ExportQuery,
  ): AsyncGenerator<readonly RecordView[], undefined> {
    const byId = sort === undefined || sort.trim() === '';
    const wanted = byId ? 'id' : `${sort},id`;
    let last: string | undefined;
    for (let offset = 0; ; offset += PAGE) {
      const page = await records.list(actor, collection, {
        ...{ page: 1, perPage: PAGE, range: { offset: byId ? 0 : offset, limit: PAGE } },
        ...{ sort: wanted, skipTotal: true },
        filter: byId && last !== undefined ? behind(last, collection, filter) : filter,
      });
      if (page.items.length > 0) yield page.items;
      if (page.items.length < PAGE) return;
      // Reading waits for nothing: without this, everybody else would wait until all of it is read.
      await new Promise((resolve) => setImmediate(resolve));
      last = String(page.items.at(-1)?.values.id);
    }
  }

  return async (actor, collection, query) => {
    const fields = exportedFields(actor, collection, query.fields);
    const all = pages(actor, collection, query);
    const first = await all.next();
    return print(first.done === true ? [] : first.value, all, fields, query.format);
  };
}

function behind(last: string, { idKind }: Collection, filter: string | Expr = ''): Expr {
  const right =
    idKind === 'integer'
      ? ({ kind: 'number', text: last } as const)
      : ({ kind: 'text', value: last } as const);
  const later: Expr = {
    ...{ kind: 'compare', op: '>', any: false, right },
    left: { kind: 'path', path: 'id' },
  };
  if (typeof filter !== 'string') return { kind: 'and', terms: [filter, later] };
  return filter.trim() === '' ? later : { kind: 'and', terms: [parsed(filter), later] };
}

function parsed(filter: string): Expr {
  try {
    return parseFilter(filter);
  } catch (error) {
    throw error instanceof FilterError ? badFilter(error.message, error) : error;
  }
}

/** What the actor sees, and the server does not keep for itself. */
function exportedFields(
  actor: Actor,
  { fields }: Collection,
  wanted: readonly string[] | undefined,
): readonly Field[] {
  const open = fields.filter((field) => {
    const isOwn = field.system && field.hidden;
    const isSeen = !field.hidden || actor.kind === 'superuser';
    return isSeen && !isOwn && fieldType(field).readable !== false;
  });
  if (wanted === undefined) return open;
  return [...new Set(wanted)].flatMap((name) => open.filter((field) => field.name === name));
}

async function* print(
  first: readonly RecordView[],
  rest: AsyncIterable<readonly RecordView[]>,
  fields: readonly Field[],
  format: ExportQuery['format'],
): AsyncGenerator<string> {
  let isFirst = true;
  const pageText = (page: readonly RecordView[]) =>
    page
      .map(({ values }) => {
        if (format === 'csv') return csvRow(fields.map((field) => printCell(values[field.name], field)));
        const shown = fields.filter(({ name }) => values[name] !== undefined);
        const text = stringifyJson(Object.fromEntries(shown.map(({ name }) => [name, values[name]])));
        const before = format === 'json' && !isFirst ? ',\n' : '';
        isFirst = false;
        return `${before}${text}${format === 'jsonl' ? '\n' : ''}`;
      })
      .join('');
  if (format === 'csv') yield csvRow(fields.map(({ name }) => ({ text: name, quoted: false })));
  if (format === 'json') yield '[\n';
  if (first.length > 0) yield pageText(first);
  for await (const page of rest) yield pageText(page);
  if (format === 'json') yield '\n]\n';
}
