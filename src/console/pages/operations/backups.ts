import { Elysia } from 'elysia';
import { AppError } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { download } from '../../../http/download.ts';
import type { Console } from '../../console.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { isSoonDone } from '../../patience.ts';
import { SAFE_HEADERS, seeOther } from '../../respond.ts';
import type { Texts } from '../../texts/index.ts';
import type { Form, Visit } from '../../visit.ts';
import { readSchedule, saveSchedule, typedChoice } from './backup-schedule.ts';
import { takeUpload } from './backup-upload.ts';
import { type BackupsProblems, backupsView } from './backups-view.ts';

const PATH = '/_/operations/backups';
const noProblems: BackupsProblems = {
  ...{ name: '', messages: noMessages, unconfirmed: '', uploadName: '', uploadMessages: noMessages },
  ...{ typed: undefined, scheduleMessages: noMessages },
};

/** Backups: those there are, taking and uploading one, when they are taken, and getting and deleting each. */
export const backupPages = (console: Console) =>
  new Elysia({ name: 'console.backups' })
    .get('/operations/backups', ({ request }) =>
      console.show(request, (visit) => show(console, visit, noProblems)),
    )
    .post(
      '/operations/backups',
      ({ request }) => console.act(request, (visit, form) => take(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/operations/backups/uploads',
      ({ request }) =>
        console.give(request, (visit) =>
          takeUpload(console, visit, (problem) => again(console, visit, { ...noProblems, ...problem })),
        ),
      { parse: 'none' },
    )
    .post(
      '/operations/backups/schedule',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          const typed = typedChoice(form);
          const scheduleMessages = await saveSchedule(console, visit, typed);
          return scheduleMessages === undefined
            ? seeOther(visit, PATH, { note: 'settingsSaved' })
            : again(console, visit, { ...noProblems, typed, scheduleMessages });
        }),
      { parse: 'none' },
    )
    .get('/operations/backups/:key', ({ params, request }) =>
      console.give(request, async (visit) => {
        const { info, read } = await console.core.backups.open(visit.actor, params.key);
        const modified = Date.parse(info.modified);
        return download(request, {
          disposition: contentDisposition('attachment', info.key),
          type: 'application/zip',
          size: info.size,
          etag: `"${info.size.toString(36)}-${modified.toString(36)}"`,
          ...{ modified, read, cache: 'no-store', headers: SAFE_HEADERS },
        });
      }),
    )
    .post(
      '/operations/backups/:key/deletion',
      ({ params, request }) =>
        console.act(request, async (visit, form) => {
          const { key } = params;
          if (!isConfirmed(form, key)) return again(console, visit, { ...noProblems, unconfirmed: key });
          await console.core.backups.delete(visit.actor, key);
          return seeOther(visit, PATH, { note: 'backupDeleted' });
        }),
      { parse: 'none' },
    );

async function show(console: Console, visit: Visit, problems: BackupsProblems) {
  const { core } = console;
  const [backups, jobs, schedule, restoration] = await Promise.all([
    core.backups.list(visit.actor),
    core.jobs.list(visit.actor),
    readSchedule(console, visit),
    core.backups.restoration(visit.actor),
  ]);
  const job = jobs.find(({ name }) => name === 'backup');
  return backupsView(visit, { ...problems, backups, job, schedule, restoration });
}

async function again(console: Console, visit: Visit, problems: BackupsProblems): Promise<Response> {
  return console.page(visit, { ...(await show(console, visit, problems)), status: 422 });
}

/** A large backup takes longer than a browser waits; it goes on, and the list has it when it is whole. */
async function take(console: Console, visit: Visit, form: Form): Promise<Response> {
  const { core } = console;
  const name = form.get('name').trim();
  const skipDamaged = form.has('skipDamaged');
  try {
    const work = core.backups.create(visit.actor, name, { skipDamaged });
    const isDone = await isSoonDone(work, (cause) => core.log.error('backup.failed', { cause }));
    return seeOther(visit, PATH, { note: isDone ? 'backupTaken' : 'backupGoesOn' });
  } catch (error) {
    const messages = messagesOf(error, visit.texts);
    if (messages === undefined) throw error;
    return again(console, visit, { ...noProblems, name, messages });
  }
}

function messagesOf(error: unknown, { operations }: Texts): Messages | undefined {
  if (!(error instanceof AppError)) return undefined;
  const { backups } = operations;
  const { code, reason, issues, params } = error;
  if (code === 'invalid') {
    const isTaken = issues.some((issue) => issue.code === 'backup_name_exists');
    return new Map([['name', isTaken ? backups.nameTaken : backups.badName]]);
  }
  if (reason === 'backup_running') return new Map([['', backups.running]]);
  if (reason === 'backup_damaged') return new Map([['', backups.damaged(String(params.objects ?? ''))]]);
  if (reason === 'backup_failed' || code === 'unavailable' || code === 'storage_full') {
    return new Map([['', backups.failed]]);
  }
  return undefined;
}
