import type { Actor } from '../actor.ts';
import type { Tx } from '../ports/database.ts';
import type { BrokenRule } from './broken-rules.ts';
import type { Collection, Schema } from './collection.ts';

/**
 * A definition as it comes from outside: unknown JSON in the shape of specs/pocketbase.md 3. Beside it, `idKind`, and
 * `dialects`: each value replaces what that dialect keeps, null removes it, and dialects that are not named keep theirs.
 */
export type CollectionInput = Readonly<Record<string, unknown>>;

/** One step of a change of the schema, in words that can be shown and tested. */
export type ChangeStep =
  | { readonly kind: 'create_table'; readonly table: string }
  | { readonly kind: 'drop_table'; readonly table: string }
  | { readonly kind: 'rename_table'; readonly from: string; readonly to: string }
  | { readonly kind: 'add_column'; readonly table: string; readonly fieldId: string }
  | { readonly kind: 'drop_column'; readonly table: string; readonly fieldId: string }
  | { readonly kind: 'rename_column'; readonly table: string; readonly from: string; readonly to: string }
  | { readonly kind: 'convert_column'; readonly table: string; readonly fieldId: string }
  | { readonly kind: 'drop_index'; readonly name: string }
  | { readonly kind: 'create_index'; readonly statement: string }
  /** Files of a dropped field or collection, or those that a multiple → single conversion drops. */
  | {
      readonly kind: 'release_files';
      readonly collectionId: string;
      readonly fieldId?: string;
      readonly surplusOnly?: boolean;
    }
  | { readonly kind: 'file_triggers'; readonly table: string }
  | { readonly kind: 'save_definition'; readonly collectionId: string };

/** What a set of definitions makes of one collection. `same`: its definition is what it was, and nothing is done. */
export interface CollectionReview {
  readonly kind: 'create' | 'update' | 'same' | 'delete';
  readonly before: Collection | undefined;
  readonly after: Collection | undefined;
  readonly steps: readonly ChangeStep[];
}

/** What a set of definitions makes of the schema, deletions first, else in the order of the definitions. */
export interface SchemaReview {
  readonly changes: readonly CollectionReview[];
  /** Rules of collections that are none of these and that could not be enforced any more. */
  readonly broken: readonly BrokenRule[];
  /** Stands for these changes: `applyAll` makes no others where it is given. */
  readonly mark: string;
}

/** What a change of one collection would do. */
export interface ChangePreview {
  readonly after: Collection;
  readonly steps: readonly ChangeStep[];
  /** Rules of other collections that could not be enforced any more. */
  readonly broken: readonly BrokenRule[];
}

/** How a set of definitions is taken. */
export interface DefinitionsOptions {
  /** Collections that the set does not name, system ones aside, and fields that a definition does not have, go. Default: they stay. */
  readonly deleteMissing?: boolean;
  /** The {@link SchemaReview.mark} that somebody agreed to. */
  readonly mark?: string;
}

/** Query of a collection list. `filter` and `sort` are over `id created updated name system type`. */
export interface CollectionListQuery {
  readonly page: number;
  readonly perPage: number;
  readonly filter?: string;
  readonly sort?: string;
  readonly skipTotal?: boolean;
}

/** A page of collections. Totals are -1 when they were skipped. */
export interface CollectionPage {
  readonly items: readonly Collection[];
  readonly page: number;
  readonly perPage: number;
  readonly totalItems: number;
  readonly totalPages: number;
}

/** Options of a change. */
export interface CollectionUpdateOptions {
  /**
   * The {@link Collections.revision} that the change was made for: `conflict` reason `changed_meanwhile` when the definition is
   * another one by now.
   */
  readonly ifUnchanged?: string;
}

/**
 * Collections and their change at run time. All but `schema`, `get` and `find` need a superuser (`unauthorized` for guests,
 * `forbidden` reason `superusers_only` otherwise).
 *
 * A change is parsed and checked whole (`invalid` with issues whose paths are those of the definition), becomes a plan,
 * and is applied in one transaction together with its rows, indexes, triggers and file releases. The metadata cache is
 * replaced inside that commit.
 */
export interface Collections {
  readonly schema: Schema;
  /** By id or name; throws `not_found` reason `collection`. */
  get(idOrName: string): Collection;
  list(actor: Actor, query: CollectionListQuery): Promise<CollectionPage>;
  create(actor: Actor, input: CollectionInput): Promise<Collection>;
  /**
   * Several in one transaction, in order. A relation's `collectionId` may also be the name of an earlier, an existing or its
   * own collection, and the rules of each may speak of all. The first failure undoes all and is thrown; its `params.index`
   * says which input it was.
   */
  createAll(actor: Actor, inputs: readonly CollectionInput[]): Promise<readonly Collection[]>;
  /** Structs of the input are merged deeply, arrays replace. */
  update(
    actor: Actor,
    idOrName: string,
    input: CollectionInput,
    options?: CollectionUpdateOptions,
  ): Promise<Collection>;
  /** A short text that changes with the definition, for {@link CollectionUpdateOptions}. Taken from the last commit. */
  revision(actor: Actor, idOrName: string): string;
  /** `conflict` reason `referenced` with params `{ by }` while other collections' relations point here. */
  delete(actor: Actor, idOrName: string): Promise<void>;
  /** Removes every record: required references elsewhere refuse it, others are unset or cascade, files are released. */
  truncate(actor: Actor, idOrName: string): Promise<void>;
  /** What `update` (or `create`, without an id) would do, without doing it. */
  plan(actor: Actor, idOrName: string | undefined, input: CollectionInput): Promise<readonly ChangeStep[]>;
  /** The same for a collection that is there, with what becomes of it and of the rules of others. */
  preview(actor: Actor, idOrName: string, input: CollectionInput): Promise<ChangePreview>;
  /** Names of the other collections whose relations lead here, so that it cannot be deleted. */
  referrers(actor: Actor, idOrName: string): readonly string[];
  /** Definitions of these collections, or of all but the system's own, as `planAll` takes them on any server: without secrets. */
  definitions(actor: Actor, idsOrNames?: readonly string[]): readonly CollectionInput[];
  /**
   * What a set of definitions would do. Each means the collection that has its id, else the one that has its name, else a new
   * one; a field of another id that has name and type of one that is there means that one. Relations may lead to any other of
   * the set, and by name. `invalid` with the issues of all, their paths beginning with the definition's index
   * (`2.fields.0.name`); `conflict` reason `referenced` as for `delete`.
   */
  planAll(
    actor: Actor,
    inputs: readonly CollectionInput[],
    options?: DefinitionsOptions,
  ): Promise<SchemaReview>;
  /** Does it in one transaction: all or nothing. `conflict` reason `review_outdated` when it is not what `mark` stands for. */
  applyAll(
    actor: Actor,
    inputs: readonly CollectionInput[],
    options?: DefinitionsOptions,
  ): Promise<SchemaReview>;
  /** Definition with defaults for a new collection of each type, id and name empty. */
  scaffold(type: 'base' | 'auth'): Collection;
  /** Reads the metadata, makes `_superusers` and `users` on the first start, and checks metadata against the tables. */
  load(): Promise<void>;
  /** The same change inside an open transaction (imports). */
  createIn(tx: Tx, input: CollectionInput): Promise<Collection>;
}
