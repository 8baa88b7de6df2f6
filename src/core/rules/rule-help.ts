import type { Actor } from '../actor.ts';
import type { Rules } from '../collections/collection.ts';
import type { RecordInput } from '../records/record.ts';

/** What is wrong with a rule's text, and where. */
export interface RuleProblem {
  /** A sentence fragment, in English. */
  readonly message: string;
  /** UTF-16 offset and length in the text. */
  readonly at: number;
  readonly length: number;
}

/** What is asked of {@link RuleHelp.explain}. */
export interface RuleTrial {
  /** Id or name. */
  readonly collection: string;
  /**
   * Of records, or of accounts: `auth` asks whether the account `record` may sign in, whoever `as` is; `manage` whether the caller
   * may manage it. `manage` lets no guest through.
   */
  readonly action: keyof Rules | 'auth' | 'manage';
  /** Default: the collection's own. */
  readonly rule?: string | null;
  /** Who asks: nobody, or a record of an auth collection. */
  readonly as: 'guest' | { readonly collection: string; readonly id: string };
  /** The record that is asked for; of no use for `create`. */
  readonly record?: string;
  /** The body of a create or an update. */
  readonly input?: RecordInput;
}

/** A part of a rule with what it says. */
export interface Clause {
  readonly kind: 'and' | 'or' | 'not' | 'compare';
  /** In the usual spelling, without comments. */
  readonly text: string;
  /** `null`: neither, since a strict comparison met NULL; it does not allow. */
  readonly verdict: boolean | null;
  /** It is one of those that made the verdict of the whole rule. */
  readonly decides: boolean;
  /** What the names in a comparison stood for, where they are the caller's, the body's or the record's own; no secrets. */
  readonly operands: readonly { readonly text: string; readonly value: unknown }[];
  readonly terms: readonly Clause[];
}

/** The answer of {@link RuleHelp.explain}. */
export interface RuleVerdict {
  readonly allowed: boolean;
  /** `superuser`: rules are not asked; `superusers_only`: the rule is null; `everyone`: it is empty; `accounts_only`: guests are not asked; else its clauses decide. */
  readonly reason: 'superuser' | 'superusers_only' | 'everyone' | 'accounts_only' | 'clauses';
  /** Undefined where no clause was asked. */
  readonly clause: Clause | undefined;
}

/** One way to go on at the caret. */
export interface Suggestion {
  readonly text: string;
  readonly kind:
    | 'field'
    | 'relation'
    | 'request'
    | 'collection'
    | 'macro'
    | 'constant'
    | 'function'
    | 'modifier'
    | 'operator'
    | 'join';
  /** Type of a field, collection of a relation; else ''. */
  readonly detail: string;
}

/** What may stand at the caret: each suggestion takes the place of the text from `from` to `to`. */
export interface Suggestions {
  readonly from: number;
  readonly to: number;
  readonly items: readonly Suggestion[];
}

/**
 * Help for those who write rules: superusers (`unauthorized`, `forbidden` reason `superusers_only`). Unknown collections are
 * `not_found` reason `collection`.
 */
export interface RuleHelp {
  /** Undefined for a rule that can be enforced. Quick: for use while typing. */
  check(actor: Actor, collection: string, rule: string): RuleProblem | undefined;
  /**
   * What a rule says to somebody about a record as it is stored now, and which clauses decided; nothing is changed. Each clause is
   * asked alone: those that look at the same related rows need not hold for the same row, as they must in the whole rule,
   * whose own verdict is that of the whole.
   *
   * `invalid` with an issue `invalid_rule` at `rule` whose params are a {@link RuleProblem}; `not_found` reason `account` or
   * `record`.
   */
  explain(actor: Actor, trial: RuleTrial): Promise<RuleVerdict>;
  /** At most 50. Paths go over at most three relations. */
  suggest(actor: Actor, collection: string, text: string, caret: number): Suggestions;
}
