import { createLru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Expr, Operand } from '../filter/ast.ts';
import { FilterError } from '../filter/filter-error.ts';
import { parseFilter, RULE_LIMITS } from '../filter/parse.ts';
import { asksBody, asksRecord } from '../rules/index.ts';
import { emptyObject } from './input.ts';
import type { RecordsParts } from './parts.ts';
import type { RecordValues } from './record.ts';
import type { Records } from './records.ts';

const KEPT_RULES = 1000;

/** What a rule's text says of it. */
interface Reading {
  readonly depends: boolean;
  readonly expr: Expr | undefined;
}

/** Makes {@link Records.access}. */
export function createAccess(
  parts: Pick<RecordsParts, 'database' | 'gate' | 'shapes'>,
): Pick<Records, 'access'> {
  const { database, gate, shapes } = parts;
  const readings = createLru<string, Reading>(KEPT_RULES);
  const blanks = new WeakMap<Collection, RecordValues>();

  function read(rule: string): Reading {
    const known = readings.get(rule);
    if (known) return known;
    const reading = { depends: asksBody(rule) || asksRecord(rule), expr: parse(rule) };
    readings.set(rule, reading);
    return reading;
  }

  /** A record for rules that do not look at it. */
  function blankOf(collection: Collection): RecordValues {
    const known = blanks.get(collection);
    if (known) return known;
    const values = emptyObject();
    for (const { name, type, field } of shapes(collection).columns) values[name] = type.zero(field);
    blanks.set(collection, values);
    return values;
  }

  return {
    async access(actor, collection, action) {
      if (actor.kind === 'superuser') return 'granted';
      const rule = collection.rules[action];
      if (rule === null) return 'denied';
      if (rule === '') return 'granted';
      const { depends, expr } = read(rule);
      const decided = decideById(expr, idOfActor(actor));
      // Not even the right record helps who fails the part that asks for none, as a guest does where accounts are asked for.
      if (decided === undefined && depends) return 'depends';
      const passes =
        decided ?? (await gate.passesNew(database, actor, collection, blankOf(collection), rule));
      return passes ? 'granted' : 'denied';
    },
  };
}

/** What an expression says by the caller's id alone, '' for a guest; undefined where it asks for more. */
function decideById(expr: Expr | undefined, id: string): boolean | undefined {
  if (expr === undefined) return undefined;
  if (expr.kind === 'and' || expr.kind === 'or') {
    const settles = expr.kind === 'or';
    const answers = expr.terms.map((term) => decideById(term, id));
    if (answers.includes(settles)) return settles;
    return answers.includes(undefined) ? undefined : !settles;
  }
  if (expr.kind !== 'compare' || expr.any) return undefined;
  const { op, left, right, strict = false } = expr;
  const other = isCallerId(left) ? right : isCallerId(right) ? left : undefined;
  if (!other || (op !== '=' && op !== '!=')) return undefined;
  // Strictly, a guest's id is NULL, which is neither equal nor unequal; a term that is NULL admits nobody, as if it were false.
  if (strict && isNull(other)) return (id === '') === (op === '=');
  if (other.kind !== 'text') return undefined;
  return (!strict || id !== '') && (other.value === id) === (op === '=');
}

function isNull(operand: Operand): boolean {
  return operand.kind === 'path' && operand.modifier === undefined && /^null$/i.test(operand.path);
}

function isCallerId(operand: Operand): boolean {
  return operand.kind === 'path' && operand.path === '@request.auth.id' && operand.modifier === undefined;
}

function idOfActor(actor: Actor): string {
  return actor.kind === 'account' ? String(actor.record.id) : '';
}

/** Undefined for text that cannot be read; asking it says why. */
function parse(rule: string): Expr | undefined {
  try {
    return parseFilter(rule, RULE_LIMITS);
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}
