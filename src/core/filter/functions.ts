import { type SQL, sql } from 'drizzle-orm';
import type { Operand } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import type { Frame } from './frame.ts';
import type { Value } from './value.ts';

interface FilterFunction {
  readonly least: number;
  readonly most: number;
  accepts(argument: Operand): boolean;
  /** Arguments may be repeated in the result. */
  sql(args: readonly SQL[]): SQL;
}

/** The functions of the language (specs/pocketbase.md 1.9). */
const functions: ReadonlyMap<string, FilterFunction> = new Map([
  ['geoDistance', { least: 4, most: 4, accepts: ({ kind }) => kind !== 'text', sql: haversine }],
  [
    'strftime',
    {
      least: 1,
      most: 10,
      accepts: () => true,
      sql: (args) => sql`strftime(${sql.join([...args], sql`, `)})`,
    },
  ],
]);

/**
 * A function over resolved arguments. Paths of many values do not ask for every value here: any one row will do.
 *
 * @throws AppError `bad_filter` for an unknown function or wrong arguments.
 */
export function functionValue(
  name: string,
  operands: readonly Operand[],
  resolve: (operand: Operand) => Value,
): Value {
  const known = functions.get(name);
  if (!known) throw badFilter(`unknown function "${name}"`);
  if (operands.length < known.least || operands.length > known.most || !operands.every(known.accepts)) {
    throw badFilter(`wrong arguments of "${name}"`);
  }
  const args = operands.map(resolve);
  return {
    sql: (frame: Frame) => known.sql(args.map((arg) => arg.sql(frame))),
    notNull: false,
    empty: 'maybe',
    exact: true,
    multi: [...new Set(args.flatMap(({ multi }) => multi))],
    everyValue: false,
    guards: args.flatMap(({ guards }) => guards),
  };
}

/** Kilometres on a sphere of radius 6371 km. `min` keeps rounding within the domain of asin. */
function haversine([lonA, latA, lonB, latB]: readonly SQL[]): SQL {
  const half = (a: SQL | undefined, b: SQL | undefined) =>
    sql`pow(sin((radians(${b}) - radians(${a})) / 2), 2)`;
  const chord = sql`${half(latA, latB)} + cos(radians(${latA})) * cos(radians(${latB})) * ${half(lonA, lonB)}`;
  return sql`(12742 * asin(sqrt(min(1, ${chord}))))`;
}
