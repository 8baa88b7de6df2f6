import { AppError, type Collection, type Field, type Upload } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField } from '../../parts/form.ts';
import { SAFE_HEADERS, seeOther } from '../../respond.ts';
import { readUploadForm, requireOwn } from '../../upload-form.ts';
import type { Visit } from '../../visit.ts';
import { mostOf } from './control.ts';
import { collectionPath, recordPath } from './paths.ts';
import { problemsOf } from './problems.ts';

const FRAMING = 1_000_000;

/** Where dropped files go. */
export interface DropPlace {
  readonly collection: Collection;
  readonly field: Field;
  /** The record that gets them; undefined: each makes one. */
  readonly record: string | undefined;
}

/** Reads a {@link DropPlace} of an address: `field` and `record`. `not_found` where there is none. */
export function dropPlace({ core }: Console, { url }: Visit, collection: Collection): DropPlace {
  const { searchParams } = url;
  const field = collection.fields.find(
    (one) => core.holdsFiles(one) && one.name === searchParams.get('field'),
  );
  if (field === undefined) throw new AppError('not_found', { reason: 'field' });
  return { collection, field, record: searchParams.get('record') ?? undefined };
}

/** The page on which files become records of their own, by one of the fields that hold files. */
export function uploadPage(
  visit: Visit,
  place: DropPlace,
  fields: readonly Field[],
  problems: readonly string[] = [],
): PageView {
  const { texts } = visit;
  const { collection, field } = place;
  const base = collectionPath(collection.name);
  return {
    title: texts.records.form.uploadTo(collection.name),
    section: 'collections',
    status: problems.length > 0 ? 422 : undefined,
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
    ],
    body: html`${problems.length > 0 && html`<div role="alert" class="notice error">${problems.map((one) => html`<p>${one}</p>`)}</div>`}
      <p>${texts.records.form.uploadBody}</p>
      ${
        fields.length > 1 &&
        html`<nav class="tabs"><ul>${fields.map(
          (one) =>
            html`<li><a href="${base}/upload?field=${encodeURIComponent(one.name)}"${one === field && html` aria-current="page"`}>${one.name}</a></li>`,
        )}</ul></nav>`
      }
      ${dropZone(visit, place)}`,
  };
}

/** A place to drop files on, or to choose them. */
export function dropZone(visit: Visit, { collection, field, record }: DropPlace): Html {
  const { form } = visit.texts.records;
  const { uploads } = visit.texts.files;
  const base = collectionPath(collection.name);
  const query = new URLSearchParams({ field: field.name, ...(record !== undefined && { record }) });
  const isMany = record === undefined || mostOf(field) > 1;
  return html`<file-drop data-pieces="${base}/uploads?${query.toString()}" data-next="${record === undefined ? base : recordPath(collection.name, record)}"
    data-total="${form.uploadTotal}" data-pause="${form.pause}" data-paused="${form.paused}" data-resume="${form.resume}"
    data-retry="${form.retry}" data-failed="${form.uploadFailed}"
    data-hint="${isMany ? uploads.hint : uploads.hintOne}" data-count="${uploads.count}" data-count-failed="${uploads.countFailed}"
    data-retry-all="${uploads.retryAll}" data-unfinished="${uploads.unfinished}" data-remove="${uploads.remove}"
    data-signed-out="${uploads.signedOut}">
    <form action="${base}/drop?${query.toString()}" method="post" enctype="multipart/form-data">
      ${csrfField(visit)}
      <div class="field"><label for="drop-${field.name}">${isMany ? form.dropHere(field.name) : form.dropOne(field.name)}</label>
        <input id="drop-${field.name}" name="file" type="file"${isMany && html` multiple`} required></div>
      <div class="buttons"><button type="submit">${form.upload}</button></div>
    </form>
  </file-drop>`;
}

