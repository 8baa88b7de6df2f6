/** Comparison operators; `any` twins (`?=`) are the same operator with `any: true`. */
export type CompareOp = '=' | '!=' | '~' | '!~' | '>' | '>=' | '<' | '<=';

/** Path modifiers (specs/pocketbase.md 1.9). */
export type PathModifier = 'isset' | 'changed' | 'length' | 'each' | 'lower';

/** A side of a comparison. */
export type Operand =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  /** An identifier as written, e.g. `rel.name`, `@request.auth.id`, `@collection.posts:p.title`, `@now`, `null`, `true`. */
  | { readonly kind: 'path'; readonly path: string; readonly modifier?: PathModifier }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Operand[] };

/** Tests of a column that no SQL operator makes: they are answered in the process, before the statement. */
export type MatchTest = 'regexp' | 'within' | 'intersects' | 'contains';

/** A condition over a record. `and`/`or` have at least two terms. */
export type Expr =
  | { readonly kind: 'and'; readonly terms: readonly Expr[] }
  | { readonly kind: 'or'; readonly terms: readonly Expr[] }
  /** `!( … )` with three values: NULL stays NULL. Rows that only the term names are looked for inside it. */
  | { readonly kind: 'not'; readonly term: Expr }
  | CompareExpr
  | MatchExpr
  | AmongExpr;

/** Two sides and an operator. */
export interface CompareExpr {
  readonly kind: 'compare';
  readonly op: CompareOp;
  /**
   * SQL's own meaning: `==` and `!==` are `=` and `<>`, NULL being neither equal nor unequal to anything, except that
   * the literal `null` asks IS NULL and IS NOT NULL; `~~` and `!~~` are LIKE with case and without escapes.
   */
  readonly strict?: boolean;
  readonly any: boolean;
  readonly left: Operand;
  readonly right: Operand;
}

/** A column held against a pattern (`regexp`) or a geometry as WKT. Of client filters only; it cannot be printed. */
export interface MatchExpr {
  readonly kind: 'match';
  readonly test: MatchTest;
  readonly path: string;
  readonly value: string;
}

/** An operator as it is spelled, without the `?` of any-of. The order operators have one spelling, strict or not. */
export function operatorText({ op, strict }: Pick<CompareExpr, 'op' | 'strict'>): string {
  if (strict !== true) return op;
  switch (op) {
    case '=':
    case '!=':
      return `${op}=`;
    case '~':
    case '!~':
      return `${op}~`;
    default:
      return op;
  }
}

/** What a `match` becomes once it is answered: the stored value is one of a JSON list. NULL stays NULL. Never printed. */
export interface AmongExpr {
  readonly kind: 'among';
  readonly path: string;
  /** JSON text of an array of texts and numbers. */
  readonly values: Operand & { readonly kind: 'text' };
}

/** One key of a sort. */
export interface SortKey {
  readonly path: string;
  readonly descending: boolean;
}
