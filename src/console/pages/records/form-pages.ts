import type { Collection, RecordView } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import type { PageView } from '../../layout.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { createForm, type Form, type Visit } from '../../visit.ts';
import { findChoices } from './choices.ts';
import { type Choices, optionOf, textsOf } from './control.ts';
import { controlOf, editableFields } from './controls.ts';
import { type Draft, draftOf, readDraft } from './draft.ts';
import { type RecordForm, recordFormView } from './form-view.ts';
import { fileFields } from './grid-state.ts';
import { type Outer, readOuter, withChosen } from './in-place.ts';
import type { ReadForm } from './read-form.ts';
import { readRecord } from './record.ts';
import { FIND, SHOWN } from './relation-control.ts';
import { markOf, partName, typedOf } from './typed.ts';

const nothingSought = createForm([]);

/** The page with the form of a record; without an id, of a new one, which may be filled from another. */
export async function formPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string | undefined,
): Promise<PageView> {
  const found = await current(console, visit, collection, id);
  const like = id === undefined ? (visit.url.searchParams.get('copy') ?? '') : '';
  const copied = like === '' ? undefined : (await readRecord(console.core, visit, collection, like)).record;
  const draft = copied === undefined ? draftOf(collection, found.record) : copyOf(collection, copied);
  const choices = await choicesOf(console, visit, collection, draft, nothingSought);
  const lacksFiles =
    copied && fileFields(collection).some(({ name }) => textsOf(copied.values[name]).length > 0);
  const bases = copied === undefined ? undefined : copiedBlanks(collection, copied, draft);
  const form = { ...found, collection, draft, bases, choices, messages: noMessages };
  return recordFormView(visit, { ...form, ...(lacksFiles && { notice: 'copyWithoutFiles' }) });
}

/** The form of a new record for a relation of a form that waits. */
export async function innerFormPage(
  console: Console,
  visit: Visit,
  target: Collection,
  outer: Outer,
): Promise<PageView> {
  const draft = draftOf(target, undefined);
  const choices = await choicesOf(console, visit, target, draft, nothingSought);
  const blank = { record: undefined, revision: '', files: [] };
  return recordFormView(visit, { ...blank, collection: target, draft, choices, messages: noMessages, outer });
}

/** The form that waited, as it was typed, with the record that was made for it. */
export async function outerFormPage(
  console: Console,
  visit: Visit,
  { collection: name, id, pairs, field, hadFiles, revision, outer }: Outer,
  made: string | undefined,
): Promise<PageView> {
  const collection = console.core.collections.get(name);
  const form = createForm(pairs);
  const read = readDraft(collection, form, id === undefined);
  const sent = made === undefined ? read : withChosen(read, collection, field, made);
  const uploads = new Map(hadFiles ? [['', []]] : []);
  const again = { form, sent, revision, uploads, refused: noMessages };
  return formAgain(console, visit, collection, id, again, noMessages, readOuter(outer));
}

/** The form as it was typed. Its revision and marks stay those of what was shown at first. */
export async function formAgain(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string | undefined,
  read: ReadForm,
  messages: Messages,
  outer?: Outer,
): Promise<PageView> {
  const { form, sent, revision, uploads } = read;
  const found = await current(console, visit, collection, id);
  if (id !== undefined && found.revision !== revision) {
    return conflictPage(console, visit, collection, id, read, messages);
  }
  const stored = draftOf(collection, found.record);
  const draft = new Map(
    [...sent.draft].map(([name, typed]) => [
      name,
      sent.theirs.has(name) ? (stored.get(name) ?? typed) : typed,
    ]),
  );
  const choices = await choicesOf(console, visit, collection, draft, form);
  return recordFormView(visit, {
    ...{ ...found, collection, draft, choices, messages, outer },
    ...(id === undefined && { bases: sent.bases }),
    ...(uploads.size > 0 && { notice: 'chooseAgain' as const }),
    ...(messages.size > 0 && { status: 422 }),
  });
}

/** What the admin did not touch shows what is stored now; what they did is kept, and where it differs, both are told. */
export async function conflictPage(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string,
  { form, sent: { draft, changed, bases }, uploads }: ReadForm,
  messages: Messages = noMessages,
): Promise<PageView> {
  const found = await current(console, visit, collection, id);
  const stored = draftOf(collection, found.record);
  const merged = new Map(
    [...stored].map(([name, typed]) => [name, changed.has(name) ? (draft.get(name) ?? typed) : typed]),
  );
  const conflicts = editableFields(collection, false).filter(
    ({ name }) =>
      (changed.has(name) || uploads.has(name)) &&
      bases.get(name) !== markIn(stored, name) &&
      (uploads.has(name) || markIn(draft, name) !== markIn(stored, name)),
  );
  const choices = await choicesOf(console, visit, collection, merged, form);
  return recordFormView(visit, {
    ...{ ...found, collection, draft: merged, choices, messages, conflicts },
    ...(uploads.size > 0 && { notice: 'chooseAgain' as const }),
    status: 409,
  });
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

/** What the controls of a new record show that is like another: neither its id, nor its files, nor what is never shown. */
function copyOf(collection: Collection, { values }: RecordView): Draft {
  const held = new Set(fileFields(collection));
  return new Map(
    editableFields(collection, true).map((field) => [
      field.name,
      field.name === 'id' || held.has(field) ? typedOf({}) : controlOf(field).show(values[field.name], field),
    ]),
  );
}

/** Marks that have the blanks of a copied record written: a column would get its default, or null for an empty text. */
function copiedBlanks(
  { fields }: Collection,
  { values }: RecordView,
  draft: Draft,
): ReadonlyMap<string, string> {
  const blanks = fields.filter((field) => {
    const isColumn = optionOf(field, 'nullable') !== undefined && optionOf(field, 'writeOnly') !== true;
    const value = values[field.name];
    return (
      isColumn && field.name !== 'id' && (value === '' || value === null) && draft.get(field.name)?.size === 0
    );
  });
  return new Map(blanks.map(({ name }) => [name, 'copied']));
}

async function choicesOf(
  { core }: Console,
  { actor }: Visit,
  collection: Collection,
  draft: Draft,
  form: Form,
): Promise<ReadonlyMap<string, Choices>> {
  const choices = new Map<string, Choices>();
  for (const field of collection.fields) {
    if (field.type !== 'relation' || !draft.has(field.name)) continue;
    const [search, shown] = [FIND, SHOWN].map((part) => form.get(partName(field.name, part)));
    const chosen = draft.get(field.name)?.get('') ?? [];
    choices.set(field.name, await findChoices(core, actor, field, chosen, { search, shown }));
  }
  return choices;
}

function markIn(draft: Draft, name: string): string {
  return markOf(draft.get(name) ?? new Map());
}
