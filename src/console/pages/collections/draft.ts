import type { Collection, Field } from '../../../core/index.ts';
import type { Form } from '../../visit.ts';
import { type AuthDraft, authDraftOf, authInputOf, authInputs, readAuthDraft } from './auth-settings.ts';
import { allOptions, type FieldTypeName, isFieldType } from './field-options.ts';
import { printOption, type ReadProblem, readOption, type TypedOption } from './option-text.ts';

/** A field as it is typed. */
export interface DraftField {
  /** Its name in the form: a number that no other has. */
  readonly key: string;
  /** '' until it is saved. */
  readonly id: string;
  readonly type: FieldTypeName;
  readonly name: string;
  readonly isRemoved: boolean;
  readonly options: ReadonlyMap<string, TypedOption>;
}

/** A definition as it is typed. */
export interface Draft {
  readonly name: string;
  /** The revision that it was opened with. */
  readonly revision: string;
  readonly fields: readonly DraftField[];
  readonly indexes: readonly string[];
  /** For accounts only. */
  readonly auth: AuthDraft;
}

/** As many fields as can be added: each has some nine inputs, and a form of more than 5,000 is refused when it is read. */
const MAX_FIELDS = 500;

/** The definition of a collection as it would be typed. */
export function draftOf(collection: Collection, revision: string): Draft {
  const { name, fields, indexes } = collection;
  const drafts = fields.flatMap((field, at) => {
    const { type } = field;
    return isFieldType(type) ? [draftField(String(at), { ...field }, type)] : [];
  });
  return { name, revision, indexes, fields: drafts, auth: authDraftOf(collection) };
}

function draftField(key: string, field: Readonly<Record<string, unknown>>, type: FieldTypeName): DraftField {
  const options = allOptions(type).map(
    (option) => [option.name, printOption(option, field[option.name])] as const,
  );
  const [id, name] = [String(field.id), String(field.name)];
  return { key, id, type, name, isRemoved: false, options: new Map(options) };
}

/** Adds a field of a type, at the end. */
export function withNewField(draft: Draft, type: string): Draft {
  if (!isFieldType(type) || draft.fields.length >= MAX_FIELDS) return draft;
  const key = freeKey(draft);
  const options = allOptions(type).map(({ name, kind, initial }) => {
    return [name, { text: initial ?? (kind === 'start' ? 'none' : ''), value: '' }] as const;
  });
  const field = { key, id: '', type, name: '', isRemoved: false, options: new Map(options) };
  return { ...draft, fields: [...draft.fields, field] };
}

