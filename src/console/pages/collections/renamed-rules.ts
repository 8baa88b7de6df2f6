import { type Collection, renameInRule } from '../../../core/index.ts';
import { keyOf, ruleSetOf, storedRule } from '../rules/rule-set.ts';
import type { Draft } from './draft.ts';

/**
 * The collection's own rules as a definition says them, where fields that they speak of, or the collection, get another name: nothing
 * else could change both at once. Rules of other collections are only told of.
 */
export function renamedRules(collection: Collection, draft: Draft): Readonly<Record<string, string>> {
  const fields = new Map(
    draft.fields.flatMap(({ id, name, isRemoved }): [string, string][] => {
      const stored = collection.fields.find((field) => field.id === id);
      if (isRemoved || stored === undefined || stored.system || stored.name === name) return [];
      return [[stored.name, name]];
    }),
  );
  const name = collection.system ? collection.name : draft.name;
  if (fields.size === 0 && name === collection.name) return {};
  const found = [...ruleSetOf(collection)].flatMap(([key, rule]): [string, string][] => {
    const before = storedRule(rule);
    if (before === null) return [];
    const after = renameInRule(before, { collection, name, fields });
    return after === before ? [] : [[keyOf(key), after]];
  });
  return Object.fromEntries(found);
}
