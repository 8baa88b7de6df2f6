import { AppError } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import { csrfField, formMessage, type Messages, textField } from '../../parts/form.ts';
import { SAFE_HEADERS, seeOther } from '../../respond.ts';
import type { Texts } from '../../texts/index.ts';
import { readUploadForm } from '../../upload-form.ts';
import type { Visit } from '../../visit.ts';

const PATH = '/_/operations/backups';
const TEXT = 10_000;

/** What was wrong with an upload. */
export interface UploadProblem {
  /** The name that was typed for it. */
  readonly uploadName: string;
  readonly uploadMessages: Messages;
}

/** The form that takes an archive from elsewhere. Its file comes last, so that its name is known before it. */
export function uploadCard(visit: Visit, { uploadName, uploadMessages }: UploadProblem): Html {
  const { restoration } = visit.texts;
  const message = uploadMessages.get('file');
  return html`<section class="card" aria-labelledby="upload-title">
    <h2 id="upload-title">${restoration.uploadTitle}</h2>
    ${formMessage(uploadMessages, message ?? visit.texts.frame.checkFields)}
    <upload-progress data-sending="${restoration.uploading}" data-checking="${restoration.checking}" data-failed="${restoration.uploadFailed}">
      <form action="${PATH}/uploads" method="post" enctype="multipart/form-data">
        ${csrfField(visit)}
        ${textField({
          ...{
            name: 'as',
            label: restoration.uploadName,
            value: uploadName,
            hint: restoration.uploadNameHint,
          },
          ...{ messages: uploadMessages, maxLength: 150 },
        })}
        <div class="field">
          <label for="upload-file">${restoration.uploadFile}</label>
          <input id="upload-file" name="file" type="file" accept=".zip,application/zip" required aria-describedby="upload-file-hint${message !== undefined && ' upload-file-error'}"${
            message !== undefined && html` aria-invalid="true"`
          }>
          <span id="upload-file-hint" class="hint">${restoration.uploadFileHint}</span>
          ${message !== undefined && html`<span id="upload-file-error" class="error">${message}</span>`}
        </div>
        <div class="buttons"><button type="submit">${restoration.upload}</button></div>
      </form>
    </upload-progress>
  </section>`;
}

/** Takes the archive of a form as it arrives; `again` shows the page with what was wrong. */
export async function takeUpload(
  console: Console,
  visit: Visit,
  again: (problem: UploadProblem) => Promise<Response>,
): Promise<Response> {
  let uploadName = '';
  let isThere = false;
  const { restoration } = visit.texts;
  const wantsJson = visit.request.headers.get('accept') === 'application/json';
  const refuse = (uploadMessages: Messages) =>
    wantsJson
      ? answerJson({ message: [...uploadMessages.values()].join(' ') }, 422)
      : again({ uploadName, uploadMessages });
  try {
    await readUploadForm(visit, {
      limits: { body: Number.MAX_SAFE_INTEGER, text: TEXT },
      async onFile(name, { filename, stream }, before) {
        if (name !== 'file' || isThere) return;
        isThere = true;
        uploadName = before.get('as').trim();
        await console.core.backups.upload(visit.actor, uploadName || nameOf(filename), stream);
      },
    });
  } catch (error) {
    const messages = messagesOf(error, visit.texts);
    if (messages === undefined) throw error;
    return refuse(messages);
  }
  if (!isThere) return refuse(new Map([['file', restoration.noFile]]));
  const done = seeOther(visit, PATH, { note: 'backupUploaded' });
  if (!wantsJson) return done;
  const answer = answerJson({ location: PATH }, 200);
  for (const cookie of done.headers.getSetCookie()) answer.headers.append('set-cookie', cookie);
  return answer;
}

/** The name of a file as backups may have it. One that the schedule took is not the schedule's any more. */
function nameOf(filename: string): string {
  const plain = filename
    .toLowerCase()
    .replace(/\.zip$/, '')
    .replaceAll(/[^a-z0-9_-]+/g, '_');
  return `${plain.replace(/^dossier_scheduled_/, 'uploaded_').slice(0, 140)}.zip`;
}

function messagesOf(error: unknown, { operations, restoration }: Texts): Messages | undefined {
  if (!(error instanceof AppError)) return undefined;
  const { code, reason, issues, params } = error;
  if (reason === 'backup_unusable')
    return new Map([['file', restoration.unusable(String(params.why ?? ''))]]);
  if (code === 'invalid') {
    const isTaken = issues.some((issue) => issue.code === 'backup_name_exists');
    return new Map([['as', isTaken ? operations.backups.nameTaken : operations.backups.badName]]);
  }
  if (reason === 'backup_running') return new Map([['', restoration.busy]]);
  if (code === 'storage_full') return new Map([['', restoration.noRoom]]);
  if (reason === 'backup_failed' || code === 'unavailable') return new Map([['', restoration.uploadFailed]]);
  return undefined;
}

function answerJson(body: object, status: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...SAFE_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}
