import { type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Bindings } from '../ports/database.ts';
import type { Operand } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import type { Literal } from './bound.ts';
import type { Condition, ConditionCall, ConditionInput, ConditionScope, Trust } from './condition.ts';
import type { Context } from './context.ts';
import { type Aliases, createAliases, Frame, type Row } from './frame.ts';
import { orderSql } from './order.ts';
import { parseFilter, RULE_LIMITS } from './parse.ts';
import { conditionSql } from './quantify.ts';
import { resolveExpr } from './resolve.ts';
import { createPlaceholders, type Placeholders } from './value.ts';

/** A condition some of whose literals are bound per call. */
export interface OpenCondition extends Condition {
  /** {@link Condition.bind} with the literals, in the order of their slots. */
  bindLiterals(literals: readonly Literal[], actor: Actor, call: ConditionCall): Bindings;
}

const noSlots: ReadonlyMap<Operand, number> = new Map();
const noLiterals: readonly Literal[] = [];

/**
 * Compiles expressions and a sort over one collection into the pieces of a statement. Pure; costs tens of microseconds,
 * so callers keep the result. `slots` names literals that are bound per call.
 *
 * @throws AppError `invalid` reason `bad_filter`; `forbidden` reason `superusers_filter` with params `{ path }`.
 */
export function compileCondition(input: ConditionInput, slots = noSlots): OpenCondition {
  const { scope, parts, sort } = input;
  const placeholders = createPlaceholders();
  const aliases = createAliases(scope.alias);
  const root = rootRow(scope.collection);
  const base = Frame.base(root, scope.alias, aliases);
  const contextFor = (trust: Trust): Context =>
    createContext({
      scope,
      collection: scope.collection,
      root,
      trust,
      hasBody: true,
      placeholders,
      aliases,
      slots,
    });
  // Two trusts never share a row that one of them sees through another collection's rule: the rows' keys differ.
  const wheres = parts.map(({ expr, trust }) => conditionSql(resolveExpr(contextFor(trust), expr), base));
  const orderBy =
    sort && sort.keys.length > 0 ? orderSql(contextFor(sort.trust), sort.keys, base) : undefined;
  const caller = scope.authCollection?.id;

  function bindLiterals(literals: readonly Literal[], actor: Actor, call: ConditionCall): Bindings {
    const asks = actor.kind === 'guest' ? undefined : actor.collection?.id;
    if (asks !== caller) throw new AppError('internal', { reason: 'condition_of_another_caller' });
    return placeholders.bind({ actor, call, literals });
  }

  return {
    where: wheres.length === 0 ? sql`1` : sql.join(wheres, sql` AND `),
    joins: base.leftJoins(),
    orderBy,
    always: wheres.length === 0,
    bind: (actor, call) => bindLiterals(noLiterals, actor, call),
    bindLiterals,
  };
}

interface ContextParts {
  readonly scope: ConditionScope;
  readonly collection: Collection;
  readonly root: Row;
  readonly trust: Trust;
  readonly hasBody: boolean;
  readonly placeholders: Placeholders;
  readonly aliases: Aliases;
  readonly slots: ReadonlyMap<Operand, number>;
}

function createContext(parts: ContextParts): Context {
  const { scope, placeholders, aliases } = parts;
  return {
    ...parts,
    schema: scope.schema,
    caller: scope.authCollection,
    rows: new Map(),
    closure: '',
    listRule: (collection, alias) => listRule(scope, collection, alias, placeholders, aliases),
  };
}

/**
 * Another collection's list rule over a joined row, whole in itself: what it joins stays in its own sub-query. It is a
 * rule, so that it reaches further without asking for further rules.
 */
function listRule(
  scope: ConditionScope,
  collection: Collection,
  alias: string,
  placeholders: Placeholders,
  aliases: Aliases,
): SQL {
  const rule = collection.rules.list;
  if (rule === null) throw badFilter(`collection "${collection.name}" cannot be filtered by`);
  const root = rootRow(collection);
  const frame = Frame.base(root, alias, aliases);
  const context = createContext({
    scope,
    collection,
    root,
    trust: 'rule',
    hasBody: false,
    placeholders,
    aliases,
    slots: noSlots,
  });
  const where = conditionSql(resolveExpr(context, parseFilter(rule, RULE_LIMITS)), frame);
  return frame.exists(where);
}

function rootRow(collection: Collection): Row {
  return { key: '', collection, parent: undefined, multi: [], join: undefined, guarded: false };
}
