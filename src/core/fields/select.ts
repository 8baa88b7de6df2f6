import type { Field, FieldType, Modifier } from './field.ts';
import { readOptions } from './options.ts';
import {
  convertMultiplicity,
  fine,
  issue,
  textFromDb,
  textsFromDb,
  uniqueTexts,
  unreadable,
} from './values.ts';

/** One or several of a list of texts. */
export interface SelectField extends Field {
  readonly type: 'select';
  readonly values: readonly string[];
  /** Above 1 the value is a list. */
  readonly maxSelect: number;
}

/** What select and relation have in common: a text, or a list of texts without doubles. */
type Choices = Pick<FieldType<Field & { readonly maxSelect: number }>, ChoiceKeys>;
type ChoiceKeys = 'isMultiple' | 'column' | 'zero' | 'fromDb' | 'toDb' | 'cast' | 'modify' | 'convert';

/** Columns and values of types whose `maxSelect` decides between one text and a list. */
export const choices: Choices = {
  isMultiple: (field) => field.maxSelect > 1,
  column: (field) => (field.maxSelect > 1 ? "JSON DEFAULT '[]' NOT NULL" : "TEXT DEFAULT '' NOT NULL"),
  zero: (field) => (field.maxSelect > 1 ? [] : ''),
  fromDb(value, field) {
    if (field.maxSelect > 1) return textsFromDb(value);
    const text = textFromDb(value);
    return text.startsWith('[') ? (textsFromDb(value).at(-1) ?? '') : text;
  },
  toDb(value, field) {
    const texts = uniqueTexts(value) ?? [];
    return field.maxSelect > 1 ? JSON.stringify(texts) : (texts.at(-1) ?? '');
  },
  cast(input, field) {
    const texts = uniqueTexts(input);
    if (texts === undefined) return input;
    return field.maxSelect > 1 ? texts : (texts.at(-1) ?? '');
  },
  modify(current, modifier, input, field) {
    if (modifier === 'autogenerate') return undefined;
    const sent = uniqueTexts(input);
    if (sent === undefined) return input;
    const changed = combine(uniqueTexts(current) ?? [], modifier, sent);
    return field.maxSelect > 1 ? changed : (changed.at(-1) ?? '');
  },
  convert: (before, after) => convertMultiplicity(isList(before), isList(after)),
};

/** See {@link SelectField}. */
export const selectType: FieldType<SelectField> = {
  ...choices,
  type: 'select',
  parse(input, base) {
    const options = readOptions(input);
    const values = options.texts('values');
    if (values.length === 0) options.report('values', 'required');
    const maxSelect = options.integer('maxSelect', { max: Math.max(1, values.length) });
    return { field: { ...base, type: 'select', values, maxSelect }, issues: options.issues };
  },
  traits: (field) => ({ kind: 'text', multiple: field.maxSelect > 1 }),
  validate(value, field) {
    const texts = uniqueTexts(value);
    if (texts === undefined) return unreadable;
    if (texts.length === 0) return field.required ? issue('required') : fine;
    const max = Math.max(1, field.maxSelect);
    if (texts.length > max) return issue('too_many_values', { max });
    const unknown = texts.find((text) => !field.values.includes(text));
    return unknown === undefined ? fine : issue('invalid_value', { value: unknown.slice(0, 250) });
  },
};

function combine(current: readonly string[], modifier: Modifier, sent: readonly string[]): readonly string[] {
  if (modifier === 'subtract') return current.filter((text) => !sent.includes(text));
  return [...new Set(modifier === 'prepend' ? [...sent, ...current] : [...current, ...sent])];
}

function isList(field: { readonly maxSelect: number }): boolean {
  return field.maxSelect > 1;
}
