import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { stringifyJson } from '../../lib/lossless-json.ts';
import { AppError, type Issue } from '../errors.ts';
import { adoptDefinition } from './adopt.ts';
import { newlyBroken } from './broken-rules.ts';
import type { Collection, Schema } from './collection.ts';
import type { CollectionInput, CollectionReview, SchemaReview } from './collections.ts';
import { type DefinitionContext, linkIssues, readDefinition, type TakenName } from './definition.ts';
import { parseIndex } from './index-text.ts';
import { planChange } from './plan.ts';
import { portableDefinition } from './portable.ts';
import { findReferences } from './references.ts';
import { nameTarget } from './relation-names.ts';
import { createSchema, replaceIn } from './schema.ts';

/** One definition of a set, and what it was read to. */
interface Entry {
  readonly index: number;
  readonly input: CollectionInput;
  readonly before: Collection | undefined;
  after: Collection | undefined;
}

/**
 * What a set of definitions makes of a schema, without doing it. Each is read against those before it, and its relations and
 * rules against all of them. See `Collections.planAll` for meaning and errors.
 */
export function reviewDefinitions(
  inputs: readonly CollectionInput[],
  context: DefinitionContext,
  deleteMissing: boolean,
): SchemaReview {
  const entries = adoptAll(inputs, context.schema, deleteMissing);
  const named = new Set(entries.map(({ before }) => before?.id));
  const gone = context.schema.collections.filter(
    ({ id, system }) => deleteMissing && !system && !named.has(id),
  );
  const issues: Issue[] = [];
  const schema = linked(readAll(entries, gone, context, issues), entries);
  if (issues.length === 0) {
    for (const { index, before, after } of entries) {
      if (after === undefined) continue;
      issues.push(...at(index, linkIssues(after, before, schema, context.checkRule)));
    }
  }
  if (issues.length > 0) throw new AppError('invalid', { reason: 'definitions', issues });
  for (const collection of gone) {
    const by = findReferences(schema, collection);
    if (by.length > 0) throw new AppError('conflict', { reason: 'referenced', params: { by } });
  }
  const removals = gone.map((before): CollectionReview => {
    return { kind: 'delete', before, after: undefined, steps: planChange(before, undefined) };
  });
  const changes = [...removals, ...entries.map(({ before, after }) => reviewOf(before, after))];
  const touched = new Set(changes.flatMap(({ before, after }) => [before?.id ?? '', after?.id ?? '']));
  const broken = changes.every(({ kind }) => kind === 'same')
    ? []
    : newlyBroken(context.schema, schema, touched, context.checkRule);
  return { changes, broken, mark: markOf(changes) };
}

function adoptAll(inputs: readonly CollectionInput[], schema: Schema, deleteMissing: boolean): Entry[] {
  const found = inputs.map(({ id, name }) => {
    const byId = typeof id === 'string' ? schema.byId(id) : undefined;
    return byId ?? (typeof name === 'string' ? schema.byName(name) : undefined);
  });
  // Ids of the place where the definitions come from, and what is meant by them here.
  const ids = new Map<unknown, string | undefined>();
  for (const [index, { id }] of inputs.entries()) if (typeof id === 'string') ids.set(id, found[index]?.id);
  return inputs.map((input, index) => {
    const before = found[index];
    const adopted = adoptDefinition(input, before, (id) => ids.get(id) ?? id, !deleteMissing);
    return { index, input: adopted, before, after: undefined };
  });
}

/** Reads every entry; gives the schema as it will be, before relations by name are resolved. */
function readAll(
  entries: readonly Entry[],
  gone: readonly Collection[],
  context: DefinitionContext,
  issues: Issue[],
): Schema {
  const isGone = (collection: Collection) => gone.includes(collection);
  const stays = context.schema.collections.filter((collection) => !isGone(collection));
  let schema = createSchema(context.schema.version, stays);
  let taken = context.taken.filter(({ table }) => !gone.some(({ name }) => name === table));
  const seen = new Set<string>();
  for (const entry of entries) {
    const { index, input, before } = entry;
    if (before !== undefined && seen.has(before.id)) {
      issues.push({ path: `${index}.name`, code: 'collection_name_exists' });
      continue;
    }
    if (before !== undefined) seen.add(before.id);
    try {
      const after = readDefinition(input, before, {
        ...context,
        ...{ schema, taken, byName: true, linksLater: true },
      });
      entry.after = after;
      schema = replaceIn(schema, after);
      taken = [...taken.filter(({ table }) => table !== before?.name), ...namesOf(after)];
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
      issues.push(...at(index, error.issues));
    }
  }
  return schema;
}

function namesOf({ name, indexes }: Collection): readonly TakenName[] {
  return [name, ...indexes.map((text) => parseIndex(text).name)].map((each) => ({ name: each, table: name }));
}

/** Relations that name a later collection lead to it once all are there. */
function linked(read: Schema, entries: readonly Entry[]): Schema {
  let schema = read;
  for (const entry of entries) {
    const { after } = entry;
    if (after === undefined) continue;
    entry.after = { ...after, fields: after.fields.map((field) => nameTarget(field, read, after)) };
    schema = replaceIn(schema, entry.after);
  }
  return schema;
}

function reviewOf(before: Collection | undefined, after: Collection | undefined): CollectionReview {
  if (before !== undefined && after !== undefined && isDeepStrictEqual(stateOf(before), stateOf(after))) {
    return { kind: 'same', before, after: before, steps: [] };
  }
  return { kind: before ? 'update' : 'create', before, after, steps: planChange(before, after) };
}

function stateOf({ version: _, updated: __, ...state }: Collection): object {
  return state;
}

/** The same for the same changes of the same state; secrets that are made for new accounts differ each time, and are no part of it. */
function markOf(changes: readonly CollectionReview[]): string {
  const facts = changes.map(({ kind, before, after, steps }) => {
    return [kind, before?.id, before?.updated, steps, after && portableDefinition(after)];
  });
  return createHash('sha256')
    .update(stringifyJson(facts) ?? '')
    .digest('base64url');
}

function at(index: number, issues: readonly Issue[]): readonly Issue[] {
  return issues.map((issue) => ({ ...issue, path: `${index}.${issue.path}` }));
}
