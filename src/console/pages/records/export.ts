import type { Collection, Core } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { SAFE_HEADERS } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { readGridState } from './grid-state.ts';
import { filterOfIds } from './selection.ts';

const types = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
} as const;
/** Selected records: a page of a grid has fewer. */
const MOST = 500;

/**
 * The records of a grid as a file to save, read as the browser takes it: those that are selected (`id`), else all that its filter
 * finds, in its order and with its columns where they were chosen. The core keeps formulas of CSV from running.
 */
export async function answerExport(core: Core, visit: Visit, collection: Collection): Promise<Response> {
  const { searchParams } = visit.url;
  const state = readGridState(collection, searchParams);
  const wanted = searchParams.get('format');
  const format = wanted === 'json' || wanted === 'jsonl' ? wanted : 'csv';
  const ids = searchParams.get('all') === '1' ? [] : searchParams.getAll('id').slice(0, MOST);
  const filter = ids.length > 0 ? filterOfIds(ids, collection) : state.filter;
  const text = await core.transfers.export(visit.actor, collection, {
    format,
    ...(filter !== '' && { filter }),
    ...(state.sort !== '' && { sort: state.sort }),
    ...(state.isChosen && { fields: ['id', ...state.columns.map(({ name }) => name)] }),
  });
  return new Response(streamOf(text), {
    headers: {
      ...SAFE_HEADERS,
      'content-type': types[format],
      'content-disposition': contentDisposition('attachment', `${collection.name}.${format}`),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    },
  });
}

/** A failure on the way breaks the answer off, so that no part of a file passes for all of it. */
export function streamOf(texts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const reading = texts[Symbol.asyncIterator]();
  const utf8 = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reading.next();
      if (done) controller.close();
      else controller.enqueue(utf8.encode(value));
    },
    async cancel() {
      await reading.return?.();
    },
  });
}
