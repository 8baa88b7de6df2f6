import { sql } from 'drizzle-orm';
import { formatDate } from '../../lib/time.ts';
import { type Collection, type Schema, SUPERUSERS } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Files } from '../files/files.ts';
import type { Database, DbRow, DbValue, Prepared, Tx } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { ChangeReports } from '../realtime/changes.ts';
import { createPlans } from './plans.ts';
import type { RecordValues } from './record.ts';
import { findReferrers, type Referrer, selectReferrers } from './referrers.ts';
import { type Column, createShapes, idOf, type Shapes } from './shape.ts';
import { deleteByIds, type Hit, IDS, updateByIds, valueSlot } from './statements.ts';

/** Ids that go into one statement. */
const BATCH = 2_000;

/** Removes records together with what depends on them. */
export interface RecordRemover {
  /**
   * Removes the records and, however far it reaches, those that cascade from them; relations elsewhere lose the removed
   * ids. Files are released by the database's triggers. Asks no rule: callers have.
   *
   * Throws `conflict` reason `required_reference` with params `{ collection, record }` when a record that stays would lose
   * the last id of a required relation, and reason `last_superuser` when none would be left. Ids that do not exist are
   * passed over.
   */
  removeIn(tx: Tx, collection: Collection, ids: readonly string[]): Promise<void>;
}

/** What {@link createRecordRemover} needs. */
export interface RemoverParts {
  readonly database: Database;
  readonly schema: () => Schema;
  readonly files: Pick<Files, 'wakeEraser'>;
  readonly ids: Ids;
  readonly changes: ChangeReports;
  /** Removes what is known of the records elsewhere, in the same transaction. Default: nothing is. */
  readonly forget?: (tx: Tx, collection: Collection, ids: readonly string[]) => Promise<void>;
}

/** One removal under way. */
interface Removal {
  readonly tx: Tx;
  /** Ids to be removed, by collection id. */
  readonly doomed: Map<string, Set<string>>;
  /** Batches whose referrers have not been looked for. */
  readonly pending: { readonly collection: Collection; readonly ids: readonly string[] }[];
  /** Records that hold ids of doomed ones: by referring field, by record id, the ids that they hold. */
  readonly touched: Map<Referrer, Map<string, readonly string[]>>;
  /** The fields that point to a collection, by its id. */
  readonly referrers: Map<string, readonly Referrer[]>;
}

