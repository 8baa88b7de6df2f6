import { codePointLength } from '../../../lib/text.ts';
import type { Issue } from '../../errors.ts';
import type { FieldType, ValueContext } from '../field.ts';
import { matchesPattern } from '../pattern/index.ts';
import { fine, issue } from '../values.ts';
import { randomUuid, uuidBytes } from './binary.ts';
import { type ColumnField, type ColumnTypeName, columnTypes } from './column-field.ts';
import { convertColumn, declareColumn } from './declare.ts';
import { columnKinds } from './kinds.ts';
import { parseColumn } from './options.ts';

/** The types of {@link ColumnField}. */
export const columnFieldTypes: readonly FieldType<ColumnField>[] = columnTypes.map(columnType);

function columnType(type: ColumnTypeName): FieldType<ColumnField> {
  const kind = columnKinds[type];
  const { add, filter } = kind;
  return {
    type,
    parse: (input, base) => parseColumn(type, input, base),
    ...(type === 'any' && { untyped: true }),
    isMultiple: () => false,
    column: declareColumn,
    convert: convertColumn,
    traits: () => ({ kind: filter, multiple: false }),
    zero: zeroOf,
    autofill: (value, field, context) => (value === undefined ? madeDefault(field, context) : value),
    fromDb: (value) => (value === null ? null : kind.fromDb(value)),
    keepsText: () => filter === 'text' || type === 'any',
    toDb: (value) => (value === null || value === undefined ? null : kind.toDb(value)),
    cast(input) {
      if (input === null || input === undefined || (input === '' && !kind.blank)) return null;
      return kind.cast(input);
    },
    ...(add && {
      modify(current, modifier, input) {
        if (modifier !== 'append' && modifier !== 'subtract') return undefined;
        return add(current, input, modifier === 'append' ? 1 : -1);
      },
    }),
    validate(value, field, context) {
      if (value === null || value === undefined || (field.required && value === '')) {
        if (field.required) return issue('required');
        return field.nullable ? fine : issue('not_null');
      }
      const problem = kind.problem(value, context);
      return problem === undefined ? checkBounds(value, field) : issue(problem);
    },
  };
}

function checkBounds(
  value: unknown,
  { min, max, minLength, maxLength, pattern, values }: ColumnField,
): readonly Issue[] {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (min !== null && value < min) return issue('min_number_constraint', { min });
    if (max !== null && value > max) return issue('max_number_constraint', { max });
  }
  if (typeof value === 'string' && (minLength !== null || maxLength !== null)) {
    const length = codePointLength(value);
    if (minLength !== null && length < minLength) return issue('min_text_constraint', { min: minLength });
    if (maxLength !== null && length > maxLength) return issue('max_text_constraint', { max: maxLength });
  }
  if (pattern !== '' && typeof value === 'string' && !matchesPattern(pattern, value))
    return issue('invalid_format');
  const plain = typeof value === 'bigint' ? String(value) : value;
  return values.length === 0 || values.some((allowed) => allowed === plain) ? fine : issue('in_invalid');
}

/** What the server makes is undefined, as no input is, until `autofill`: so a null that was sent stays. */
function zeroOf({ default: start, type }: ColumnField): unknown {
  if (start === null) return null;
  return start.kind === 'value' ? columnKinds[type].cast(start.value) : undefined;
}

function madeDefault({ default: start, type }: ColumnField, { now, ids }: ValueContext): unknown {
  switch (start?.kind) {
    case 'now':
      return start.form === 'unix' ? Math.floor(Date.parse(now.replace(' ', 'T')) / 1000) : now.slice(0, 19);
    case 'uuid': {
      const uuid = start.version === 7 ? ids.uuid() : randomUuid(ids.random);
      return type === 'bytes' ? uuidBytes(uuid) : uuid;
    }
    default:
      return null;
  }
}
