import type { Place } from './problem.ts';

/** Comparison operators in one spelling. */
export type SqlOp = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** A literal. `number`: as written, with its sign; `blob`: lower-case hexadecimal digits. */
export type SqlLiteral =
  | { readonly kind: 'null'; readonly at: Place }
  | { readonly kind: 'bool'; readonly at: Place; readonly value: boolean }
  | { readonly kind: 'number'; readonly at: Place; readonly text: string }
  | { readonly kind: 'text'; readonly at: Place; readonly value: string }
  | { readonly kind: 'blob'; readonly at: Place; readonly hex: string };

/** A column, maybe with the table or alias that it is of. */
export interface SqlColumn {
  readonly kind: 'column';
  readonly at: Place;
  readonly table: string | undefined;
  readonly name: string;
}

/** A function; its name in lower case. */
export interface SqlCall {
  readonly kind: 'call';
  readonly at: Place;
  readonly name: string;
  readonly args: readonly Sql[];
}

/** `SELECT columns FROM tables [WHERE …]`; the ON of a JOIN is a term of `where`. */
export interface SqlSelect {
  readonly at: Place;
  /** Undefined for `*`. */
  readonly columns: readonly SqlResult[] | undefined;
  readonly from: readonly SqlSource[];
  readonly where: Sql | undefined;
}

/** A result of a select, and the name that it is given. */
export interface SqlResult {
  readonly value: Sql;
  readonly alias: string | undefined;
}

/** A table of a select and the name that it goes by. */
export interface SqlSource {
  readonly at: Place;
  readonly table: string;
  readonly alias: string;
}

/** An expression of the accepted grammar. `and` and `or` have at least two terms. */
export type Sql =
  | SqlLiteral
  | SqlColumn
  | SqlCall
  | { readonly kind: 'and' | 'or'; readonly at: Place; readonly terms: readonly Sql[] }
  | { readonly kind: 'not'; readonly at: Place; readonly term: Sql }
  | {
      readonly kind: 'compare';
      readonly at: Place;
      readonly op: SqlOp;
      readonly left: Sql;
      readonly right: Sql;
    }
  | {
      readonly kind: 'is';
      readonly at: Place;
      readonly negated: boolean;
      readonly left: Sql;
      readonly right: Sql;
    }
  | {
      readonly kind: 'in';
      readonly at: Place;
      readonly negated: boolean;
      readonly left: Sql;
      readonly items: readonly Sql[];
    }
  | {
      readonly kind: 'in_select';
      readonly at: Place;
      readonly negated: boolean;
      readonly left: Sql;
      readonly select: SqlSelect;
    }
  | {
      readonly kind: 'in_table';
      readonly at: Place;
      readonly negated: boolean;
      readonly left: Sql;
      readonly table: string;
    }
  | {
      readonly kind: 'like' | 'regexp';
      readonly at: Place;
      readonly negated: boolean;
      readonly left: Sql;
      readonly right: Sql;
    }
  | {
      readonly kind: 'between';
      readonly at: Place;
      readonly negated: boolean;
      readonly left: Sql;
      readonly low: Sql;
      readonly high: Sql;
    }
  | { readonly kind: 'exists'; readonly at: Place; readonly select: SqlSelect };
