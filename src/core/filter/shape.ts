import { type CompareExpr, type Expr, type Operand, operatorText } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import type { Literal } from './bound.ts';
import type { Token } from './lex.ts';
import { numberOf } from './numbers.ts';
import { FILTER_LIMITS, type FilterLimits } from './parse.ts';

/**
 * What remains of a filter when its literals are taken out. Filters of equal shape compile to the same statement. Empty
 * text stays in the shape, since it also means NULL.
 */
export interface Shape {
  readonly key: string;
  readonly literals: readonly Literal[];
}

/** The shape of filter text. */
export function shapeOfTokens(tokens: readonly Token[]): Shape {
  const literals: Literal[] = [];
  let key = 't';
  for (const { kind, value } of tokens) {
    if (kind === 'text') {
      literals.push(value);
      key += value === '' ? " ''" : " '";
    } else if (kind === 'number') {
      literals.push(numberOf(value));
      key += ' 0';
    } else {
      key += kind === 'call' ? ` ${value}(` : ` ${value}`;
    }
  }
  return { key, literals };
}

/**
 * The shape of a tree, which is held to the limits of text.
 *
 * @throws AppError `bad_filter` beyond them.
 */
export function shapeOfExpr(expr: Expr, limits: FilterLimits = FILTER_LIMITS): Shape {
  const literals: Literal[] = [];
  let expressions = 0;

  function keyOf(at: Expr, depth: number): string {
    if (depth > limits.depth) throw badFilter('expression too deep');
    switch (at.kind) {
      case 'and':
      case 'or':
        return `(${at.kind} ${at.terms.map((term) => keyOf(term, depth + 1)).join(' ')})`;
      case 'not':
        return `(not ${keyOf(at.term, depth + 1)})`;
      case 'among':
        return `(among ${JSON.stringify(at.path)} ${operandKey(at.values, literals)})`;
      case 'match':
        throw badFilter(`the test ${at.test} cannot be part of a statement`);
      case 'compare':
        return compareKey(at);
    }
  }

  function compareKey(at: CompareExpr): string {
    if (++expressions > limits.expressions) throw badFilter(`more than ${limits.expressions} expressions`);
    const left = operandKey(at.left, literals);
    return `(${left} ${at.any ? '?' : ''}${operatorText(at)} ${operandKey(at.right, literals)})`;
  }

  return { key: `e${keyOf(expr, 0)}`, literals };
}

/** The literals of a tree, each with its place in {@link Shape.literals}: both run from left to right. */
export function literalSlots(expr: Expr): ReadonlyMap<Operand, number> {
  const slots = new Map<Operand, number>();
  let next = 0;
  const visit = (operand: Operand): void => {
    if (operand.kind === 'call') operand.args.forEach(visit);
    else if (operand.kind !== 'path') slots.set(operand, next++);
  };
  const walk = (at: Expr): void => {
    switch (at.kind) {
      case 'and':
      case 'or':
        at.terms.forEach(walk);
        break;
      case 'not':
        walk(at.term);
        break;
      case 'compare':
        visit(at.left);
        visit(at.right);
        break;
      case 'among':
        visit(at.values);
        break;
      case 'match':
        break;
    }
  };
  walk(expr);
  return slots;
}

/** Paths come from other grammars and may hold anything, so they are quoted. */
function operandKey(operand: Operand, literals: Literal[]): string {
  switch (operand.kind) {
    case 'text':
      literals.push(operand.value);
      return operand.value === '' ? "''" : "'";
    case 'number':
      literals.push(numberOf(operand.text));
      return '0';
    case 'path':
      return JSON.stringify([operand.path, operand.modifier]);
    case 'call':
      return `${JSON.stringify(operand.name)}(${operand.args.map((arg) => operandKey(arg, literals)).join(',')})`;
  }
}
