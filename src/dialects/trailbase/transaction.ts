import {
  type Actor,
  AppError,
  type Core,
  type Intake,
  type Operation,
  type OperationResult,
} from '../../core/index.ts';
import type { DialectOptions } from '../dialect.ts';
import { type Deed, judged, judgedError } from './access.ts';
import { type Api, findApi, getApi } from './api.ts';
import { TrailBaseError } from './errors.ts';
import type { BodyTarget } from './file-input.ts';
import { idFromPath, idText } from './ids.ts';
import { readRecordValue } from './record-body.ts';
import type { Transaction, WireOperation } from './transaction-body.ts';
import { createOperation, requireTable } from './write.ts';

/** What came of one operation: the id of its record, or the name of an error for a conflict that was ignored. */
type WireResult = { readonly Id: string } | { readonly Error: 'QueryReturnedNoRows' };

/** Runs a batch. Both generations of clients find what they read: `results`, and `ids` of the records that were made. */
export async function execute(
  core: Core,
  options: DialectOptions,
  actor: Actor,
  { operations, atomic }: Transaction,
): Promise<{ readonly results: readonly WireResult[]; readonly ids: readonly string[] }> {
  const [first] = operations;
  const firstApi = first && findApi(core, first.api);
  if (first !== undefined && (firstApi === undefined || firstApi.isView))
    throw new TrailBaseError(400, 'empty ops?');
  const results: WireResult[] = [];
  if (atomic) results.push(...(await runTogether(core, options, actor, operations)));
  else
    for (const operation of operations)
      results.push(...(await runTogether(core, options, actor, [operation])));
  const ids = operations.flatMap(({ kind }, at) => {
    const result = results[at];
    return kind === 'create' && result !== undefined && 'Id' in result ? [result.Id] : [];
  });
  return { results, ids };
}

/** One transaction. The status is that of the first operation that fails. */
async function runTogether(
  core: Core,
  options: DialectOptions,
  actor: Actor,
  operations: readonly WireOperation[],
): Promise<readonly WireResult[]> {
  const prepared: Prepared[] = [];
  try {
    for (const wire of operations) prepared.push(await prepare(core, options, actor, wire));
  } catch (error) {
    for (const { operation } of prepared) await intakeOf(operation)?.discard();
    throw error;
  }
  try {
    const results = await core.records.batch(
      actor,
      prepared.map(({ operation }) => operation),
    );
    return results.map((result, at) => shown(result, prepared[at]?.api));
  } catch (error) {
    const failed = error instanceof AppError ? prepared[Number(error.params.operation ?? 0)] : undefined;
    throw failed ? await judgedError(core, actor, failed, error) : error;
  }
}

/** Its record may come of an operation before it, and is not looked for. */
interface Prepared extends Deed {
  readonly operation: Operation;
}

async function prepare(
  core: Core,
  options: DialectOptions,
  actor: Actor,
  wire: WireOperation,
): Promise<Prepared> {
  const api = getApi(core, wire.api);
  requireTable(api);
  const { kind: action } = wire;
  const target = { core, options, actor, api };
  const operation = await judged(core, actor, { api, action }, () => operationOf(target, wire));
  return { operation, api, action };
}

async function operationOf(target: Omit<BodyTarget, 'id'>, wire: WireOperation): Promise<Operation> {
  const { actor, api } = target;
  const { collection } = api;
  if (wire.kind === 'create')
    return createOperation(actor, api, await readRecordValue({ ...target, id: undefined }, wire.value));
  const id = idFromPath(collection.idKind, wire.id);
  if (wire.kind === 'delete') return { kind: 'delete', collection, id };
  const { input, intake } = await readRecordValue({ ...target, id }, wire.value);
  return { kind: 'update', collection, id, input, options: { intake } };
}

/** Where an operation's files were put: the batch settles them, unless it never runs. */
function intakeOf(operation: Operation): Intake | undefined {
  return operation.kind === 'delete' ? undefined : operation.options?.intake;
}

function shown(result: OperationResult, api: Api | undefined): WireResult {
  if (result.kind === 'ignored') return { Error: 'QueryReturnedNoRows' };
  return { Id: idText(api?.collection.idKind ?? 'text', result.id) };
}