/** Makes a {@link RecordRemover}. The work is a list, not a recursion, so its depth has no limit but memory. */
export function createRecordRemover(parts: RemoverParts): RecordRemover {
  const { database, schema, files, ids, changes, forget } = parts;
  const shapes: Shapes = createShapes();
  const finds = createPlans<{ readonly statement: Prepared }>(schema, 100);
  const removes = createPlans<{ readonly statement: Prepared }>(schema, 1);
  let anySuperuser: Prepared | undefined;
  const updates = createPlans<{ readonly statement: Prepared }>(schema, 50);

  function doom(removal: Removal, collection: Collection, wanted: Iterable<string>): void {
    const known = removal.doomed.get(collection.id) ?? new Set<string>();
    removal.doomed.set(collection.id, known);
    const fresh: string[] = [];
    for (const id of wanted) {
      if (known.has(id)) continue;
      known.add(id);
      fresh.push(id);
    }
    for (const ids of batchesOf(fresh)) removal.pending.push({ collection, ids });
  }

  function referrersOf({ referrers }: Removal, target: Collection): readonly Referrer[] {
    const found = referrers.get(target.id) ?? findReferrers(schema(), shapes, target);
    referrers.set(target.id, found);
    return found;
  }

  async function follow(removal: Removal, target: Collection, ids: readonly string[]): Promise<void> {
    const single = ids.length === 1;
    for (const referrer of referrersOf(removal, target)) {
      const { collection, column } = referrer;
      const { statement } = finds.find(collection, `${column.name} ${single}`, () => ({
        statement: database.prepare(selectReferrers(referrer, single)),
      }));
      const rows = await removal.tx.all<ReferrerRow>(statement, { [IDS]: JSON.stringify(ids) });
      if (rows.length === 0) continue;
      const emptied: string[] = [];
      for (const row of rows) {
        const id = String(row.id);
        const held = idsOf(column, row.held);
        touch(removal, referrer, id, held);
        if (referrer.cascades && remaining(removal, target, held).length === 0) emptied.push(id);
      }
      doom(removal, collection, emptied);
    }
  }

  /** Every record that stays: refused when a required relation would be empty, else its relation is rewritten. */
  async function settle(removal: Removal): Promise<void> {
    for (const [referrer, records] of removal.touched) {
      const { collection, column, target } = referrer;
      const leaving = removal.doomed.get(collection.id);
      // Most records are left with the same: nothing.
      const byRest = new Map<string, { readonly left: readonly string[]; readonly ids: string[] }>();
      for (const [id, held] of records) {
        if (leaving?.has(id)) continue;
        const left = remaining(removal, target, held);
        if (left.length === 0 && column.field.required) {
          const params = { collection: collection.name, record: id };
          throw new AppError('conflict', { reason: 'required_reference', params });
        }
        const rest = byRest.get(left.join()) ?? { left, ids: [] };
        byRest.set(left.join(), rest);
        rest.ids.push(id);
      }
      for (const { left, ids } of byRest.values()) {
        const before = await changes.readHeard(removal.tx, collection, ids);
        await rewrite(removal.tx, referrer, ids, left);
        if (before.length > 0) await tellRewritten(removal.tx, collection, before);
      }
    }
  }

  async function tellRewritten(
    tx: Tx,
    collection: Collection,
    before: readonly RecordValues[],
  ): Promise<void> {
    const after = await changes.readHeard(tx, collection, before.map(idOf));
    for (const values of after) {
      const old = before.find((one) => idOf(one) === idOf(values));
      if (old) await changes.updated(tx, collection, old, values);
    }
  }

  async function rewrite(
    tx: Tx,
    { collection, column }: Referrer,
    wanted: readonly string[],
    left: readonly string[],
  ): Promise<void> {
    const shape = shapes(collection);
    const now = formatDate(tx.now);
    const stamps = shape.columns.filter(
      ({ type, field }) => type.autofill?.('', field, { action: 'update', now, ids }) === now,
    );
    const { statement } = updates.find(collection, column.name, () => ({
      statement: database.prepare(updateByIds(collection, [column, ...stamps])),
    }));
    const bindings: Record<string, DbValue> = {};
    const { type, field } = column;
    bindings[valueSlot(column.name)] = type.toDb(
      type.cast(type.isMultiple(field) ? left : (left[0] ?? ''), field),
      field,
    );
    for (const stamp of stamps) bindings[valueSlot(stamp.name)] = stamp.type.toDb(now, stamp.field);
    for (const batch of batchesOf(wanted)) {
      await tx.run(statement, { ...bindings, [IDS]: JSON.stringify(batch) });
    }
  }

  async function removeDoomed(removal: Removal): Promise<void> {
    for (const [collectionId, doomed] of removal.doomed) {
      const collection = schema().byId(collectionId);
      if (!collection) continue;
      const { statement } = removes.find(collection, '', () => ({
        statement: database.prepare(deleteByIds(collection)),
      }));
      for (const ids of batchesOf([...doomed])) {
        await removal.tx.run(statement, { [IDS]: JSON.stringify(ids) });
        await forget?.(removal.tx, collection, ids);
      }
    }
  }

  function released({ doomed }: Removal): boolean {
    const collections = [...doomed.keys()].flatMap((id) => schema().byId(id) ?? []);
    return collections.some((one) => shapes(one).holdsFiles);
  }

  function superusersId(): string {
    return schema().byName(SUPERUSERS)?.id ?? '';
  }

  async function keepOneSuperuser(tx: Tx): Promise<void> {
    anySuperuser ??= database.prepare(sql`SELECT 1 AS \`hit\` FROM ${sql.identifier(SUPERUSERS)} LIMIT 1`);
    if (!(await tx.get<Hit>(anySuperuser))) throw new AppError('conflict', { reason: 'last_superuser' });
  }

  return {
    async removeIn(tx, collection, wanted) {
      const removal: Removal = {
        tx,
        doomed: new Map(),
        pending: [],
        touched: new Map(),
        referrers: new Map(),
      };
      doom(removal, collection, wanted);
      for (let next = removal.pending.pop(); next; next = removal.pending.pop()) {
        await follow(removal, next.collection, next.ids);
      }
      for (const [collectionId, doomed] of removal.doomed) {
        const own = schema().byId(collectionId);
        if (own) await changes.removing(tx, own, doomed);
      }
      await settle(removal);
      await removeDoomed(removal);
      if (removal.doomed.has(superusersId())) await keepOneSuperuser(tx);
      if (released(removal)) tx.afterCommit(() => files.wakeEraser());
    },
  };
}

interface ReferrerRow extends DbRow {
  readonly id: string | number;
}

function touch(removal: Removal, referrer: Referrer, id: string, held: readonly string[]): void {
  const records = removal.touched.get(referrer) ?? new Map<string, readonly string[]>();
  removal.touched.set(referrer, records);
  records.set(id, held);
}

function remaining(removal: Removal, target: Collection, held: readonly string[]): readonly string[] {
  const leaving = removal.doomed.get(target.id);
  return leaving ? held.filter((id) => !leaving.has(id)) : held;
}

function idsOf({ type, field }: Column, value: DbValue | undefined): readonly string[] {
  return type.references?.(type.fromDb(value ?? null, field), field)?.ids ?? [];
}

function* batchesOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += BATCH) yield ids.slice(start, start + BATCH);
}
