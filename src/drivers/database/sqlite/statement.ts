import type { Database, Statement } from 'bun:sqlite';
import { AppError } from '../../../core/errors.ts';
import type { Bindings, DbRow, DbValue, Prepared } from '../../../core/ports/database.ts';

/**
 * A compiled statement.
 *
 * Integers that a double holds exactly come as numbers and all others as bigint, whatever the column. Reading every
 * integer as bigint would be slow, so rows are read with numbers first; when a column that may hold an integer shows
 * one beyond 2^53, the statement is read again, and from then on, with bigint.
 */
export class Compiled {
  readonly #native: Statement<DbRow, DbValue[]>;
  /** Columns that may hold large integers: declared so, or JSON, or without a declared type. */
  readonly #integers: readonly string[];
  #wide = false;
  /** It does not write. */
  readonly readonly: boolean;
  /** For the cache: when it was last used. */
  tick = 0;

  constructor(db: Database, text: string) {
    this.#native = db.prepare<DbRow, DbValue[]>(text);
    this.readonly = this.#native.readonly;
    const types = this.#native.declaredTypes;
    this.#integers = this.#native.columnNames.filter((_, i) => /INT|JSON|^$/i.test(types[i] ?? ''));
    // A statement that writes (RETURNING) cannot be read twice.
    if (!this.readonly && this.#integers.length > 0) this.#widen();
  }

  all(values: DbValue[]): DbRow[] {
    let rows = this.#native.all(...values);
    if (this.#integers.length === 0) return rows;
    if (!this.#wide) {
      if (!rows.some((row) => this.#overflows(row))) return rows;
      this.#widen();
      rows = this.#native.all(...values);
    }
    for (const row of rows) narrow(row);
    return rows;
  }

  get(values: DbValue[]): DbRow | undefined {
    let row = this.#native.get(...values) ?? undefined;
    if (!row || this.#integers.length === 0) return row;
    if (!this.#wide) {
      if (!this.#overflows(row)) return row;
      this.#widen();
      row = this.#native.get(...values) ?? undefined;
    }
    if (row) narrow(row);
    return row;
  }

  /** Runs it for its effect; returns the number of rows changed, those changed by triggers not counted. */
  run(values: DbValue[]): number {
    return Number(this.#native.run(...values).changes);
  }

  finalize(): void {
    this.#native.finalize();
  }

  #widen(): void {
    this.#wide = true;
    this.#native.safeIntegers(true);
  }

  #overflows(row: DbRow): boolean {
    for (const name of this.#integers) {
      const value = row[name];
      if (typeof value === 'number' && (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)) {
        return true;
      }
    }
    return false;
  }
}

function narrow(row: DbRow): void {
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'bigint' && value <= maxSafe && value >= minSafe) row[name] = Number(value);
  }
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);
const minSafe = BigInt(Number.MIN_SAFE_INTEGER);

/** The values of a statement's slots, in order. Throws `internal` for what cannot be bound, `invalid` for too many. */
export function bindSlots(statement: Prepared, bindings: Bindings | undefined): DbValue[] {
  const { slots } = statement;
  // They are passed as arguments of a call, whose number the engine limits.
  if (slots.length > 32_000) throw new AppError('invalid', { reason: 'too_complex' });
  const values = new Array<DbValue>(slots.length);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i];
    if (slot === undefined) continue;
    const value = slot.kind === 'value' ? slot.value : bindings?.[slot.name];
    if (value === undefined) throw new AppError('internal', { reason: 'unbound_placeholder' });
    // Bun would bind its lowest 64 bits, which are another number.
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
      throw new AppError('internal', { reason: 'integer_out_of_range' });
    }
    values[i] = value;
  }
  return values;
}
