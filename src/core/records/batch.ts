import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { Tx } from '../ports/database.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type { CreateStep, Creation } from './create-step.ts';
import type { DeleteStep } from './delete-step.ts';
import { inOrder } from './in-order.ts';
import type { CreateOptions, Operation, OperationResult } from './operations.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordValues } from './record.ts';
import type { Records } from './records.ts';
import { changeBy, replacementOf } from './replacement.ts';
import { idOf, type Shape } from './shape.ts';
import type { UpdateStep } from './update-step.ts';

const MAX_OPERATIONS = 1024;
/** Each keeps a core busy for a good part of a tenth of a second, and a batch is one request. */
const MAX_WITH_PASSWORDS = 100;
/** Nobody else writes, and nothing else happens, while a batch does. */
const MAX_WRITING_MS = 5_000;

/** What single operations and batches are made of. */
interface Steps {
  readonly create: CreateStep;
  readonly update: UpdateStep;
  readonly delete: DeleteStep;
}

/** An operation whose input is read. */
interface Begun {
  readonly hasSecrets: boolean;
  /** Does what takes long. */
  prepare(): Promise<Ready>;
}

/** The part of an operation that is inside the transaction. */
type Ready = (tx: Tx) => Promise<Outcome>;

/** What was done; undefined for nothing. */
type Outcome = { readonly id: string; readonly written?: Written } | undefined;

/** A record as an operation left it. */
interface Written {
  readonly shape: Shape;
  readonly values: RecordValues;
}

/** Makes {@link Records.batch}. */
export function createBatch(parts: RecordsParts, steps: Steps): Pick<Records, 'batch'> {
  const { database, presenter, expander, ids } = parts;

  /**
   * What is asked before passwords are hashed is asked of the first operation only: the others may count on what those before
   * them will have done.
   */
  function begin(actor: Actor, operation: Operation, isFirst: boolean): Begun {
    switch (operation.kind) {
      case 'create': {
        const { collection, input, options } = operation;
        const begun = steps.create.begin(actor, collection, input);
        const early = isFirst && (options?.onConflict ?? 'abort') === 'abort';
        return {
          hasSecrets: begun.hasSecrets,
          async prepare() {
            const creation = await steps.create[early && begun.hasSecrets ? 'prepare' : 'hash'](begun);
            return (tx) => create(tx, creation, options);
          },
        };
      }
      case 'update': {
        const { collection, id, input, options } = operation;
        const ifUnchanged = options?.ifUnchanged;
        if (ifUnchanged !== undefined) requireSuperuser(actor);
        const begun = { ...steps.update.begin(actor, collection, id, input), ifUnchanged };
        return {
          hasSecrets: begun.hasSecrets,
          async prepare() {
            const change = begun.hasSecrets ? await steps.update[isFirst ? 'prepare' : 'hash'](begun) : begun;
            return async (tx) => {
              const values = await steps.update.apply(tx, change, options?.intake);
              return { id, written: { shape: change.shape, values } };
            };
          },
        };
      }
      case 'delete': {
        const { collection, id } = operation;
        const deletion = steps.delete.begin(actor, collection, id);
        return {
          hasSecrets: false,
          prepare: async () => async (tx) => {
            await steps.delete.apply(tx, deletion);
            return { id };
          },
        };
      }
    }
  }

  async function create(tx: Tx, creation: Creation, options: CreateOptions | undefined): Promise<Outcome> {
    const { shape } = creation;
    const { onConflict = 'abort', intake, keeps = [] } = options ?? {};
    if (onConflict === 'abort' || !(await steps.create.isTaken(tx, creation))) {
      const values = await steps.create.apply(tx, creation, intake, false);
      return { id: idOf(values), written: { shape, values } };
    }
    await steps.create.checkTaken(tx, creation);
    if (onConflict === 'ignore') return undefined;
    const kept = new Set(keeps);
    const replace = (stored: RecordValues, now: string) =>
      replacementOf(creation, stored, kept, { now, ids });
    const values = await steps.update.replace(tx, changeBy(creation), replace, intake);
    return { id: idOf(values), written: { shape, values } };
  }

  async function prepare(actor: Actor, operations: readonly Operation[]): Promise<readonly Ready[]> {
    if (operations.length > MAX_OPERATIONS) throw new AppError('invalid', { reason: 'too_many_operations' });
    const begun = await inOrder(operations, (operation, index) => begin(actor, operation, index === 0));
    if (begun.filter(({ hasSecrets }) => hasSecrets).length > MAX_WITH_PASSWORDS) {
      throw new AppError('invalid', { reason: 'too_many_passwords' });
    }
    return inOrder(begun, (one) => one.prepare());
  }

  async function run(
    actor: Actor,
    operations: readonly Operation[],
    rehearsal: boolean,
  ): Promise<readonly OperationResult[]> {
    const ready = await prepare(actor, operations);
    if (ready.length === 0) return [];
    if (rehearsal) return rehearse(ready);
    const frees = operations.every(({ kind }) => kind === 'delete');
    const outcomes = await database.write((tx) => applyAll(tx, ready), { frees });
    const results: OperationResult[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      results.push(await show(actor, operations[index], outcome));
    }
    return results;
  }

  async function rehearse(ready: readonly Ready[]): Promise<readonly OperationResult[]> {
    const undone = new Error('a rehearsal');
    let outcomes: readonly Outcome[] = [];
    try {
      await database.write(async (tx) => {
        outcomes = await applyAll(tx, ready);
        throw undone;
      });
    } catch (error) {
      if (error !== undone) throw error;
    }
    return outcomes.map((outcome) => (outcome ? { kind: 'done', id: outcome.id } : { kind: 'ignored' }));
  }

  async function show(
    actor: Actor,
    operation: Operation | undefined,
    outcome: Outcome,
  ): Promise<OperationResult> {
    if (!outcome) return { kind: 'ignored' };
    const { id, written } = outcome;
    if (!written) return { kind: 'done', id };
    const { collection } = written.shape;
    const values = await presenter.stored(actor, written.shape, written.values);
    const expand = operation && 'options' in operation ? operation.options?.expand : undefined;
    const view = expand ? await expander.view(actor, collection, values, expand) : { collection, values };
    return { kind: 'done', id, view };
  }

  async function applyAll(tx: Tx, ready: readonly Ready[]): Promise<readonly Outcome[]> {
    const until = performance.now() + MAX_WRITING_MS;
    return inOrder(ready, (apply) => {
      if (performance.now() > until) throw new AppError('busy', { reason: 'timeout' });
      return apply(tx);
    });
  }

  return {
    async batch(actor, operations, options) {
      try {
        return await run(actor, operations, options?.rehearsal === true);
      } finally {
        for (const operation of operations) {
          if (operation.kind !== 'delete') await operation.options?.intake?.discard();
        }
      }
    },
  };
}
