import type { Sql } from './ast.ts';

/** The columns that an expression names, in lower case, each once. */
export function columnsIn(value: Sql): readonly string[] {
  return [...new Set(named(value))];
}

function named(value: Sql): readonly string[] {
  switch (value.kind) {
    case 'column':
      return [value.name.toLowerCase()];
    case 'call':
      return value.args.flatMap(named);
    case 'and':
    case 'or':
      return value.terms.flatMap(named);
    case 'not':
      return named(value.term);
    case 'compare':
    case 'is':
    case 'like':
    case 'regexp':
      return [...named(value.left), ...named(value.right)];
    case 'in':
      return [value.left, ...value.items].flatMap(named);
    case 'between':
      return [value.left, value.low, value.high].flatMap(named);
    case 'in_select':
    case 'in_table':
      return named(value.left);
    default:
      return [];
  }
}
