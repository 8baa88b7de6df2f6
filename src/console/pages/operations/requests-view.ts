import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { barChart } from '../../parts/bar-chart.ts';
import { emptyState } from '../../parts/empty-state.ts';
import type { Visit } from '../../visit.ts';
import { filterForm } from './requests-filter.ts';
import { LIVE, REQUESTS, type RequestsState, requestsPath, spans } from './requests-state.ts';
import { operationsTabs } from './tabs.ts';

type LogPage = Awaited<ReturnType<Core['logs']['list']>>;
type Buckets = Awaited<ReturnType<Core['logs']['buckets']>>;

/** One entry of the log. */
export type LogEntry = LogPage['items'][number];

/** What the page of requests shows; undefined where the log is off. */
export type RequestsData = { readonly page: LogPage; readonly buckets: Buckets } | undefined;

/** The log of requests: chart, filters, entries. */
export function requestsView(visit: Visit, state: RequestsState, data: RequestsData): PageView {
  const { requests } = visit.texts;
  return {
    title: requests.title,
    section: 'operations',
    tabs: operationsTabs(visit, 'requests'),
    isWide: true,
    actions:
      data &&
      html`<a class="button" href="${requestsPath(state, { before: '', span: 'hour' }, LIVE)}">${requests.live}</a>`,
    body:
      data === undefined
        ? offState(visit)
        : html`${filterForm(visit, state, false)}${chart(visit, state, data.buckets)}${content(visit, state, data.page)}`,
  };
}

/** What stands where no log is kept. */
export function offState({ texts: { requests } }: Visit): Html {
  return emptyState({ title: requests.offTitle, body: requests.offBody });
}

function chart({ texts, format, look }: Visit, { span }: RequestsState, buckets: Buckets): Html {
  const { requests } = texts;
  const clock = new Intl.DateTimeFormat(look.locale, {
    ...{ dateStyle: 'short', timeStyle: 'short', timeZone: 'UTC' },
  });
  const bars = buckets.map(({ time, count, errors, p95 }) => ({
    ...{ value: count, bad: errors },
    title: requests.bar(
      `${clock.format(time)} UTC`,
      format.number(count),
      format.number(errors),
      format.number(Math.round(p95)),
    ),
  }));
  const sum = (of: (bucket: Buckets[number]) => number) => buckets.reduce((all, one) => all + of(one), 0);
  const total = format.number(sum(({ count }) => count));
  const errors = format.number(sum(({ errors: failed }) => failed));
  const slowest = format.number(Math.round(Math.max(0, ...buckets.map(({ p95 }) => p95))));
  const summary = requests.summary(requests.spans[span], total, errors, slowest);
  const ends = [buckets[0], buckets.at(-1)];
  return html`<figure class="figure">
    <figcaption>${summary}</figcaption>
    ${barChart(bars, summary)}
    <div class="chart-ends" aria-hidden="true">${ends.map((end) => html`<span>${end !== undefined && format.moment(new Date(end.time).toISOString())}</span>`)}</div>
  </figure>`;
}

function content(visit: Visit, state: RequestsState, { items, next }: LogPage): Html {
  const { requests, records, files } = visit.texts;
  if (items.length === 0) return emptyState({ title: requests.emptyTitle, body: requests.emptyBody });
  return html`${entriesTable(visit, items)}
    <nav class="pager" aria-label="${records.paging}"><div class="buttons">${
      state.before !== '' &&
      html`<a class="button" href="${requestsPath(state, { before: '' })}">${files.first}</a>`
    }${next !== undefined && html`<a class="button" href="${requestsPath(state, { before: String(next) })}">${records.next}</a>`}
      ${(['csv', 'json'] as const).map((format) => html`<a class="button" href="${exportPath(state, format)}">${requests.exportAs(format.toUpperCase())}</a>`)}</div></nav>`;
}

function exportPath(state: RequestsState, format: 'csv' | 'json'): string {
  const path = requestsPath(state, { before: '' }, `${REQUESTS}/export`);
  return `${path}${path.includes('?') ? '&' : '?'}format=${format}`;
}

/** Entries of the log, each with a link to its page. */
export function entriesTable(visit: Visit, items: readonly LogEntry[]): Html {
  const { requests } = visit.texts;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${requests.title}">
    <table class="records">
      <thead><tr>
        <th scope="col">${requests.time}</th>
        <th scope="col">${requests.status}</th>
        <th scope="col">${requests.what}</th>
        <th scope="col" class="number">${requests.took}</th>
        <th scope="col">${requests.account}</th>
        <th scope="col">${requests.address}</th>
      </tr></thead>
      <tbody>${items.map((entry) => entryRow(visit, entry))}</tbody>
    </table>
  </div>`;
}

/** The row of an entry in {@link entriesTable}. */
export function entryRow({ format, texts }: Visit, entry: LogEntry): Html {
  const time = html`<a href="/_/operations/requests/${entry.id}">${format.moment(new Date(entry.time).toISOString())}</a>`;
  if (entry.kind === 'event') {
    return html`<tr><td>${time}</td><td><span class="badge danger">${texts.requests.levels[entry.level]}</span></td>
      <th scope="row"><div class="cell mono">${entry.event}</div></th><td></td><td></td><td></td></tr>`;
  }
  const { status, method, path, ms, account, address } = entry;
  return html`<tr><td>${time}</td><td><span class="${status >= 500 ? 'badge danger' : 'badge'}">${status}</span></td>
    <th scope="row"><div class="cell mono">${method} ${path}</div></th>
    <td class="number">${format.number(Math.round(ms * 10) / 10)} ms</td>
    <td class="mono">${account}</td><td>${address}</td></tr>`;
}

/** The width of the bars of a span, in milliseconds. */
export function widthOf({ span }: RequestsState): number {
  return spans[span].width;
}
