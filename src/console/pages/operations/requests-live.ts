import { AppError, type Core } from '../../../core/index.ts';
import { createEventStream, type EventStream, eventFrame } from '../../../http/sse.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { SAFE_HEADERS } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { filterForm } from './requests-filter.ts';
import { entryFilterOf, LIVE, REQUESTS, type RequestsState, requestsPath } from './requests-state.ts';
import { entriesTable, entryRow, type LogEntry, offState } from './requests-view.ts';
import { operationsTabs } from './tabs.ts';

/** Rows of the page; the oldest go. */
const SHOWN = 100;
/** How often a stream looks whether its session lasts, in milliseconds (SECURITY-REQUIREMENTS 1.7). */
const WATCH_MS = 3000;
/** Looks after which a stream says something, so that proxies keep it and the end of a quiet client is noticed. */
const LOOKS_PER_BEAT = 5;
/** Characters that may wait for a browser that does not read: two full batches. It comes back, and has missed some. */
const BUFFER = 400_000;

/** The log as it grows; without script the latest entries and a link that asks again. `items`: undefined = it is off. */
export function liveView(
  visit: Visit,
  state: RequestsState,
  items: readonly LogEntry[] | undefined,
): PageView {
  const { requests } = visit.texts;
  return {
    title: requests.liveTitle,
    section: 'operations',
    crumbs: [{ text: requests.title, path: requestsPath(state) }],
    tabs: operationsTabs(visit, 'requests'),
    isWide: true,
    body:
      items === undefined
        ? offState(visit)
        : html`${filterForm(visit, state, true)}
    <live-log src="${requestsPath(state, { before: '' }, `${REQUESTS}/stream`)}" last="${items[0]?.id ?? 0}" most="${SHOWN}"
      pause="${requests.pause}" resume="${requests.resume}" waiting="${requests.waiting}" announce="${requests.announce}" came="${requests.came}"
      open="${requests.liveOpen}" lost="${requests.liveLost}" ended="${requests.liveEnded}">
      <div class="toolbar live-bar">
        <span data-state class="badge" role="status"></span>
        <span data-count class="muted"></span>
        <a class="button" data-refresh href="${requestsPath(state, { before: '' }, LIVE)}">${requests.refresh}</a>
      </div>
      <p class="muted">${requests.liveBody}</p>
      ${entriesTable(visit, items)}
    </live-log>`,
  };
}

/** The latest entries that the live view begins with, newest first. */
export async function latestEntries(
  { logs }: Pick<Core, 'logs'>,
  { actor }: Visit,
  state: RequestsState,
): Promise<readonly LogEntry[]> {
  return (await logs.list(actor, entryFilterOf(state), { limit: SHOWN })).items;
}

/**
 * A stream of new entries as rows of the table: events `entries` with JSON of the number of entries and the markup of the latest
 * of them, newest first. It begins with those that came after the one whose id is given as `after`. When the session ends it
 * says `ended` and is over; so it is, without a word, when the server stops.
 */
export async function streamEntries(console: Console, visit: Visit, state: RequestsState): Promise<Response> {
  const { core, openStream, watchEvery = WATCH_MS } = console;
  const { request, actor, url } = visit;
  const after = /^\d{1,16}$/.exec(url.searchParams.get('after') ?? '')?.[0];
  let stop: () => void = () => undefined;
  let leave: () => void = () => undefined;
  const stream = createEventStream({
    buffer: BUFFER,
    onClose() {
      clearInterval(watching);
      stop();
      leave();
    },
  });
  const watching = watch(console, request, stream, watchEvery);
  const tell = (newestFirst: readonly LogEntry[], count = newestFirst.length): void => {
    const [newest] = newestFirst;
    if (newest === undefined) return;
    const rows = String(html`${newestFirst.slice(0, SHOWN).map((entry) => entryRow(visit, entry))}`);
    const data = JSON.stringify({ count, rows });
    stream.send(eventFrame({ id: String(newest.id), event: 'entries', data }));
  };
  let early: LogEntry[] | undefined = [];
  try {
    stop = core.logs.tail(actor, entryFilterOf(state), (items, count) => {
      if (early === undefined) tell(items.toReversed(), count);
      else early.push(...items);
    });
    const place = openStream === undefined ? () => undefined : openStream(request, () => stream.close());
    if (place === undefined) throw new AppError('busy', { reason: 'too_many_streams' });
    leave = place;
    stream.send(':\n\n');
    // What came between the page and now.
    const latest = after === undefined ? [] : await latestEntries(core, visit, state);
    const missed = [...latest.filter(({ id }) => id > Number(after)), ...early];
    early = undefined;
    tell([...new Map(missed.map((entry) => [entry.id, entry])).values()].toSorted((a, b) => b.id - a.id));
  } catch (error) {
    stream.close();
    throw error;
  }
  return new Response(stream.body, {
    headers: {
      ...SAFE_HEADERS,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

/** Ends a stream soon after its session, and lets it be heard of where nothing happens. */
function watch(
  console: Console,
  request: Request,
  stream: EventStream,
  every: number,
): ReturnType<typeof setInterval> {
  let looks = 0;
  return setInterval(async () => {
    if ((await console.findVisit(request).catch(() => undefined)) === undefined) {
      stream.send(eventFrame({ event: 'ended', data: '' }));
      stream.finish();
    } else if (++looks % LOOKS_PER_BEAT === 0) stream.send(':\n\n');
  }, every);
}
