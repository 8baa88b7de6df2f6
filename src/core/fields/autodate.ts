import { parseDate } from '../../lib/time.ts';
import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { dateFromDb, fine, textToDb } from './values.ts';

/** The moment of a record's creation or last change, set by the server. */
export interface AutodateField extends Field {
  readonly type: 'autodate';
  readonly onCreate: boolean;
  readonly onUpdate: boolean;
}

/** See {@link AutodateField}. On update a value that it does not renew stays. */
export const autodateType: FieldType<AutodateField> = {
  type: 'autodate',
  writable: false,
  parse(input, base) {
    const options = readOptions(input);
    const onCreate = options.flag('onCreate');
    const onUpdate = options.flag('onUpdate');
    if (!onCreate && !onUpdate) {
      options.report('onCreate', 'required');
      options.report('onUpdate', 'required');
    }
    return {
      field: { ...base, type: 'autodate', help: '', required: false, onCreate, onUpdate },
      issues: options.issues,
    };
  },
  isMultiple: () => false,
  column: () => "TEXT DEFAULT '' NOT NULL",
  traits: () => ({ kind: 'date', multiple: false }),
  zero: () => '',
  fromDb: dateFromDb,
  toDb: textToDb,
  cast: parseDate,
  autofill(value, field, { action, now }) {
    if (action === 'create') return field.onCreate ? now : '';
    return field.onUpdate ? now : value;
  },
  validate: () => fine,
};
