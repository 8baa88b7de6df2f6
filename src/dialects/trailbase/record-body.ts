import type { Intake, RecordInput } from '../../core/index.ts';
import { MAX_NAMES, readForm, readJson } from '../../http/body.ts';
import { type BodyKind, bodyKind } from './body.ts';
import { decodeValues, type Source, type WireValues } from './codec.ts';
import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';
import { hasFileColumns, readFormFiles, readJsonFiles, refuseBeyond, textLimit } from './file-body.ts';
import { type BodyTarget, createFileInput, type FileInput } from './file-input.ts';

/** One record of a body: the core's input, by name of the field, and the place where its files were put, if any came. */
export interface WrittenRecord {
  readonly input: RecordInput;
  readonly intake: Intake | undefined;
}

interface FileTarget extends BodyTarget {
  readonly files: FileInput;
}

/** Without `files` where no column takes any. */
type RecordTarget = BodyTarget & { readonly files?: FileInput };

/**
 * The body of a create (one record, or an array of 1 to 1024) or of an update, in any of the three formats
 * (specs/trailbase.md 4). Throws 400 with the texts of that section, 413 for one that is too long; then no file of it is left.
 */
export async function readRecordBody(
  target: BodyTarget,
  request: Request,
): Promise<readonly WrittenRecord[]> {
  const kind = bodyKind(request);
  // Most records have no files, and most bodies are JSON.
  if (kind === 'json' && !hasFileColumns(target.api)) {
    return fromJson(target, await readJson(request, { size: textLimit(target), lossless: true }));
  }
  const files = createFileInput(target);
  try {
    return await readRecords({ ...target, files }, kind, request);
  } catch (error) {
    await files.discard();
    throw error;
  }
}

async function readRecords(
  target: FileTarget,
  kind: BodyKind,
  request: Request,
): Promise<readonly WrittenRecord[]> {
  switch (kind) {
    case 'json':
      return fromJson(target, await readJsonFiles(target, target.files, request));
    case 'form':
      return fromForm(target, await readForm(request, { size: textLimit(target) }));
    case 'multipart':
      return fromForm(target, await readFormFiles(target, target.files, request));
  }
}

/** A record that is a part of a larger JSON body, its files included. When it is refused, no file of it is left. */
export async function readRecordValue(target: BodyTarget, values: WireValues): Promise<WrittenRecord> {
  const files = createFileInput(target);
  try {
    return await written({ ...target, files }, values, 'json');
  } catch (error) {
    await files.discard();
    throw error;
  }
}

/** A member of a JSON body as the record that it must be. */
export function asRecord(value: unknown, refusal: string): WireValues {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TrailBaseError(400, refusal);
  if (Object.keys(value).length > MAX_NAMES) throw new TrailBaseError(400, INVALID_PARAMETERS);
  return { ...value };
}

async function fromJson(target: RecordTarget, body: unknown): Promise<readonly WrittenRecord[]> {
  if (target.id !== undefined) return single(target, asRecord(body, 'Expected single record'), 'json');
  if (!Array.isArray(body)) return single(target, asRecord(body, WRONG_SHAPE), 'json');
  if (body.length === 0) throw new TrailBaseError(400, 'no values provided');
  refuseBeyond(body.length - 1);
  const records: WrittenRecord[] = [];
  for (const [at, each] of body.entries())
    records.push(await written(target, asRecord(each, WRONG_SHAPE), 'json', at));
  return records;
}

const WRONG_SHAPE = 'Expected record or array of records';

function fromForm(
  target: FileTarget,
  parts: readonly (readonly [string, unknown])[],
): Promise<readonly WrittenRecord[]> {
  return single(target, gathered(parts), 'form');
}

async function single(
  target: RecordTarget,
  values: WireValues,
  source: Source,
): Promise<readonly WrittenRecord[]> {
  return [await written(target, values, source)];
}

async function written(
  { actor, api, id, files }: RecordTarget,
  values: WireValues,
  source: Source,
  at?: number,
): Promise<WrittenRecord> {
  const decoded = decodeValues(actor, api, values, source);
  const input = id === undefined ? decoded : patchInput(decoded, id);
  if (files === undefined) return { input, intake: undefined };
  const taken = await files.take(values, source, at);
  return { input: { ...input, ...taken.values }, intake: taken.intake };
}

/** The input of an update without the id, which must be that of the path: 400 otherwise. */
function patchInput(input: RecordInput, id: string): RecordInput {
  const { id: sent, ...rest } = input;
  if (sent !== undefined && sent !== id) throw new TrailBaseError(400, INVALID_PARAMETERS);
  return rest;
}

/** The pairs of a form by name; a name that comes again makes a list. */
function gathered(pairs: readonly (readonly [string, unknown])[]): WireValues {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = values[name];
    if (before === undefined) values[name] = value;
    else values[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return values;
}
