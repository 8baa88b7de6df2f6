import { sql } from 'drizzle-orm';
import { formatDate } from '../../lib/time.ts';
import type { Actor } from '../actor.ts';
import { AppError, notFound } from '../errors.ts';
import type { FieldTools } from '../fields/field.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Queryable, Tx } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import { applyChange, type Change } from './apply.ts';
import { newlyBroken } from './broken-rules.ts';
import type { Collection, Schema } from './collection.ts';
import type {
  ChangeStep,
  CollectionInput,
  Collections,
  DefinitionsOptions,
  SchemaReview,
} from './collections.ts';
import { type CheckRule, readDefinition, ruleIssues } from './definition.ts';
import { listCollections } from './list.ts';
import { planChange } from './plan.ts';
import { portableDefinition } from './portable.ts';
import { findReferences } from './references.ts';
import { reviewDefinitions } from './review.ts';
import { collectionRevision } from './revision.ts';
import { scaffoldOf } from './scaffold.ts';
import { createSchema, replaceIn } from './schema.ts';
import { createSchemaReader, readTakenNames, tableProblem } from './store.ts';
import { firstCollections } from './system-collections.ts';

export type { CheckRule } from './definition.ts';

/** What {@link createCollections} needs. */
export interface CollectionsParts {
  readonly db: Database;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** What options are checked with. */
  readonly tools: FieldTools;
  /** See {@link CheckRule}; `rules/index.ts` exports one. */
  readonly checkRule: CheckRule;
  /** Called after every commit that released files. */
  readonly wakeEraser: () => void;
  /** `removeIn` of the record remover: cascades, unsets and refuses as deleting each record would. */
  readonly deleteRecordsIn: (tx: Tx, collection: Collection, ids: readonly string[]) => Promise<void>;
  /** Removes what is known of the accounts of a collection that is deleted, beside their records. */
  readonly forgetAccountsOf: (tx: Tx, collection: Collection) => Promise<void>;
}

