import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { factList } from '../../parts/facts.ts';
import { csrfField, formMessage, type Messages, selectField, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import type { ScheduleState } from './backup-schedule.ts';

type Job = Awaited<ReturnType<Core['jobs']['list']>>[number];

/** When backups are taken, how that went, and the form that changes it. */
export function scheduleCard(
  visit: Visit,
  { choice, places, held }: ScheduleState,
  job: Job | undefined,
  messages: Messages,
): Html {
  const { restoration, operations, settings } = visit.texts;
  const { backups } = operations;
  const isHeld = (name: string) => held.get(name);
  const hold = (name: string) =>
    isHeld(name) !== undefined && html`<p class="hint">${settings.held(isHeld(name) ?? '')}</p>`;
  return html`<section class="card" aria-labelledby="schedule-title">
    <h2 id="schedule-title">${backups.scheduleTitle}</h2>
    ${runs(visit, job)}
    ${formMessage(messages, restoration.scheduleWrong)}
    <form action="/_/operations/backups/schedule" method="post">
      ${csrfField(visit)}
      ${
        isHeld('often') === undefined
          ? html`${selectField({
              ...{ name: 'often', label: restoration.often, value: choice.often },
              options: [
                { value: 'never', text: restoration.never },
                { value: 'daily', text: restoration.daily },
                { value: 'weekly', text: restoration.weekly },
                { value: 'cron', text: restoration.byCron },
              ],
            })}
            <div class="schedule-daily">${textField({ name: 'time', label: restoration.time, value: choice.time, messages, maxLength: 5 })}</div>
            <div class="schedule-weekly">${selectField({
              ...{ name: 'day', label: restoration.day, value: choice.day },
              options: restoration.days.map((text, value) => ({ value: String(value), text })),
            })}</div>
            <div class="schedule-cron">${textField({ name: 'cron', label: restoration.cron, value: choice.cron, hint: restoration.cronHint, messages })}</div>`
          : hold('often')
      }
      ${
        isHeld('keep') === undefined
          ? textField({
              ...{ name: 'keep', label: restoration.keep, value: choice.keep, hint: restoration.keepHint },
              ...{ messages, inputMode: 'numeric' },
            })
          : hold('keep')
      }
      ${
        isHeld('place') === undefined
          ? html`${selectField({
              ...{ name: 'place', label: restoration.place, value: choice.place, messages },
              options: [
                { value: '', text: backups.folder },
                ...places.map((name) => ({ value: name, text: name })),
              ],
            })}<p class="hint">${restoration.placeHint}</p>`
          : hold('place')
      }
      <div class="buttons"><button type="submit">${restoration.saveSchedule}</button></div>
    </form>
  </section>`;
}

function runs({ texts, format }: Visit, job: Job | undefined): Html {
  const { restoration, operations } = texts;
  if (job === undefined) return html`<p>${operations.backups.noSchedule}</p>`;
  const moment = (time: number) => format.moment(new Date(time).toISOString());
  return html`${factList([
    [operations.backups.scheduleTitle, html`<code>${job.schedule}</code> (UTC)`],
    [
      restoration.last,
      job.started === undefined || job.outcome === ''
        ? restoration.noRun
        : html`${moment(job.started)}, ${restoration.outcomes[job.outcome]}`,
    ],
    [restoration.next, moment(job.next)],
  ])}
  ${job.outcome === 'failed' && html`<p class="notice error">${operations.backups.lastFailed} <span lang="en">${job.error}</span></p>`}`;
}
