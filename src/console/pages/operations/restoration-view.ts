import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { ownPasswordField } from '../../own-password.ts';
import { csrfField, formMessage, type Messages } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';

type Backup = Awaited<ReturnType<Core['backups']['list']>>[number];
type Contents = Awaited<ReturnType<Core['backups']['inspect']>>;
type Restoration = Awaited<ReturnType<Core['backups']['restoration']>>;

/** The field of one's own password. */
export const OWN_PASSWORD = 'ownPassword';

/** What is there, to be told before it is replaced. */
export interface Present {
  /** Undefined where they take too long to count. */
  readonly records: number | undefined;
  readonly files: number;
  readonly bytes: number;
  readonly version: string;
}

/** What {@link restorationView} shows. */
export interface RestorationData {
  readonly backup: Backup;
  /** What the backup says that it holds; undefined where that is not known yet. */
  readonly contents: Contents;
  readonly present: Present;
  readonly messages: Messages;
  /** Whether the present state is to be saved before. */
  readonly isSaved: boolean;
}

/** The page that asks before a backup takes the place of everything. */
export function restorationView(visit: Visit, data: RestorationData): PageView {
  const { texts } = visit;
  const { restoration } = texts;
  const { backup, messages, isSaved } = data;
  const { key } = backup;
  const message = messages.get('confirm');
  return {
    title: restoration.title(key),
    section: 'operations',
    crumbs: [{ text: texts.operations.backups.title, path: '/_/operations/backups' }],
    body: html`${formMessage(messages, message ?? messages.get(OWN_PASSWORD) ?? '')}
      <p class="notice error">${restoration.warning}</p>
      <p>${restoration.interruption} ${restoration.sessions}</p>
      ${comparison(visit, data)}
      <form class="card" action="/_/operations/backups/${encodeURIComponent(key)}/restoration" method="post">
        ${csrfField(visit)}
        <label class="check"><input type="checkbox" name="save" value="1"${isSaved && html` checked`}> ${restoration.save}</label>
        <div class="field">
          <label for="confirm">${texts.frame.typeToConfirm(key)}</label>
          <input id="confirm" name="confirm" required autocomplete="off" autocapitalize="off" spellcheck="false"${
            message !== undefined && html` aria-invalid="true" aria-describedby="confirm-error"`
          }>
          ${message !== undefined && html`<span id="confirm-error" class="error">${message}</span>`}
        </div>
        ${ownPasswordField(visit, { name: OWN_PASSWORD, messages })}
        <div class="buttons">
          <button class="danger" type="submit">${restoration.begin}</button>
          <a class="button" href="/_/operations/backups">${texts.frame.cancel}</a>
        </div>
      </form>`,
  };
}

function comparison({ texts, format }: Visit, { backup, contents, present }: RestorationData): Html {
  const { restoration } = texts;
  const count = (value: number | undefined) =>
    value === undefined ? restoration.notCounted : format.number(value);
  const then = (value: number | undefined) =>
    value === undefined ? restoration.unknown : format.number(value);
  const size = (value: number | undefined) =>
    value === undefined ? restoration.unknown : format.bytes(value);
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    [restoration.records, count(present.records), then(contents?.records)],
    [restoration.files, count(present.files), then(contents?.files)],
    [restoration.bytes, size(present.bytes), size(contents?.bytes)],
  ];
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${restoration.compared}">
    <table>
      <caption class="visually-hidden">${restoration.compared}</caption>
      <thead><tr><td></td><th scope="col">${restoration.now}</th><th scope="col">${restoration.inBackup}</th></tr></thead>
      <tbody>
        <tr><th scope="row">${restoration.takenAt}</th><td>–</td><td>${format.moment(contents?.created ?? backup.modified)}</td></tr>
        <tr><th scope="row">${restoration.takenBy}</th><td>${present.version}</td><td>${contents?.version || restoration.unknown}</td></tr>
        ${rows.map(
          ([name, now, before]) =>
            html`<tr><th scope="row">${name}</th><td>${String(now)}</td><td>${String(before)}</td></tr>`,
        )}
      </tbody>
    </table>
  </div>
  ${contents === undefined && html`<p class="hint">${restoration.elsewhere}</p>`}`;
}

/** The page that waits for a restore, and then says how it went. `script` is the path of its element. */
export function waitingView(visit: Visit, { running, last }: Restoration, script: string): PageView {
  const { restoration } = visit.texts;
  const back = html`<p><a class="button" href="/_/operations/backups">${restoration.toBackups}</a></p>`;
  if (running !== undefined) {
    return {
      title: restoration.underWay,
      body: html`<p><strong>${running.key}</strong></p>
        <server-return role="status" data-away="${restoration.away}">${restoration.stages[running.stage]}</server-return>
        <noscript><meta http-equiv="refresh" content="3"></noscript>
        <p class="hint">${restoration.waits}</p>
        <p><a class="button" href="/_/operations/restoration">${restoration.lookAgain}</a></p>
        <script type="module" src="${script}"></script>`,
    };
  }
  if (last === undefined)
    return { title: restoration.noneTitle, body: html`<p>${restoration.none}</p>${back}` };
  if (last.problem !== '') {
    return {
      title: restoration.failedTitle,
      body: html`<p>${restoration.failed(last.key)}</p>
        <p class="notice error" lang="en">${last.problem}</p>${back}`,
    };
  }
  return {
    title: restoration.doneTitle,
    body: html`<p role="status">${restoration.done(last.key)}</p>
      ${last.saved !== '' && html`<p>${restoration.undo(last.saved)}</p>`}${back}`,
  };
}

/** How the last restore of this run went, for the page of backups. */
export function lastRestoration({ texts, format }: Visit, { running, last }: Restoration): Html | undefined {
  const { restoration } = texts;
  if (running !== undefined) {
    return html`<p class="notice" role="status"><a href="/_/operations/restoration">${restoration.underWay}</a>: ${running.key}</p>`;
  }
  if (last === undefined) return undefined;
  const time = format.moment(new Date(last.ended).toISOString());
  if (last.problem === '') {
    return html`<p class="notice">${restoration.lastRestored(last.key)} ${time}.${
      last.saved !== '' && html` ${restoration.undo(last.saved)}`
    }</p>`;
  }
  return html`<p class="notice error">${restoration.lastFailed(last.key)} ${time}: <span lang="en">${last.problem}</span></p>`;
}