/** Makes {@link Collections}; nothing is there until `load` was awaited. */
export function createCollections(parts: CollectionsParts): Collections {
  const { db, ids, clock, log } = parts;
  const reader = createSchemaReader(db);
  let current: Schema = createSchema(reader.nextVersion(), []);
  /** Before it, the collections of the first start are made, which nobody asked for. */
  let loaded = false;

  function get(idOrName: string): Collection {
    const collection = current.find(idOrName);
    if (collection === undefined) throw notFound('collection');
    return collection;
  }

  /** The change that an input asks for, by the schema as the transaction has it; nothing is written. */
  async function prepare(
    q: Queryable,
    idOrName: string | undefined,
    input: CollectionInput,
    byName = false,
  ): Promise<Change> {
    const schema = await reader.read(q);
    const before = idOrName === undefined ? undefined : schema.find(idOrName);
    if (idOrName !== undefined && before === undefined) throw notFound('collection');
    const taken = await readTakenNames(db, q);
    const now = formatDate(clock.now());
    const { checkRule, tools } = parts;
    const after = readDefinition(input, before, {
      schema,
      taken,
      ids,
      now,
      version: reader.nextVersion,
      checkRule,
      tools,
      byName,
    });
    return { before, after, steps: planChange(before, after) };
  }

  async function apply(tx: Tx, change: Change): Promise<void> {
    const released = await applyChange(db, tx, change);
    const schema = await reader.read(tx);
    tx.afterCommit(() => {
      current = schema;
      if (released > 0) parts.wakeEraser();
      report(change, schema);
    });
  }

  function report(change: Change, schema: Schema): void {
    if (!loaded) return;
    const name = change.after?.name ?? change.before?.name;
    log.info('collection.changed', { name, steps: change.steps.length });
    reportBrokenRules(change, schema);
  }

  /** A rule of another collection that names what is gone holds for nobody from now on; somebody should hear of it. */
  function reportBrokenRules({ before, steps }: Change, schema: Schema): void {
    if (!steps.some(({ kind }) => TAKES_NAMES.has(kind))) return;
    for (const collection of schema.collections) {
      if (collection.id === before?.id) continue;
      for (const { path, params } of ruleIssues(collection, schema, parts.checkRule)) {
        log.warn('rule.broken', { collection: collection.name, rule: path, ...params });
      }
    }
  }

  /** What a set of definitions asks for, by the schema as the transaction has it; nothing is written. */
  async function review(
    q: Queryable,
    inputs: readonly CollectionInput[],
    options: DefinitionsOptions | undefined,
  ): Promise<SchemaReview> {
    const { checkRule, tools } = parts;
    const [schema, taken] = [await reader.read(q), await readTakenNames(db, q)];
    const now = formatDate(clock.now());
    const context = { schema, taken, ids, now, version: reader.nextVersion, checkRule, tools };
    return reviewDefinitions(inputs, context, options?.deleteMissing === true);
  }

  async function applyReview(tx: Tx, { changes }: SchemaReview): Promise<void> {
    const made = changes.filter(({ kind }) => kind !== 'same');
    let released = 0;
    for (const change of made) released += await applyChange(db, tx, change);
    if (made.length === 0) return;
    const schema = await reader.read(tx);
    tx.afterCommit(() => {
      current = schema;
      if (released > 0) parts.wakeEraser();
      for (const change of made) report(change, schema);
    });
  }

  async function createIn(tx: Tx, input: CollectionInput): Promise<Collection> {
    const change = await prepare(tx, undefined, input);
    await apply(tx, change);
    return saved(change);
  }

  async function createSeveralIn(tx: Tx, inputs: readonly CollectionInput[]): Promise<readonly Collection[]> {
    const put = async (id: string | undefined, input: CollectionInput, index: number) => {
      try {
        const change = await prepare(tx, id, input, id === undefined);
        await apply(tx, change);
        return saved(change);
      } catch (error) {
        throw atInput(error, index);
      }
    };
    // Rules may speak of any of them, so all are made before the first rule is read.
    const made: Collection[] = [];
    for (const [index, input] of inputs.entries())
      made.push(
        await put(
          undefined,
          only(input, (key) => !RULE_KEYS.has(key)),
          index,
        ),
      );
    for (const [index, input] of inputs.entries()) {
      const rules = only(input, (key) => RULE_KEYS.has(key));
      const { id = '' } = made[index] ?? {};
      if (Object.values(rules).some((rule) => rule !== null)) made[index] = await put(id, rules, index);
    }
    return made;
  }

  return {
    get schema() {
      return current;
    },
    get,
    async list(actor, query) {
      onlySuperusers(actor);
      return listCollections(current.collections, query);
    },
    async create(actor, input) {
      onlySuperusers(actor);
      const { id } = await db.write((tx) => createIn(tx, input));
      return get(id);
    },
    async createAll(actor, inputs) {
      onlySuperusers(actor);
      const made = await db.write((tx) => createSeveralIn(tx, inputs));
      return made.map(({ id }) => get(id));
    },
    async update(actor, idOrName, input, { ifUnchanged } = {}) {
      onlySuperusers(actor);
      const id = await db.write(async (tx) => {
        const change = await prepare(tx, idOrName, input);
        if (ifUnchanged !== undefined && change.before && ifUnchanged !== collectionRevision(change.before)) {
          throw new AppError('conflict', { reason: 'changed_meanwhile' });
        }
        await apply(tx, change);
        return saved(change).id;
      });
      return get(id);
    },
    revision(actor, idOrName) {
      onlySuperusers(actor);
      return collectionRevision(get(idOrName));
    },
    async delete(actor, idOrName) {
      onlySuperusers(actor);
      await db.write(
        async (tx) => {
          const schema = await reader.read(tx);
          const before = schema.find(idOrName);
          if (before === undefined) throw notFound('collection');
          if (before.system)
            throw new AppError('conflict', { reason: 'system_collection', params: { by: before.name } });
          const by = findReferences(schema, before);
          if (by.length > 0) throw new AppError('conflict', { reason: 'referenced', params: { by } });
          await apply(tx, { before, after: undefined, steps: planChange(before, undefined) });
          await parts.forgetAccountsOf(tx, before);
        },
        { frees: true },
      );
    },
    async truncate(actor, idOrName) {
      onlySuperusers(actor);
      await db.write(
        async (tx) => {
          const collection = get(idOrName);
          if (collection.type === 'view') throw new AppError('conflict', { reason: 'view' });
          const rows = await tx.all(db.prepare(sql`SELECT \`id\` FROM ${sql.identifier(collection.name)}`));
          const all = rows.map((row) => String(row.id));
          await parts.deleteRecordsIn(tx, collection, all);
          tx.afterCommit(parts.wakeEraser);
        },
        { frees: true },
      );
    },
    async plan(actor, idOrName, input) {
      onlySuperusers(actor);
      return (await prepare(db, idOrName, input)).steps;
    },
    async preview(actor, idOrName, input) {
      onlySuperusers(actor);
      const before = current;
      const change = await prepare(db, get(idOrName).id, input);
      const after = saved(change);
      const takesNames = change.steps.some(({ kind }) => TAKES_NAMES.has(kind));
      const broken = takesNames
        ? newlyBroken(before, replaceIn(before, after), new Set([after.id]), parts.checkRule)
        : [];
      return { after, steps: change.steps, broken };
    },
    referrers(actor, idOrName) {
      onlySuperusers(actor);
      return findReferences(current, get(idOrName));
    },
    definitions(actor, idsOrNames) {
      onlySuperusers(actor);
      const wanted = idsOrNames?.map(get) ?? current.collections.filter(({ system }) => !system);
      return wanted.map(portableDefinition);
    },
    async planAll(actor, inputs, options) {
      onlySuperusers(actor);
      return review(db, inputs, options);
    },
    async applyAll(actor, inputs, options) {
      onlySuperusers(actor);
      return db.write(async (tx) => {
        const found = await review(tx, inputs, options);
        if (options?.mark !== undefined && options.mark !== found.mark) {
          throw new AppError('conflict', { reason: 'review_outdated' });
        }
        await applyReview(tx, found);
        return found;
      });
    },
    scaffold: (type) => scaffoldOf(type, ids),
    async load() {
      await db.write(
        async (tx) => {
          // Made once, on the first start: `users` may have been renamed or deleted since.
          if ((await reader.read(tx)).collections.length > 0) return;
          for (const input of firstCollections) await createIn(tx, input);
          // Later starts write nothing, and must be possible on a full disk.
        },
        { frees: true },
      );
      current = await reader.read(db);
      for (const collection of current.collections) {
        if (collection.type === 'view') continue;
        const problem = await tableProblem(db, db, collection);
        if (problem !== undefined) {
          throw new AppError('internal', { reason: 'schema_mismatch', cause: new Error(problem) });
        }
      }
      loaded = true;
    },
    createIn,
  };
}

/** Steps after which a rule may name something that is no longer there. */
const TAKES_NAMES: ReadonlySet<ChangeStep['kind']> = new Set([
  'drop_table',
  'rename_table',
  'drop_column',
  'rename_column',
  'convert_column',
]);

function saved({ after }: Change): Collection {
  if (after === undefined) throw new AppError('internal', { reason: 'nothing_saved' });
  return after;
}

/** The same error, saying which of several inputs it is about. */
const RULE_KEYS = new Set(['listRule', 'viewRule', 'createRule', 'updateRule', 'deleteRule']);

function only(input: CollectionInput, wanted: (key: string) => boolean): CollectionInput {
  return Object.fromEntries(Object.entries(input).filter(([key]) => wanted(key)));
}

function atInput(error: unknown, index: number): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, reason, issues, params } = error;
  return new AppError(code, { reason, issues, params: { ...params, index }, cause: error });
}

function onlySuperusers(actor: Actor): void {
  if (actor.kind === 'guest') throw new AppError('unauthorized');
  if (actor.kind !== 'superuser') throw new AppError('forbidden', { reason: 'superusers_only' });
}
