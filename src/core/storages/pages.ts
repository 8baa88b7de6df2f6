import type { Bindings, Database, DbRow, Prepared } from '../ports/database.ts';

/** Rows that are read at once. */
const PAGE = 1000;

/** The rows of a statement with `after` and `limit`, in order of their column `key`, page by page. */
export async function* pagesOf<R extends DbRow & { key: string }>(
  db: Database,
  statement: Prepared,
  bindings: Bindings = {},
): AsyncGenerator<R> {
  let after = '';
  for (;;) {
    const rows = await db.all<R>(statement, { ...bindings, after, limit: PAGE });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.key;
  }
}
