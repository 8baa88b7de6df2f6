import { formatDate } from '../../lib/time.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError, type Issue, notFound } from '../errors.ts';
import type { Intake } from '../files/files.ts';
import type { Bindings, Prepared, Queryable, Tx } from '../ports/database.ts';
import { ALPHANUMERIC } from '../ports/ids.ts';
import { manageRuleFor, requireCurrent, requireId, requireRule, requireTable } from './access.ts';
import { checkAccount, readCredentials, settleAccount } from './account.ts';
import { checkFields, explainConflict } from './checks.ts';
import { type Draft, readInput } from './input.ts';
import type { RecordsParts } from './parts.ts';
import { placementsOf } from './placements.ts';
import { createPlans } from './plans.ts';
import type { RecordInput, RecordValues } from './record.ts';
import { recordRevision } from './revision.ts';
import {
  callerOf,
  type Hashes,
  hashPasswords,
  NO_HASHES,
  passwordsToHash,
  replacePasswords,
} from './secrets.ts';
import { type Column, decodeRow, type Shape } from './shape.ts';
import { ID, selectById, updateRecord, valueSlot } from './statements.ts';

/** One change, from the input on. */
export interface Change {
  readonly actor: Actor;
  readonly shape: Shape;
  readonly id: string;
  readonly rule: string;
  readonly input: RecordInput;
  readonly hashes: Hashes;
  /** It brings passwords. */
  readonly hasSecrets: boolean;
  /** See `UpdateOptions`. */
  readonly ifUnchanged?: string;
  /** Whether the old password that was sent is the one of this hash. */
  oldPasswordFits(hash: string): Promise<boolean>;
}

/** What a record becomes instead of what it is. */
type ReplacementOf = (stored: RecordValues, now: string) => Draft;

/** The parts of an update, for {@link Records.update} and {@link Records.batch}. */
export interface UpdateStep {
  /** Throws what can be told without asking the database. */
  begin(actor: Actor, collection: Collection, id: string, input: RecordInput): Change;
  /**
   * Hashing and comparing passwords takes long and must not happen inside a transaction. So a change with passwords is
   * checked twice: now, to know what to hash, and in the transaction, where an old password counts only while the
   * stored hash is still the one it was compared with.
   */
  prepare(change: Change): Promise<Change>;
  /** The same without the first check: for a change that others may still make possible. */
  hash(change: Change): Promise<Change>;
  /** The stored values, by which a caller's view is made. */
  apply(tx: Tx, change: Change, intake: Intake | undefined): Promise<RecordValues>;
  /**
   * The same with a draft that does not come from the change's input. Its values are written over the record if the update
   * rule admits it: `invalid` reason `rule_failed`.
   */
  replace(
    tx: Tx,
    change: Change,
    replacementOf: ReplacementOf,
    intake: Intake | undefined,
  ): Promise<RecordValues>;
}

/** A change that passed every check against the record as it is. */
interface Checked {
  readonly stored: RecordValues;
  readonly draft: Draft;
}

