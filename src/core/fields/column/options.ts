import { codePointLength } from '../../../lib/text.ts';
import type { Field, ParsedField } from '../field.ts';
import { type OptionReader, readOptions } from '../options.ts';
import { patternProblem } from '../pattern/index.ts';
import type { ColumnDefault, ColumnField, ColumnTypeName } from './column-field.ts';
import { type ColumnKind, columnKinds } from './kinds.ts';

type Input = Readonly<Record<string, unknown>>;
type Constant = string | number;

/** Characters of one constant, and how many values may be listed. */
const MAX_CONSTANT = 5000;
const MAX_VALUES = 1000;

/** Reads the options of a {@link ColumnField}; what another type of column has is `empty`, or not looked at where it is none. */
export function parseColumn(type: ColumnTypeName, input: Input, base: Field): ParsedField<ColumnField> {
  const kind = columnKinds[type];
  const options = readOptions(input);
  const writeOnly = options.flag('writeOnly');
  const field: ColumnField = {
    ...base,
    hidden: base.hidden || writeOnly,
    type,
    nullable: options.flag('nullable', true),
    default: readDefault(kind, input.default, options),
    writeOnly,
    ...readBounds(kind, options),
    pattern: kind.bounds === 'lengths' ? readPattern(options) : '',
    values: readValues(kind, input.values, options),
  };
  return { field, issues: options.issues };
}

type Bounds = Pick<ColumnField, 'min' | 'max' | 'minLength' | 'maxLength'>;

function readBounds(kind: ColumnKind, options: OptionReader): Bounds {
  const none: Bounds = { min: null, max: null, minLength: null, maxLength: null };
  if (kind.bounds === 'numbers') {
    const [min, max] = [options.numberOrNull('min'), options.numberOrNull('max')];
    checkOrder('max', min, max, options);
    return { ...none, min, max };
  }
  if (kind.bounds === 'lengths') {
    const [minLength, maxLength] = [lengthOf('minLength', options), lengthOf('maxLength', options)];
    checkOrder('maxLength', minLength, maxLength, options);
    return { ...none, minLength, maxLength };
  }
  return none;
}

function lengthOf(key: string, options: OptionReader): number | null {
  return options.has(key) ? options.integer(key) : null;
}

function readPattern(options: OptionReader): string {
  const pattern = options.text('pattern');
  const problem = pattern === '' ? undefined : patternProblem(pattern);
  if (problem !== undefined) options.report('pattern', 'invalid_regex', { error: problem });
  return pattern;
}

function checkOrder(key: string, min: number | null, max: number | null, options: OptionReader): void {
  if (min !== null && max !== null && max < min) {
    options.report(key, 'min_greater_equal_than_required', { threshold: min });
  }
}

function readValues(kind: ColumnKind, sent: unknown, options: OptionReader): readonly Constant[] {
  if (sent === undefined || sent === null) return [];
  const isList = Array.isArray(sent) && sent.length <= MAX_VALUES && (kind.constants || sent.length === 0);
  if (!isList) {
    options.report('values', 'invalid_value');
    return [];
  }
  const values: Constant[] = [];
  for (const [index, item] of sent.entries()) {
    const value = readConstant(kind, item);
    if (value === undefined) options.report(`values.${index}`, 'invalid_value');
    else values.push(value);
  }
  return values;
}

function readDefault(kind: ColumnKind, sent: unknown, options: OptionReader): ColumnDefault | null {
  if (sent === undefined || sent === null) return null;
  const found = typeof sent === 'object' ? defaultOf(kind, sent) : undefined;
  if (found === undefined) options.report('default', 'invalid_value');
  return found ?? null;
}

function defaultOf(kind: ColumnKind, sent: object): ColumnDefault | undefined {
  const part = (key: string): unknown => (Object.hasOwn(sent, key) ? Reflect.get(sent, key) : undefined);
  const name = part('kind');
  if (name === 'value') {
    const value = readConstant(kind, part('value'));
    return value === undefined ? undefined : { kind: name, value };
  }
  if (name === 'now' && kind.makes.includes(name)) {
    const form = part('form');
    const isNumber = kind.filter === 'number';
    if (form === 'unix' && kind.bounds !== 'lengths') return { kind: name, form };
    return form === 'text' && !isNumber ? { kind: name, form } : undefined;
  }
  if (name === 'uuid' && kind.makes.includes(name)) {
    const version = part('version');
    return version === 4 || version === 7 ? { kind: name, version } : undefined;
  }
  return undefined;
}

/** A constant as it stands in a definition: what JSON cannot hold exactly becomes decimal text. Undefined when it is none. */
function readConstant(kind: ColumnKind, sent: unknown): Constant | undefined {
  if (!kind.constants || (typeof sent !== 'string' && typeof sent !== 'number')) return undefined;
  if (typeof sent === 'string' && codePointLength(sent) > MAX_CONSTANT) return undefined;
  const value = kind.cast(sent);
  if (kind.problem(value, { isGeometry: () => false }) !== undefined) return undefined;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value.includes('\0') ? undefined : value;
  return typeof value === 'number' ? value : undefined;
}