/** Takes the files of a form: for one record all or none of them, else a record for each that can be. */
export async function takeFiles(
  console: Console,
  visit: Visit,
  place: DropPlace,
): Promise<{ readonly problems: readonly string[] }> {
  const { core } = console;
  const { collection, field, record } = place;
  const { text, fields } = core.bodyLimits(collection);
  // Each file is bounded by its field; a form for new records has as many as somebody chose.
  const body = record === undefined ? Number.MAX_SAFE_INTEGER : text + fields + FRAMING;
  const problems: string[] = [];
  const intake = await core.records.admit(visit.actor, collection, record);
  const received: unknown[] = [];
  try {
    await readUploadForm(visit, {
      limits: { body, text: FRAMING },
      async onFile(_name, file) {
        try {
          if (record !== undefined) {
            received.push(await intake.receive(field, file));
            return;
          }
          const own = await core.records.admit(visit.actor, collection, undefined);
          try {
            const input = { [field.name]: await own.receive(field, file) };
            await core.records.create(visit.actor, collection, input, { intake: own });
          } finally {
            await own.discard();
          }
        } catch (error) {
          problems.push(
            ...messagesOf(error, visit, place).map((message) => named(visit, file.filename, message)),
          );
        }
      },
    });
    if (record !== undefined && problems.length === 0 && received.length > 0) {
      const input = { [`${field.name}+`]: received };
      await core.records.update(visit.actor, collection, record, input, { intake });
    }
  } catch (error) {
    problems.push(...messagesOf(error, visit, place));
  } finally {
    await intake.discard();
  }
  return { problems };
}

/** A script sends one file at a time, and knows which. */
function named(visit: Visit, filename: string, message: string): string {
  return wantsJson(visit) ? message : `${filename}: ${message}`;
}

function wantsJson({ request }: Visit): boolean {
  return request.headers.get('accept') === 'application/json';
}

/** What the script or the browser gets once files were taken. */
export function answerDrop(
  console: Console,
  visit: Visit,
  { collection, record }: DropPlace,
  problems: readonly string[],
  page: () => PageView,
): Response {
  if (wantsJson(visit)) {
    return problems.length === 0 ? answerJson({}) : answerJson({ message: problems.join(' ') }, 422);
  }
  if (problems.length > 0) return console.page(visit, page());
  const next = record === undefined ? collectionPath(collection.name) : recordPath(collection.name, record);
  return seeOther(visit, next, { note: 'recordSaved' });
}

/** Begins a file that is sent in pieces; its place is where they go. */
export async function beginUpload({ core }: Console, visit: Visit, place: DropPlace): Promise<Response> {
  requireOwn(visit);
  const { collection, field, record } = place;
  const { searchParams } = visit.url;
  return inJson(visit, place, async () => {
    const { id } = await core.uploads.create(visit.actor, {
      target: { collection: collection.id, field: field.name, ...(record !== undefined && { record }) },
      filename: searchParams.get('filename') ?? '',
      metadata: '',
      size: Number(searchParams.get('size')),
    });
    const query = new URLSearchParams({ field: field.name });
    return { place: `${collectionPath(collection.name)}/uploads/${id}?${query.toString()}` };
  });
}

/** Takes a piece that begins at `offset`; -1 asks where to go on. The last one attaches the file to its record. */
export async function appendUpload(
  { core }: Console,
  visit: Visit,
  place: DropPlace,
  id: string,
): Promise<Response> {
  requireOwn(visit);
  const { request, actor, url } = visit;
  const offset = Number(url.searchParams.get('offset') ?? -1);
  return inJson(visit, place, async () => {
    let upload: Upload;
    if (offset < 0 || request.body === null) upload = await core.uploads.find(actor, id);
    else {
      const length = Number(request.headers.get('content-length') ?? Number.NaN);
      const chunk = { offset, length: Number.isNaN(length) ? undefined : length, source: request.body };
      upload = await core.uploads.append(actor, id, chunk);
    }
    if (upload.complete) upload = await core.uploads.finish(actor, id);
    return { offset: upload.offset, done: upload.record !== undefined };
  });
}

async function inJson(visit: Visit, place: DropPlace, give: () => Promise<object>): Promise<Response> {
  try {
    return answerJson(await give());
  } catch (error) {
    return answerJson({ message: messagesOf(error, visit, place).join(' ') }, 422);
  }
}

function messagesOf(error: unknown, visit: Visit, { collection, record }: DropPlace): readonly string[] {
  if (error instanceof AppError && error.reason === 'upload_size') {
    const { max } = error.params;
    return [visit.texts.files.uploads.tooLarge(typeof max === 'number' ? visit.format.bytes(max) : '')];
  }
  const problems = error instanceof AppError && problemsOf(error, collection, record === undefined, visit);
  if (!problems) throw error;
  return [...problems].map(([field, message]) =>
    field === '' ? message : visit.texts.records.form.otherField(field, message),
  );
}

function answerJson(value: object, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...SAFE_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}
