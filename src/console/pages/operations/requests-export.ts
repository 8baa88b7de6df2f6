import { type Core, csvRow, neutralise } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { SAFE_HEADERS } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { streamOf } from '../records/export.ts';
import { logFilterOf, type RequestsState } from './requests-state.ts';
import type { LogEntry } from './requests-view.ts';

/** Entries of one file: what a spreadsheet opens without a sigh. */
const MOST = 100_000;
const PAGE = 200;
/** What a terminal or an editor would obey or hide instead of showing it: controls, and what turns the direction of text. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const columns = [
  ...['time', 'kind', 'status', 'method', 'path', 'milliseconds', 'bytes', 'account', 'address', 'dialect'],
  ...['client', 'request', 'level', 'event', 'facts'],
] as const;

/** The entries that the page's filter finds as a file to save, newest first, at most 100,000: CSV or JSON. */
export async function answerLogExport(core: Core, visit: Visit, state: RequestsState): Promise<Response> {
  const format = visit.url.searchParams.get('format') === 'json' ? 'json' : 'csv';
  const filter = logFilterOf(state, core.clock.now());
  // Asked before the head of the answer is sent: a log that is off is a page, not a broken file.
  const first = await core.logs.list(visit.actor, filter, { limit: PAGE });
  async function* pages(): AsyncGenerator<readonly LogEntry[]> {
    let page = first;
    for (let count = page.items.length; ; count += page.items.length) {
      yield page.items;
      if (page.next === undefined || count >= MOST) return;
      page = await core.logs.list(visit.actor, filter, { limit: PAGE, before: page.next });
    }
  }
  const texts = format === 'json' ? jsonOf(pages()) : csvOf(pages());
  return new Response(streamOf(texts), {
    headers: {
      ...SAFE_HEADERS,
      'content-type': format === 'json' ? 'application/json' : 'text/csv; charset=utf-8',
      'content-disposition': contentDisposition('attachment', `requests.${format}`),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    },
  });
}

async function* jsonOf(pages: AsyncIterable<readonly LogEntry[]>): AsyncGenerator<string> {
  let before = '[';
  for await (const items of pages) {
    for (const entry of items) {
      yield `${before}\n${JSON.stringify(plainEntry(entry))}`;
      before = ',';
    }
  }
  yield before === '[' ? '[]\n' : '\n]\n';
}

async function* csvOf(pages: AsyncIterable<readonly LogEntry[]>): AsyncGenerator<string> {
  yield csvRow(columns.map((text) => ({ text, quoted: false })));
  for await (const items of pages) {
    yield items
      .map((entry) => {
        const plain: Readonly<Record<string, unknown>> = plainEntry(entry);
        return csvRow(columns.map((name) => ({ text: cellOf(plain[name]), quoted: false })));
      })
      .join('');
  }
}

/** Clients choose their paths and names: none of them is a formula, a new row or an order to a terminal. */
function cellOf(value: unknown): string {
  if (value === undefined) return '';
  return neutralise(String(value).replaceAll(UNSEEN, '\ufffd'));
}

function plainEntry(entry: LogEntry) {
  const { kind, request } = entry;
  const time = new Date(entry.time).toISOString();
  if (entry.kind === 'event') {
    const { level, event, facts } = entry;
    return { time, kind, request, level, event, facts };
  }
  const { status, method, path, ms, bytes, account, address, dialect, agent } = entry;
  return {
    ...{ time, kind, status, method, path, milliseconds: ms, bytes, account, address, dialect },
    ...{ client: agent, request },
  };
}
