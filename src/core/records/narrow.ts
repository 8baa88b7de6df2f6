import type { Actor } from '../actor.ts';
import { badFilter } from '../filter/bad-filter.ts';
import { FilterError } from '../filter/filter-error.ts';
import type { Expr } from '../filter/index.ts';
import { type FilterLimits, parseFilter, RULE_LIMITS } from '../filter/parse.ts';
import type { Wanted } from './conditions.ts';

/**
 * What a list asks, narrowed by the text of a rule for everybody. Superusers, whom no rule stops, have it as a filter, which
 * may ask of them whatever a rule may. Throws `invalid` reason `bad_filter` for text that cannot be read.
 */
export function narrow(actor: Actor, { rule, filter }: Wanted, where: string | undefined): Wanted {
  if (where === undefined || where === '') return { rule, filter };
  if (actor.kind !== 'superuser') {
    // A comment ends with its line.
    return { rule: rule === '' ? where : `(${rule}\n) && (${where}\n)`, filter };
  }
  const view = read(where, RULE_LIMITS);
  if (filter === undefined || filter === '') return { rule, filter: view };
  const own = typeof filter === 'string' ? read(filter) : filter;
  return { rule, filter: { kind: 'and', terms: [view, own] } };
}

function read(text: string, limits?: FilterLimits): Expr {
  try {
    return parseFilter(text, limits);
  } catch (error) {
    throw error instanceof FilterError ? badFilter(error.message, error) : error;
  }
}
