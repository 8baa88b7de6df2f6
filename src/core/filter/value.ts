import { type SQL, sql } from 'drizzle-orm';
import type { Bindings, DbValue } from '../ports/database.ts';
import { type BindInput, type Form, forms, type Literal, type Read } from './bound.ts';
import type { Frame, Row } from './frame.ts';

/** Whether a value counts as empty (NULL or `''`), as far as that is known before it is read. */
export type Emptiness = 'never' | 'maybe' | 'always';

/** A side of a comparison, resolved against the schema. */
export interface Value {
  sql(frame: Frame): SQL;
  /** Values of the request and literals: their placeholder in another form. */
  readonly bound?: (form: Form) => SQL;
  /** The row that a column is read from; undefined for values of the request, literals and functions. */
  readonly row?: Row;
  /** The column of the row whose value this is, unchanged. */
  readonly column?: string;
  /** Never NULL as long as its row exists. */
  readonly notNull: boolean;
  readonly empty: Emptiness;
  /** Compared as it is: NULL and `''` are different (json, geo points, functions). */
  readonly exact: boolean;
  /** `''` stands for no value (relations, files, dates): the strict operators take it for NULL. */
  readonly blankIsNull?: boolean;
  /** A JSON list: compared with each of its items (strictly, for equality). */
  readonly isList?: boolean;
  /** Multi-valued rows on its way. */
  readonly multi: readonly string[];
  /** Plain operators ask every value of a path; a function's arguments are always of any one row. */
  readonly everyValue: boolean;
  /** What must hold beside the comparison, so that callers learn nothing of rows and e-mails they may not see. */
  readonly guards: readonly Guard[];
}

/** See {@link Value.guards}. Never true when `row` is missing. */
export interface Guard {
  readonly row: Row;
  sql(frame: Frame): SQL;
}

const plainValue = { notNull: true, exact: false, multi: [], everyValue: true, guards: [] } as const;

/** Everything that is known to be missing. */
export const nullValue: Value = { ...plainValue, notNull: false, empty: 'always', sql: () => sql`NULL` };

/** The literal `null`: the strict operators ask IS NULL of it, and only of it. */
export const nullLiteral: Value = { ...nullValue };

/** The literals `true` and `false`. */
export const trueValue: Value = { ...plainValue, empty: 'never', sql: () => sql`1` };
export const falseValue: Value = { ...plainValue, empty: 'never', sql: () => sql`0` };

/** A literal that is part of the statement. */
export function literalValue(literal: Literal): Value {
  return {
    ...plainValue,
    empty: literal === '' ? 'always' : 'never',
    sql: () => (literal === '' ? sql`''` : sql`${literal}`),
    bound: (form) => sql`${forms[form](literal)}`,
  };
}

/** The placeholders of one compiled condition, and where their values come from. */
export interface Placeholders {
  /** A value by its canonical name: the same name always reads the same. */
  value(name: string, empty: Emptiness, read: Read): Value;
  /** Values for the call. Only after the statement's text is complete. */
  bind(input: BindInput): Bindings;
}

/** Makes {@link Placeholders} of a condition. */
export function createPlaceholders(): Placeholders {
  const readers = new Map<string, (input: BindInput) => DbValue>();

  function slot(name: string, form: Form, read: Read): SQL {
    const key = form === 'plain' ? name : `${name}|${form}`;
    const convert = forms[form];
    readers.set(key, (input) => convert(read(input)));
    return sql`${sql.placeholder(key)}`;
  }

  return {
    value(name, empty, read) {
      return {
        ...plainValue,
        notNull: empty === 'never',
        empty,
        sql: () => slot(name, 'plain', read),
        bound: (form) => slot(name, form, read),
      };
    },
    bind(input) {
      const bindings: Record<string, DbValue> = {};
      for (const [name, read] of readers) bindings[name] = read(input);
      return bindings;
    },
  };
}
