import { codePointLength } from '../../lib/text.ts';
import type { Issue } from '../errors.ts';
import type { DbValue } from '../ports/database.ts';
import type { Field, FieldType, ValidateContext, ValueContext } from './field.ts';
import { MAX_SAFE, readOptions } from './options.ts';
import { generateFrom, generatorProblem, matchesPattern, patternProblem } from './pattern/index.ts';
import { plainText } from './plain-text.ts';
import {
  FORBIDDEN_KEY_CHARACTERS,
  idShapes,
  isChosenInteger,
  isIntegerId,
  isReservedDeviceName,
  shapeOf,
} from './primary-key.ts';
import { castText, fine, issue, textToDb, unreadable } from './values.ts';

/** Plain text, and the primary key of every collection. */
export interface TextField extends Field {
  readonly type: 'text';
  readonly min: number;
  /** 0 means {@link DEFAULT_MAX}. */
  readonly max: number;
  readonly pattern: string;
  readonly autogeneratePattern: string;
  readonly primaryKey: boolean;
}

const DEFAULT_MAX = 5000;

/** See {@link TextField}. */
export const textType: FieldType<TextField> = {
  type: 'text',
  parse(input, base) {
    const options = readOptions(input);
    const primaryKey = options.flag('primaryKey');
    const min = options.integer('min');
    const field: TextField = {
      ...base,
      type: 'text',
      // A primary key always has a value and is always shown.
      required: base.required || primaryKey,
      hidden: base.hidden && !primaryKey,
      system: base.system || primaryKey,
      min,
      max: options.integer('max'),
      pattern: options.text('pattern'),
      autogeneratePattern: options.text('autogeneratePattern'),
      primaryKey,
    };
    if (field.max !== 0 && field.max < min) {
      options.report('max', 'min_greater_equal_than_required', { threshold: Math.min(min, MAX_SAFE) });
    }
    if (primaryKey && field.name !== 'id') options.report('name', 'in_invalid');
    if (primaryKey && field.pattern === '') options.report('pattern', 'required');
    checkPatterns(field, options.report);
    return { field, issues: options.issues };
  },
  ...plainText,
  column(field) {
    if (!field.primaryKey) return "TEXT DEFAULT '' NOT NULL";
    // Ids of files' owners are never used again, even after the newest record was deleted.
    return shapeOf(field) === 'integer'
      ? 'INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL'
      : 'TEXT PRIMARY KEY NOT NULL';
  },
  toDb(value, field): DbValue {
    if (field.primaryKey && shapeOf(field) === 'integer') return integerKey(value);
    return textToDb(value);
  },
  modify(current, modifier, input, field, context) {
    if (modifier !== 'autogenerate') return undefined;
    const prefix = castText(input);
    if (typeof prefix !== 'string') return current;
    return field.autogeneratePattern === '' ? prefix : prefix + generate(field, context);
  },
  autofill(value, field, context) {
    if (value !== '' || context.action !== 'create' || field.autogeneratePattern === '') return value;
    return generate(field, context);
  },
  validate(value, field, context) {
    if (typeof value !== 'string') return unreadable;
    if (!field.primaryKey) return checkText(value, field);
    return checkKey(value, field, context);
  },
};

/** Whether a field is of this type. */
export function isTextField(field: Field): field is TextField {
  return field.type === 'text';
}

function checkPatterns(
  field: TextField,
  report: (path: string, code: string, params?: Issue['params']) => void,
): void {
  const problem = field.pattern === '' ? undefined : patternProblem(field.pattern);
  if (problem !== undefined) report('pattern', 'invalid_regex', { error: problem });
  const { autogeneratePattern } = field;
  const obstacle = autogeneratePattern === '' ? undefined : generatorProblem(autogeneratePattern);
  if (obstacle !== undefined)
    report('autogeneratePattern', 'invalid_autogenerate_pattern', { error: obstacle });
}

function generate(field: TextField, { ids }: ValueContext): string {
  if (field.primaryKey) {
    const shape = shapeOf(field);
    if (shape === 'uuid') return ids.uuid();
    if (shape === 'text' && field.autogeneratePattern === idShapes.text.autogeneratePattern)
      return ids.recordId();
  }
  return generateFrom(field.autogeneratePattern, ids);
}

/** Text rules shared with the password type; `value` is not the stored form of anything. */
export function checkText(
  value: string,
  field: { readonly required: boolean; readonly min: number; readonly max: number; readonly pattern: string },
  defaultMax = DEFAULT_MAX,
): readonly Issue[] {
  if (value === '') return field.required ? issue('required') : fine;
  const max = field.max > 0 ? field.max : defaultMax;
  const length = codePointLength(value);
  if (length < field.min) return issue('min_text_constraint', { min: field.min });
  if (length > max) return issue('max_text_constraint', { max });
  if (field.pattern !== '' && !matchesPattern(field.pattern, value)) return issue('invalid_format');
  return fine;
}

function checkKey(value: string, field: TextField, context: ValidateContext): readonly Issue[] {
  // A stored key is not checked again: it may come from before its rules.
  if (context.action === 'update') return value === context.original ? fine : issue('pk_change');
  // The database numbers the record.
  if (shapeOf(field) === 'integer')
    return value === '' || isChosenInteger(value) ? fine : issue('invalid_format');
  if (FORBIDDEN_KEY_CHARACTERS.test(value)) return issue('forbidden_pk_character');
  if (isReservedDeviceName(value)) return issue('reserved_pk');
  return checkText(value, field);
}

function integerKey(value: unknown): DbValue {
  if (typeof value !== 'string' || !isIntegerId(value)) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}
