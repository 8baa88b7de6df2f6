import type { Collection } from '../collections/collection.ts';

/** A record's values by field name, in the form that its field types give (`FieldType.fromDb`). */
export type RecordValues = Readonly<Record<string, unknown>>;

/** A record as one caller may see it: hidden fields and withheld e-mails are already gone. Keys are sorted. */
export interface RecordView {
  readonly collection: Collection;
  readonly values: RecordValues;
  /** Present, possibly empty, when an expand was asked for and any fetch succeeded. */
  readonly expand?: Readonly<Record<string, RecordView | readonly RecordView[]>>;
}

/**
 * A page of records. Totals are -1 when they were skipped. Of a range, `perPage` is its limit, and `page` the one that its
 * offset lies in when pages have that size; with limit 0 there is page 1 of 0.
 */
export interface RecordPage {
  readonly items: readonly RecordView[];
  readonly page: number;
  readonly perPage: number;
  readonly totalItems: number;
  readonly totalPages: number;
}

/** Input of create and update: wire keys, modifiers included (`tags+`, `+tags`, `views-`, `slug:autogenerate`). */
export type RecordInput = Readonly<Record<string, unknown>>;
