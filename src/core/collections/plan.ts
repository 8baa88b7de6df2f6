import type { Field } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import type { Collection } from './collection.ts';
import type { ChangeStep } from './collections.ts';
import { hasFiles, holdsFiles } from './file-triggers.ts';
import { columnsOf, parseIndex, printIndex, renameColumns } from './index-text.ts';

/**
 * The steps that make one state of a collection into another, in the order in which they are applied. Pure. `before`
 * undefined: a new collection; `after` undefined: its end. The order of fields is part of the definition only.
 */
export function planChange(
  before: Collection | undefined,
  after: Collection | undefined,
): readonly ChangeStep[] {
  if (after === undefined) return before === undefined ? [] : planRemoval(before);
  return before === undefined ? planCreation(after) : planUpdate(before, after);
}

function planRemoval({ id, name }: Collection): readonly ChangeStep[] {
  return [
    { kind: 'release_files', collectionId: id },
    { kind: 'drop_table', table: name },
    { kind: 'save_definition', collectionId: id },
  ];
}

function planCreation(after: Collection): readonly ChangeStep[] {
  const steps: ChangeStep[] = [{ kind: 'create_table', table: after.name }];
  for (const statement of after.indexes) steps.push({ kind: 'create_index', statement });
  if (hasFiles(after)) steps.push({ kind: 'file_triggers', table: after.name });
  steps.push({ kind: 'save_definition', collectionId: after.id });
  return steps;
}

function planUpdate(before: Collection, after: Collection): readonly ChangeStep[] {
  const table = after.name;
  const pairs = pairFields(before, after);
  const converted = pairs.filter(([old, now]) => fieldType(now).convert?.(old, now) !== undefined);
  const dropped = before.fields.filter(({ id }) => after.fields.every((field) => field.id !== id));
  const added = after.fields.filter(({ id }) => before.fields.every((field) => field.id !== id));
  const kept = keptIndexes(before, after, pairs, [...dropped, ...converted.map(([old]) => old)]);
  const steps: ChangeStep[] = [];

  for (const index of before.indexes.map(parseIndex)) {
    if (!kept.has(index.name)) steps.push({ kind: 'drop_index', name: index.name });
  }
  if (before.name !== table) steps.push({ kind: 'rename_table', from: before.name, to: table });
  for (const field of dropped) {
    if (holdsFiles(field)) steps.push({ kind: 'release_files', collectionId: after.id, fieldId: field.id });
    steps.push({ kind: 'drop_column', table, fieldId: field.id });
  }
  steps.push(...planRenames(table, pairs));
  for (const [old, now] of converted) {
    const shrinks = fieldType(old).isMultiple(old) && !fieldType(now).isMultiple(now);
    if (holdsFiles(now) && shrinks) {
      steps.push({ kind: 'release_files', collectionId: after.id, fieldId: now.id, surplusOnly: true });
    }
    steps.push({ kind: 'convert_column', table, fieldId: now.id });
  }
  for (const field of added) steps.push({ kind: 'add_column', table, fieldId: field.id });
  for (const statement of after.indexes) {
    if (!kept.has(parseIndex(statement).name)) steps.push({ kind: 'create_index', statement });
  }
  const isStructural = steps.some(({ kind }) => kind !== 'drop_index' && kind !== 'create_index');
  if (isStructural && (hasFiles(before) || hasFiles(after))) steps.push({ kind: 'file_triggers', table });
  steps.push({ kind: 'save_definition', collectionId: after.id });
  return steps;
}

function pairFields(before: Collection, after: Collection): readonly (readonly [Field, Field])[] {
  return after.fields.flatMap((now) => {
    const old = before.fields.find(({ id }) => id === now.id);
    return old === undefined ? [] : [[old, now] as const];
  });
}

/** Names of indexes that stay as they are: the database itself carries them through renames. */
function keptIndexes(
  before: Collection,
  after: Collection,
  pairs: readonly (readonly [Field, Field])[],
  rebuilt: readonly Field[],
): ReadonlySet<string> {
  const names = new Map(pairs.map(([old, now]) => [old.name, now.name]));
  const statements = new Set(after.indexes);
  const kept = before.indexes
    .map(parseIndex)
    .filter((index) => columnsOf(index).every((column) => rebuilt.every(({ name }) => name !== column)))
    .filter((index) => {
      const renamed = renameColumns(index, (name) => names.get(name) ?? name);
      return statements.has(printIndex(renamed, after.name));
    });
  return new Set(kept.map(({ name }) => name));
}

/** Renames in an order in which no name is taken; names that are exchanged go through temporary ones. */
function planRenames(table: string, pairs: readonly (readonly [Field, Field])[]): readonly ChangeStep[] {
  const steps: ChangeStep[] = [];
  const rename = (from: string, to: string) => steps.push({ kind: 'rename_column', table, from, to });
  const taken = new Set(pairs.flatMap(([old, now]) => [old.name.toLowerCase(), now.name.toLowerCase()]));
  const occupied = new Set(pairs.map(([old]) => old.name.toLowerCase()));
  const waiting: [string, string][] = [];
  for (const [old, now] of pairs) {
    if (old.name === now.name) continue;
    if (!occupied.has(now.name.toLowerCase())) {
      rename(old.name, now.name);
      continue;
    }
    let between = `_renaming_${waiting.length}`;
    while (taken.has(between)) between += '_';
    rename(old.name, between);
    waiting.push([between, now.name]);
  }
  for (const [from, to] of waiting) rename(from, to);
  return steps;
}
