import { BodyError, readJson } from '../../http/body.ts';
import type { DialectOptions } from '../dialect.ts';
import { mediaType } from './body.ts';
import type { WireValues } from './codec.ts';
import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';
import { asRecord } from './record-body.ts';

/** One operation as it was sent. */
export type WireOperation =
  | { readonly kind: 'create'; readonly api: string; readonly value: WireValues }
  | { readonly kind: 'update'; readonly api: string; readonly id: string; readonly value: WireValues }
  | { readonly kind: 'delete'; readonly api: string; readonly id: string };

/** The body of a batch. */
export interface Transaction {
  readonly operations: readonly WireOperation[];
  /** Whether the first failure undoes all. */
  readonly atomic: boolean;
}

const MAX_OPERATIONS = 128;
const TEXT_LIMIT = 10 * 1024 * 1024;

/** Reads the body of a batch: 415 for another type than JSON, 400 for bad syntax, 422 for another shape. */
export async function readTransaction(options: DialectOptions, request: Request): Promise<Transaction> {
  if (mediaType(request) !== 'application/json') throw new TrailBaseError(415);
  const body = await readJson(request, { size: Math.min(options.maxBodySize, TEXT_LIMIT), lossless: true });
  if (body === undefined) throw new BodyError('malformed');
  const { operations, transaction = false } = objectOf(body);
  const isAtomic = transaction === null ? false : transaction;
  if (!Array.isArray(operations) || typeof isAtomic !== 'boolean') throw wrongShape();
  if (operations.length > MAX_OPERATIONS)
    throw new TrailBaseError(400, `Batch size exceeds limit: ${MAX_OPERATIONS}`);
  return { operations: operations.map(readOperation), atomic: isAtomic };
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
