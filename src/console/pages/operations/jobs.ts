import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { emptyState } from '../../parts/empty-state.ts';
import { csrfField } from '../../parts/form.ts';
import { isSoonDone } from '../../patience.ts';
import { seeOther } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { operationsTabs } from './tabs.ts';

type Job = Awaited<ReturnType<Core['jobs']['list']>>[number];

const PATH = '/_/operations/jobs';

/** Work that comes back: how it went, when it runs again, and running it now. */
export const jobPages = (console: Console) =>
  new Elysia({ name: 'console.jobs' })
    .get('/operations/jobs', ({ request }) =>
      console.show(request, async (visit) => jobsView(visit, await console.core.jobs.list(visit.actor))),
    )
    .post(
      '/operations/jobs/:name/runs',
      ({ params, request }) => console.act(request, (visit) => run(console, visit, params.name)),
      { parse: 'none' },
    );

async function run({ core }: Console, visit: Visit, name: string): Promise<Response> {
  try {
    const work = core.jobs.run(visit.actor, name);
    const isDone = await isSoonDone(work, (cause) => core.log.error('job.not_run', { name, cause }));
    if (!isDone) return seeOther(visit, PATH, { note: 'jobGoesOn' });
    const { outcome } = await work;
    return seeOther(visit, PATH, { note: outcome === 'failed' ? 'jobFailed' : 'jobDone' });
  } catch (error) {
    if (!(error instanceof AppError) || error.reason !== 'job_running') throw error;
    return seeOther(visit, PATH, { note: 'jobGoesOn' });
  }
}

function jobsView(visit: Visit, all: readonly Job[]): PageView {
  const { jobs } = visit.texts.operations;
  return {
    title: jobs.title,
    section: 'operations',
    tabs: operationsTabs(visit, 'jobs'),
    isWide: true,
    body:
      all.length === 0
        ? emptyState({
            ...{ title: jobs.emptyTitle, body: jobs.emptyBody },
            action: html`<a class="button primary" href="/_/operations/backups">${jobs.emptyAction}</a>`,
          })
        : html`<p class="muted">${jobs.body}</p>
    <div class="table-wrap" tabindex="0" role="region" aria-label="${jobs.title}">
      <table>
        <thead><tr>
          <th scope="col">${jobs.job}</th>
          <th scope="col">${jobs.schedule}</th>
          <th scope="col">${jobs.last}</th>
          <th scope="col">${jobs.outcome}</th>
          <th scope="col">${jobs.next}</th>
          <th scope="col">${jobs.action}</th>
        </tr></thead>
        <tbody>${all.map((job) => row(visit, job))}</tbody>
      </table>
    </div>`,
  };
}

function row(visit: Visit, { name, schedule, started, ended, outcome, error, next, runs }: Job): Html {
  const { texts, format } = visit;
  const { jobs } = texts.operations;
  const took = started !== undefined && ended !== undefined ? ended - started : undefined;
  return html`<tr>
    <th scope="row"><code>${name}</code></th>
    <td>${schedule}</td>
    <td>${started === undefined ? jobs.never : format.moment(new Date(started).toISOString())}</td>
    <td>${outcome !== '' && html`<span class="${outcome === 'failed' ? 'badge danger' : 'badge'}">${jobs.outcomes[outcome]}</span>`}
      ${took !== undefined && html`<span class="muted">${format.number(took)} ms</span>`} ${error}
      ${runs.length > 1 && earlier(visit, runs)}</td>
    <td>${outcome === 'running' ? '–' : format.moment(new Date(next).toISOString())}</td>
    <td><form action="${PATH}/${encodeURIComponent(name)}/runs" method="post">${csrfField(visit)}
      <button type="submit" aria-label="${jobs.runNow}: ${name}">${jobs.runNow}</button></form></td>
  </tr>`;
}

/** The last runs; there is more than the one that the row tells. */
function earlier({ texts, format }: Visit, runs: Job['runs']): Html {
  const { jobs } = texts.operations;
  const failed = runs.filter(({ outcome }) => outcome === 'failed').length;
  return html`<details><summary>${jobs.runs(format.number(runs.length), format.number(failed))}</summary>
    <ul>${runs.map(
      ({ started, ended, outcome, error }) =>
        html`<li>${format.moment(new Date(started).toISOString())} <span class="${outcome === 'failed' ? 'badge danger' : 'badge'}">${jobs.outcomes[outcome]}</span>
      <span class="muted">${format.number(ended - started)} ms</span> ${error}</li>`,
    )}</ul></details>`;
}
