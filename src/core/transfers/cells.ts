import { parseLossless, stringifyJson } from '../../lib/lossless-json.ts';
import { truncateCodePoints } from '../../lib/text.ts';
import { type Field, type FieldType, fieldType } from '../fields/index.ts';
import { type CsvCell, neutralise, restore } from './csv-text.ts';

/** A value as a file has it. */
export type Cell =
  | ({ readonly kind: 'text' } & CsvCell)
  /** JSON says the types of its values. */
  | { readonly kind: 'json'; readonly value: unknown };

/** Characters that a preview shows of a value. */
const LONGEST_SHOWN = 1000;

const NULL: CsvCell = { text: '', quoted: false };

/** A record's value as a cell of CSV. */
export function printCell(value: unknown, field: Field): CsvCell {
  if (value === null || value === undefined) return NULL;
  const type = fieldType(field);
  if (isJsonCell(type, field)) return { text: neutralise(stringifyJson(value) ?? ''), quoted: false };
  if (typeof value === 'number') return { text: printNumber(value), quoted: false };
  if (typeof value !== 'string') return { text: stringifyJson(value) ?? '', quoted: false };
  if (type.untyped === true) return { text: neutralise(printUntyped(value)), quoted: value === '' };
  // Most types take null for an empty text, and need no quotes to tell them apart.
  return { text: neutralise(value), quoted: value === '' && type.cast(null, field) !== '' };
}

/** What a cell gives a create or update as the field's input. */
export function readCell(cell: Cell, field: Field): unknown {
  const type = fieldType(field);
  const value = cell.kind === 'json' ? cell.value : readText(cell, type, field);
  return value === null ? null : (type.exact?.(value, field) ?? value);
}

/** The beginning of a value, as people see it in a preview. */
export function showCell(cell: Cell | undefined): string | undefined {
  const whole = cell && wholeText(cell);
  if (whole === undefined || whole.length <= LONGEST_SHOWN) return whole;
  return `${truncateCodePoints(whole, LONGEST_SHOWN)}…`;
}

function wholeText(cell: Cell): string | undefined {
  if (cell.kind === 'text') return restore(cell.text);
  return typeof cell.value === 'string' ? cell.value : stringifyJson(cell.value);
}

function readText({ text: written, quoted }: CsvCell, type: FieldType, field: Field): unknown {
  if (written === '' && !quoted) return null;
  const text = restore(written);
  if (type.untyped === true) return readUntyped(text);
  return isJsonCell(type, field) ? parsed(text) : text;
}

/** Whether cells hold the value as JSON. */
function isJsonCell(type: FieldType, field: Field): boolean {
  const { kind, multiple } = type.traits(field);
  return multiple || kind === 'json' || kind === 'geo';
}

function parsed(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    return text;
  }
}

/** Beyond the integers that doubles have each of, an exponent says that it is no integer of 64 bits. */
function printNumber(value: number): string {
  const isWide = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isWide ? value.toExponential() : String(value);
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Texts that would be read as something else stand in quotes of their own. */
function printUntyped(text: string): string {
  return text.startsWith('"') || NUMBER.test(text) ? JSON.stringify(text) : text;
}

function readUntyped(text: string): unknown {
  return text.startsWith('"') || NUMBER.test(text) ? parsed(text) : text;
}
