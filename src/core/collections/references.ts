import { fieldType } from '../fields/index.ts';
import type { Collection, Schema } from './collection.ts';

/** Names of the other collections whose relations point to this one. */
export function findReferences(schema: Schema, target: Collection): readonly string[] {
  return schema.collections
    .filter(({ id, fields }) => {
      if (id === target.id) return false;
      return fields.some((field) => fieldType(field).traits(field).target === target.id);
    })
    .map(({ name }) => name);
}
