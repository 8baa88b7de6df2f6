import type { Collection } from '../collections/collection.ts';
import type { Field } from '../fields/field.ts';
import { fieldType, isRelationField } from '../fields/index.ts';
import { sampleValue } from '../fields/sample.ts';

/** A record as an example has it. */
export interface SampleRecord {
  /** Values that a create takes from clients, by field name; ids of required relations that are not known are `RECORD_ID`. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: readonly SampleFile[];
}

/** A file of an example: one of the names `photo.png`, `document.pdf` and `hello.txt`. */
export interface SampleFile {
  readonly field: Field;
  readonly name: string;
  readonly multiple: boolean;
}

/** What an id that is not known is called in examples. */
export const SAMPLE_ID = 'RECORD_ID';

/** Credentials that stand for those of whoever uses an example. */
export const SAMPLE_LOGIN = { email: 'you@example.com', password: 'your-password' } as const;

/** A plausible new record of a collection. `related`: ids of records that relations may lead to, by field name. */
export function sampleRecord(
  { fields, type }: Collection,
  related: Readonly<Record<string, string>> = {},
): SampleRecord {
  const values: Record<string, unknown> = {};
  const files: SampleFile[] = [];
  // What equals the id never changes, and is no example of a change.
  const isFixed = (field: Field) => fieldType(field).equalsId?.(field) === true;
  for (const field of [...fields.filter((each) => !isFixed(each)), ...fields.filter(isFixed)]) {
    const { writable, holdsFiles, readable, isMultiple } = fieldType(field);
    // The server's own, and what only superusers write. A password is hidden from reading alone.
    if (writable === false || field.name === 'id' || (field.hidden && readable !== false)) continue;
    if (type === 'auth' && ['verified', 'emailVisibility'].includes(field.name)) continue;
    if (holdsFiles) files.push({ field, name: fileName(field), multiple: isMultiple(field) });
    else if (isRelationField(field)) {
      const id = related[field.name] ?? (field.required ? SAMPLE_ID : undefined);
      if (id !== undefined) values[field.name] = isMultiple(field) ? [id] : id;
    } else {
      const value = sampleValue(field);
      if (value !== undefined) values[field.name] = value;
    }
  }
  if (type === 'auth') values.passwordConfirm = values.password;
  return { values, files };
}

function fileName(field: Field): string {
  const types = 'mimeTypes' in field && Array.isArray(field.mimeTypes) ? field.mimeTypes.map(String) : [];
  const allows = (type: string) => types.length === 0 || types.includes(type);
  const sized = 'thumbs' in field && Array.isArray(field.thumbs) && field.thumbs.length > 0;
  if (types.length === 0 && !sized) return 'hello.txt';
  if (allows('image/png') || types.some((type) => type.startsWith('image/'))) return 'photo.png';
  return allows('application/pdf') ? 'document.pdf' : 'hello.txt';
}
