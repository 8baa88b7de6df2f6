import type { Actor, Core, RecordInput } from '../../core/index.ts';
import type { Api } from './api.ts';
import { TrailBaseError } from './errors.ts';
import { idText } from './ids.ts';
import type { WrittenRecord } from './record-body.ts';

/** Views are read-only: 405. */
export function requireTable({ isView }: Api): void {
  if (isView) throw new TrailBaseError(405);
}

/**
 * Creates one record, or several in one transaction; gives the ids in their order, without those that a taken id made the API
 * ignore (specs/trailbase.md 4).
 */
export async function createRecords(
  core: Core,
  actor: Actor,
  api: Api,
  records: readonly WrittenRecord[],
): Promise<readonly string[]> {
  const { collection } = api;
  const [first] = records;
  if (first !== undefined && records.length === 1 && api.onConflict === 'abort') {
    const input = completed(actor, api, first.input);
    const { values } = await core.records.create(actor, collection, input, { intake: first.intake });
    return [idText(collection.idKind, String(values.id))];
  }
  const results = await core.records.batch(
    actor,
    records.map((record) => createOperation(actor, api, record)),
  );
  return results.flatMap((result) => (result.kind === 'done' ? [idText(collection.idKind, result.id)] : []));
}

/** A create as an operation of a batch. */
export function createOperation(actor: Actor, api: Api, { input, intake }: WrittenRecord) {
  return {
    kind: 'create',
    collection: api.collection,
    input: completed(actor, api, input),
    options: { intake, onConflict: api.onConflict, keeps: hiddenFields(api) },
  } as const;
}

/** The input with the caller's id in columns that refer to accounts and were left out, where the API says so. */
function completed(actor: Actor, api: Api, input: RecordInput): RecordInput {
  if (!api.autofill || actor.kind !== 'account') return input;
  const filled: Record<string, unknown> = { ...input };
  for (const { field, kind, target } of api.columns) {
    const isOwn = (kind === 'reference' || kind === 'key') && target?.id === actor.collection.id;
    if (isOwn && !Object.hasOwn(input, field.name)) filled[field.name] = actor.record.id;
  }
  return filled;
}

/** A replacement sets every column of the API; the others stay. */
function hiddenFields({ collection, columns }: Api): readonly string[] {
  const known = new Set(columns.map(({ field }) => field.name));
  return collection.fields.filter(({ name }) => !known.has(name)).map(({ name }) => name);
}
