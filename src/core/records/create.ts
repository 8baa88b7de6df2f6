import { sql } from 'drizzle-orm';
import { formatDate } from '../../lib/time.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError, type Issue } from '../errors.ts';
import type { Prepared, Queryable, Tx } from '../ports/database.ts';
import { manageRuleFor, requireCurrent, requireRule, requireTable } from './access.ts';
import { checkAccount, readCredentials, settleAccount } from './account.ts';
import { checkFields, explainConflict } from './checks.ts';
import { bindValues } from './gate.ts';
import { createIdCheck } from './id-check.ts';
import { type Draft, readInput } from './input.ts';
import type { RecordsParts } from './parts.ts';
import { placementsOf } from './placements.ts';
import { createPlans } from './plans.ts';
import type { RecordInput, RecordValues } from './record.ts';
import type { RecordOptions, Records } from './records.ts';
import { type Hashes, hashPasswords, NO_HASHES, passwordsToHash, replacePasswords } from './secrets.ts';
import { idOf, type Shape } from './shape.ts';
import { insertRecord } from './statements.ts';

/** One creation, from the input on. */
interface Creation {
  readonly actor: Actor;
  readonly shape: Shape;
  readonly rule: string;
  readonly input: RecordInput;
  readonly draft: Draft;
  /** What the fields themselves object to; told only to who passes the rule. */
  readonly issues: readonly Issue[];
}

/** Makes {@link Records.create}. */
export function createCreate(parts: RecordsParts): Pick<Records, 'create'> {
  const { database, shapes, clock, ids, gate, presenter, expander, passwords, checkReferences, changes } =
    parts;
  const inserts = createPlans<{ readonly statement: Prepared }>(parts.schema, 1);
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
    return { actor, shape, rule, input, draft, issues };
  }

  /** Everything that a new record must satisfy, in the order in which failures are told (specs/pocketbase.md 5). */
  async function check(q: Queryable, creation: Creation): Promise<void> {
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
    const taken = draft.sent.has('id') ? await checkId(q, shape, String(draft.values.id)) : [];
    refuse([...issues, ...missing, ...taken]);
  }

  /** The stored values, by which a caller's view is made. */
  async function insert(tx: Tx, creation: Creation, hashes: Hashes, options: RecordOptions | undefined) {
    const { shape, draft } = creation;
    const { collection } = shape;
    settleAccount(shape, draft, undefined, false, () => undefined);
    const values = replacePasswords(shape, draft, hashes);
    const placements = placementsOf(shape.columns, values);
    const id = await insertRow(tx, shape, values, placements.length === 0);
    if (placements.length > 0) await options?.intake?.attach(tx, collection, id, placements);
    const settled = settleValues(shape, values, id);
    if (changes.hears(collection, id)) changes.created(tx, collection, settled);
    return settled;
  }

  /** The row's id. The database numbers records of integer ids that came without one. */
  async function insertRow(tx: Tx, shape: Shape, values: RecordValues, alone: boolean): Promise<string> {
    const { collection, columns } = shape;
    const numbered = collection.idKind === 'integer';
    const { statement } = inserts.find(collection, '', () => {
      const insert = insertRecord(collection, columns);
      return { statement: database.prepare(numbered ? sql`${insert} RETURNING \`id\`` : insert) };
    });
    const bindings = bindValues(columns, values);
    try {
      if (numbered) return String((await tx.get(statement, bindings))?.id);
      await (alone ? tx.runOnly(statement, bindings) : tx.run(statement, bindings));
      return idOf(values);
    } catch (error) {
      throw explainConflict(error, shape, 'create');
    }
  }

  async function create(
    actor: Actor,
    collection: Collection,
    input: RecordInput,
    options: RecordOptions | undefined,
  ) {
    const creation = begin(actor, collection, input);
    const { shape, draft, issues } = creation;
    const secret = passwordsToHash(shape, draft);
    // What is bound to be refused never enters the writer's queue, and no password is hashed for it.
    if (issues.length > 0 || secret.length > 0) await check(database, creation);
    const hashes = secret.length > 0 ? await hashPasswords(passwords, secret, draft, actor) : NO_HASHES;
    const values = await database.write(async (tx) => {
      requireCurrent(parts.schema(), collection);
      await check(tx, creation);
      return insert(tx, creation, hashes, options);
    });
    const shown = await presenter.stored(actor, shape, values);
    return options?.expand
      ? expander.view(actor, collection, shown, options.expand)
      : { collection, values: shown };
  }

  return {
    create(actor, collection, input, options) {
      const created = create(actor, collection, input, options);
      const intake = options?.intake;
      return intake ? created.finally(() => intake.discard()) : created;
    },
  };
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new AppError('invalid', { reason: 'create', issues });
}

/** Values as a later read will find them: uploads by their names. */
function settleValues({ columns }: Shape, values: Record<string, unknown>, id: string): RecordValues {
  for (const { name, type, field } of columns) {
    if (type.holdsFiles) values[name] = type.fromDb(type.toDb(values[name], field), field);
  }
  values.id = id;
  return values;
}
