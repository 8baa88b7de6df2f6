import type { Database } from 'bun:sqlite';
import { SqlProblem } from '../sql/problem.ts';
import { tokenize } from '../sql/tokens.ts';

/** A table, view, index or trigger of a depot's databases. */
export interface DepotObject {
  readonly kind: 'table' | 'view' | 'index' | 'trigger';
  readonly database: string;
  /** As the depot calls it. */
  readonly name: string;
  /** What the collection or index is called: as the depot does, with the database in front where that is not `main`. */
  readonly target: string;
  readonly sql: string;
}

interface SchemaRow {
  readonly type: DepotObject['kind'];
  readonly name: string;
  readonly sql: string;
}

/** What the user declared in a database: without TrailBase's own tables and the triggers by which it follows files. */
export function readObjects(db: Database, database: string): readonly DepotObject[] {
  const rows = db
    .query<SchemaRow, []>(
      `SELECT type, name, sql FROM sqlite_master
       WHERE sql IS NOT NULL AND substr(name, 1, 1) <> '_' AND substr(tbl_name, 1, 1) <> '_'
         AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
       ORDER BY rowid`,
    )
    .all();
  const targets = new Map(rows.map(({ name }) => [name.toLowerCase(), targetName(database, name)]));
  return rows.map(({ type, name, sql }) => ({
    kind: type,
    database,
    name,
    target: targetName(database, name),
    sql: database === 'main' ? sql : renamed(sql, targets),
  }));
}

/** The name of a table in a depot, as record APIs write it, for the collection that it becomes. */
export function targetOf(tableName: string): string {
  const [database, name] = tableName.split('.');
  return name === undefined ? tableName : targetName(database ?? 'main', name);
}

function targetName(database: string, name: string): string {
  return database === 'main' ? name : `${database}_${name}`;
}

/** Words after which a table, view or index is named. */
const NAMES_ONE = new Set(['TABLE', 'EXISTS', 'VIEW', 'INDEX', 'ON', 'REFERENCES', 'FROM', 'JOIN']);

/** The same statement over tables of other names. What cannot be read is left for whoever reads it next. */
function renamed(sql: string, targets: ReadonlyMap<string, string>): string {
  try {
    const lines = lineStarts(sql);
    let result = '';
    let from = 0;
    let before = '';
    const tokens = tokenize(sql);
    for (const [index, { kind, text, word, place }] of tokens.entries()) {
      const target = kind === 'word' || kind === 'name' ? targets.get(text.toLowerCase()) : undefined;
      const isTable = NAMES_ONE.has(before) || tokens[index + 1]?.text === '.';
      if (target !== undefined && isTable) {
        const at = (lines[place.line - 1] ?? 0) + place.column - 1;
        result += `${sql.slice(from, at)}"${target}"`;
        from = at + text.length + (kind === 'name' ? 2 : 0);
      }
      before = word;
    }
    return result + sql.slice(from);
  } catch (error) {
    if (error instanceof SqlProblem) return sql;
    throw error;
  }
}

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}
