import type { Sql, SqlSelect } from './ast.ts';
import type { Place } from './problem.ts';

/** What a reference does when the row that it names is deleted. */
export type OnDelete = 'cascade' | 'set null' | 'restrict' | 'no action';

/** `REFERENCES table [(column)] [ON DELETE …]`. */
export interface Reference {
  readonly at: Place;
  readonly table: string;
  /** Undefined for the table's key. */
  readonly column: string | undefined;
  readonly onDelete: OnDelete;
}

/** A constraint of a column. */
export type ColumnConstraint =
  | { readonly kind: 'primary_key' | 'not_null' | 'null' | 'unique'; readonly at: Place }
  | { readonly kind: 'default'; readonly at: Place; readonly value: Sql }
  | { readonly kind: 'check'; readonly at: Place; readonly test: Sql }
  | { readonly kind: 'collate'; readonly at: Place; readonly collation: string }
  | { readonly kind: 'references'; readonly at: Place; readonly reference: Reference };

/** A column of a table; `type` in upper case, '' for none. */
export interface ColumnDeclaration {
  readonly at: Place;
  readonly name: string;
  readonly type: string;
  readonly constraints: readonly ColumnConstraint[];
}

/** A constraint of a table. */
export type TableConstraint =
  | { readonly kind: 'primary_key' | 'unique'; readonly at: Place; readonly columns: readonly string[] }
  | { readonly kind: 'check'; readonly at: Place; readonly test: Sql }
  | {
      readonly kind: 'foreign_key';
      readonly at: Place;
      readonly columns: readonly string[];
      readonly reference: Reference;
    };

/** `CREATE TABLE`. */
export interface TableStatement {
  readonly kind: 'table';
  readonly at: Place;
  readonly name: string;
  readonly ifNotExists: boolean;
  readonly columns: readonly ColumnDeclaration[];
  readonly constraints: readonly TableConstraint[];
  /** False when some of it could not be read. */
  readonly isWhole: boolean;
}

/** A column of an index; collation and order are '' where nothing is said. */
export interface IndexedColumn {
  readonly name: string;
  readonly collation: string;
  readonly order: '' | 'ASC' | 'DESC';
}

/** `CREATE [UNIQUE] INDEX`. */
export interface IndexStatement {
  readonly kind: 'index';
  readonly at: Place;
  readonly name: string;
  readonly ifNotExists: boolean;
  readonly unique: boolean;
  readonly table: string;
  readonly columns: readonly IndexedColumn[];
  readonly where: Sql | undefined;
}

/** `CREATE VIEW name AS SELECT …`. */
export interface ViewStatement {
  readonly kind: 'view';
  readonly at: Place;
  readonly name: string;
  readonly ifNotExists: boolean;
  readonly select: SqlSelect;
}

/** A statement of the accepted grammar. */
export type Statement = TableStatement | IndexStatement | ViewStatement;
