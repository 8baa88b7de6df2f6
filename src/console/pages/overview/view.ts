import { type Html, type HtmlValue, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { factList } from '../../parts/facts.ts';
import type { Visit } from '../../visit.ts';
import type { Overview } from './data.ts';
import { failureTable } from './failures.ts';
import { firstSteps } from './steps.ts';
import { troublesOf } from './troubles.ts';

/** The start page: what the server holds, how it is, and what to do first where it holds nothing. */
export function overviewView(visit: Visit, data: Overview): PageView {
  const { overview } = visit.texts;
  const part = figures(visit, data);
  return {
    title: overview.title,
    section: 'overview',
    body: html`
      ${troubles(visit, data)}
      ${firstSteps(visit, data)}
      ${part}
      <div class="panels">
        ${health(visit, data)}
        ${card('backup-title', overview.backupTitle, lastBackup(visit, data))}
      </div>
      ${card('errors-title', overview.errorsTitle, failureTable(visit, data.failures))}`,
    part,
  };
}

function card(id: string, title: string, content: HtmlValue): Html {
  return html`<section class="card" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

/** Counting may take a while: the page asks for it once it is there; without script, when somebody asks. */
function figures({ texts, format }: Visit, { collections, totals, stored }: Overview): Html {
  const { overview } = texts;
  const sum = (type: (one: string) => boolean): HtmlValue => {
    if (totals === undefined) return html`<a href="/_/?totals=1">${overview.count}</a>`;
    const meant = collections.filter((one) => type(one.type));
    const known = meant.flatMap(({ id }) => totals.get(id) ?? []);
    const isWhole = known.length === meant.length;
    const total = known.reduce((all, one) => all + one, 0);
    return isWhole ? format.number(total) : html`<small>${overview.uncounted}</small>`;
  };
  const shown: readonly (readonly [string, HtmlValue, string?])[] = [
    [overview.collections, format.number(collections.length), '/_/collections'],
    [overview.records, sum((type) => type === 'base')],
    [overview.accounts, sum((type) => type === 'auth'), totals && '/_/accounts'],
    [overview.files, format.number(stored.files), '/_/files'],
    [overview.bytes, format.bytes(stored.bytes)],
  ];
  const later =
    totals === undefined &&
    html` hx-get="/_/?totals=1" hx-trigger="load" hx-target="#figures" hx-swap="outerHTML"`;
  return html`<section id="figures" aria-label="${overview.holds}"${later}><dl class="figures">${shown.map(
    ([name, value, path]) =>
      html`<div><dt>${name}</dt><dd>${path === undefined ? value : html`<a href="${path}">${value}</a>`}</dd></div>`,
  )}</dl></section>`;
}

/** What needs the admin stands before everything else. */
function troubles(visit: Visit, data: Overview): Html | undefined {
  const all = troublesOf(visit, data);
  if (all.length === 0) return undefined;
  return html`<div class="notice error" role="alert"><p>${visit.texts.overview.healthBad}</p>
    <ul class="troubles">${all.map((one) => html`<li>${one}</li>`)}</ul></div>`;
}

function health(visit: Visit, data: Overview): Html {
  const { texts, format } = visit;
  const { overview } = texts;
  const { version, started, databaseSize, disk } = data.health;
  return card(
    'health-title',
    overview.healthTitle,
    html`${troublesOf(visit, data).length === 0 && html`<p class="notice">${overview.healthGood}</p>`}
    ${factList([
      [overview.version, version],
      [overview.since, format.moment(new Date(started).toISOString())],
      [overview.database, format.bytes(databaseSize)],
      [overview.free, disk && format.bytes(disk.free)],
    ])}
    <p><a href="/_/operations/health">${overview.healthMore}</a></p>`,
  );
}

function lastBackup({ texts, format }: Visit, { backup }: Overview): Html {
  const { overview } = texts;
  const more = html`<p><a href="/_/operations/backups">${backup === undefined ? overview.backupTake : overview.backupMore}</a></p>`;
  if (backup === undefined) return html`<p>${overview.backupNone}</p>${more}`;
  if (backup === 'unknown') return html`<p class="notice error">${overview.backupUnread}</p>`;
  return html`${factList([
    [overview.taken, format.moment(backup.modified)],
    [overview.backup, backup.key],
    [overview.size, format.bytes(backup.size)],
  ])}${more}`;
}
