import type { DbValue } from '../ports/database.ts';
import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { fine, issue } from './values.ts';

/** A 64-bit floating point number. */
export interface NumberField extends Field {
  readonly type: 'number';
  readonly min: number | null;
  readonly max: number | null;
  readonly onlyInt: boolean;
}

/** See {@link NumberField}. What is no number is NaN until `validate` refuses it. */
export const numberType: FieldType<NumberField> = {
  type: 'number',
  parse(input, base) {
    const options = readOptions(input);
    const field: NumberField = {
      ...base,
      type: 'number',
      min: options.numberOrNull('min'),
      max: options.numberOrNull('max'),
      onlyInt: options.flag('onlyInt'),
    };
    const { min, max, onlyInt } = field;
    if (onlyInt && min !== null && !Number.isInteger(min)) options.report('min', 'only_int_constraint');
    if (onlyInt && max !== null && !Number.isInteger(max)) options.report('max', 'only_int_constraint');
    if (min !== null && max !== null && max < min) {
      options.report('max', 'min_greater_equal_than_required', { threshold: min });
    }
    return { field, issues: options.issues };
  },
  isMultiple: () => false,
  column: () => 'NUMERIC DEFAULT 0 NOT NULL',
  traits: () => ({ kind: 'number', multiple: false }),
  zero: () => 0,
  fromDb(value) {
    const number = typeof value === 'number' ? value : castNumber(value);
    return Number.isFinite(number) ? number : 0;
  },
  toDb: (value): DbValue => (typeof value === 'number' && Number.isFinite(value) ? value : 0),
  cast: castNumber,
  modify(current, modifier, input) {
    if (modifier !== 'append' && modifier !== 'subtract') return undefined;
    const change = castNumber(input);
    return castNumber(current) + (modifier === 'append' ? change : -change);
  },
  validate(value, field) {
    if (typeof value !== 'number' || !Number.isFinite(value)) return issue('not_a_number');
    if (value === 0) return field.required ? issue('required') : fine;
    if (field.onlyInt && !Number.isInteger(value)) return issue('only_int_constraint');
    if (field.min !== null && value < field.min) return issue('min_number_constraint', { min: field.min });
    if (field.max !== null && value > field.max) return issue('max_number_constraint', { max: field.max });
    return fine;
  },
};

const NUMERAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function castNumber(input: unknown): number {
  if (typeof input === 'number') return input;
  if (input === null || input === undefined || input === '') return 0;
  if (typeof input === 'boolean') return input ? 1 : 0;
  if (typeof input === 'bigint') return Number(input);
  if (typeof input !== 'string') return Number.NaN;
  const text = input.trim();
  return text.length <= 400 && NUMERAL.test(text) ? Number(text) : Number.NaN;
}
