import { createLru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import type { Rule } from '../collections/collection.ts';
import type { Bindings } from '../ports/database.ts';
import type { Expr, Operand, SortKey } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import type { Literal } from './bound.ts';
import { compileCondition, type OpenCondition } from './compile.ts';
import type { Condition, ConditionCall, ConditionPart, ConditionScope, Trust } from './condition.ts';
import { FilterError } from './filter-error.ts';
import { lex } from './lex.ts';
import { FILTER_LIMITS, parseFilter, parseTokens, RULE_LIMITS } from './parse.ts';
import { superusersOnly } from './paths.ts';
import { literalSlots, type Shape, shapeOfExpr, shapeOfTokens } from './shape.ts';
import { parseSort } from './sort.ts';

/** What one statement must hold. */
export interface ConditionWish {
  readonly scope: ConditionScope;
  /** A stored rule: undefined and '' ask nothing, null holds for nobody. Leave it out for superusers. */
  readonly rule?: Rule;
  /** '' asks nothing. */
  readonly filter?: string | Expr;
  readonly sort?: string;
  /** Of the filter and the sort. */
  readonly trust: Exclude<Trust, 'rule'>;
}

/** A compiled condition with the literals of one filter. */
export interface ReadyCondition {
  /** The same object for every filter of the same shape: a key for prepared statements. Bind through {@link bind}. */
  readonly condition: Condition;
  bind(actor: Actor, call: ConditionCall): Bindings;
}

/** Compiled conditions, kept as long as they are asked for. */
export interface Conditions {
  /**
   * @throws AppError `invalid` reason `bad_filter` for what cannot be parsed or resolved; `forbidden` reason
   *   `superusers_filter` with params `{ path }` for a client's text with `@collection.` or `@request.`.
   */
  for(wish: ConditionWish): ReadyCondition;
}

const CAPACITY = 1000;
/** Wider filters are compiled each time: a thousand of them would be worth hundreds of megabytes to a bad caller. */
const MAX_KEPT_SHAPE = 1000;
const NOBODY: ConditionPart['expr'] = {
  kind: 'compare',
  op: '=',
  any: false,
  left: { kind: 'path', path: 'true' },
  right: { kind: 'path', path: 'false' },
};
/** Texts that are kept as read, and the length up to which one is: apps repeat their filters. */
const KEPT_TEXTS = 500;
const MAX_KEPT_TEXT = 500;
const nothing: Shape = { key: '', literals: [] };

/** Makes an empty {@link Conditions}. Old versions of collections age out, so nothing has to be cleared. */
export function createConditions(): Conditions {
  const compiled = createLru<string, OpenCondition>(CAPACITY);
  const texts = createLru<string, ReadFilter>(KEPT_TEXTS);

  function readFilter({ filter, sort, trust }: ConditionWish): ReadFilter {
    if (trust === 'client') {
      refuseReach(filter);
      refuseReach(sort);
    }
    if (filter === undefined || filter === '') return noFilter;
    if (typeof filter !== 'string') return { shape: shapeOfExpr(filter), parse: () => filter };
    const known = texts.get(filter);
    if (known) return known;
    const read = readText(filter);
    if (filter.length <= MAX_KEPT_TEXT) texts.set(filter, read);
    return read;
  }

  return {
    for(wish) {
      const filter = readFilter(wish);
      const key = keyOf(wish, filter.shape);
      let condition = compiled.get(key);
      if (!condition) {
        condition = compile(wish, filter);
        if (filter.shape.key.length <= MAX_KEPT_SHAPE) compiled.set(key, condition);
      }
      return ready(condition, filter.shape.literals);
    },
  };
}

function ready(condition: OpenCondition, literals: readonly Literal[]): ReadyCondition {
  return { condition, bind: (actor, call) => condition.bindLiterals(literals, actor, call) };
}

interface ReadFilter {
  readonly shape: Shape;
  /** The tree; parsed only when its shape is new. */
  parse(): Expr | undefined;
}

const noFilter: ReadFilter = { shape: nothing, parse: () => undefined };

function readText(filter: string): ReadFilter {
  if (filter.length > FILTER_LIMITS.characters) throw badFilter('filter too long');
  const tokens = reading(() => lex(filter));
  return { shape: shapeOfTokens(tokens), parse: () => reading(() => parseTokens(tokens)) };
}

/** The text alone decides, quoted or not (specs/pocketbase.md 1.9); trees are checked when their paths are resolved. */
function refuseReach(text: string | Expr | undefined): void {
  if (typeof text !== 'string' || !text.includes('@')) return;
  for (const path of ['@collection.', '@request.']) {
    if (text.includes(path)) throw superusersOnly(path);
  }
}

function keyOf({ scope, rule, sort, trust }: ConditionWish, shape: Shape): string {
  const { schema, collection, alias, authCollection } = scope;
  const caller = authCollection?.id ?? '';
  const owned = rule === null ? 'null' : `=${rule ?? ''}`;
  return `${schema.version} ${collection.version} ${alias} ${trust} ${caller}\n${owned}\n\0${shape.key}\0${sort ?? ''}`;
}

function compile({ scope, rule, sort, trust }: ConditionWish, filter: ReadFilter): OpenCondition {
  const parts: ConditionPart[] = [];
  if (rule === null) parts.push({ expr: NOBODY, trust: 'rule' });
  else if (rule !== undefined && rule !== '') {
    parts.push({ expr: reading(() => parseFilter(rule, RULE_LIMITS)), trust: 'rule' });
  }
  const expr = filter.parse();
  if (expr) parts.push({ expr, trust });
  const keys: readonly SortKey[] = sort === undefined ? [] : reading(() => parseSort(sort));
  const slots: ReadonlyMap<Operand, number> = expr ? literalSlots(expr) : new Map();
  return compileCondition({ scope, parts, sort: { keys, trust } }, slots);
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FilterError ? badFilter(error.message, error) : error;
  }
}
