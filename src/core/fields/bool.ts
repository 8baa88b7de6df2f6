import type { Field, FieldType } from './field.ts';
import { fine, issue, unreadable } from './values.ts';

/** True or false. */
export interface BoolField extends Field {
  readonly type: 'bool';
}

const TRUE = new Set(['1', 't', 'true']);
const FALSE = new Set(['', '0', 'f', 'false']);

/** See {@link BoolField}. */
export const boolType: FieldType<BoolField> = {
  type: 'bool',
  parse: (_input, base) => ({ field: { ...base, type: 'bool' }, issues: [] }),
  isMultiple: () => false,
  column: () => 'BOOLEAN DEFAULT FALSE NOT NULL',
  traits: () => ({ kind: 'bool', multiple: false }),
  zero: () => false,
  fromDb: (value) => castBool(value) === true,
  toDb: (value) => (value === true ? 1 : 0),
  cast: castBool,
  validate(value, field) {
    if (typeof value !== 'boolean') return unreadable;
    return field.required && !value ? issue('required') : fine;
  },
};

function castBool(input: unknown): unknown {
  if (typeof input === 'boolean') return input;
  if (input === null || input === undefined) return false;
  if (typeof input === 'number' || typeof input === 'bigint') return Number(input) !== 0;
  if (typeof input !== 'string') return input;
  const text = input.toLowerCase();
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : input;
}
