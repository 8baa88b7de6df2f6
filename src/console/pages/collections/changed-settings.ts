import type { Collection } from '../../../core/index.ts';
import { stringifyJson } from '../../../lib/lossless-json.ts';
import type { Texts } from '../../texts/index.ts';
import { authFacts } from './auth-settings.ts';
import type { ChangedSetting } from './changes-view.ts';

/** As much of a definition as can be compared. */
export interface DefinitionFacts {
  readonly name: string;
  readonly fields: readonly Readonly<Record<string, unknown>>[];
  readonly indexes: readonly string[];
  readonly rules?: Readonly<Record<string, string | null>>;
  readonly auth: ReadonlyMap<string, string>;
  /** What dialects keep, by their names: whom they let in is among it. */
  readonly dialects: Collection['dialects'];
}

/** The facts of a collection as it is. */
export function factsOf(collection: Collection): DefinitionFacts {
  const { name, fields, indexes, dialects } = collection;
  const auth = authFacts(collection);
  const ofAccounts = collection.auth && {
    auth: collection.auth.authRule,
    manage: collection.auth.manageRule,
  };
  const rules = { ...collection.rules, ...ofAccounts };
  return { name, indexes, rules, auth, dialects, fields: fields.map((field) => ({ ...field })) };
}

/** Longest part of a value that is shown. */
const SHOWN = 300;

/** What is another in the second definition than in the first. Rules count where both have them. */
export function changedSettings(
  before: DefinitionFacts,
  after: DefinitionFacts,
  { definition }: Texts,
): readonly ChangedSetting[] {
  const found: ChangedSetting[] = [];
  const compare = (place: string, old: unknown, now: unknown) => {
    const [a, b] = [shown(old), shown(now)];
    if (a !== b) found.push({ place, before: cut(a), after: cut(b) });
  };
  compare(definition.name, before.name, after.name);
  for (const field of after.fields) {
    const old = before.fields.find(({ id }) => id === field.id);
    const place = String(old?.name ?? field.name);
    if (old === undefined) compare(place, undefined, field.type);
    else for (const key of keysOf(old, field)) compare(`${place}.${key}`, old[key], field[key]);
  }
  for (const old of before.fields) {
    if (after.fields.every(({ id }) => id !== old.id)) compare(String(old.name), old.type, undefined);
  }
  compareOrder(before, after, (a, b) => compare(definition.order, a, b));
  for (const text of before.indexes)
    if (!after.indexes.includes(text)) compare(definition.indexesTitle, text, undefined);
  for (const text of after.indexes)
    if (!before.indexes.includes(text)) compare(definition.indexesTitle, undefined, text);
  for (const [path, value] of after.auth) compare(path, before.auth.get(path), value);
  for (const key of keysOf(before.dialects, after.dialects))
    compare(key, before.dialects[key], after.dialects[key]);
  if (before.rules && after.rules) {
    for (const [key, rule] of Object.entries(after.rules)) {
      const old = Object.entries(before.rules).find(([name]) => name === key)?.[1];
      compare(`${key}Rule`, old, rule);
    }
  }
  return found;
}

function keysOf(a: object, b: object): ReadonlySet<string> {
  return new Set([...Object.keys(a), ...Object.keys(b)]);
}

/** Only the fields that are in both have an order. */
function compareOrder(
  before: DefinitionFacts,
  after: DefinitionFacts,
  compare: (a: string, b: string) => void,
): void {
  const ids = (facts: DefinitionFacts) => facts.fields.map(({ id }) => id);
  const [old, now] = [ids(before), ids(after)];
  const kept = old.filter((id) => now.includes(id));
  const moved = now.filter((id) => old.includes(id));
  if (kept.every((id, at) => id === moved[at])) return;
  const names = (list: readonly unknown[]) =>
    list.map((id) => String(before.fields.find((field) => field.id === id)?.name)).join(', ');
  compare(names(kept), names(moved));
}

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : stringifyJson(value);
}

function cut(text: string | undefined): string | undefined {
  return text !== undefined && text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
