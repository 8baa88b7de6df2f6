import type { Actor, Core, Intake, RecordInput } from '../../core/index.ts';
import { MAX_NAMES, readForm, readJson } from '../../http/body.ts';
import { readMultipart } from '../../http/multipart.ts';
import type { DialectOptions } from '../dialect.ts';
import type { Api } from './api.ts';
import { bodyKind } from './body.ts';
import { decodeValues, type Source, type WireValues } from './codec.ts';
import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';

/** What a body wants written: the core's inputs, by name of the field. */
export interface RecordBody {
  readonly records: readonly WrittenRecord[];
  /** Whether it was an array, be it of one record. */
  readonly isBulk: boolean;
}

/** One record of a body, with the place where its files were put, if any came. */
export interface WrittenRecord {
  readonly input: RecordInput;
  readonly intake: Intake | undefined;
}

/** What a body may be and whose it is. */
export interface BodyTarget {
  readonly core: Core;
  readonly options: DialectOptions;
  readonly actor: Actor;
  readonly api: Api;
  /** The record that changes; undefined for new ones. */
  readonly id: string | undefined;
}

/** Most records of one bulk create. */
const MAX_RECORDS = 1024;
/** No body without files is longer, unless the server takes less of any body. */
const TEXT_LIMIT = 10 * 1024 * 1024;

/**
 * The body of a create (one record, or an array of 1 to 1024) or of an update, in any of the three formats
 * (specs/trailbase.md 4). Throws 400 with the texts of that section, 413 for one that is too long.
 */
export async function readRecordBody(target: BodyTarget, request: Request): Promise<RecordBody> {
  const kind = bodyKind(request);
  const size = Math.min(target.options.maxBodySize, TEXT_LIMIT);
  switch (kind) {
    case 'json':
      return fromJson(target, await readJson(request, { size, lossless: true }));
    case 'form':
      return fromForm(target, gathered(await readForm(request, { size })));
    case 'multipart': {
      const pairs: [string, string][] = [];
      await readMultipart(request, {
        limits: { bodySize: size, fieldSize: size, fieldsSize: size },
        onField: (name, value) => void pairs.push([name, value]),
        // There is no column for it.
        onFile: async () => undefined,
      });
      return fromForm(target, gathered(pairs));
    }
  }
}

/** A member of a JSON body as the record that it must be. */
export function asRecord(value: unknown, refusal: string): WireValues {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TrailBaseError(400, refusal);
  const entries = Object.entries(value);
  if (entries.length > MAX_NAMES) throw new TrailBaseError(400, INVALID_PARAMETERS);
  const record: Record<string, unknown> = Object.create(null);
  for (const [name, member] of entries) record[name] = member;
  return record;
}

function fromJson(target: BodyTarget, body: unknown): RecordBody {
  if (target.id !== undefined) return single(target, asRecord(body, 'Expected single record'), 'json');
  if (!Array.isArray(body)) return single(target, asRecord(body, WRONG_SHAPE), 'json');
  if (body.length === 0) throw new TrailBaseError(400, 'no values provided');
  if (body.length > MAX_RECORDS) throw new TrailBaseError(400, `Bulk creation exceeds limit: ${MAX_RECORDS}`);
  const records = body.map((each) => written(target, asRecord(each, WRONG_SHAPE), 'json'));
  return { records, isBulk: true };
}

const WRONG_SHAPE = 'Expected record or array of records';

function fromForm(target: BodyTarget, values: WireValues): RecordBody {
  return single(target, values, 'form');
}

function single(target: BodyTarget, values: WireValues, source: Source): RecordBody {
  return { records: [written(target, values, source)], isBulk: false };
}

function written({ api }: BodyTarget, values: WireValues, source: Source): WrittenRecord {
  return { input: decodeValues(api, values, source), intake: undefined };
}

/** The pairs of a form by name; a name that comes again makes a list. */
function gathered(pairs: readonly (readonly [string, string])[]): WireValues {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = values[name];
    if (before === undefined) values[name] = value;
    else values[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return values;
}
