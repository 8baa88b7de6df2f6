import type { Expr, Operand } from '../filter/ast.ts';
import { printFilter } from '../filter/print.ts';
import type { Clause } from './rule-help.ts';

type Verdict = boolean | null;
type Ask = (rule: string) => Promise<boolean>;

/** What a path stands for; undefined where that is not told. */
export type Look = (path: string) => { readonly value: unknown } | undefined;

/**
 * The clauses of a rule with what each says. `ask` is the gate that enforces rules, for one caller and one record: it says yes
 * or no, so that a clause that neither holds nor fails to is one whose opposite does not hold either.
 */
export async function explainExpr(expr: Expr, ask: Ask, look: Look): Promise<Clause> {
  return mark(await judge(expr, ask, look), true);
}

type Judged = Omit<Clause, 'decides' | 'terms'> & { readonly terms: readonly Judged[] };

async function judge(expr: Expr, ask: Ask, look: Look): Promise<Judged> {
  const text = printFilter(expr);
  const verdict = await verdictOf(text, ask);
  const terms: Judged[] = [];
  for (const term of termsOf(expr)) terms.push(await judge(term, ask, look));
  return { kind: kindOf(expr), text, verdict, operands: operandsOf(expr, look), terms };
}

function operandsOf(expr: Expr, look: Look): Clause['operands'] {
  if (expr.kind !== 'compare') return [];
  return [expr.left, expr.right].flatMap((operand: Operand) => {
    if (operand.kind !== 'path' || operand.modifier !== undefined) return [];
    const found = look(operand.path);
    return found === undefined ? [] : [{ text: operand.path, value: found.value }];
  });
}

async function verdictOf(text: string, ask: Ask): Promise<Verdict> {
  if (await ask(text)) return true;
  return (await ask(`!(${text})`)) ? false : null;
}

function termsOf(expr: Expr): readonly Expr[] {
  if (expr.kind === 'and' || expr.kind === 'or') return expr.terms;
  return expr.kind === 'not' ? [expr.term] : [];
}

function kindOf({ kind }: Expr): Clause['kind'] {
  return kind === 'and' || kind === 'or' || kind === 'not' ? kind : 'compare';
}

/** An AND that holds does so by all its terms, one that does not by those that do not hold; an OR the other way round. */
function mark(judged: Judged, decides: boolean): Clause {
  const { kind, verdict, terms } = judged;
  const holds = verdict === true;
  const byAll = kind === 'not' || (kind === 'and') === holds;
  const marked = terms.map((term) => mark(term, decides && (byAll || (term.verdict === true) === holds)));
  return { ...judged, decides, terms: marked };
}
