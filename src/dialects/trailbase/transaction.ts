import {
  type Actor,
  AppError,
  type Core,
  type Intake,
  type Operation,
  type OperationResult,
} from '../../core/index.ts';
import { BodyError, readJson } from '../../http/body.ts';
import type { DialectOptions } from '../dialect.ts';
import { type Action, judged, judgedError } from './access.ts';
import { type Api, findApi, getApi } from './api.ts';
import type { WireValues } from './codec.ts';
import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';
import type { BodyTarget } from './file-input.ts';
import { idFromPath, idText } from './ids.ts';
import { asRecord, readRecordValue } from './record-body.ts';
import { createOperation, requireTable } from './write.ts';

/** One operation as it was sent. */
type WireOperation =
  | { readonly kind: 'create'; readonly api: string; readonly value: WireValues }
  | { readonly kind: 'update'; readonly api: string; readonly id: string; readonly value: WireValues }
  | { readonly kind: 'delete'; readonly api: string; readonly id: string };

/** The body of a batch. */
export interface Transaction {
  readonly operations: readonly WireOperation[];
  /** Whether the first failure undoes all. */
  readonly atomic: boolean;
}

/** What came of one operation: the id of its record, or the name of an error for a conflict that was ignored. */
type WireResult = { readonly Id: string } | { readonly Error: 'QueryReturnedNoRows' };

const MAX_OPERATIONS = 128;
const TEXT_LIMIT = 10 * 1024 * 1024;

/** Reads the body of a batch: 415 for another type than JSON, 400 for bad syntax, 422 for another shape. */
export async function readTransaction(options: DialectOptions, request: Request): Promise<Transaction> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new TrailBaseError(415);
  const body = await readJson(request, { size: Math.min(options.maxBodySize, TEXT_LIMIT), lossless: true });
  if (body === undefined) throw new BodyError('malformed');
  const { operations, transaction = false } = objectOf(body);
  const isAtomic = transaction === null ? false : transaction;
  if (!Array.isArray(operations) || typeof isAtomic !== 'boolean') throw wrongShape();
  if (operations.length > MAX_OPERATIONS)
    throw new TrailBaseError(400, `Batch size exceeds limit: ${MAX_OPERATIONS}`);
  return { operations: operations.map(readOperation), atomic: isAtomic };
}

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
    throw failed ? await judgedError(core, actor, failed.api, failed.action, error) : error;
  }
}

interface Prepared {
  readonly operation: Operation;
  readonly api: Api;
  readonly action: Action;
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
  const operation = await judged(core, actor, api, action, () => operationOf(target, wire));
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

function readOperation(value: unknown): WireOperation {
  const entries = Object.entries(objectOf(value));
  const [name, content] = entries[0] ?? [];
  if (entries.length !== 1) throw wrongShape();
  const { api_name: api, record_id, value: record } = objectOf(content);
  if (typeof api !== 'string') throw wrongShape();
  switch (name) {
    case 'Create':
      return { kind: 'create', api, value: recordOf(record) };
    case 'Update':
      return { kind: 'update', api, id: idOf(record_id), value: recordOf(record) };
    case 'Delete':
      return { kind: 'delete', api, id: idOf(record_id) };
    default:
      throw wrongShape();
  }
}

function recordOf(value: unknown): WireValues {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongShape();
  return asRecord(value, INVALID_PARAMETERS);
}

/** Older clients send the number that they were given. */
function idOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return value;
  throw wrongShape();
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongShape();
  return { ...value };
}

function wrongShape(): TrailBaseError {
  return new TrailBaseError(422);
}
