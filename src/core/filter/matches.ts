import type { AmongExpr, Expr, MatchExpr } from './ast.ts';

/** A stored value that is held against a test; NULL never is. */
export type Stored = string | number | bigint;

/** How many `match` nodes a tree has, which must be answered before it can be part of a statement. */
export function countMatches(expr: Expr): number {
  switch (expr.kind) {
    case 'match':
      return 1;
    case 'not':
      return countMatches(expr.term);
    case 'and':
    case 'or':
      return expr.terms.reduce((sum, term) => sum + countMatches(term), 0);
    case 'compare':
    case 'among':
      return 0;
  }
}

/** The tree with every `match` answered; others are as they were. */
export async function answerMatches(
  expr: Expr,
  answer: (match: MatchExpr) => Promise<readonly Stored[]>,
): Promise<Expr> {
  switch (expr.kind) {
    case 'match':
      return among(expr.path, await answer(expr));
    case 'not':
      return { kind: 'not', term: await answerMatches(expr.term, answer) };
    case 'and':
    case 'or': {
      const terms: Expr[] = [];
      // One after the other: each may take as much memory as one may.
      for (const term of expr.terms) terms.push(await answerMatches(term, answer));
      return { kind: expr.kind, terms };
    }
    case 'compare':
    case 'among':
      return expr;
  }
}

function among(path: string, values: readonly Stored[]): AmongExpr {
  const items = values.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value)));
  return { kind: 'among', path, values: { kind: 'text', value: `[${items.join(',')}]` } };
}
