import { AppError, type Collection, type Intake } from '../../../core/index.ts';
import type { IncomingFile } from '../../../http/multipart.ts';
import type { Console } from '../../console.ts';
import type { PageView } from '../../layout.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import { readUploadForm } from '../../upload-form.ts';
import type { Visit } from '../../visit.ts';
import { type Choice, textsOf } from './control.ts';
import { editableFields } from './controls.ts';
import { type Draft, draftOf, inputOf, issueMessages, readDraft, type Sent } from './draft.ts';
import { NEW_FILES } from './file-control.ts';
import { type RecordForm, recordFormView } from './form-view.ts';
import { recordPath } from './paths.ts';
import { problemsOf } from './problems.ts';
import { readRecord } from './record.ts';
import { findChoices } from './relation-control.ts';
import { markOf, partName } from './typed.ts';

/** Boundaries and headers of parts. */
const FRAMING = 1_000_000;

/** The page with the form of a record; without an id, of a new one. */
export async function formPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string | undefined,
): Promise<PageView> {
  const found = await current(console, visit, collection, id);
  const draft = draftOf(collection, found.record);
  const choices = await choicesOf(console, visit, collection, draft);
  return recordFormView(visit, { ...found, collection, draft, choices, messages: noMessages });
}

/** Writes what a form says of a record, files among it, or gives the form back with what is wrong. */
export async function saveRecord(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string | undefined,
): Promise<Response> {
  const { core } = console;
  const { actor, texts } = visit;
  const isNew = id === undefined;
  const intake = await core.records.admit(actor, collection, id);
  try {
    const { sent, uploads, revision, refused } = await readSent(console, visit, collection, isNew, intake);
    const { input, issues } = inputOf(collection, sent, isNew);
    const fields = editableFields(collection, isNew);
    const messages = new Map([...issueMessages(issues, fields, texts), ...refused]);
    const again = async (problems: Messages) =>
      console.page(
        visit,
        await formAgain(console, visit, collection, id, { sent, messages: problems, revision, uploads }),
      );
    if (messages.size > 0) return await again(messages);
    try {
      const values = withUploads(input, uploads, collection, sent);
      const saved = isNew
        ? await core.records.create(actor, collection, values, { intake })
        : await core.records.update(actor, collection, id, values, { intake, ifUnchanged: revision });
      const note = isNew ? 'recordMade' : 'recordSaved';
      return seeOther(visit, recordPath(collection.name, String(saved.values.id)), { note });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.reason === 'changed_meanwhile' && id !== undefined) {
        return console.page(visit, await conflictPage(console, visit, collection, id, sent, uploads));
      }
      const problems = problemsOf(error, collection, isNew, visit);
      if (problems === undefined) throw error;
      return await again(problems);
    }
  } finally {
    await intake.discard();
  }
}

type Uploads = ReadonlyMap<string, readonly unknown[]>;

interface ReadForm {
  readonly sent: Sent;
  readonly revision: string;
  readonly uploads: Uploads;
  /** Messages of files that were not taken. */
  readonly refused: Messages;
}

async function readSent(
  { core }: Console,
  visit: Visit,
  collection: Collection,
  isNew: boolean,
  intake: Intake,
): Promise<ReadForm> {
  const uploads = new Map<string, unknown[]>();
  const refused = new Map<string, string>();
  const { text, fields } = core.bodyLimits(collection);
  const form = await readUploadForm(visit, {
    limits: { body: text + fields + FRAMING, text },
    async onFile(name: string, file: IncomingFile) {
      const field = collection.fields.find(
        (one) => core.holdsFiles(one) && partName(one.name, NEW_FILES) === name,
      );
      if (field === undefined) return;
      try {
        uploads.set(field.name, [...(uploads.get(field.name) ?? []), await intake.receive(field, file)]);
      } catch (error) {
        // The texts that follow are read all the same, so that none has to be typed twice.
        const problems = error instanceof AppError && problemsOf(error, collection, isNew, visit);
        if (!problems) throw error;
        for (const [at, message] of problems) refused.set(at, message);
      }
    },
  });
  return { sent: readDraft(collection, form, isNew), revision: form.get('revision'), uploads, refused };
}

/** New files follow those that stay. */
function withUploads(
  input: Readonly<Record<string, unknown>>,
  uploads: Uploads,
  collection: Collection,
  { draft }: Sent,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = { ...input };
  for (const [name, files] of uploads) {
    if (Object.hasOwn(values, name)) values[name] = [...textsOf(values[name]), ...files];
    else {
      const held = inputOf(collection, { draft, changed: new Set([name]) }, false).input[name];
      values[name] = [...textsOf(held), ...files];
    }
  }
  return values;
}

type Current = Pick<RecordForm, 'record' | 'revision' | 'files'>;

/** The revision is asked for first: a change in between is then told, if too early. */
async function current(
  { core }: Console,
  visit: Visit,
  collection: Collection,
  id: string | undefined,
): Promise<Current> {
  if (id === undefined) return { record: undefined, revision: '', files: [] };
  const revision = await core.records.revision(visit.actor, collection, id);
  return { revision, ...(await readRecord(core, visit, collection, id)) };
}

async function choicesOf(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  draft: Draft,
): Promise<ReadonlyMap<string, readonly Choice[]>> {
  const choices = new Map<string, readonly Choice[]>();
  for (const field of collection.fields) {
    if (field.type !== 'relation' || !draft.has(field.name)) continue;
    choices.set(field.name, await findChoices(core, actor, field, draft.get(field.name)?.get('') ?? []));
  }
  return choices;
}

/** The form as it was typed. Its revision and marks stay those of what was shown at first. */
async function formAgain(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string | undefined,
  {
    sent,
    messages,
    revision,
    uploads,
  }: { sent: Sent; messages: Messages; revision: string; uploads: Uploads },
): Promise<PageView> {
  const found = await current(console, visit, collection, id);
  if (id !== undefined && found.revision !== revision) {
    return conflictPage(console, visit, collection, id, sent, uploads);
  }
  const choices = await choicesOf(console, visit, collection, sent.draft);
  const form = { ...found, collection, draft: sent.draft, choices, messages, lostFiles: uploads.size > 0 };
  return recordFormView(visit, { ...form, status: 422 });
}

/** What the admin did not touch shows what is stored now; what they did is kept, and where it differs, both are told. */
async function conflictPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string,
  { draft, changed, bases }: Sent,
  uploads: Uploads,
): Promise<PageView> {
  const found = await current(console, visit, collection, id);
  const stored = draftOf(collection, found.record);
  const merged = new Map(
    [...stored].map(([name, typed]) => [name, changed.has(name) ? (draft.get(name) ?? typed) : typed]),
  );
  const conflicts = editableFields(collection, false).filter(
    ({ name }) =>
      changed.has(name) &&
      bases.get(name) !== markIn(stored, name) &&
      markIn(draft, name) !== markIn(stored, name),
  );
  const choices = await choicesOf(console, visit, collection, merged);
  const form = { ...found, collection, draft: merged, choices, messages: noMessages, conflicts };
  return recordFormView(visit, { ...form, lostFiles: uploads.size > 0, status: 409 });
}

function markIn(draft: Draft, name: string): string {
  return markOf(draft.get(name) ?? new Map());
}
