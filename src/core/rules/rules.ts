import type { Collection, Rule, Schema } from '../collections/collection.ts';
import { SUPERUSERS } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Expr, Operand } from '../filter/ast.ts';
import { filterSentence } from '../filter/bad-filter.ts';
import { compileCondition } from '../filter/compile.ts';
import { FilterError } from '../filter/filter-error.ts';
import { parseFilter, RULE_LIMITS } from '../filter/parse.ts';

/**
 * What is wrong with a rule of a collection, as a sentence fragment for `invalid_rule`; undefined when it can be enforced.
 * `schema` and `collection` are as they will be after the change.
 */
export function checkRule(rule: Rule, collection: Collection, schema: Schema): string | undefined {
  if (rule === null || rule === '') return undefined;
  try {
    const expr = parseFilter(rule, RULE_LIMITS);
    // With nobody, `@request.auth.*` is NULL whatever follows: the rule is also compiled for a caller.
    for (const authCollection of [undefined, ...callers(collection, schema)]) {
      compileCondition({
        scope: { schema, collection, alias: 'r', authCollection },
        parts: [{ expr, trust: 'rule' }],
      });
    }
    return undefined;
  } catch (error) {
    if (error instanceof FilterError || error instanceof AppError) return filterSentence(error);
    throw error;
  }
}

/** Collections whose accounts may call; more than a few tell nothing new. */
function callers(collection: Collection, schema: Schema): readonly Collection[] {
  const auth = schema.collections.filter(({ type, name }) => type === 'auth' && name !== SUPERUSERS);
  return collection.type === 'auth' ? [collection, ...auth.slice(0, 3)] : auth.slice(0, 3);
}

/** Whether a rule looks at the body of the request, so that it can only be evaluated once the body is read. */
export function asksBody(rule: Rule): boolean {
  return somePath(rule, (path) => path.startsWith('@request.body.'));
}

/** Whether a rule looks at the record's own fields (or past them), so that it needs a stored or proposed record. */
export function asksRecord(rule: Rule): boolean {
  return somePath(rule, (path) => !path.startsWith('@') && !/^(null|true|false)$/i.test(path));
}

/** False for null, '' and text that cannot be read: those need no values to be decided. */
function somePath(rule: Rule, test: (path: string) => boolean): boolean {
  if (rule === null || rule === '') return false;
  return someOperand(readRule(rule), (operand) => operand.kind === 'path' && test(operand.path));
}

function readRule(rule: string): Expr | undefined {
  try {
    return parseFilter(rule, RULE_LIMITS);
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

function someOperand(expr: Expr | undefined, test: (operand: Operand) => boolean): boolean {
  if (expr === undefined) return false;
  const visit = (operand: Operand): boolean =>
    test(operand) || (operand.kind === 'call' && operand.args.some(visit));
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.terms.some((term) => someOperand(term, test));
    case 'not':
      return someOperand(expr.term, test);
    case 'compare':
      return visit(expr.left) || visit(expr.right);
    case 'match':
    case 'among':
      return test({ kind: 'path', path: expr.path });
  }
}