/** Makes an {@link UpdateStep}. */
export function createUpdateStep(parts: RecordsParts): UpdateStep {
  const { database, shapes, clock, ids, gate, passwords, files, checkReferences, changes } = parts;
  const reads = createPlans<{ readonly statement: Prepared }>(parts.schema, 1);
  const writes = createPlans<{ readonly statement: Prepared }>(parts.schema, 100);

  function begin(actor: Actor, collection: Collection, id: string, input: RecordInput): Change {
    requireTable(collection);
    // The body may have taken long to arrive.
    requireCurrent(parts.schema(), collection);
    const rule = requireRule(actor, collection, 'update');
    requireId(collection, id);
    const shape = shapes(collection);
    const hasSecrets = touchesSecrets(shape, input);
    return {
      actor,
      shape,
      id,
      rule,
      input,
      hashes: NO_HASHES,
      hasSecrets,
      oldPasswordFits: async () => false,
    };
  }

  async function find(q: Queryable, { shape, id }: Change): Promise<RecordValues | undefined> {
    const { collection, columns } = shape;
    const { statement } = reads.find(collection, '', () => ({
      statement: database.prepare(selectById(collection, columns)),
    }));
    const row = await q.get(statement, { [ID]: id });
    return row && decodeRow(row, columns);
  }

  function draftOf({ shape, actor, input }: Change, stored: RecordValues | undefined, now: number): Draft {
    return readInput(shape, actor, input, stored, { action: 'update', now: formatDate(now), ids });
  }

  /**
   * Reads the record and works out what it becomes, so that modifiers count from what is stored at this moment; then asks
   * everything that the change must satisfy, in the order in which failures are told (specs/pocketbase.md 5).
   */
  async function check(
    q: Queryable,
    change: Change,
    now: number,
    replacementOf?: ReplacementOf,
  ): Promise<Checked> {
    const { actor, shape, id, rule, input } = change;
    const { collection, columns } = shape;
    const stored = await find(q, change);
    if (!stored) throw notFound('record');
    const draft = replacementOf ? replacementOf(stored, formatDate(now)) : draftOf(change, stored, now);
    const call = { body: draft.body, stored };
    if (!(await gate.passes(q, actor, collection, id, rule, call))) {
      throw replacementOf ? new AppError('invalid', { reason: 'rule_failed' }) : notFound('record');
    }
    if (change.ifUnchanged !== undefined && change.ifUnchanged !== recordRevision(shape, stored)) {
      throw new AppError('conflict', { reason: 'changed_meanwhile' });
    }
    if (shape.isAuth) {
      const manageRule = manageRuleFor(actor, collection);
      const managed =
        actor.kind === 'superuser' ||
        (manageRule !== undefined && (await gate.passes(q, actor, collection, id, manageRule, call)));
      const oldPasswordFits = () => change.oldPasswordFits(String(stored.password));
      refuse(
        await checkAccount({ draft, stored, credentials: readCredentials(input), managed, oldPasswordFits }),
      );
      settleAccount(shape, draft, stored, draft.sent.has('password'), () => ids.random(50, ALPHANUMERIC));
    }
    const issues = checkFields({ shape, values: draft.values, stored, sent: draft.sent });
    // What did not change was checked when it was written, and stays whole by the rules of deletion.
    const changed = changedColumns(columns, draft.values, stored);
    refuse([...issues, ...(await checkReferences(q, changed, draft.values))]);
    return { stored, draft };
  }

  async function write(
    tx: Tx,
    change: Change,
    { stored, draft }: Checked,
    intake: Intake | undefined,
  ): Promise<RecordValues> {
    const { shape, id, hashes } = change;
    const values = replacePasswords(shape, draft, hashes);
    const changed = changedColumns(shape.columns, values, stored);
    const placements = placementsOf(changed, values);
    if (placements.length > 0) await intake?.weigh(tx);
    if (changed.length > 0) await writeColumns(tx, change, changed, values);
    if (placements.length > 0) await intake?.attach(tx, shape.collection, id, placements);
    if (changed.some(({ type }) => type.holdsFiles)) tx.afterCommit(() => files.wakeEraser());
    for (const { name, type, field } of changed) {
      if (type.holdsFiles || values[name] instanceof Uint8Array)
        values[name] = type.fromDb(type.toDb(values[name], field), field);
    }
    if (changes.hears(shape.collection, id)) await changes.updated(tx, shape.collection, stored, values);
    return values;
  }

  async function writeColumns(
    tx: Tx,
    { shape, id }: Change,
    changed: readonly Column[],
    values: RecordValues,
  ) {
    const { collection } = shape;
    const { statement } = writes.find(collection, changed.map(({ name }) => name).join(), () => ({
      statement: database.prepare(updateRecord(collection, changed)),
    }));
    const bindings: Record<string, Bindings[string]> = { [ID]: id };
    for (const { name, type, field } of changed) bindings[valueSlot(name)] = type.toDb(values[name], field);
    try {
      await tx.run(statement, bindings);
    } catch (error) {
      throw explainConflict(error, shape, 'update');
    }
  }

  const guess = ({ actor, shape, id }: Change, run: () => Promise<boolean>) =>
    parts.guessPassword(actor, shape.collection, id, run);

  async function burn(actor: Actor, password: string): Promise<false> {
    await passwords.burn(password, callerOf(actor));
    return false;
  }

  /** Notes which old passwords were right, and hashes the new ones. */
  function compare(change: Change): { readonly early: Change; settle(draft: Draft): Promise<Change> } {
    const { actor, input, shape } = change;
    const fits = new Map<string, boolean>();
    const early: Change = {
      ...change,
      async oldPasswordFits(hash) {
        const { oldPassword } = readCredentials(input);
        const right = await guess(change, () => passwords.verify(oldPassword, hash, callerOf(actor)));
        fits.set(hash, right);
        return right;
      },
    };
    return {
      early,
      async settle(draft) {
        const secret = passwordsToHash(shape, draft);
        const hashes = secret.length > 0 ? await hashPasswords(passwords, secret, draft, actor) : NO_HASHES;
        return { ...change, hashes, oldPasswordFits: async (hash) => fits.get(hash) === true };
      },
    };
  }

  return {
    begin,
    async prepare(change) {
      const { early, settle } = compare(change);
      const { draft } = await check(database, early, clock.now());
      return settle(draft);
    },
    async hash(change) {
      const { early, settle } = compare(change);
      const stored = await find(database, change);
      const { oldPassword } = readCredentials(change.input);
      // No rule has been asked yet: what is not there must take as long.
      if (change.shape.isAuth && oldPassword !== '') {
        if (stored) await early.oldPasswordFits(String(stored.password));
        else await guess(change, () => burn(change.actor, oldPassword));
      }
      return settle(draftOf(change, stored, clock.now()));
    },
    async apply(tx, change, intake) {
      requireCurrent(parts.schema(), change.shape.collection);
      const checked = await check(tx, change, tx.now);
      return write(tx, change, checked, intake);
    },
    async replace(tx, change, replacementOf, intake) {
      const checked = await check(tx, change, tx.now, replacementOf);
      return write(tx, change, checked, intake);
    },
  };
}

function touchesSecrets(shape: Shape, input: RecordInput): boolean {
  if (shape.isAuth && (input.passwordConfirm !== undefined || input.oldPassword !== undefined)) return true;
  return shape.columns.some(({ name, type }) => type.readable === false && input[name] !== undefined);
}

/** Fields whose column would hold something else. */
function changedColumns(
  columns: readonly Column[],
  values: RecordValues,
  stored: RecordValues,
): readonly Column[] {
  return columns.filter(({ name, type, field }) => {
    const after = values[name];
    const before = stored[name];
    return after !== before && type.toDb(after, field) !== type.toDb(before, field);
  });
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new AppError('invalid', { reason: 'update', issues });
}
