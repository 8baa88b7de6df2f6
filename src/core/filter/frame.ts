import { type SQL, sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import { badFilter } from './bad-filter.ts';

/** A row that paths read from: the record itself, or one reached by a relation, a list or `@collection`. */
export interface Row {
  /** The path that leads here; equal keys are the same row. */
  readonly key: string;
  /** Undefined for list elements. */
  readonly collection: Collection | undefined;
  readonly parent: Row | undefined;
  /** Keys of the rows on the way, this one included, of which there may be many. */
  readonly multi: readonly string[];
  /** How the row is joined; undefined for the record itself. */
  readonly join: Join | undefined;
  /** Joined under its collection's list rule, for a client. */
  readonly guarded: boolean;
}

/** See {@link Row.join}. */
export interface Join {
  source(frame: Frame): SQL;
  /** The column that equals a value of a row further out. */
  readonly link?: { readonly column: string; outer(frame: Frame): SQL };
  /** What else must hold. */
  on?(frame: Frame, alias: string): SQL | undefined;
}

/** SQLite takes 64 tables in one FROM clause; the rest is the statement's own. */
const MAX_JOINS_IN_FRAME = 56;
/** Joins of a whole statement are bounded, since each one costs. */
const MAX_JOINS = 600;

/** Hands out table aliases within one statement, and bounds their number. */
export interface Aliases {
  next(): string;
}

/** Makes {@link Aliases} that start with the name of the statement's own table. */
export function createAliases(prefix: string): Aliases {
  let count = 0;
  return {
    next() {
      count++;
      if (count > MAX_JOINS) throw badFilter('too many joins');
      return `${prefix}__${count}`;
    },
  };
}

interface Joined {
  readonly row: Row;
  readonly alias: string;
  readonly source: SQL;
  /** Equates the column of {@link Join.link}. */
  readonly link: SQL | undefined;
  readonly on: SQL | undefined;
}

/**
 * A place for joins: the FROM clause of the statement (`base`) or of a sub-query. A row is joined in the nearest frame
 * that owns its last multi-valued step; rows without any are joined once, in the base.
 */
export class Frame {
  readonly #parent: Frame | undefined;
  readonly #root: { readonly row: Row; readonly alias: string };
  readonly #aliases: Aliases;
  readonly #owns: ReadonlySet<string> | 'all';
  /** Directly inside `!( … )`, where NULL and false are not the same; sub-queries have no NULL. */
  readonly isClosed: boolean;
  readonly #joined = new Map<string, Joined>();
  readonly #inner = new Set<string>();

  private constructor(
    parent: Frame | undefined,
    root: { row: Row; alias: string },
    aliases: Aliases,
    owns: ReadonlySet<string> | 'all',
    isClosed: boolean,
  ) {
    this.#parent = parent;
    this.#root = root;
    this.#aliases = aliases;
    this.#owns = owns;
    this.isClosed = isClosed;
  }

  /** The outermost frame, whose record is the table `alias`. */
  static base(row: Row, alias: string, aliases: Aliases): Frame {
    return new Frame(undefined, { row, alias }, aliases, new Set(), false);
  }

  /** A sub-query's frame that owns the rows with these keys, or all multi-valued ones. */
  inside(owns: ReadonlySet<string> | 'all'): Frame {
    return new Frame(this, this.#root, this.#aliases, owns, false);
  }

  /** The same place inside `!( … )`: it joins nothing itself. */
  closed(): Frame {
    return new Frame(this, this.#root, this.#aliases, new Set(), true);
  }

  /** Whether rows with this key are joined here or further out already. */
  holds(key: string): boolean {
    return this.#owns === 'all' || this.#owns.has(key) || (this.#parent?.holds(key) ?? false);
  }

  /** The alias of a row, which is joined if it was not yet. */
  alias(row: Row): string {
    if (row === this.#root.row) return this.#root.alias;
    const home = this.#home(row);
    return home === this ? this.#join(row) : home.alias(row);
  }

  /** A column of a row. */
  column(row: Row, name: string): SQL {
    return sql`${sql.identifier(this.alias(row))}.${sql.identifier(name)}`;
  }

  /** Declares that nothing is true in this frame without the row, so that it may be an inner join. */
  require(row: Row): void {
    for (let at: Row | undefined = row; at?.join; at = at.parent) {
      if (at.multi.length > 0 && this.isHomeOf(at)) this.#inner.add(at.key);
    }
  }

  /** Whether the row certainly exists: the record itself, or an inner join. */
  isPresent(row: Row): boolean {
    if (row === this.#root.row) return true;
    return this.#find(row)?.isInner(row) ?? false;
  }

  /** Whether the row is an inner join of this very frame. */
  isInner(row: Row): boolean {
    return this.#inner.has(row.key);
  }

  /** Whether the row is joined in this very frame. */
  isHomeOf(row: Row): boolean {
    return row !== this.#root.row && this.#find(row) === this;
  }

  /** How many rows are inner joins; grows while a caller works out which. */
  get innerCount(): number {
    return this.#inner.size;
  }

  get isEmpty(): boolean {
    return this.#joined.size === 0;
  }

  /** ` LEFT JOIN … LEFT JOIN …` for the base. */
  leftJoins(): SQL {
    return sql.join([...this.#joined.values()].map(leftJoin));
  }

  /** `EXISTS (SELECT 1 FROM … WHERE …)` over the rows of this frame. */
  exists(where: SQL): SQL {
    if (this.isEmpty) return where;
    const rows = [...this.#joined.values()];
    const inner = rows.filter(({ row }) => this.#inner.has(row.key));
    const outer = rows.filter(({ row }) => !this.#inner.has(row.key));
    const from = inner.length > 0 ? sql.join(inner.map(table), sql`, `) : sql`(SELECT 1)`;
    const conditions = sql.join([...inner.flatMap(joinTests), sql`(${where})`], sql` AND `);
    return sql`EXISTS (SELECT 1 FROM ${from}${sql.join(outer.map(leftJoin))} WHERE ${conditions})`;
  }

  /** Whether there is any row like this one, whatever the frame. */
  anySql(row: Row): SQL {
    if (!row.join) throw new Error(`row ${row.key} has no join`);
    return sql`EXISTS (SELECT 1 FROM ${row.join.source(this)})`;
  }

  /** `outer IN (SELECT column FROM row WHERE …)`, for a frame of this one row; the link of the join becomes the IN. */
  membership(row: Row, column: string, outer: SQL, where: SQL): SQL {
    const value = this.column(row, column);
    const [joined] = this.#joined.values();
    if (!joined || this.#joined.size > 1) throw new Error(`row ${row.key} is not alone`);
    const tests = joined.on ? sql`${joined.on} AND ${where}` : where;
    const found = sql`${outer} IN (SELECT ${value} FROM ${table(joined)} WHERE ${tests})`;
    // IN is NULL where EXISTS is false.
    return this.#parent?.isClosed ? sql`(${found} IS TRUE)` : found;
  }

  /** One value over the rows of this frame: the first. */
  first(value: SQL): SQL {
    return sql`(SELECT ${value} FROM (SELECT 1)${this.leftJoins()} LIMIT 1)`;
  }

  #home(row: Row): Frame {
    const home = this.#find(row);
    if (!home) throw new Error(`row ${row.key} would multiply the record`);
    return home;
  }

  /** The frame that owns a row; undefined when none around here does. */
  #find(row: Row): Frame | undefined {
    const step = row.multi.at(-1);
    if (step !== undefined && (this.#owns === 'all' || this.#owns.has(step))) return this;
    if (this.#parent) return this.#parent.#find(row);
    return step === undefined ? this : undefined;
  }

  #join(row: Row): string {
    const known = this.#joined.get(row.key);
    if (known) return known.alias;
    if (!row.join) throw new Error(`row ${row.key} has no join`);
    // A join may only name rows to its left.
    if (row.parent) this.alias(row.parent);
    if (this.#joined.size >= MAX_JOINS_IN_FRAME) throw badFilter('too many joins');
    const alias = this.#aliases.next();
    const { link } = row.join;
    this.#joined.set(row.key, {
      row,
      alias,
      source: row.join.source(this),
      link: link && sql`${sql.identifier(alias)}.${sql.identifier(link.column)} = ${link.outer(this)}`,
      on: row.join.on?.(this, alias),
    });
    return alias;
  }
}

function table({ source, alias }: Joined): SQL {
  return sql`${source} AS ${sql.identifier(alias)}`;
}

function leftJoin(joined: Joined): SQL {
  const tests = joinTests(joined);
  return sql` LEFT JOIN ${table(joined)} ON ${tests.length > 0 ? sql.join(tests, sql` AND `) : sql`1`}`;
}

function joinTests({ link, on }: Joined): SQL[] {
  return [link, on].filter((test) => test !== undefined);
}
