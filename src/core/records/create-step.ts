import { formatDate } from '../../lib/time.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError, type Issue } from '../errors.ts';
import type { Intake } from '../files/files.ts';
import type { Prepared, Queryable, Tx } from '../ports/database.ts';
import { canBeId, manageRuleFor, requireCurrent, requireRule, requireTable } from './access.ts';
import { checkAccount, readCredentials, settleAccount } from './account.ts';
import { checkFields } from './checks.ts';
import { createIdCheck } from './id-check.ts';
import { type Draft, readInput } from './input.ts';
import { createRowInserter } from './insert-row.ts';
import type { RecordsParts } from './parts.ts';
import { createPlans } from './plans.ts';
import type { RecordInput, RecordValues } from './record.ts';
import { type Hashes, hashPasswords, NO_HASHES, passwordsToHash, replacePasswords } from './secrets.ts';
import { idOf, type Shape } from './shape.ts';
import { existsById, type Hit, ID } from './statements.ts';

/** One creation, from the input on. */
export interface Creation {
  readonly actor: Actor;
  readonly shape: Shape;
  readonly rule: string;
  readonly input: RecordInput;
  readonly draft: Draft;
  /** What the fields themselves object to; told only to who passes the rule. */
  readonly issues: readonly Issue[];
  readonly hashes: Hashes;
  /** It brings passwords. */
  readonly hasSecrets: boolean;
}

/** The parts of a create, for {@link Records.create} and {@link Records.batch}. */
export interface CreateStep {
  /** Reads the input. Throws what can be told without asking the database. */
  begin(actor: Actor, collection: Collection, input: RecordInput): Creation;
  /**
   * Refuses what is bound to be refused, so that it never enters the writer's queue, and hashes passwords. Needed only where
   * there are issues or passwords.
   */
  prepare(creation: Creation): Promise<Creation>;
  /** Hashes passwords alone: for a creation that others may still make possible. */
  hash(creation: Creation): Promise<Creation>;
  /** The stored values, by which a caller's view is made. `alone`: nothing is written in the transaction but this. */
  apply(tx: Tx, creation: Creation, intake: Intake | undefined, alone: boolean): Promise<RecordValues>;
  /** Whether there is a record of the id that was sent. */
  isTaken(tx: Tx, creation: Creation): Promise<boolean>;
  /** As {@link CreateStep.apply} up to the row itself, where {@link CreateStep.isTaken}. */
  checkTaken(tx: Tx, creation: Creation): Promise<void>;
}

/** Makes a {@link CreateStep}. */
export function createCreateStep(parts: RecordsParts): CreateStep {
  const { database, shapes, clock, ids, gate, passwords, checkReferences, changes } = parts;
  const insertRow = createRowInserter(parts);
  const finds = createPlans<{ readonly statement: Prepared }>(parts.schema, 1);
  const checkId = createIdCheck(parts);

  function begin(actor: Actor, collection: Collection, input: RecordInput): Creation {
    requireTable(collection);
    // The body may have taken long to arrive.
    requireCurrent(parts.schema(), collection);
    const rule = requireRule(actor, collection, 'create');
    const shape = shapes(collection);
    const now = formatDate(clock.now());
    const draft = readInput(shape, actor, input, undefined, { action: 'create', now, ids });
    const issues = checkFields({ shape, values: draft.values, stored: undefined, sent: draft.sent });
    const hasSecrets = passwordsToHash(shape, draft).length > 0;
    return { actor, shape, rule, input, draft, issues, hashes: NO_HASHES, hasSecrets };
  }

  /** Everything that a new record must satisfy, in the order in which failures are told (specs/pocketbase.md 5). */
  async function check(q: Queryable, creation: Creation, isTaken: boolean): Promise<void> {
    const { actor, shape, rule, draft, input, issues } = creation;
    const { collection } = shape;
    const call = { body: draft.body };
    const probe = shape.isAuth ? { ...draft.values, verified: false, password: '' } : draft.values;
    if (!(await gate.passesNew(q, actor, collection, probe, rule, call))) {
      throw new AppError('invalid', { reason: 'rule_failed' });
    }
    if (shape.isAuth) {
      const manageRule = manageRuleFor(actor, collection);
      const managed =
        actor.kind === 'superuser' ||
        (manageRule !== undefined && (await gate.passesNew(q, actor, collection, probe, manageRule, call)));
      const credentials = readCredentials(input);
      const change = { draft, stored: undefined, credentials, managed, oldPasswordFits: async () => true };
      refuse(await checkAccount(change));
    }
    const missing = shape.refers ? await checkReferences(q, shape.columns, draft.values) : [];
    const asksId = !isTaken && draft.sent.has('id');
    const taken = asksId ? await checkId(q, shape, String(draft.values.id)) : [];
    refuse([...issues, ...missing, ...taken]);
  }

  async function hash(creation: Creation): Promise<Creation> {
    const { actor, shape, draft, issues } = creation;
    if (!creation.hasSecrets || issues.length > 0) return creation;
    const hashes = await hashPasswords(passwords, passwordsToHash(shape, draft), draft, actor);
    return { ...creation, hashes };
  }

  async function insert(
    tx: Tx,
    { shape, draft, hashes }: Creation,
    intake: Intake | undefined,
    alone: boolean,
  ) {
    const { collection } = shape;
    settleAccount(shape, draft, undefined, false, () => undefined);
    const settled = await insertRow(tx, shape, replacePasswords(shape, draft, hashes), intake, alone);
    if (changes.hears(collection, idOf(settled))) await changes.created(tx, collection, settled);
    return settled;
  }

  return {
    begin,
    hash,
    async prepare(creation) {
      await check(database, creation, false);
      return hash(creation);
    },
    async apply(tx, creation, intake, alone) {
      requireCurrent(parts.schema(), creation.shape.collection);
      await check(tx, creation, false);
      return insert(tx, creation, intake, alone);
    },
    async isTaken(tx, { shape, draft }) {
      const { collection } = shape;
      if (!draft.sent.has('id') || !canBeId(collection, idOf(draft.values))) return false;
      const { statement } = finds.find(collection, '', () => ({
        statement: database.prepare(existsById(collection)),
      }));
      return (await tx.get<Hit>(statement, { [ID]: idOf(draft.values) })) !== undefined;
    },
    async checkTaken(tx, creation) {
      requireCurrent(parts.schema(), creation.shape.collection);
      await check(tx, creation, true);
    },
  };
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new AppError('invalid', { reason: 'create', issues });
}
