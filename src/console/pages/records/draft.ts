import type { Collection, Field, Issue, RecordInput, RecordView } from '../../../core/index.ts';
import type { Messages } from '../../parts/form.ts';
import type { Texts } from '../../texts/index.ts';
import type { Form } from '../../visit.ts';
import { UnreadableInput } from './control.ts';
import { controlOf, editableFields } from './controls.ts';
import { baseName, markOf, partName, readTyped, type Typed, typedOf } from './typed.ts';

/** What the controls of a record's form hold, by field name. */
export type Draft = ReadonlyMap<string, Typed>;

/** What the controls show of a record; of no record, nothing. */
export function draftOf(collection: Collection, record: RecordView | undefined): Draft {
  return new Map(
    editableFields(collection, record === undefined).map((field) => [
      field.name,
      record === undefined ? typedOf({}) : controlOf(field).show(record.values[field.name], field),
    ]),
  );
}

/** What was typed, with the marks of what the controls held before. */
export interface Sent {
  readonly draft: Draft;
  /** Names of the fields whose controls hold something else than they were shown with. */
  readonly changed: ReadonlySet<string>;
  /** The marks of what they were shown with. */
  readonly bases: ReadonlyMap<string, string>;
  /** Names of the fields that keep what another admin stored meanwhile. */
  readonly theirs: ReadonlySet<string>;
}

/** The choice between both versions of a field that two admins changed: `theirs` keeps what is stored. */
export function keepName(field: string): string {
  return `keep.${field}`;
}

/** Reads a form. A field whose control was not in it counts as not changed. */
export function readDraft(collection: Collection, form: Form, isNew: boolean): Sent {
  const draft = new Map<string, Typed>();
  const changed = new Set<string>();
  const bases = new Map<string, string>();
  const theirs = new Set<string>();
  for (const field of editableFields(collection, isNew)) {
    const base = form.get(baseName(field.name));
    const typed = settled(readTyped(form, field.name, controlOf(field).parts ?? ['']), base);
    draft.set(field.name, typed);
    bases.set(field.name, base);
    if (form.get(keepName(field.name)) === 'theirs') theirs.add(field.name);
    else if (form.has(baseName(field.name)) && base !== markOf(respelled(typed, field)))
      changed.add(field.name);
  }
  return { draft, changed, bases, theirs };
}

/** Where there is a text, and the box for no value is ticked: the one of both that somebody changed. */
function settled(typed: Typed, base: string): Typed {
  if (!typed.has('null') || !typed.has('')) return typed;
  const wasNull = base === markOf(typedOf({ null: 'true' }));
  return new Map([...typed].filter(([part]) => part !== (wasNull ? 'null' : '')));
}

/** A date as the server spells it: the browser has a spelling of its own. */
export function respelled(typed: Typed, field: Field): Typed {
  const { show, read } = controlOf(field);
  try {
    return field.type === 'date' ? show(read(typed, field), field) : typed;
  } catch (error) {
    if (error instanceof UnreadableInput) return typed;
    throw error;
  }
}

/**
 * What was typed for fields that the collection has no longer, by their names: it would be lost without a word. Where nothing
 * was before, only the name is told: it may have been a password.
 */
export function typedForNothing(
  collection: Collection,
  form: Form,
  isNew: boolean,
): ReadonlyMap<string, string> {
  const asked = new Set(editableFields(collection, isNew).map(({ name }) => baseName(name)));
  const names = form.names();
  const lost = new Map<string, string>();
  for (const base of names.filter((name) => name.startsWith(baseName('')) && !asked.has(name))) {
    const field = base.slice(baseName('').length);
    const whole = partName(field, '');
    const parts = names.filter((name) => name === whole || name.startsWith(`${whole}.`));
    const typed = typedOf(
      Object.fromEntries(parts.map((name) => [name.slice(whole.length + 1), form.all(name)])),
    );
    const wasBlank = form.get(base) === markOf(typedOf({}));
    if (form.get(base) !== markOf(typed))
      lost.set(field, wasBlank ? '…' : [...typed.values()].flat().join(', '));
  }
  return lost;
}

/** The input of what was changed, so that nothing else is written; and what of it cannot be read. */
export function inputOf(
  collection: Collection,
  { draft, changed }: Pick<Sent, 'draft' | 'changed'>,
  isNew: boolean,
): { readonly input: RecordInput; readonly issues: readonly Issue[] } {
  const input: Record<string, unknown> = Object.create(null);
  const issues: Issue[] = [];
  for (const field of editableFields(collection, isNew)) {
    const typed = draft.get(field.name);
    if (typed === undefined || !changed.has(field.name)) continue;
    try {
      input[field.name] = controlOf(field).read(typed, field);
      if (field.type === 'password' && collection.type === 'auth') {
        input.passwordConfirm = typed.get('again')?.[0] ?? '';
      }
    } catch (error) {
      if (!(error instanceof UnreadableInput)) throw error;
      issues.push({ path: field.name, code: error.code });
    }
  }
  return { input, issues };
}

/** Messages for people by field; those of fields that the form does not ask for stand at ''. */
export function issueMessages(
  issues: readonly Issue[],
  fields: readonly { readonly name: string }[],
  { records, frame, issues: others }: Texts,
): Messages {
  const { form: recordForm } = records;
  const messages = new Map<string, string>();
  for (const { path, code: told, params } of issues) {
    const [name = ''] = path.split('.');
    // A password that was typed once differs from its repetition.
    const code = name === 'passwordConfirm' && told === 'required' ? 'values_mismatch' : told;
    const field = name === 'passwordConfirm' || name === 'oldPassword' ? 'password' : name;
    const words = Object.entries(recordForm.issues).find(([key]) => key === code)?.[1];
    const text =
      words?.(params ?? {}) ??
      (Object.hasOwn(others, code) ? others[code] : undefined) ??
      recordForm.otherIssue(code);
    const isAsked = fields.some((one) => one.name === field);
    const at = isAsked ? field : '';
    if (!messages.has(at))
      messages.set(at, isAsked ? text : `${frame.checkFields} ${recordForm.otherField(path, text)}`);
  }
  return messages;
}
