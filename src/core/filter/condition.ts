import type { SQL } from 'drizzle-orm';
import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Bindings } from '../ports/database.ts';
import type { Expr, SortKey } from './ast.ts';

/** Who wrote an expression. Clients may not use `@request`/`@collection` or hidden fields, and relation paths are protected. */
export type Trust = 'rule' | 'superuser' | 'client';

/** Facts of a statement that are not bound but change its text. */
export interface ConditionScope {
  readonly schema: Schema;
  readonly collection: Collection;
  /** Name of the collection's table in the FROM clause of the statement. */
  readonly alias: string;
  /** Collection of the calling account, so that `@request.auth.*` has types. Undefined for guests and the product itself. */
  readonly authCollection: Collection | undefined;
  /** Top-level body keys that were sent; part of the text because `@request.body.x` of a sent key has a type. */
  readonly bodyKeys?: readonly string[];
}

/** Ready SQL. It never multiplies rows: multi-valued paths live in EXISTS sub-queries. */
export interface Condition {
  /** A boolean expression over `alias` and the joins. */
  readonly where: SQL;
  /** LEFT JOINs to single rows that `where` and `orderBy` use; empty SQL when none. */
  readonly joins: SQL;
  /** Without the words ORDER BY; undefined when there was no sort. */
  readonly orderBy: SQL | undefined;
  /** Whether `where` is `1` for every row and caller. */
  readonly always: boolean;
  /** Values for the placeholders, for one call. Pure and cheap: compiled once, called per request. */
  bind(actor: Actor, call: ConditionCall): Bindings;
}

/** What changes from call to call. */
export interface ConditionCall {
  /** Milliseconds since the epoch, for the date macros. */
  readonly now: number;
  /** Final values of the sent body, by field name (create and update rules). */
  readonly body?: Readonly<Record<string, unknown>>;
  /** The stored values, for `:changed`. */
  readonly stored?: Readonly<Record<string, unknown>>;
}

/** One expression with the trust it has. */
export interface ConditionPart {
  readonly expr: Expr;
  readonly trust: Trust;
}

/** All that goes into one statement: parts are AND-ed and share joins. */
export interface ConditionInput {
  readonly scope: ConditionScope;
  readonly parts: readonly ConditionPart[];
  readonly sort?: { readonly keys: readonly SortKey[]; readonly trust: Trust };
}