/** Adds a field with the options of another, behind it. */
export function withCopy(draft: Draft, key: string): Draft {
  const at = draft.fields.findIndex((field) => field.key === key);
  const field = draft.fields[at];
  if (field === undefined || draft.fields.length >= MAX_FIELDS) return draft;
  const taken = new Set(draft.fields.map(({ name }) => name.toLowerCase()));
  let name = `${field.name}_copy`;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${field.name}_copy${number}`;
  const copy = { ...field, key: freeKey(draft), id: '', name, isRemoved: false };
  return { ...draft, fields: draft.fields.toSpliced(at + 1, 0, copy) };
}

function freeKey({ fields }: Draft): string {
  return String(1 + Math.max(-1, ...fields.map((field) => Number(field.key))));
}

/** Puts a field before the one that it follows, or behind the next. */
export function withMoved(draft: Draft, key: string, by: -1 | 1): Draft {
  const fields = [...draft.fields];
  const at = fields.findIndex((field) => field.key === key);
  const [field] = fields.splice(at, at < 0 ? 0 : 1);
  if (field !== undefined) fields.splice(Math.max(0, at + by), 0, field);
  return { ...draft, fields };
}

/** Reads a draft from its form. Fields are in the order in which the form names them. */
export function readDraft(form: Form): Draft {
  const keys = [...new Set(form.all('field'))].filter((key) => /^\d{1,4}$/.test(key));
  const fields = keys.flatMap((key): DraftField[] => {
    const get = (name: string) => form.get(inputName(key, name));
    const type = get('type');
    if (!isFieldType(type)) return [];
    const options = allOptions(type).map(({ name }) => {
      return [name, { text: get(name).replaceAll('\r\n', '\n'), value: get(`${name}.value`) }] as const;
    });
    const [id, name, isRemoved] = [get('id'), get('name').trim(), get('remove') === '1'];
    return [{ key, id, type, name, isRemoved, options: new Map(options) }];
  });
  const indexes = form.all('index').map((text) => text.trim());
  const auth = readAuthDraft(form);
  return { name: form.get('name').trim(), revision: form.get('revision'), fields, indexes, auth };
}

/** The name of an input of a field. */
export function inputName(key: string, option: string): string {
  return `f.${key}.${option}`;
}

/** The names and values of a draft's form, for a page that carries them along. */
export function draftInputs({
  name,
  revision,
  fields,
  indexes,
  auth,
}: Draft): readonly (readonly [string, string])[] {
  const ofFields = fields.flatMap((field) => {
    const { key, id, type, isRemoved, options } = field;
    const own = Object.entries({ id, type, name: field.name, remove: isRemoved ? '1' : '' });
    const typed = [...options].flatMap(([option, { text, value }]) => [
      [option, text] as const,
      [`${option}.value`, value] as const,
    ]);
    const all = [...own, ...typed].filter(([, value]) => value !== '');
    return [
      ['field', key] as const,
      ...all.map(([option, value]) => [inputName(key, option), value] as const),
    ];
  });
  const ofIndexes = indexes.filter(Boolean).map((text) => ['index', text] as const);
  return [['name', name], ['revision', revision], ...ofFields, ...ofIndexes, ...authInputs(auth)];
}

/** A draft as the core takes it. */
export interface DraftInput {
  readonly name: string;
  readonly fields: readonly Readonly<Record<string, unknown>>[];
  readonly indexes: readonly string[];
  /** The settings of accounts that are others than those stored. */
  readonly auth: Readonly<Record<string, unknown>>;
  /** The draft's fields that these are, by their keys; '' for one that the draft does not know. */
  readonly keys: readonly string[];
  /** What could not be read, by the names of the inputs. */
  readonly problems: ReadonlyMap<string, ReadProblem>;
}

/**
 * Reads what is typed. What was not touched stays exactly as it is, and fields that somebody else added since the draft was
 * opened are kept.
 */
export function inputOf(draft: Draft, current: Collection): DraftInput {
  const known = new Set(draft.fields.map(({ id }) => id));
  const problems = new Map<string, ReadProblem>();
  const fields: Readonly<Record<string, unknown>>[] = [];
  const keys: string[] = [];
  for (const field of draft.fields) {
    const stored = current.fields.find(({ id }) => id === field.id);
    if (field.isRemoved && stored?.system !== true) continue;
    fields.push(isFixed(stored, current) ? { ...stored } : fieldInput(field, stored, problems));
    keys.push(field.key);
  }
  for (const field of current.fields) {
    if (known.has(field.id)) continue;
    fields.push({ ...field });
    keys.push('');
  }
  const name = current.system ? current.name : draft.name;
  const auth = authInputOf(draft.auth, current, problems);
  return { name, fields, keys, problems, auth, indexes: draft.indexes.filter(Boolean) };
}

/** Ids that the server makes in their own way have no options to change. */
export function isFixed(stored: Field | undefined, { idKind }: Collection): boolean {
  return stored?.name === 'id' && idKind !== 'text';
}

function fieldInput(
  { key, id, type, name, options }: DraftField,
  stored: Field | undefined,
  problems: Map<string, ReadProblem>,
): Readonly<Record<string, unknown>> {
  const before: Readonly<Record<string, unknown>> = { ...stored };
  const input: Record<string, unknown> = { ...before, type, name: stored?.system ? stored.name : name };
  if (id !== '') input.id = id;
  for (const option of allOptions(type)) {
    const typed = options.get(option.name) ?? { text: '', value: '' };
    const old = printOption(option, before[option.name]);
    if (stored !== undefined && option.isFinal) continue;
    if (stored !== undefined && old.text === typed.text && old.value === typed.value) continue;
    const read = readOption(option, typed, type);
    if ('problem' in read) problems.set(inputName(key, option.name), read.problem);
    else if (read.value === undefined) delete input[option.name];
    else input[option.name] = read.value;
  }
  return input;
}
