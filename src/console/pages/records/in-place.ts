import type { Collection } from '../../../core/index.ts';
import { mostOf, optionOf } from './control.ts';
import { editableFields } from './controls.ts';
import type { Sent } from './draft.ts';
import { baseName, partName, typedOf } from './typed.ts';

/** The hidden input that carries a form which waits until a record for one of its fields is made, and the button that gives up. */
export const OUTER = 'outer';
export const BACK = 'back';

/** A form that waits: what was typed in it travels with the other form, so that nothing of it is kept on the server. */
export interface Outer {
  readonly collection: string;
  /** The record that it is about; undefined for a new one. */
  readonly id: string | undefined;
  /** The relation that gets the new record. */
  readonly field: string;
  readonly revision: string;
  /** Files had been chosen, which do not travel. */
  readonly hadFiles: boolean;
  readonly pairs: readonly (readonly [string, string])[];
  /** The form that waits for this one, as it came; '' where none does. */
  readonly outer: string;
}

/** What was typed, as names and values of a form. Secrets are left out: they are never sent back. */
export function pairsOf(collection: Collection, sent: Sent, isNew: boolean): Outer['pairs'] {
  return editableFields(collection, isNew).flatMap((field) => {
    if (field.type === 'password' || optionOf(field, 'writeOnly') === true) return [];
    const typed = [...(sent.draft.get(field.name) ?? [])].flatMap(([part, texts]) =>
      texts.map((text): [string, string] => [partName(field.name, part), text]),
    );
    return [[baseName(field.name), sent.bases.get(field.name) ?? ''] as const, ...typed];
  });
}

/** Reads the form that waits; undefined where none does, or what came is none. */
export function readOuter(text: string): Outer | undefined {
  if (text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const parts: Partial<Record<keyof Outer, unknown>> = value;
  const { collection, id, field, revision, hadFiles, pairs, outer } = parts;
  if (typeof collection !== 'string' || typeof field !== 'string' || !Array.isArray(pairs)) return undefined;
  return {
    ...{ collection, field, hadFiles: hadFiles === true },
    id: typeof id === 'string' ? id : undefined,
    revision: typeof revision === 'string' ? revision : '',
    outer: typeof outer === 'string' ? outer : '',
    pairs: pairs.filter(isPair),
  };
}

/** What was typed, with a record chosen for a relation: beside the others, or in the place of the one before. */
export function withChosen(sent: Sent, collection: Collection, name: string, id: string): Sent {
  const field = collection.fields.find((one) => one.name === name && one.type === 'relation');
  if (field === undefined) return sent;
  const before = mostOf(field) > 1 ? (sent.draft.get(name)?.get('') ?? []) : [];
  const typed = new Map([...(sent.draft.get(name) ?? []), ...typedOf({ '': [...before, id] })]);
  return {
    ...sent,
    draft: new Map([...sent.draft, [name, typed]]),
    changed: new Set([...sent.changed, name]),
  };
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string');
}
