import {
  type Expr,
  FilterError,
  type Operand,
  parseFilter,
  printFilter,
  RULE_LIMITS,
} from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';

/** Most parts of a rule that are put in words. */
const MOST = 30;

/** A rule in words, as far as they are simpler than the rule; undefined where nothing is, or the rule is too long. */
export function inWords(visit: Visit, rule: string): Html | undefined {
  if (rule === '') return undefined;
  try {
    const expr = parseFilter(rule, RULE_LIMITS);
    const leaves = leavesOf(expr);
    const isSimpler = leaves.length <= MOST && leaves.some((leaf) => knownWords(visit, leaf) !== undefined);
    return isSimpler ? partInWords(visit, expr, false) : undefined;
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

function leavesOf(expr: Expr): readonly Expr[] {
  if (expr.kind === 'and' || expr.kind === 'or') return expr.terms.flatMap(leavesOf);
  return expr.kind === 'not' ? leavesOf(expr.term) : [expr];
}

function partInWords(visit: Visit, expr: Expr, isInner: boolean): Html {
  const { words } = visit.texts.rules;
  switch (expr.kind) {
    case 'and':
    case 'or': {
      const [first, ...rest] = expr.terms.map((term) => partInWords(visit, term, true));
      const joined = html`${first}${rest.map((term) => html` <em>${words[expr.kind]}</em> ${term}`)}`;
      return isInner ? html`(${joined})` : joined;
    }
    case 'not':
      return html`<em>${words.not}</em> ${partInWords(visit, expr.term, true)}`;
    default:
      return knownWords(visit, expr) ?? html`<code>${printFilter(expr)}</code>`;
  }
}

const CALLER = '@request.auth.id';

/** The comparisons that nearly every rule is made of. */
function knownWords({ texts }: Visit, expr: Expr): Html | undefined {
  const { words } = texts.rules;
  if (expr.kind !== 'compare') return undefined;
  const { left, right, op, any } = expr;
  const [one, other] = [plainPath(left), plainPath(right)];
  if (one === CALLER && right.kind === 'text' && right.value === '') {
    if (op === '!=') return html`${words.signedIn}`;
    return op === '=' ? html`${words.guest}` : undefined;
  }
  if (op !== '=') return undefined;
  const field = other === CALLER ? one : one === CALLER && !any ? other : undefined;
  if (field !== undefined && !field.startsWith('@'))
    return html`<code>${field}</code> ${any ? words.hasCaller : words.isCaller}`;
  if (one === undefined || (other !== 'true' && other !== 'false')) return undefined;
  return html`<code>${one}</code> ${other === 'true' ? words.isTrue : words.isFalse}`;
}

function plainPath(operand: Operand): string | undefined {
  return operand.kind === 'path' && operand.modifier === undefined ? operand.path : undefined;
}
