import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { choices } from './select.ts';
import { fine, issue, uniqueTexts, unreadable } from './values.ts';

/** Ids of records of one collection. */
export interface RelationField extends Field {
  readonly type: 'relation';
  /** The collection that is pointed to; it never changes. */
  readonly collectionId: string;
  /** Delete the record when no id is left because the records pointed to were deleted. */
  readonly cascadeDelete: boolean;
  readonly minSelect: number;
  /** Above 1 the value is a list. */
  readonly maxSelect: number;
  /** The value is the record's own id: the record is a part of the one that it points to. Absent: any ids. It never changes. */
  readonly equalsId?: true;
}

/** See {@link RelationField}. That `collectionId` exists is checked with the collection's definition. */
export const relationType: FieldType<RelationField> = {
  ...choices,
  type: 'relation',
  parse(input, base) {
    const options = readOptions(input);
    const collectionId = options.text('collectionId');
    if (collectionId === '') options.report('collectionId', 'required');
    const minSelect = options.integer('minSelect');
    const maxSelect = options.integer('maxSelect');
    if (minSelect > 0 && maxSelect === 0) options.report('maxSelect', 'required');
    if (maxSelect < minSelect)
      options.report('maxSelect', 'min_greater_equal_than_required', { threshold: minSelect });
    const cascadeDelete = options.flag('cascadeDelete');
    const equalsId = options.flag('equalsId');
    if (equalsId && maxSelect > 1) options.report('equalsId', 'invalid_value');
    const field: RelationField = {
      ...{ ...base, type: 'relation', collectionId, cascadeDelete, minSelect, maxSelect },
      // Its id is a value that it always has.
      ...(equalsId && { equalsId, required: true }),
    };
    return { field, issues: options.issues };
  },
  traits: (field) => ({ kind: 'text', multiple: field.maxSelect > 1, target: field.collectionId }),
  equalsId: (field) => field.equalsId === true,
  validate(value, field, { recordId }) {
    const ids = uniqueTexts(value);
    if (ids === undefined) return unreadable;
    if (ids.length === 0) return field.required ? issue('required') : fine;
    const max = Math.max(1, field.maxSelect);
    if (ids.length < field.minSelect) return issue('not_enough_values', { min: field.minSelect });
    if (ids.length > max) return issue('too_many_values', { max });
    return field.equalsId && ids[0] !== recordId ? issue('not_the_id') : fine;
  },
  references(value, field) {
    const ids = uniqueTexts(value) ?? [];
    return ids.length === 0 ? undefined : { collectionId: field.collectionId, ids };
  },
};

/** Whether a field is of this type. */
export function isRelationField(field: Field): field is RelationField {
  return field.type === 'relation';
}
