import type { Collection, Schema } from '../collections/collection.ts';
import type { Expr, Operand } from '../filter/ast.ts';
import { FilterError } from '../filter/filter-error.ts';
import { lex, type Token } from '../filter/lex.ts';
import { parseFilter, RULE_LIMITS } from '../filter/parse.ts';
import { printFilter } from '../filter/print.ts';
import type { RuleProblem } from './rule-help.ts';
import { checkRule } from './rules.ts';

/** Why a rule cannot be enforced, and where in its text; undefined when it can. */
export function findProblem(rule: string, collection: Collection, schema: Schema): RuleProblem | undefined {
  const message = checkRule(rule, collection, schema);
  if (message === undefined) return undefined;
  try {
    const expr = parseFilter(rule, RULE_LIMITS);
    const fails = (part: Expr) => checkRule(printFilter(part), collection, schema) !== undefined;
    return { message, ...placeOf(culprit(expr, fails), lex(rule), rule) };
  } catch (error) {
    if (error instanceof FilterError)
      return { message, at: error.position, length: lengthAt(rule, error.position) };
    throw error;
  }
}

/** The text of the operand that cannot be resolved, as a token spells it; undefined when it is no single one. */
function culprit(expr: Expr, fails: (part: Expr) => boolean): string | undefined {
  switch (expr.kind) {
    case 'and':
    case 'or': {
      const term = expr.terms.find(fails);
      return term && culprit(term, fails);
    }
    case 'not':
      return culprit(expr.term, fails);
    case 'compare': {
      const nothing: Operand = { kind: 'path', path: 'null' };
      const alone = (left: Operand): Expr => ({ ...expr, op: '=', left, right: nothing });
      const bad = operandsOf([expr.left, expr.right]).find((operand) => fails(alone(operand)));
      return bad && spellingOf(bad);
    }
    default:
      return undefined;
  }
}

/** The innermost first, so that an argument is found before its function. */
function operandsOf(operands: readonly Operand[]): readonly Operand[] {
  return operands.flatMap((operand) =>
    operand.kind === 'call' ? [...operandsOf(operand.args), operand] : [operand],
  );
}

function spellingOf(operand: Operand): string | undefined {
  if (operand.kind === 'call') return operand.name;
  if (operand.kind !== 'path') return undefined;
  return operand.modifier === undefined ? operand.path : `${operand.path}:${operand.modifier}`;
}

function placeOf(spelling: string | undefined, tokens: readonly Token[], rule: string) {
  const isName = ({ kind }: Token) => kind === 'name' || kind === 'call';
  const token = tokens.find((one) => isName(one) && one.value === spelling);
  return token ? { at: token.at, length: token.value.length } : { at: 0, length: rule.length };
}

/** Of the word that stands there. */
function lengthAt(rule: string, at: number): number {
  return /^[\w@.:#]+|^[=?!><~]+|^[&|]+|^\S?/.exec(rule.slice(at))?.[0].length ?? 0;
}
