import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { factList } from '../../parts/facts.ts';
import type { Visit } from '../../visit.ts';
import { logFilterOf, type RequestsState, readRequestsState } from './requests-state.ts';
import { entriesTable, type LogEntry, type RequestsData, requestsView, widthOf } from './requests-view.ts';

type LogDetail = Awaited<ReturnType<Core['logs']['get']>>;

/** The log of requests and of events, and each entry. */
export const requestPages = (console: Console) =>
  new Elysia({ name: 'console.requests' })
    .get('/operations/requests', ({ request }) =>
      console.show(request, async (visit) => {
        const state = readRequestsState(visit.url.searchParams);
        return requestsView(visit, state, await readLog(console.core, visit, state));
      }),
    )
    .get('/operations/requests/:id', ({ params, request }) =>
      console.show(request, async (visit) => {
        const id = /^\d{1,16}$/.test(params.id) ? Number(params.id) : 0;
        return entryView(visit, await console.core.logs.get(visit.actor, id));
      }),
    );

async function readLog({ logs, clock }: Core, { actor }: Visit, state: RequestsState): Promise<RequestsData> {
  const filter = logFilterOf(state, clock.now());
  try {
    const before = state.before === '' ? {} : { before: Number(state.before) };
    const page = await logs.list(actor, filter, before);
    return { page, buckets: await logs.buckets(actor, filter, widthOf(state)) };
  } catch (error) {
    if (error instanceof AppError && error.reason === 'request_log') return undefined;
    throw error;
  }
}

function entryView(visit: Visit, { entry, related }: LogDetail): PageView {
  const { requests } = visit.texts;
  return {
    title: entry.kind === 'event' ? entry.event : `${entry.method} ${entry.path}`,
    section: 'operations',
    crumbs: [{ text: requests.title, path: '/_/operations/requests' }],
    body: html`${facts(visit, entry)}${
      related.length > 0 && html`<h2>${requests.related}</h2>${entriesTable(visit, related)}`
    }`,
  };
}

function facts({ texts, format }: Visit, entry: LogEntry) {
  const { requests, files } = texts;
  const time = format.moment(new Date(entry.time).toISOString());
  const id = entry.request === '' ? undefined : html`<code>${entry.request}</code>`;
  if (entry.kind === 'event') {
    return factList([
      [requests.time, time],
      [requests.level, requests.levels[entry.level]],
      [requests.facts, html`<pre tabindex="0">${pretty(entry.facts)}</pre>`],
      [requests.requestId, id],
    ]);
  }
  return factList([
    [requests.time, time],
    [requests.status, String(entry.status)],
    [requests.took, `${format.number(entry.ms)} ms`],
    [files.size, entry.bytes === undefined ? undefined : format.bytes(entry.bytes)],
    [requests.account, entry.account === '' ? requests.guest : html`<code>${entry.account}</code>`],
    [requests.address, entry.address],
    [requests.dialect, entry.dialect === '' ? undefined : entry.dialect],
    [requests.agent, entry.agent],
    [requests.requestId, id],
  ]);
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
