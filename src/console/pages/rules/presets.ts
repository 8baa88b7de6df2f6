import type { Collection, Core } from '../../../core/index.ts';
import { type EditedRule, kindsOf, type RuleName } from './rule-set.ts';

/** A rule that many want, and how the form names it. */
export interface Preset {
  /** `signed_in`, or `owner:<field>`. */
  readonly value: string;
  /** The field that names the owner; undefined where everybody who signed in may. */
  readonly field: string | undefined;
  readonly rule: EditedRule;
}

const SIGNED_IN = '@request.auth.id != ""';
/** Most owners that are offered. */
const MOST = 5;

/** The presets of a rule beside its kinds: for those who signed in, and for the owner by each relation to an account. */
export function presetsOf(
  { collections }: Pick<Core, 'collections'>,
  collection: Collection,
  name: RuleName,
): readonly Preset[] {
  if (name === 'auth') return [];
  const owners = collection.fields.flatMap((field) => {
    const target = 'collectionId' in field ? collections.schema.byId(String(field.collectionId)) : undefined;
    if (target?.type !== 'auth' || field.type !== 'relation') return [];
    const isList = 'maxSelect' in field && Number(field.maxSelect) > 1;
    return [presetOf(field.name, isList ? '?=' : '=')];
  });
  const own = collection.type === 'auth' && name !== 'create' ? [presetOf('id', '=')] : [];
  return [
    { value: 'signed_in', field: undefined, rule: { kind: 'condition', text: SIGNED_IN } },
    ...[...own, ...owners].slice(0, MOST),
  ];
}

function presetOf(field: string, operator: '=' | '?='): Preset {
  const text = `${SIGNED_IN} && ${field} ${operator} @request.auth.id`;
  return { value: `owner:${field}`, field, rule: { kind: 'condition', text } };
}

/** What a form's choice makes of a rule; undefined for a choice that there is not. */
export function chosenRule(
  name: RuleName,
  presets: readonly Preset[],
  choice: string,
  text: string,
): EditedRule | undefined {
  const preset = presets.find(({ value }) => value === choice);
  if (preset !== undefined) return preset.rule;
  const kind = kindsOf(name).find((one) => one === choice);
  return kind && { kind, text };
}
