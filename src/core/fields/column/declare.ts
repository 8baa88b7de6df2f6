import type { ColumnField } from './column-field.ts';
import { columnKinds } from './kinds.ts';

/**
 * A column's declaration. NOT NULL is declared only with a constant default: SQLite refuses it without one where rows are
 * already there, and a column must come out the same however it was made. Without, `validate` alone refuses null.
 */
export function declareColumn(field: ColumnField): string {
  const { declared } = columnKinds[field.type];
  const constant = literalOf(field);
  if (constant === undefined) return declared;
  return [declared, `DEFAULT ${constant}`, ...(field.nullable ? [] : ['NOT NULL'])].join(' ').trim();
}

/** A column whose declaration changes is made anew; where null is no longer allowed, rows get the default for it. */
export function convertColumn(before: ColumnField, after: ColumnField): string | undefined {
  if (declareColumn(before) === declareColumn(after)) return undefined;
  const constant = literalOf(after);
  if (after.nullable || constant === undefined) return '{col}';
  // The marker must not be found inside the constant.
  return `COALESCE({col}, ${constant.replaceAll('{col}', "{' || 'col}")})`;
}

/** SQL of a constant default. Numbers are printed by JavaScript, text is quoted, and neither comes from elsewhere. */
function literalOf(field: ColumnField): string | undefined {
  if (field.default?.kind !== 'value') return undefined;
  const { value } = field.default;
  if (typeof value === 'number') return String(value);
  // Decimal text for an integer that a double cannot hold; any other text of this type was refused.
  return field.type === 'integer' ? String(BigInt(value)) : `'${value.replaceAll("'", "''")}'`;
}
