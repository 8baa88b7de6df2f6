import type { Field } from '../fields/field.ts';
import { isRelationField } from '../fields/index.ts';
import type { RelationField } from '../fields/relation.ts';
import type { Schema } from './collection.ts';

/**
 * A relation's target by its id, where its definition gives a collection's name: another one of the schema, or the name of
 * the collection itself (`own`), which may be new. Ids win over names, and what is neither stays for the checks to refuse.
 */
export function nameTarget(
  field: Field,
  schema: Schema,
  own: { readonly id: string; readonly name: string },
): Field {
  if (!isRelationField(field) || schema.byId(field.collectionId) !== undefined) return field;
  const isOwn = field.collectionId.toLowerCase() === own.name.toLowerCase();
  const id = isOwn ? own.id : schema.byName(field.collectionId)?.id;
  if (id === undefined) return field;
  const named: RelationField = { ...field, collectionId: id };
  return named;
}
