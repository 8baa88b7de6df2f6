import type { SQL } from 'drizzle-orm';
import type { Collection, Schema } from '../collections/collection.ts';
import type { Operand } from './ast.ts';
import type { Trust } from './condition.ts';
import type { Aliases, Row } from './frame.ts';
import type { Placeholders, Value } from './value.ts';

/** What resolving one expression needs: whose record it is about, who wrote it, and what the statement shares. */
export interface Context {
  readonly schema: Schema;
  readonly collection: Collection;
  /** The record itself. */
  readonly root: Row;
  readonly trust: Trust;
  /** Collection of the calling account. */
  readonly caller: Collection | undefined;
  /** False in rules of other collections: the body is not one of theirs. */
  readonly hasBody: boolean;
  readonly placeholders: Placeholders;
  readonly aliases: Aliases;
  /** Rows by key: what is reached on the same path is the same row. */
  readonly rows: Map<string, Row>;
  /** Literals that are bound per call instead of being part of the statement. */
  readonly slots: ReadonlyMap<Operand, number>;
  /** Sets the many-valued rows of one `!( … )` apart from those outside; '' outside. */
  readonly closure: string;
  /** An any-of operator compares the path: a list at its end stands for its elements. */
  readonly anyElement?: boolean;
  /** The list rule of another collection, over a row of it that is joined under `alias`. */
  listRule(collection: Collection, alias: string): SQL;
}

/** A position on a path: a joined row, or a record that the request brought along. */
export type Site =
  | { readonly kind: 'row'; readonly row: Row; readonly collection: Collection }
  | {
      readonly kind: 'request';
      /** `@request.auth` or `@request.body`. */
      readonly prefix: string;
      readonly collection: Collection;
      /** A field's value as sent or stored. */
      value(field: string): Value;
    };
