import type { AccessRule, RecordApi } from '../config/record-api.ts';
import { SqlProblem, shown } from '../sql/problem.ts';
import { tokenize } from '../sql/tokens.ts';
import type { DepotObject } from './objects.ts';

/** What a depot declares, without what would be taken for something else. */
interface Unambiguous {
  readonly objects: readonly DepotObject[];
  readonly apis: readonly RecordApi[];
  /** A sentence for everything that is left out. */
  readonly leftOut: readonly string[];
}

/**
 * Leaves out what has a name that means something else here, and what speaks of it: a table `users` of the depot is not the
 * collection of accounts, and a rule or reference over the one must not become one over the other. `isTaken`: by a collection
 * that is there before the depot's.
 */
export function withoutClashes(
  objects: readonly DepotObject[],
  apis: readonly RecordApi[],
  isTaken: (name: string) => boolean,
): Unambiguous {
  const leftOut: string[] = [];
  const lostDatabases = new Set<string>();
  const isLost = (database: string) => lostDatabases.has(database);
  const targets = new Map<string, DepotObject>();
  for (const object of objects) {
    if (object.kind !== 'table' && object.kind !== 'view') continue;
    const { database, name, target } = object;
    const other = targets.get(target.toLowerCase());
    // Tables of `main` come first, and of one database two cannot have one name.
    if (other === undefined) targets.set(target.toLowerCase(), object);
    else if (!isLost(database)) {
      lostDatabases.add(database);
      leftOut.push(
        `The database ${shown(database)} is left out: its ${object.kind} ${shown(name)} would be called ${shown(target)}, which is there already.`,
      );
    }
  }
  const lostNames = [...targets.values()]
    .filter(({ database, target }) => !isLost(database) && isTaken(target))
    .map(({ target }) => target);
  return {
    leftOut,
    objects: objects.filter(({ kind, name, database, target, sql }) => {
      if (isLost(database)) return false;
      if (kind !== 'table' || isTaken(target)) return true;
      const lost = lostNames.find((lostName) => mentions(sql, lostName, 'REFERENCES'));
      if (lost !== undefined)
        leftOut.push(`The table ${shown(name)} is left out: it refers to ${shown(lost)}, which is left out.`);
      return lost === undefined;
    }),
    apis: apis.filter(({ name = '', tableName = '', rules }) => {
      const database = tableName.slice(0, Math.max(0, tableName.indexOf('.')));
      const given: readonly (AccessRule | undefined)[] = Object.values(rules);
      const texts = given.flatMap((rule) => rule?.text ?? []);
      const spoken = lostNames.find((lostName) => texts.some((text) => mentions(text, lostName)));
      const lost = isLost(database) ? database : spoken;
      if (lost !== undefined)
        leftOut.push(
          `The record API ${shown(name)} is left out: it is about ${shown(lost)}, which is left out.`,
        );
      return lost === undefined;
    }),
  };
}

/** Whether a text of SQL has the name, in any letter case; `after` a word. What cannot be read is refused by its reader. */
function mentions(sql: string, name: string, after?: string): boolean {
  try {
    return tokenize(sql).some(
      ({ kind, text }, at, tokens) =>
        (kind === 'word' || kind === 'name') &&
        text.toLowerCase() === name.toLowerCase() &&
        (after === undefined || tokens[at - 1]?.word === after),
    );
  } catch (error) {
    if (error instanceof SqlProblem) return false;
    throw error;
  }
}
