import type { Actor } from '../actor.ts';
import type { Collection, Rules } from '../collections/collection.ts';
import type { Intake } from '../files/files.ts';
import type { Expr } from '../filter/ast.ts';
import type { Queryable } from '../ports/database.ts';
import type { ImportRow, Operation, OperationResult, RecordOptions, UpdateOptions } from './operations.ts';
import type { RecordInput, RecordPage, RecordValues, RecordView } from './record.ts';

/** See {@link Records.access}. */
export type Access = 'granted' | 'denied' | 'depends';

/** Query of a record list. */
export interface ListQuery {
  /** From 1; below 1 counts as 1. */
  readonly page: number;
  /** 1..1000; below 1 counts as 30. */
  readonly perPage: number;
  /**
   * Takes the place of `page` and `perPage`: as many as `limit` records (0..10,000) from `offset` on. With limit 0 no record is
   * read, and only the total is found.
   */
  readonly range?: { readonly offset: number; readonly limit: number };
  /** The native filter language, or a tree from another dialect's grammar. */
  readonly filter?: string | Expr;
  /** Text of a rule that narrows the list for everybody, superusers too: which records a view of the collection has. */
  readonly where?: string;
  /** Comma list, `-` for descending. */
  readonly sort?: string;
  readonly expand?: string;
  readonly skipTotal?: boolean;
}

/**
 * Records: every operation applies the collection's rule for the actor itself, in SQL (specs/pocketbase.md 5).
 *
 * - rule null and not a superuser: `forbidden` reason `superusers_only`, before any look-up;
 * - rule not met: list leaves rows out; view, update, delete: `not_found` reason `record`; create: `invalid` with no
 *   issues and reason `rule_failed`;
 * - a filter or sort that cannot be parsed or resolved: `invalid` reason `bad_filter`, no issues; a client's use of
 *   `@collection.`/`@request.`: `forbidden` reason `superusers_filter` with params `{ path: '@collection.' }`;
 * - values that do not validate: `invalid` with issues by field name (`reason` = `create` | `update`);
 * - delete held back by a required reference: `conflict` reason `required_reference`; the last superuser: `conflict` reason
 *   `last_superuser`; views: `conflict` reason `view`;
 * - a write whose collection changed while it waited its turn: `busy` reason `schema_changed`.
 */
export interface Records {
  list(actor: Actor, collection: Collection, query: ListQuery): Promise<RecordPage>;
  count(actor: Actor, collection: Collection, filter?: string | Expr, where?: string): Promise<number>;
  view(actor: Actor, collection: Collection, id: string, options?: RecordOptions): Promise<RecordView>;
  create(
    actor: Actor,
    collection: Collection,
    input: RecordInput,
    options?: RecordOptions,
  ): Promise<RecordView>;
  update(
    actor: Actor,
    collection: Collection,
    id: string,
    input: RecordInput,
    options?: UpdateOptions,
  ): Promise<RecordView>;
  /**
   * A short text that changes with whatever is stored of the record, hidden values included, for {@link UpdateOptions}. Ask for it
   * before what is shown: then a change in between is told, if too early. Superusers only; `not_found` reason `record`.
   */
  revision(actor: Actor, collection: Collection, id: string): Promise<string>;
  delete(actor: Actor, collection: Collection, id: string): Promise<void>;
  /**
   * Several operations in one transaction, in order; each sees what those before it did, and each asks what it would ask
   * alone. The first that fails undoes all and is thrown with its own code, reason and issues, and its index as
   * `params.operation`; one that can be refused without asking the database is the first. Events come after the commit, in
   * order. Uploads of all are discarded when any fails.
   *
   * At most 1,024 operations (`invalid` reason `too_many_operations`), of which 100 may bring passwords (`too_many_passwords`),
   * and about five seconds of writing (`busy` reason `timeout`). An old password is compared with what was stored before the
   * batch.
   *
   * With `rehearsal` all of it is done and then undone, whatever it came to: nothing is kept or told, and results have no views.
   */
  batch(
    actor: Actor,
    operations: readonly Operation[],
    options?: { readonly rehearsal?: boolean },
  ): Promise<readonly OperationResult[]>;
  /**
   * What the action's rule says for this actor and request whatever the record and the body are; `depends` where it looks at
   * one of them.
   */
  access(actor: Actor, collection: Collection, action: keyof Rules): Promise<Access>;
  /**
   * Takes over records from elsewhere, in one transaction: without rules or events, with the exact values. Superusers only. Some
   * hundred rows at once are quick and let others write in between.
   *
   * Throws `invalid` with issues by field name and `params.operation`, the index of the row, when a value does not fit its
   * field or an id or unique value is taken; then nothing was written, and all uploads are discarded. A value for no field is
   * `internal` reason `unknown_field`. Whether relations lead somewhere is not asked, since rows may refer to later ones. The
   * ids of the rows are given back in order.
   */
  import(actor: Actor, collection: Collection, rows: readonly ImportRow[]): Promise<readonly string[]>;
  /** Every value that is stored, hidden ones included, without rules: for the core's own use and the command line. */
  findStored(collection: Collection, id: string, q?: Queryable): Promise<RecordValues | undefined>;
  /** The same, by the value of one unique field. `fold` compares without ASCII case. */
  findStoredBy(
    collection: Collection,
    field: string,
    value: string,
    fold?: boolean,
  ): Promise<RecordValues | undefined>;
  /** A stored record in the form that this actor may see (e-mail visibility, hidden fields, expand). */
  present(actor: Actor, collection: Collection, stored: RecordValues, expand?: string): Promise<RecordView>;
  /**
   * Whether the record satisfies an expression for this actor; null = superusers only, '' = everyone. Where nothing is
   * asked (superusers, ''), the record is not looked for. `body`: what the expression sees as the request's.
   */
  satisfies(
    actor: Actor,
    collection: Collection,
    id: string,
    rule: string | null,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<boolean>;
  /**
   * Whether a record of these values, stored or not, satisfies a rule and a client's filter for this actor; what they reach
   * beside the record is asked of `q`, the last commit by default.
   */
  meets(
    actor: Actor,
    collection: Collection,
    values: RecordValues,
    wanted: { readonly rule?: string; readonly filter?: string | Expr },
    q?: Queryable,
  ): Promise<boolean>;
  /**
   * Checks what can be checked before a body is read, and gives the place for its files: collection, rule null, existence
   * and (where it asks nothing of the body) the rule itself; then whether the quotas have room for `bytes`, the least that
   * its files are known to have (`storage_full` reason `quota_exceeded`). `id` undefined: create.
   */
  admit(actor: Actor, collection: Collection, id: string | undefined, bytes?: number): Promise<Intake>;
}
