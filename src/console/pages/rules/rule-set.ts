import type { Actor, Collection, Core } from '../../../core/index.ts';
import type { Form } from '../../visit.ts';
import { chosenRule, presetsOf } from './presets.ts';

/** Actions on records, in the order in which they are shown. */
export const actions = ['list', 'view', 'create', 'update', 'delete'] as const;

/** An action that {@link actions} has. */
export type Action = (typeof actions)[number];

/** A rule by its word in `texts.rules.names`. */
export type RuleName = Action | 'auth' | 'manage';

/** Whom a rule lets through. */
const kinds = ['superusers', 'everyone', 'condition'] as const;

/** Whom it can let through: an empty rule about managing others is none. */
export function kindsOf(name: RuleName): readonly EditedRule['kind'][] {
  return name === 'manage' ? ['superusers', 'condition'] : kinds;
}

/** One rule as it stands in the form. */
export interface EditedRule {
  readonly kind: (typeof kinds)[number];
  /** What is typed; of no use but for a condition. */
  readonly text: string;
}

/** The rules of a form. */
export type RuleSet = ReadonlyMap<RuleName, EditedRule>;

/** What is wrong with a rule. */
export interface RuleFault {
  readonly kind: 'empty' | 'fixed' | 'text' | 'other';
  /** Where it is in the text, and what the core says of it. */
  readonly at?: number;
  readonly length?: number;
  readonly message?: string;
}

/** The key of a rule in a definition. */
export const keyOf = (name: RuleName) => `${name}Rule` as const;

/** The rules that a collection has, with what they are now. */
export function ruleSetOf(collection: Collection): RuleSet {
  const set = new Map<RuleName, EditedRule>(
    actions.map((action) => [action, editedOf(collection.rules[action])]),
  );
  if (collection.auth) {
    set.set('auth', editedOf(collection.auth.authRule));
    set.set('manage', editedOf(collection.auth.manageRule || null));
  }
  return set;
}

function editedOf(rule: string | null): EditedRule {
  if (rule === null || rule === '') return { kind: rule === null ? 'superusers' : 'everyone', text: '' };
  return { kind: 'condition', text: rule };
}

/** The rules of a form that was sent. What it does not say is as it is stored. */
export function readRuleSet(core: Pick<Core, 'collections'>, collection: Collection, form: Form): RuleSet {
  const stored = ruleSetOf(collection);
  if (collection.system) return stored;
  return new Map(
    [...stored].map(([name, rule]): [RuleName, EditedRule] => {
      const text = form.get(`rule.${name}`).trim();
      const presets = presetsOf(core, collection, name);
      return [name, chosenRule(name, presets, form.get(`kind.${name}`), text) ?? rule];
    }),
  );
}

/** As a collection stores it. Ask {@link faultOf} before: a condition without text would let everyone through. */
export function storedRule({ kind, text }: EditedRule): string | null {
  if (kind === 'superusers') return null;
  return kind === 'everyone' ? '' : text;
}

/** Whether two rules let the same through, by their texts. */
export function isSameRule(one: EditedRule | undefined, other: EditedRule | undefined): boolean {
  return one?.kind === other?.kind && (one?.kind !== 'condition' || one.text === other?.text);
}

/** What is wrong with a rule; undefined when it can be enforced. */
export function faultOf(
  core: Pick<Core, 'rules'>,
  actor: Actor,
  collection: Collection,
  { kind, text }: EditedRule,
): RuleFault | undefined {
  if (kind !== 'condition') return undefined;
  if (text === '') return { kind: 'empty' };
  const problem = core.rules.check(actor, collection.id, text);
  return problem && { kind: 'text', ...problem };
}
