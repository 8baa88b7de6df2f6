import { Elysia } from 'elysia';
import { AppError, type Core, csvRow, neutralise } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField } from '../../parts/form.ts';
import { answerHtml, SAFE_HEADERS, seeOther } from '../../respond.ts';
import type { Texts } from '../../texts/index.ts';
import type { Form, Visit } from '../../visit.ts';
import { operationsTabs } from './tabs.ts';

type Result = Awaited<ReturnType<Core['sql']['run']>>;

/** What the page of statements shows. */
interface SqlData {
  readonly text: string;
  readonly result?: Result;
  readonly problem?: string;
  /** The result tells how the statement would be run. */
  readonly isPlan?: boolean;
}

const PATH = '/_/operations/sql';

/** Statements that read. One that runs ends when its page is left, or when it is cancelled. */
export const sqlPages = (console: Console) =>
  new Elysia({ name: 'console.sql' })
    .get('/operations/sql', ({ request }) =>
      console.show(request, (visit) => sqlView(console.core, visit, { text: '' })),
    )
    .post(
      '/operations/sql',
      ({ request }) => console.act(request, (visit, form) => run(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/operations/sql/export',
      ({ request }) => console.act(request, (visit, form) => saveRows(console, visit, form.get('text'))),
      { parse: 'none' },
    )
    .post(
      '/operations/sql/cancellations',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          console.core.sql.cancel(visit.actor, form.get('id'));
          return visit.isHtmx ? answerHtml(html``) : seeOther(visit, PATH);
        }),
      { parse: 'none' },
    );

async function run({ core, page }: Console, visit: Visit, form: Form): Promise<Response> {
  const text = form.get('text');
  const id = /^[\w-]{1,64}$/.test(form.get('id')) ? form.get('id') : crypto.randomUUID();
  try {
    const statement = form.has('plan') ? `EXPLAIN QUERY PLAN ${text}` : text;
    const result = await core.sql.run(visit.actor, statement, { id, signal: visit.request.signal });
    return page(visit, sqlView(core, visit, { text, result, isPlan: form.has('plan') }));
  } catch (error) {
    const problem = problemOf(error, visit.texts);
    if (problem === undefined) throw error;
    return page(visit, { ...sqlView(core, visit, { text, problem }), status: 422 });
  }
}

/** The rows of a statement as a file: the same that the page shows, run again. */
async function saveRows({ core, page }: Console, visit: Visit, text: string): Promise<Response> {
  try {
    const { columns, rows } = await core.sql.run(visit.actor, text, { signal: visit.request.signal });
    const row = (cells: readonly unknown[]) =>
      csvRow(cells.map((cell) => ({ text: textOf(cell), quoted: cell === '' })));
    return new Response([columns, ...rows].map(row).join(''), {
      headers: {
        ...SAFE_HEADERS,
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': contentDisposition('attachment', 'statement.csv'),
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'no-store',
      },
    });
  } catch (error) {
    const problem = problemOf(error, visit.texts);
    if (problem === undefined) throw error;
    return page(visit, { ...sqlView(core, visit, { text, problem }), status: 422 });
  }
}

/** Numbers are none that a spreadsheet would compute. */
function textOf(cell: unknown): string {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(cell) : neutralise(String(cell));
}

function problemOf(error: unknown, { sql }: Texts): string | undefined {
  if (!(error instanceof AppError)) return undefined;
  const { reason, params } = error;
  const message = String(params.message ?? '');
  if (reason === 'sql_refused' || reason === 'sql_failed')
    return `${sql[reason]} ${Object.hasOwn(sql.refusals, message) ? sql.refusals[message] : message}`;
  if (reason === 'cancelled' || reason === 'timeout' || reason === 'memory' || reason === 'queue_full')
    return sql[reason];
  return reason === 'sql_running' ? sql.queue_full : undefined;
}

function sqlView(core: Core, visit: Visit, data: SqlData): PageView {
  const { sql } = visit.texts;
  const id = crypto.randomUUID();
  const part = html`<div id="sql" class="grid">
    <statement-box key="dossier-statements" label="${sql.history}" choose="${sql.choose}" forget="${sql.forget}"><form action="${PATH}" method="post" hx-post="${PATH}" hx-target="#sql" hx-swap="outerHTML" hx-config="timeout:0">
      ${csrfField(visit)}<input type="hidden" name="id" value="${id}">
      <div class="field">
        <label for="text">${sql.statement}</label>
        <textarea id="text" name="text" class="mono" rows="6" required spellcheck="false" autocapitalize="off" aria-describedby="${
          data.problem === undefined ? 'text-hint' : 'text-error'
        }"${data.problem !== undefined && html` aria-invalid="true"`}>${data.text}</textarea>
        ${
          data.problem === undefined
            ? html`<span id="text-hint" class="hint">${sql.hint}</span>`
            : html`<span id="text-error" class="error" role="alert">${data.problem}</span>`
        }
      </div>
      <div class="buttons">
        <button class="primary" type="submit" data-run aria-keyshortcuts="Control+Enter Meta+Enter">${sql.run}</button>
        <button type="submit" name="plan" value="1">${sql.plan}</button>
        <button type="submit" formaction="${PATH}/cancellations" formnovalidate hx-post="${PATH}/cancellations" hx-swap="none">${sql.cancel}</button>
      </div>
    </form></statement-box>
    ${data.result && results(visit, data.result)}
    ${
      data.result &&
      data.isPlan !== true &&
      html`<form action="${PATH}/export" method="post">${csrfField(visit)}<input type="hidden" name="text" value="${data.text}">
      <button type="submit">${sql.export}</button></form>`
    }
    ${tables(core, visit)}
  </div>`;
  const tabs = operationsTabs(visit, 'sql');
  return { title: sql.title, section: 'operations', tabs, isWide: true, body: part, part };
}

/** What can be read: names to copy. */
function tables({ collections }: Core, { texts: { sql } }: Visit): Html {
  const ordered = collections.schema.collections.toSorted(
    (a, b) => Number(a.system) - Number(b.system) || a.name.localeCompare(b.name),
  );
  return html`<details class="names"><summary>${sql.tables}</summary>
    <dl>${ordered.map(
      ({ name, fields }) =>
        html`<div><dt><code>${name}</code></dt><dd>${fields.map((field) => html`<code>${field.name}</code> `)}</dd></div>`,
    )}</dl>
    <p class="hint">${sql.hiddenBody}</p>
  </details>`;
}

function results({ texts, format }: Visit, { columns, rows, milliseconds, truncated }: Result): Html {
  const { sql } = texts;
  return html`<p role="status">${sql.rows(format.number(rows.length), format.number(Math.round(milliseconds)))}${
    truncated && html` <strong>${sql.truncated}</strong>`
  }</p>
  <div class="table-wrap" tabindex="0" role="region" aria-label="${sql.results}">
    <table class="records">
      <thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${rows.map(
        (row) =>
          html`<tr>${row.map((value) => html`<td><div class="cell mono">${value === null ? html`<span class="muted">NULL</span>` : String(value)}</div></td>`)}</tr>`,
      )}</tbody>
    </table>
  </div>`;
}
