import { is, isNoop, Param, Placeholder, type SQL } from 'drizzle-orm';
import { AppError } from '../../../core/errors.ts';
import type { DbValue, Prepared, Slot } from '../../../core/ports/database.ts';

/**
 * How drizzle's `sql` becomes SQLite text. Names are quoted with backticks: an unknown name in double quotes would be
 * taken for a string (SECURITY-REQUIREMENTS 2.1).
 */
const dialect = {
  escapeName: (name: string) => `\`${name.replaceAll('`', '``')}\``,
  escapeParam: () => '?',
  escapeString: (text: string) => `'${text.replaceAll("'", "''")}'`,
};

/** Renders a statement to text with `?` and one slot for each. Throws `internal` for a value no column can hold. */
export function renderStatement(statement: SQL): Prepared {
  const query = statement.toQuery(dialect);
  refuseNul(query.sql);
  return { text: query.sql, slots: query.params.map(toSlot) };
}

/** Renders a schema statement, its values inline, since DDL cannot bind. */
export function renderInline(statement: SQL): string {
  const query = statement.toQuery({ ...dialect, inlineParams: true });
  refuseNul(query.sql);
  if (query.params.length > 0) throw new AppError('internal', { reason: 'placeholder_in_schema_statement' });
  return query.sql;
}

function toSlot(param: unknown): Slot {
  if (is(param, Placeholder)) return placeholderSlot(param);
  if (is(param, Param) && is(param.value, Placeholder)) {
    // Bindings go in as they are; a column's encoder would be skipped silently.
    if (!isNoop(param.encoder.mapToDriverValue)) {
      throw new AppError('internal', { reason: 'placeholder_with_encoder' });
    }
    return placeholderSlot(param.value);
  }
  return { kind: 'value', value: toValue(param) };
}

/** Drizzle keeps the name of a placeholder from the type checker only. */
function placeholderSlot(placeholder: Placeholder): Slot {
  return { kind: 'name', name: String(Reflect.get(placeholder, 'name')) };
}

function toValue(param: unknown): DbValue {
  if (typeof param === 'boolean') return param ? 1 : 0;
  if (param === null || typeof param === 'string' || typeof param === 'number' || typeof param === 'bigint') {
    return param;
  }
  if (param instanceof Uint8Array) return param;
  throw new AppError('internal', { reason: 'unbindable_value' });
}

/** SQLite reads a text up to its first NUL, so the rest of the statement would be dropped silently. */
function refuseNul(text: string): void {
  if (text.includes('\0')) throw new AppError('internal', { reason: 'nul_in_statement' });
}
