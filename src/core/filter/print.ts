import { type Expr, type Operand, operatorText } from './ast.ts';
import { FilterError } from './filter-error.ts';

/**
 * Writes an expression in the filter language: `parseFilter(printFilter(e))` equals `e`.
 *
 * @throws FilterError for what the language cannot spell: text with a final backslash, and `match`.
 */
export function printFilter(expr: Expr): string {
  switch (expr.kind) {
    case 'compare':
      return `${printOperand(expr.left)} ${expr.any ? '?' : ''}${operatorText(expr)} ${printOperand(expr.right)}`;
    case 'and':
      return expr.terms
        .map((term) => printTerm(term, term.kind === 'and' || term.kind === 'or'))
        .join(' && ');
    case 'or':
      return expr.terms.map((term) => printTerm(term, term.kind === 'or')).join(' || ');
    case 'not':
      return `!(${printFilter(expr.term)})`;
    case 'match':
    case 'among':
      throw new FilterError('what the process answers cannot be written', 0);
  }
}

function printTerm(term: Expr, enclosed: boolean): string {
  return enclosed ? `(${printFilter(term)})` : printFilter(term);
}

function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'number':
      return operand.text;
    case 'text':
      return printText(operand.value);
    case 'path':
      return operand.modifier === undefined ? operand.path : `${operand.path}:${operand.modifier}`;
    case 'call':
      return `${operand.name}(${operand.args.map(printOperand).join(', ')})`;
  }
}

function printText(value: string): string {
  if (value.endsWith('\\')) throw new FilterError('text that ends in a backslash cannot be written', 0);
  return `'${value.replaceAll("'", "\\'")}'`;
}
