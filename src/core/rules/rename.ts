import type { Collection } from '../collections/collection.ts';
import { columnFacts, fieldOf } from '../filter/columns.ts';
import { FilterError } from '../filter/filter-error.ts';
import { lex, type Token } from '../filter/lex.ts';

/** New names for what a collection's own rules speak of. */
export interface Renaming {
  /** As it is, before the change. */
  readonly collection: Collection;
  /** What the collection will be called. */
  readonly name: string;
  /** New names of fields, by the old. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * A rule of a collection with the new names for its fields, also where the rule gets at them through the body, the caller, relations
 * of the collection to itself or `@collection`; all else stays as it is written. What is no rule stays whole.
 */
export function renameInRule(rule: string, renaming: Renaming): string {
  const names = namesIn(rule);
  return names.reduceRight(
    (text, { value, at }) => text.slice(0, at) + renamePath(value, renaming) + text.slice(at + value.length),
    rule,
  );
}

function namesIn(rule: string): readonly Token[] {
  try {
    return lex(rule).filter(({ kind }) => kind === 'name');
  } catch (error) {
    if (error instanceof FilterError) return [];
    throw error;
  }
}

function renamePath(path: string, renaming: Renaming): string {
  const { collection, name } = renaming;
  const [whole = '', modifier = ''] = /^(.*?)(:\w+)?$/.exec(path)?.slice(1) ?? [];
  const steps = whole.split('.');
  const [root = '', part = ''] = steps;
  const own = (from: number) => [...steps.slice(0, from), ...renameSteps(steps.slice(from), renaming)];
  const join = (list: readonly string[]) => list.join('.') + modifier;
  if (root === '@request') {
    const isOurs = part === 'body' || (part === 'auth' && collection.type === 'auth');
    return isOurs ? join(own(2)) : path;
  }
  if (root === '@collection') {
    const [its = '', ...alias] = part.split(':');
    if (its !== collection.name && its !== collection.id) return path;
    const rest = own(2).slice(2);
    return join([root, [its === collection.name ? name : its, ...alias].join(':'), ...rest]);
  }
  return root.startsWith('@') ? path : join(own(0));
}

/** Steps from a record of the collection, as far as they stay in it. */
function renameSteps(steps: readonly string[], renaming: Renaming): readonly string[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [];
  const { collection, name, fields } = renaming;
  const back = `${collection.name}_via_`;
  const isBack = step.startsWith(back);
  const used = isBack ? step.slice(back.length) : step;
  const field = fieldOf(collection, used);
  const renamed = fields.get(used) ?? used;
  const leadsHere = field !== undefined && columnFacts(field).target === collection.id;
  if (isBack && !leadsHere) return steps;
  const first = isBack ? `${name}_via_${renamed}` : renamed;
  return [first, ...(leadsHere ? renameSteps(rest, renaming) : rest)];
}
