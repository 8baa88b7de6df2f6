import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { confirmDialog } from '../../parts/confirm-dialog.ts';
import { emptyState } from '../../parts/empty-state.ts';
import { csrfField, formMessage, type Messages, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import type { ScheduleChoice, ScheduleState } from './backup-schedule.ts';
import { scheduleCard } from './backup-schedule-view.ts';
import { type UploadProblem, uploadCard } from './backup-upload.ts';
import { lastRestoration } from './restoration-view.ts';
import { operationsTabs } from './tabs.ts';

type Backup = Awaited<ReturnType<Core['backups']['list']>>[number];
type Job = Awaited<ReturnType<Core['jobs']['list']>>[number];

/** What was wrong with what was sent. */
export interface BackupsProblems extends UploadProblem {
  /** The name that was typed for a new backup. */
  readonly name: string;
  readonly messages: Messages;
  /** The key of the backup whose deletion was not confirmed; '' for none. */
  readonly unconfirmed: string;
  /** The schedule that was not saved. */
  readonly typed: ScheduleChoice | undefined;
  readonly scheduleMessages: Messages;
}

/** What the page of backups shows. */
export interface BackupsData extends BackupsProblems {
  readonly backups: readonly Backup[];
  /** The job that takes them by a schedule, where there is one. */
  readonly job: Job | undefined;
  readonly schedule: ScheduleState;
  readonly restoration: Awaited<ReturnType<Core['backups']['restoration']>>;
}

/** The page of backups. */
export function backupsView(visit: Visit, data: BackupsData): PageView {
  const { backups } = visit.texts.operations;
  const { schedule, typed, job, scheduleMessages } = data;
  return {
    title: backups.title,
    section: 'operations',
    tabs: operationsTabs(visit, 'backups'),
    isWide: true,
    body: html`${lastRestoration(visit, data.restoration)}
      ${data.backups.length > 0 ? table(visit, data) : emptyState({ title: backups.emptyTitle, body: backups.emptyBody })}
      ${takeForm(visit, data)}
      ${uploadCard(visit, data)}
      ${scheduleCard(visit, { ...schedule, choice: typed ?? schedule.choice }, job, scheduleMessages)}`,
  };
}

function takeForm(visit: Visit, { name, messages }: BackupsData): Html {
  const { backups } = visit.texts.operations;
  return html`<section class="card" aria-labelledby="take-title">
    <h2 id="take-title">${backups.takeTitle}</h2>
    ${formMessage(messages, backups.notTaken)}
    <form action="/_/operations/backups" method="post">
      ${csrfField(visit)}
      ${textField({ name: 'name', label: backups.name, value: name, hint: backups.nameHint, messages, maxLength: 150 })}
      <label class="check"><input type="checkbox" name="skipDamaged" value="1"> ${backups.skipDamaged}</label>
      <div class="buttons"><button class="primary" type="submit">${backups.take}</button></div>
    </form>
  </section>`;
}

function table(visit: Visit, { backups: all, unconfirmed }: BackupsData): Html {
  const { texts, format } = visit;
  const { backups } = texts.operations;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${backups.title}">
    <table>
      <thead><tr>
        <th scope="col">${backups.name}</th>
        <th scope="col" class="number">${texts.files.size}</th>
        <th scope="col">${backups.taken}</th>
        <th scope="col">${backups.where}</th>
        <th scope="col">${backups.actions}</th>
      </tr></thead>
      <tbody>${all.map(
        ({ key, size, modified, storage }) => html`<tr>
        <th scope="row"><a href="${pathOf(key)}" title="${backups.download(key)}">${key}</a></th>
        <td class="number">${format.bytes(size)}</td>
        <td>${format.moment(modified)}</td>
        <td>${storage || backups.folder}</td>
        <td><div class="row-actions"><a class="button" href="${pathOf(key)}/restoration" aria-label="${texts.restoration.restoreOne(key)}">${texts.restoration.restore}…</a>
        ${confirmDialog(
          visit,
          {
            ...{ id: `delete-${encodeURIComponent(key)}`, action: `${pathOf(key)}/deletion`, typed: key },
            ...{ verb: backups.delete, body: backups.deleteBody(key) },
          },
          unconfirmed === key,
        )}</div></td>
      </tr>`,
      )}</tbody>
    </table>
  </div>`;
}

function pathOf(key: string): string {
  return `/_/operations/backups/${encodeURIComponent(key)}`;
}
