import type { FieldType } from './field.ts';
import { castText, textFromDb, textToDb } from './values.ts';

type PlainTextKeys = 'isMultiple' | 'column' | 'traits' | 'zero' | 'fromDb' | 'keepsText' | 'toDb' | 'cast';

/** Columns and values of types whose value is one text. */
export const plainText: Required<Pick<FieldType, PlainTextKeys>> = {
  isMultiple: () => false,
  column: () => "TEXT DEFAULT '' NOT NULL",
  traits: () => ({ kind: 'text', multiple: false }),
  zero: () => '',
  fromDb: textFromDb,
  keepsText: () => true,
  toDb: textToDb,
  cast: castText,
};
