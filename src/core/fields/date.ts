import { parseDate } from '../../lib/time.ts';
import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { dateFromDb, fine, issue, textToDb, unreadable } from './values.ts';

/** A moment, as `YYYY-MM-DD HH:MM:SS.mmmZ`; `''` is none. */
export interface DateField extends Field {
  readonly type: 'date';
  /** In the stored layout; `''` is no bound. */
  readonly min: string;
  readonly max: string;
}

/** See {@link DateField}. What cannot be read as a date becomes `''` (specs/pocketbase.md 4). */
export const dateType: FieldType<DateField> = {
  type: 'date',
  parse(input, base) {
    const options = readOptions(input);
    const min = parseDate(options.text('min'));
    const max = parseDate(options.text('max'));
    if (min !== '' && max !== '' && max < min) options.report('max', 'date_out_of_range', { min, max });
    return { field: { ...base, type: 'date', min, max }, issues: options.issues };
  },
  isMultiple: () => false,
  column: () => "TEXT DEFAULT '' NOT NULL",
  traits: () => ({ kind: 'date', multiple: false }),
  zero: () => '',
  fromDb: dateFromDb,
  toDb: textToDb,
  cast: parseDate,
  validate(value, field) {
    if (typeof value !== 'string') return unreadable;
    if (value === '') return field.required ? issue('required') : fine;
    // The stored layout sorts as text.
    if (field.min !== '' && value < field.min) {
      return issue('min_greater_equal_than_required', { threshold: field.min });
    }
    if (field.max !== '' && value > field.max) {
      return issue('max_less_equal_than_required', { threshold: field.max });
    }
    return fine;
  },
};
