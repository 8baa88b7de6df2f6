import { type SQL, sql } from 'drizzle-orm';
import type { SortKey } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import type { Context } from './context.ts';
import type { Frame } from './frame.ts';
import { splitModifier } from './parse.ts';
import { resolvePath } from './paths.ts';
import type { Value } from './value.ts';

/**
 * The keys of ORDER BY (specs/pocketbase.md 1.8). A path of many values sorts by its first.
 *
 * @throws AppError as {@link resolvePath}.
 */
export function orderSql(context: Context, keys: readonly SortKey[], base: Frame): SQL {
  return sql.join(
    keys.map((key) => keySql(context, key, base)),
    sql`, `,
  );
}

function keySql(context: Context, { path, descending }: SortKey, base: Frame): SQL {
  if (path === '@random') return sql`RANDOM()`;
  const value = path === '@rowid' ? base.column(context.root, '_rowid_') : pathSql(context, path, base);
  return descending ? sql`${value} DESC` : sql`${value} ASC`;
}

function pathSql(context: Context, path: string, base: Frame): SQL {
  const split = splitModifier(path);
  if (!split) throw badFilter(`unknown modifier in "${path}"`);
  const value = resolvePath(context, split.path, split.modifier);
  if (value.multi.length === 0) return shown(value, base);
  const frame = base.inside('all');
  return frame.first(shown(value, frame));
}

/** The order must not tell what a value is hidden for. */
function shown(value: Value, frame: Frame): SQL {
  if (value.guards.length === 0) return value.sql(frame);
  const guards = sql.join(
    value.guards.map((guard) => guard.sql(frame)),
    sql` AND `,
  );
  return sql`CASE WHEN ${guards} THEN ${value.sql(frame)} END`;
}
