import { AppError, type Collection, type Intake } from '../../../core/index.ts';
import type { IncomingFile } from '../../../http/multipart.ts';
import type { Console } from '../../console.ts';
import type { Messages } from '../../parts/form.ts';
import { readUploadForm } from '../../upload-form.ts';
import type { Form, Visit } from '../../visit.ts';
import { textsOf } from './control.ts';
import { inputOf, readDraft, type Sent } from './draft.ts';
import { NEW_FILES } from './file-control.ts';
import { problemsOf } from './problems.ts';
import { LOOK, SHOWN } from './relation-control.ts';
import { partName } from './typed.ts';

/** Boundaries and headers of parts. */
const FRAMING = 1_000_000;

/** New files by the name of their field. */
export type Uploads = ReadonlyMap<string, readonly unknown[]>;

/** A record's form as it was sent. */
export interface ReadForm {
  readonly form: Form;
  readonly sent: Sent;
  /** What the record was when the form was made. */
  readonly revision: string;
  readonly uploads: Uploads;
  /** Messages of files that were not taken. */
  readonly refused: Messages;
}

/** Reads a record's form as it arrives; its files go to `intake`. */
export async function readRecordForm(
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
  const sent = readDraft(collection, form, isNew);
  for (const name of sent.theirs) uploads.delete(name);
  return { form, sent, revision: form.get('revision'), uploads, refused };
}

/** Whether nothing is to be saved yet: somebody looks for records to choose, or wants what they had typed back. */
export function isLook(form: Form, { fields }: Collection): boolean {
  return form.has(LOOK) || fields.some(({ name }) => form.has(partName(name, SHOWN)));
}

/** The input with new files, which follow those that stay. */
export function withUploads(
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
