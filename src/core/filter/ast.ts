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

/** A condition over a record. `and`/`or` have at least two terms. */
export type Expr =
  | { readonly kind: 'and'; readonly terms: readonly Expr[] }
  | { readonly kind: 'or'; readonly terms: readonly Expr[] }
  | {
      readonly kind: 'compare';
      readonly op: CompareOp;
      readonly any: boolean;
      readonly left: Operand;
      readonly right: Operand;
    };

/** One key of a sort. */
export interface SortKey {
  readonly path: string;
  readonly descending: boolean;
}
