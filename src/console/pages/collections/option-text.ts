import { parseLossless, stringifyJson } from '../../../lib/lossless-json.ts';
import type { FieldOption, FieldTypeName } from './field-options.ts';

/** What is typed for an option; a start has its kind and its value, all else has one text. */
export interface TypedOption {
  readonly text: string;
  readonly value: string;
}

/** What an option's value is typed as, so that {@link readOption} reads it back. */
export function printOption({ kind }: FieldOption, value: unknown): TypedOption {
  if (kind === 'start') return printStart(value);
  return { text: printText(kind, value), value: '' };
}

function printText(kind: FieldOption['kind'], value: unknown): string {
  if (value === undefined || value === null) return '';
  if (kind === 'flag') return value === true ? '1' : '';
  if (kind === 'json') return stringifyJson(value, 2) ?? '';
  return Array.isArray(value) ? value.map(String).join('\n') : String(value);
}

function printStart(value: unknown): TypedOption {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return { text: 'none', value: '' };
  if (value.kind === 'value') return { text: 'value', value: 'value' in value ? String(value.value) : '' };
  if (value.kind === 'now') return { text: `now.${'form' in value ? value.form : ''}`, value: '' };
  return { text: `uuid.${'version' in value ? value.version : ''}`, value: '' };
}

/** A value read, or the code of what is wrong with what was typed. */
export type ReadOption = { readonly value: unknown } | { readonly problem: ReadProblem };

/** Codes of `texts.definitionIssues`. */
export type ReadProblem = 'not_a_number' | 'not_whole' | 'invalid_json';

/** The value of an option as definitions have it. */
export function readOption(option: FieldOption, typed: TypedOption, type: FieldTypeName): ReadOption {
  const text = typed.text.trim();
  switch (option.kind) {
    case 'text':
    case 'code':
    case 'date':
    case 'collection':
      return { value: option.kind === 'code' ? typed.text : text };
    case 'flag':
      return { value: text === '1' };
    case 'count':
      return text === '' ? { value: 0 } : readWhole(text);
    case 'length':
      return text === '' ? { value: null } : readWhole(text);
    case 'number':
      return text === '' ? { value: null } : readNumber(text);
    case 'lines':
      return { value: linesOf(typed.text) };
    case 'constants':
      return { value: linesOf(typed.text).map((line) => constantOf(line, type)) };
    case 'json':
      return readJson(text);
    case 'start':
      return { value: readStart(text, typed.value, type) };
  }
}

function readWhole(text: string): ReadOption {
  const number = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? { value: number } : { problem: 'not_whole' };
}

function readNumber(text: string): ReadOption {
  const number = Number(text);
  return Number.isFinite(number) ? { value: number } : { problem: 'not_a_number' };
}

function readJson(text: string): ReadOption {
  if (text === '') return { value: undefined };
  try {
    return { value: parseLossless(text) };
  } catch {
    return { problem: 'invalid_json' };
  }
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Numbers where columns hold numbers, and where they hold anything and it looks like one; integers beyond a double stay text. */
function constantOf(text: string, type: FieldTypeName): string | number {
  if (type !== 'integer' && type !== 'real' && type !== 'any') return text;
  const number = Number(text);
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) || !Number.isFinite(number)) return text;
  return Number.isInteger(number) && !Number.isSafeInteger(number) && type !== 'real' ? text : number;
}

function readStart(kind: string, value: string, type: FieldTypeName): unknown {
  switch (kind) {
    case 'value':
      return { kind, value: constantOf(value, type) };
    case 'now.unix':
    case 'now.text':
      return { kind: 'now', form: kind.slice('now.'.length) };
    case 'uuid.4':
    case 'uuid.7':
      return { kind: 'uuid', version: Number(kind.slice('uuid.'.length)) };
    default:
      return null;
  }
}
