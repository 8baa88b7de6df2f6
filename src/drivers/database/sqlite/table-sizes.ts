import type { Database } from 'bun:sqlite';

/**
 * A function that estimates the rows of the table or index whose b-tree starts at a page: the highest rowid of the
 * table, which is never less than the rows it has unless rowids were given by hand. Valid for one schema.
 */
export function createTableSizes(db: Database): (rootPage: number) => number {
  let tables: Map<number, string> | undefined;
  return (rootPage) => {
    tables ??= readRoots(db);
    const table = tables.get(rootPage);
    return table === undefined ? 0 : countAtMost(db, table);
  };
}

function readRoots(db: Database): Map<number, string> {
  const roots = new Map<number, string>();
  const statement = db.prepare('SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0');
  for (const [root, table] of statement.values()) roots.set(Number(root), String(table));
  statement.finalize();
  return roots;
}

function countAtMost(db: Database, table: string): number {
  const name = `\`${table.replaceAll('`', '``')}\``;
  try {
    return firstNumber(db, `SELECT max(rowid) FROM ${name}`);
  } catch {
    // A table without rowid: its rows are counted, up to more than any budget.
    return firstNumber(db, `SELECT count(*) FROM (SELECT 1 FROM ${name} LIMIT 20000)`);
  }
}

function firstNumber(db: Database, text: string): number {
  const statement = db.prepare(text);
  try {
    return Number(statement.values()[0]?.[0] ?? 0);
  } finally {
    statement.finalize();
  }
}
