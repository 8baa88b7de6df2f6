import type { Schema } from './collection.ts';
import { type CheckRule, ruleIssues } from './definition.ts';

/** A rule that can be enforced now and could not be after a change. */
export interface BrokenRule {
  /** Name of the collection that has it. */
  readonly collection: string;
  /** As definitions name it, such as `listRule`. */
  readonly rule: string;
  /** A sentence fragment, in English. */
  readonly message: string;
}

/** The rules of collections that a change does not speak of, by their ids, and takes the ground from. */
export function newlyBroken(
  before: Schema,
  after: Schema,
  changed: ReadonlySet<string>,
  checkRule: CheckRule,
): readonly BrokenRule[] {
  return after.collections
    .filter(({ id }) => !changed.has(id))
    .flatMap((collection) => {
      const found = ruleIssues(collection, after, checkRule);
      if (found.length === 0) return [];
      const known = new Set(ruleIssues(collection, before, checkRule).map(({ path }) => path));
      return found
        .filter(({ path }) => !known.has(path))
        .map(({ path, params }) => ({
          collection: collection.name,
          rule: path,
          message: String(params?.error ?? ''),
        }));
    });
}
