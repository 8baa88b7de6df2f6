import type { Collection, Schema } from './collection.ts';

/** Makes an immutable {@link Schema}. */
export function createSchema(version: number, collections: readonly Collection[]): Schema {
  const ids = new Map(collections.map((collection) => [collection.id, collection]));
  const names = new Map(collections.map((collection) => [collection.name.toLowerCase(), collection]));
  const byName = (name: string) => names.get(name) ?? names.get(name.toLowerCase());
  return {
    version,
    collections,
    byId: (id) => ids.get(id),
    byName,
    find: (idOrName) => ids.get(idOrName) ?? byName(idOrName),
  };
}

/** The schema with one collection added or replaced, for checks before the change is made. */
export function replaceIn(schema: Schema, collection: Collection): Schema {
  const others = schema.collections.filter(({ id }) => id !== collection.id);
  return createSchema(collection.version, [...others, collection]);
}
