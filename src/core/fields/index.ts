import { autodateType } from './autodate.ts';
import { boolType } from './bool.ts';
import { columnFieldTypes } from './column/index.ts';
import { dateType } from './date.ts';
import { editorType } from './editor.ts';
import { emailType } from './email.ts';
import type { Field, FieldType } from './field.ts';
import { fileType } from './file.ts';
import { geoPointType } from './geo-point.ts';
import { jsonType } from './json.ts';
import { numberType } from './number.ts';
import { passwordType } from './password.ts';
import { relationType } from './relation.ts';
import { selectType } from './select.ts';
import { textType } from './text.ts';
import { urlType } from './url.ts';

export type { Field, FieldType } from './field.ts';
export { defaultFieldId, parseField } from './parse-field.ts';
export { isRelationField } from './relation.ts';
export { isTextField } from './text.ts';

/** Every field type there is. */
export const fieldTypes: readonly FieldType[] = [
  textType,
  numberType,
  boolType,
  emailType,
  urlType,
  editorType,
  dateType,
  autodateType,
  selectType,
  jsonType,
  fileType,
  relationType,
  passwordType,
  geoPointType,
  ...columnFieldTypes,
];

const byName = new Map(fieldTypes.map((type) => [type.type, type]));

/** The type of a field. Fields come from `parseField` only, so that it exists; a RangeError otherwise. */
export function fieldType(field: Pick<Field, 'type'>): FieldType {
  const type = byName.get(field.type);
  if (type === undefined) throw new RangeError(`unknown field type ${field.type}`);
  return type;
}

/** The type of that name. */
export function findFieldType(name: string): FieldType | undefined {
  return byName.get(name);
}
