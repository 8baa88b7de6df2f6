import type { Collection } from '../collections/collection.ts';

interface Index {
  readonly unique: boolean;
  /** Lower case, in order; `undefined` for an expression. */
  readonly columns: readonly (string | undefined)[];
  /** Text of the WHERE clause. */
  readonly condition: string | undefined;
}

const INDEX = /^\s*CREATE\s+(UNIQUE\s+)?INDEX\s+[^(]*\(([^()]*)\)\s*(?:WHERE\s+(.*?))?\s*;?\s*$/is;
const COLUMN = /^\s*[`"[]?(\w+)[`"\]]?\s*(?:COLLATE\s+\w+\s*)?(?:ASC|DESC)?\s*$/i;
const NOT_EMPTY = /^[`"[]?(\w+)[`"\]]?\s*(?:!=|<>)\s*''$/;

/** Whether no two records have the same non-empty value in a column. */
export function isUnique(collection: Collection, column: string): boolean {
  if (column === 'id') return true;
  const wanted = column.toLowerCase();
  return indexesOf(collection).some(({ unique, columns, condition }) => {
    if (!unique || columns.length !== 1 || columns[0] !== wanted) return false;
    return condition === undefined || NOT_EMPTY.exec(condition)?.[1]?.toLowerCase() === wanted;
  });
}

/** Whether a value of a column can be searched for. */
export function isIndexed(collection: Collection, column: string): boolean {
  const wanted = column.toLowerCase();
  return wanted === 'id' || whole(collection).some(({ columns }) => columns[0] === wanted);
}

/** Whether values of both columns can be searched for at once. */
export function areIndexedTogether(collection: Collection, one: string, other: string): boolean {
  const wanted = [one.toLowerCase(), other.toLowerCase()];
  return whole(collection).some(({ columns }) => wanted.every((name) => columns.slice(0, 2).includes(name)));
}

function whole(collection: Collection): readonly Index[] {
  return indexesOf(collection).filter(({ condition }) => condition === undefined);
}

function indexesOf({ indexes }: Collection): readonly Index[] {
  return indexes.flatMap((statement) => {
    const [, unique, columns = '', condition] = INDEX.exec(statement) ?? [];
    if (columns === '') return [];
    const names = columns.split(',').map((column) => COLUMN.exec(column)?.[1]?.toLowerCase());
    return { unique: unique !== undefined, columns: names, condition };
  });
}
