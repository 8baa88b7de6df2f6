import type { AuthOptions, Collection, CollectionType, IdKind } from './collection.ts';

/** A whole definition in the shape of specs/pocketbase.md 3, secrets included. */
export type Definition = Readonly<Record<string, unknown>>;

/** The definition of a collection as it is. */
export function definitionOf(collection: Collection): Definition {
  const { id, name, type, system, idKind, fields, indexes, rules, auth } = collection;
  return {
    ...{ id, name, type, system, idKind, fields, indexes },
    listRule: rules.list,
    viewRule: rules.view,
    createRule: rules.create,
    updateRule: rules.update,
    deleteRule: rules.delete,
    ...auth,
  };
}

/** The definition of a new collection before anything is said about it. */
export function emptyDefinition(
  type: CollectionType,
  idKind: IdKind,
  auth: AuthOptions | undefined,
): Definition {
  return {
    ...{ id: '', name: '', type, system: false, idKind, fields: [], indexes: [] },
    ...{ listRule: null, viewRule: null, createRule: null, updateRule: null, deleteRule: null },
    ...auth,
  };
}

const NULLABLE = new Set([
  'listRule',
  'viewRule',
  'createRule',
  'updateRule',
  'deleteRule',
  'authRule',
  'manageRule',
]);

/**
 * A definition with an input laid over it: objects are merged deeply, everything else replaces. Keys that the definition
 * does not have are dropped, so that no input can become a prototype's member. A null means null for rules, and says nothing
 * for all else.
 */
export function mergeDefinition(base: Definition, input: Definition): Definition {
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(base)) {
    const sent = Object.hasOwn(input, key) ? input[key] : undefined;
    if (sent === undefined || (sent === null && !NULLABLE.has(key))) merged[key] = value;
    else if (isStruct(value) && isStruct(sent)) merged[key] = mergeDefinition(value, sent);
    else merged[key] = sent;
  }
  return merged;
}

function isStruct(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
