import type { ApiAlias } from '../api-options.ts';
import type { Place } from './problem.ts';

/** The definition of a field, as the core reads it. */
export type FieldDefinition = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly name: string;
  readonly type: string;
};

/** A column of a table on its way to a field. */
export interface ColumnDraft {
  readonly at: Place;
  readonly name: string;
  /** Undefined for the key. */
  readonly field: FieldDefinition | undefined;
  /** The field beside the key that carries what the key refers to. */
  readonly carrier: FieldDefinition | undefined;
  /** The table that it refers to, as written. */
  readonly refersTo:
    | { readonly at: Place; readonly table: string; readonly column: string | undefined }
    | undefined;
  readonly unique: boolean;
  readonly noCase: boolean;
  /** NULL is stored as `''`. */
  readonly blankIsNull: boolean;
}

/** How the ids of a table's records look. */
export type DraftIdKind = 'text' | 'integer' | 'uuid';

/** A table on its way to a collection. Indexes are texts that the core reads. */
export interface TableDraft {
  readonly at: Place;
  readonly name: string;
  /** Id of the collection. */
  readonly id: string;
  /** Name of the key column. */
  readonly key: string;
  /** As declared; that of the table that the key refers to, once it is known. */
  readonly idKind: DraftIdKind;
  readonly columns: readonly ColumnDraft[];
  readonly indexes: string[];
  readonly views: ApiAlias[];
}

/** The column of a name, whatever its letter case. */
export function columnOf(table: TableDraft, name: string): ColumnDraft | undefined {
  const lower = name.toLowerCase();
  return table.columns.find((column) => column.name.toLowerCase() === lower);
}

/** The name of a column's field in the core. */
export function fieldNameOf(column: ColumnDraft): string {
  return column.field?.name ?? 'id';
}
