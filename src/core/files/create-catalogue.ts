import { type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { invalid, notFound } from '../errors.ts';
import type { Database } from '../ports/database.ts';
import { requireSuperuser } from '../require-superuser.ts';
import type {
  Amount,
  FileCatalogue,
  FileEntry,
  FileList,
  FileQuery,
  FilesOf,
  FileUsage,
} from './catalogue.ts';
import type { ObjectState } from './stored-file.ts';

/** What {@link createCatalogue} needs. */
export interface CatalogueParts {
  readonly db: Database;
  readonly schema: () => Schema;
}

type Sort = NonNullable<FileQuery['sort']>;

type Row = {
  id: string;
  backend: string;
  state: ObjectState;
  size: number;
  sha256: string;
  type: string;
  width: number;
  height: number;
  original_name: string;
  name: string;
  collection: string | null;
  record: string | null;
  field: string | null;
  position: number;
  created: number;
  owner: string;
};

type UsageRow = { collection: string | null; backend: string; files: number; bytes: number };

const PER_PAGE = 50;
const MOST_PER_PAGE = 200;
const NEWEST: Sort = { by: 'created', descending: true };
const KEYS = {
  created: { column: sql`created`, of: (row: Row) => row.created },
  size: { column: sql`size`, of: (row: Row) => row.size },
  name: { column: sql`original_name COLLATE NOCASE`, of: (row: Row) => row.original_name },
} satisfies Record<Sort['by'], { column: SQL; of(row: Row): string | number }>;

/** Makes {@link FileCatalogue}. */
export function createCatalogue({ db, schema }: CatalogueParts): FileCatalogue {
  const byPlace = db.prepare(sql`SELECT collection, backend, count(*) AS files, sum(size) AS bytes
    FROM _objects WHERE state = 'live' GROUP BY collection, backend`);

  async function list(query: FileQuery): Promise<FileList> {
    const sort = query.sort ?? NEWEST;
    const { column, of } = KEYS[sort.by];
    const limit = Math.min(MOST_PER_PAGE, Math.max(1, Math.floor(query.limit ?? PER_PAGE)));
    const direction = sort.descending ? sql`DESC` : sql`ASC`;
    const rows = await db.all<Row>(
      db.prepare(sql`SELECT id, backend, state, size, sha256, type, width, height, original_name, name, collection, record,
          field, position, created, owner
        FROM _objects WHERE ${sql.join(conditions(query, sort, schema()), sql` AND `)}
        ORDER BY ${column} ${direction}, id ${direction} LIMIT ${limit + 1}`),
    );
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next = last && rows.length > limit ? writePlace(of(last), last.id) : undefined;
    return { items: shown.map((row) => toEntry(row, schema())), next };
  }

  async function usage(): Promise<FileUsage> {
    const rows = await db.all<UsageRow>(byPlace);
    const collections = sums(rows, ({ collection }) => collection ?? '');
    const storages = sums(rows, ({ backend }) => backend);
    const total = sums(rows, () => '').get('') ?? { files: 0, bytes: 0 };
    return {
      total,
      collections: largestFirst(
        [...collections].map(([id, amount]) => ({ id, name: schema().byId(id)?.name ?? '', ...amount })),
      ),
      storages: largestFirst([...storages].map(([name, amount]) => ({ name, ...amount }))),
    };
  }

  async function amount({ collection, field, surplusOnly }: FilesOf): Promise<Amount> {
    const all = conditions({ collection, ...(field !== undefined && { field }) }, NEWEST, schema());
    if (surplusOnly === true) {
      all.push(sql`EXISTS (SELECT 1 FROM _objects AS later WHERE later.state = 'live'
        AND later.collection = _objects.collection AND later.record = _objects.record
        AND later.field = _objects.field AND later.position > _objects.position)`);
    }
    const [row] = await db.all<{ files: number; bytes: number }>(
      db.prepare(sql`SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes
        FROM _objects WHERE ${sql.join(all, sql` AND `)}`),
    );
    return row ?? { files: 0, bytes: 0 };
  }

  return {
    async list(actor: Actor, query = {}) {
      requireSuperuser(actor);
      return list(query);
    },
    async usage(actor: Actor) {
      requireSuperuser(actor);
      return usage();
    },
    async amount(actor: Actor, of) {
      requireSuperuser(actor);
      return amount(of);
    },
  };
}

function conditions(query: FileQuery, sort: Sort, schema: Schema): SQL[] {
  const { record, type, name, storage, minSize, maxSize, owner, state = 'live', after } = query;
  // Beside the state itself, so that SQLite sees that the partial index may be used.
  const all = [state === 'live' ? sql`state = 'live'` : sql`state = ${state} AND state <> 'live'`];
  const collection = query.collection === undefined ? undefined : schema.find(query.collection);
  if (query.collection !== undefined) {
    if (collection === undefined) throw notFound('collection');
    all.push(sql`collection = ${collection.id}`);
  }
  if (query.field !== undefined) all.push(sql`field = ${fieldId(collection, query.field)}`);
  if (record !== undefined) all.push(sql`record = ${record}`);
  if (type !== undefined && type !== '') all.push(sql`type LIKE ${`${escaped(type)}%`} ESCAPE '\\'`);
  if (name !== undefined && name !== '') {
    const part = `%${escaped(name)}%`;
    all.push(sql`(original_name LIKE ${part} ESCAPE '\\' OR name LIKE ${part} ESCAPE '\\')`);
  }
  if (storage !== undefined) all.push(sql`backend = ${storage}`);
  if (minSize !== undefined) all.push(sql`size >= ${minSize}`);
  if (maxSize !== undefined) all.push(sql`size <= ${maxSize}`);
  if (owner !== undefined) all.push(sql`owner = ${owner}`);
  if (after !== undefined) {
    const { value, id } = readPlace(after, sort);
    const compared = sort.descending ? sql`<` : sql`>`;
    all.push(sql`(${KEYS[sort.by].column}, id) ${compared} (${value}, ${id})`);
  }
  return all;
}

function fieldId(collection: Collection | undefined, idOrName: string): string {
  const found =
    collection?.fields.find(({ id }) => id === idOrName) ??
    collection?.fields.find(({ name }) => name === idOrName);
  if (found === undefined) throw notFound('field');
  return found.id;
}

/** Text as itself in a LIKE pattern. */
function escaped(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}

function writePlace(value: string | number, id: string): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

function readPlace(after: string, sort: Sort): { value: string | number; id: string } {
  const [value, id, ...more] = parsedList(Buffer.from(after, 'base64url').toString());
  const isValue = sort.by === 'name' ? typeof value === 'string' : Number.isSafeInteger(value);
  if (!isValue || typeof id !== 'string' || more.length > 0) {
    throw invalid({ path: 'after', code: 'invalid_cursor' });
  }
  return { value: typeof value === 'number' ? value : String(value), id };
}

function parsedList(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function toEntry(row: Row, schema: Schema): FileEntry {
  const collection = schema.byId(row.collection ?? '');
  const field = collection?.fields.find(({ id }) => id === row.field);
  return {
    objectId: row.id,
    state: row.state,
    collectionId: row.collection ?? '',
    collection: collection?.name ?? '',
    record: row.record ?? '',
    fieldId: row.field ?? '',
    field: field?.name ?? '',
    position: row.position,
    originalName: row.original_name,
    name: row.name,
    size: row.size,
    type: row.type,
    width: row.width,
    height: row.height,
    sha256: row.sha256,
    storage: row.backend,
    created: row.created,
    owner: row.owner,
  };
}

function sums<R extends Amount>(rows: readonly R[], keyOf: (row: R) => string): Map<string, Amount> {
  const all = new Map<string, Amount>();
  for (const row of rows) {
    const { files, bytes } = all.get(keyOf(row)) ?? { files: 0, bytes: 0 };
    all.set(keyOf(row), { files: files + row.files, bytes: bytes + row.bytes });
  }
  return all;
}

function largestFirst<A extends Amount>(amounts: A[]): A[] {
  return amounts.sort((a, b) => b.bytes - a.bytes || b.files - a.files);
}
