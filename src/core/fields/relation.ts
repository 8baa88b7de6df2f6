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
    return {
      field: { ...base, type: 'relation', collectionId, cascadeDelete, minSelect, maxSelect },
      issues: options.issues,
    };
  },
  traits: (field) => ({ kind: 'text', multiple: field.maxSelect > 1, target: field.collectionId }),
  validate(value, field) {
    const ids = uniqueTexts(value);
    if (ids === undefined) return unreadable;
    if (ids.length === 0) return field.required ? issue('required') : fine;
    const max = Math.max(1, field.maxSelect);
    if (ids.length < field.minSelect) return issue('not_enough_values', { min: field.minSelect });
    return ids.length > max ? issue('too_many_values', { max }) : fine;
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
