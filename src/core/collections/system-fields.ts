import type { Field } from '../fields/field.ts';
import { idShapes } from '../fields/primary-key.ts';
import type { CollectionType, IdKind } from './collection.ts';

/** A field as it stands in a definition. */
export type RawField = Readonly<Record<string, unknown>>;

/** What the system holds fast of a field, and what it starts with. */
interface SystemField {
  readonly name: string;
  readonly type: string;
  readonly fixed: RawField;
  readonly initial: RawField;
}

const authFields: readonly SystemField[] = [
  {
    name: 'password',
    type: 'password',
    fixed: { system: true, hidden: true, required: true },
    initial: { min: 8 },
  },
  {
    name: 'tokenKey',
    type: 'text',
    fixed: { system: true, hidden: true, required: true },
    initial: { min: 30, max: 60, autogeneratePattern: '[a-zA-Z0-9]{50}' },
  },
  { name: 'email', type: 'email', fixed: { system: true, hidden: false }, initial: { required: true } },
  { name: 'emailVisibility', type: 'bool', fixed: { system: true }, initial: {} },
  { name: 'verified', type: 'bool', fixed: { system: true }, initial: {} },
];

const idFixed: RawField = { system: true, hidden: false, required: true, primaryKey: true };

/**
 * The fields of a definition with those that every collection of the type has: a missing `id` comes first, missing account
 * fields come last, present ones keep their place and are held to what the system needs of them. A missing one that the
 * collection has already stays as it is in `existing`.
 */
export function withSystemFields(
  fields: readonly unknown[],
  type: CollectionType,
  idKind: IdKind,
  existing: readonly Field[] = [],
): readonly unknown[] {
  const stored = (name: string) => existing.find((field) => field.name === name && field.system);
  const wanted = type === 'auth' ? authFields : [];
  let result = fields.map((field) => hold(field, wanted, idKind));
  if (!fields.some((field) => nameOf(field) === 'id')) {
    result = [stored('id') ?? { ...idShapes[idKind], name: 'id', type: 'text', ...idFixed }, ...result];
  }
  for (const { name, type: fieldType, fixed, initial } of wanted) {
    if (fields.some((field) => nameOf(field) === name)) continue;
    result.push(stored(name) ?? { name, type: fieldType, ...initial, ...fixed });
  }
  return result;
}

function hold(field: unknown, wanted: readonly SystemField[], idKind: IdKind): unknown {
  const name = nameOf(field);
  if (typeof field !== 'object' || field === null) return field;
  const type = 'type' in field ? field.type : undefined;
  if (name === 'id' && type === 'text')
    return { ...idDefaults(field, idKind), ...field, ...idPattern(field), ...idFixed };
  const system = wanted.find((candidate) => candidate.name === name && candidate.type === type);
  if (system === undefined) return field;
  const generated = name === 'tokenKey' ? { autogeneratePattern: '[a-zA-Z0-9]{50}' } : {};
  return { ...generated, ...field, ...system.fixed };
}

/** An `id` field that says nothing about its values gets the usual ones. */
function idDefaults(field: object, idKind: IdKind): RawField {
  const speaks = ['min', 'max', 'pattern', 'autogeneratePattern'].some((key) => key in field);
  return speaks ? {} : idShapes[idKind];
}

function idPattern(field: object): RawField {
  const speaks = 'pattern' in field && field.pattern !== '' && field.pattern !== null;
  return speaks || !('pattern' in field || 'autogeneratePattern' in field || 'min' in field || 'max' in field)
    ? {}
    : { pattern: idShapes.text.pattern };
}

function nameOf(field: unknown): unknown {
  return typeof field === 'object' && field !== null && 'name' in field ? field.name : undefined;
}
