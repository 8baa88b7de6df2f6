import { parseDate } from '../../lib/time.ts';
import type { Issue } from '../errors.ts';
import type { DbValue } from '../ports/database.ts';

/** One issue at the field itself. */
export function issue(code: string, params?: Issue['params']): readonly Issue[] {
  return [params === undefined ? { path: '', code } : { path: '', code, params }];
}

/** No issues. */
export const fine: readonly Issue[] = [];

/** The issue of a value that has not the field's type. */
export const unreadable: readonly Issue[] = issue('invalid_value');

/** Input → text where it has a plain text form; other input unchanged, for `validate` to refuse. */
export function castText(input: unknown): unknown {
  if (typeof input === 'string') return input;
  if (input === null || input === undefined) return '';
  if (typeof input === 'number' || typeof input === 'boolean' || typeof input === 'bigint')
    return String(input);
  return input;
}

/** Column → text. */
export function textFromDb(value: DbValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

const STORED_DATE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/;

/** Column → date text. What has the stored layout is taken as it is: reading it anew would cost more than the whole row. */
export function dateFromDb(value: DbValue): string {
  return typeof value === 'string' && STORED_DATE.test(value) ? value : parseDate(textFromDb(value));
}

/** Value → text column. */
export function textToDb(value: unknown): DbValue {
  return typeof value === 'string' ? value : '';
}

/** The items of a list of texts without blanks and doubles; undefined when something in it is no text. */
export function uniqueTexts(input: unknown): readonly string[] | undefined {
  // One plain text is by far the most common.
  if (typeof input === 'string' && !input.startsWith('[')) return input === '' ? [] : [input];
  const items = toItems(input).map(castText);
  if (!items.every((item): item is string => typeof item === 'string')) return undefined;
  return [...new Set(items.filter((item) => item !== ''))];
}

/** Input as a list: an array as it is, a JSON array in text parsed, nothing for blanks, else the one value. */
export function toItems(input: unknown): readonly unknown[] {
  if (Array.isArray(input)) return input;
  if (input === null || input === undefined || input === '') return [];
  if (typeof input === 'string' && input.startsWith('[')) return parseArray(input) ?? [input];
  return [input];
}

/** Column → list of texts, whether the column holds a JSON array or one plain text. */
export function textsFromDb(value: DbValue): readonly string[] {
  if (value === null || value === '') return [];
  const text = textFromDb(value);
  if (text === '[]') return [];
  const items = text.startsWith('[') ? parseArray(text) : undefined;
  if (items === undefined) return [text];
  return items.filter((item): item is string => typeof item === 'string' && item !== '');
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Column of one text → column of a JSON array. */
export const SINGLE_TO_MULTIPLE =
  "CASE WHEN COALESCE({col}, '') = '' THEN '[]' WHEN json_valid({col}) AND json_type({col}) = 'array' THEN {col} ELSE json_array({col}) END";

/** Column of a JSON array → column of its last element. */
export const MULTIPLE_TO_SINGLE =
  "CASE WHEN COALESCE({col}, '') IN ('', '[]') THEN '' WHEN json_valid({col}) AND json_type({col}) = 'array' THEN COALESCE(json_extract({col}, '$[#-1]'), '') ELSE {col} END";

/** The conversion that a change of multiplicity needs. */
export function convertMultiplicity(before: boolean, after: boolean): string | undefined {
  if (before === after) return undefined;
  return after ? SINGLE_TO_MULTIPLE : MULTIPLE_TO_SINGLE;
}
