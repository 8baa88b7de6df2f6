import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { factList } from '../../parts/facts.ts';
import type { Visit } from '../../visit.ts';
import { REQUESTS, type RequestsState, requestsPath, wholeLog } from './requests-state.ts';
import { entriesTable, type LogEntry } from './requests-view.ts';

type LogDetail = Awaited<ReturnType<Core['logs']['get']>>;

/** All that is known of an entry of the log, what else happened in its request, and links to entries like it. */
export function entryView(visit: Visit, { entry, related }: LogDetail): PageView {
  const { requests } = visit.texts;
  return {
    title: entry.kind === 'event' ? entry.event : `${entry.method} ${entry.path}`,
    section: 'operations',
    crumbs: [{ text: requests.title, path: REQUESTS }],
    body: html`${facts(visit, entry)}${
      related.length > 0 &&
      html`<h2>${requests.related}</h2>${entriesTable(visit, related)}${related.map(
        (other) =>
          other.kind === 'event' && html`<h3><code>${other.event}</code></h3>${factsOf(other.facts)}`,
      )}`
    }`,
  };
}

function facts({ texts, format }: Visit, entry: LogEntry): Html {
  const { requests, files } = texts;
  const time = format.moment(new Date(entry.time).toISOString());
  const id = entry.request === '' ? undefined : html`<code>${entry.request}</code>`;
  if (entry.kind === 'event') {
    return factList([
      [requests.time, time],
      [requests.level, requests.levels[entry.level]],
      [requests.facts, factsOf(entry.facts)],
      [requests.requestId, id],
    ]);
  }
  const like = (change: Partial<RequestsState>) =>
    html`<a href="${requestsPath(wholeLog, { span: 'week', ...change })}">${requests.same}</a>`;
  const [path = ''] = entry.path.split('?');
  const { account, address } = entry;
  return factList([
    [requests.time, time],
    [requests.status, String(entry.status)],
    [requests.method, entry.method],
    [requests.path, html`<code>${entry.path}</code> ${like({ path })}`],
    [requests.took, `${format.number(entry.ms)} ms`],
    [files.size, entry.bytes === undefined ? undefined : format.bytes(entry.bytes)],
    [requests.account, account === '' ? requests.guest : html`<code>${account}</code> ${like({ account })}`],
    [requests.address, address === '' ? undefined : html`<code>${address}</code> ${like({ address })}`],
    [requests.dialect, entry.dialect === '' ? undefined : entry.dialect],
    [requests.agent, entry.agent === '' ? undefined : html`<code>${entry.agent}</code>`],
    [requests.requestId, id],
  ]);
}

function factsOf(json: string): Html {
  return html`<pre tabindex="0">${pretty(json)}</pre>`;
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
