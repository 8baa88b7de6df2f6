import { type SQL, sql } from 'drizzle-orm';
import { parseLossless, stringifyJson } from '../../lib/lossless-json.ts';
import { AppError } from '../errors.ts';
import { parseField } from '../fields/index.ts';
import type { Database, DbRow, Queryable } from '../ports/database.ts';
import type { AuthOptions, Collection, CollectionType, IdKind, Rules, Schema } from './collection.ts';
import type { TakenName } from './definition.ts';
import { createSchema } from './schema.ts';

/** The column of what only some collections have. */
interface StoredOptions {
  readonly auth?: AuthOptions;
  readonly dialects?: Collection['dialects'];
}

/** Reads stored definitions. */
export interface SchemaReader {
  /** The schema as a transaction, or the last commit, has it. Unchanged collections are the same objects as before. */
  read(q: Queryable): Promise<Schema>;
  /** A number that no collection or schema had before. */
  nextVersion(): number;
}

/** Makes a {@link SchemaReader}. */
export function createSchemaReader(db: Database): SchemaReader {
  const all = db.prepare(sql`SELECT * FROM \`_collections\` ORDER BY \`created\`, rowid`);
  let versions = 0;
  /** By the whole row as text: what has not changed is not read again, and keeps its version. */
  let known = new Map<string, Collection>();
  const nextVersion = () => ++versions;
  return {
    nextVersion,
    async read(q) {
      const rows = await q.all(all);
      const entries = rows.map((row): [string, Collection] => {
        const key = JSON.stringify(row);
        return [key, known.get(key) ?? readRow(row, nextVersion())];
      });
      const collections = entries.map(([, collection]) => collection);
      // Rows of a transaction that is undone later are remembered in vain, and no more than once.
      known = new Map([...[...known].slice(-1000), ...entries]);
      return createSchema(nextVersion(), collections);
    },
  };
}

/** Writes a definition, new or changed. */
export function saveDefinition(collection: Collection): SQL {
  const { id, name, type, system, idKind, fields, indexes, rules, auth, dialects, created, updated } =
    collection;
  const options: StoredOptions = { auth, dialects };
  return sql`INSERT INTO \`_collections\` (\`id\`, \`name\`, \`type\`, \`system\`, \`id_kind\`, \`fields\`, \`indexes\`, \`rules\`, \`options\`, \`created\`, \`updated\`) VALUES (${id}, ${name}, ${type}, ${system ? 1 : 0}, ${idKind}, ${stringifyJson(fields)}, ${JSON.stringify(indexes)}, ${JSON.stringify(rules)}, ${JSON.stringify(options)}, ${created}, ${updated}) ON CONFLICT (\`id\`) DO UPDATE SET \`name\` = excluded.\`name\`, \`fields\` = excluded.\`fields\`, \`indexes\` = excluded.\`indexes\`, \`rules\` = excluded.\`rules\`, \`options\` = excluded.\`options\`, \`updated\` = excluded.\`updated\``;
}

/** Forgets a definition. */
export function deleteDefinition(id: string): SQL {
  return sql`DELETE FROM \`_collections\` WHERE \`id\` = ${id}`;
}

/** Every name that tables and indexes have. */
export async function readTakenNames(db: Database, q: Queryable): Promise<readonly TakenName[]> {
  const rows = await q.all(db.prepare(sql`SELECT \`name\`, \`tbl_name\` FROM \`sqlite_master\``));
  return rows.map((row) => ({ name: String(row.name), table: String(row.tbl_name) }));
}

/** Why a collection's table does not fit its definition, as a sentence; undefined when it does. */
export async function tableProblem(
  db: Database,
  q: Queryable,
  collection: Collection,
): Promise<string | undefined> {
  const rows = await q.all(db.prepare(sql`SELECT \`name\` FROM pragma_table_info(${collection.name})`));
  if (rows.length === 0)
    return `The table of the collection "${collection.name}" is missing from the database.`;
  const columns = new Set(rows.map((row) => String(row.name)));
  const missing = collection.fields.find(({ name }) => !columns.has(name));
  if (missing !== undefined) {
    return `The table of the collection "${collection.name}" has no column for its field "${missing.name}".`;
  }
  const extra = [...columns].find((column) => collection.fields.every(({ name }) => name !== column));
  return extra === undefined
    ? undefined
    : `The table of the collection "${collection.name}" has a column "${extra}" that is no field of it.`;
}

function readRow(row: DbRow, version: number): Collection {
  const fields = readList(row.fields).map((definition, at) => {
    const { field } = parseField(definition, `fields.${at}`);
    if (field === undefined) throw new AppError('internal', { reason: 'unknown_field_type' });
    return field;
  });
  const options = parseJson<StoredOptions>(row.options);
  return {
    id: String(row.id),
    name: String(row.name),
    type: oneOf<CollectionType>(row.type, ['base', 'auth', 'view']),
    system: Number(row.system) === 1,
    idKind: oneOf<IdKind>(row.id_kind, ['text', 'integer', 'uuid']),
    fields,
    indexes: parseJson<readonly string[]>(row.indexes),
    rules: parseJson<Rules>(row.rules),
    auth: options.auth,
    dialects: options.dialects ?? {},
    created: String(row.created),
    updated: String(row.updated),
    version,
  };
}

/** A default may have integers that a double cannot hold. */
function readList(text: unknown): readonly unknown[] {
  const list = parseLossless(String(text));
  if (!Array.isArray(list)) throw new AppError('internal', { reason: 'unreadable_definition' });
  return list;
}

/** What {@link saveDefinition} wrote; only this module writes the table. */
function parseJson<T>(value: unknown): T {
  return JSON.parse(String(value));
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new AppError('internal', { reason: 'unreadable_definition' });
  return found;
}
