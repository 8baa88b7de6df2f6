import { Database as NativeDatabase } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { openTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { createTurfGeometry } from '../../drivers/geometry/turf/index.ts';
import { createIds } from '../../lib/id.ts';
import { internalRequest, systemActor } from '../actor.ts';
import { AppError } from '../errors.ts';
import { checkRule } from '../rules/index.ts';
import type { Collections } from './collections.ts';
import { createCollections } from './index.ts';

let database: TestDatabase;
let collections: Collections;
let woken: number;
let warnings: string[];

beforeEach(async () => {
  database = await openTestDatabase();
  woken = 0;
  warnings = [];
  collections = open();
  await collections.load();
});
afterEach(() => database.close());

function open(): Collections {
  const silent = () => undefined;
  const { db } = database;
  return createCollections({
    db,
    ids: createIds({ now: Date.now }),
    clock: { now: Date.now },
    log: {
      debug: silent,
      info: silent,
      warn: (event, facts) => warnings.push(`${event} ${JSON.stringify(facts)}`),
      error: silent,
    },
    checkRule,
    tools: {
      jsonSchemas: { problem: () => 'none here', matches: () => false },
      geometry: createTurfGeometry(),
    },
    wakeEraser: () => {
      woken++;
    },
    async deleteRecordsIn(tx, { name }, ids) {
      for (const id of ids)
        await tx.run(db.prepare(sql`DELETE FROM ${sql.identifier(name)} WHERE \`id\` = ${id}`));
    },
    forgetAccountsOf: async () => {},
  });
}

async function rows(text: string): Promise<unknown[]> {
  return database.db.all(database.db.prepare(sql.raw(text)));
}

async function run(text: string): Promise<void> {
  await database.db.write((tx) => tx.run(database.db.prepare(sql.raw(text))));
}

async function problems(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.issues.map(({ path, code }) => `${path} ${code}`);
    throw error;
  }
  return [];
}

/** A live object of the catalogue that belongs to a record's field. */
async function store(object: string, collection: string, record: string, field: string): Promise<void> {
  await run(
    `INSERT INTO _objects (id, backend, key, state, epoch, name, collection, record, field, created) VALUES ('${object}', 'local', 'key-${object}', 'live', 'e', '${object}.png', '${collection}', '${record}', '${field}', 1)`,
  );
}

async function doomed(): Promise<unknown[]> {
  const found = await rows(
    'SELECT d.object AS object, o.state AS state FROM _file_deletions d JOIN _objects o ON o.id = d.object ORDER BY d.object',
  );
  return found;
}

const title = { name: 'title', type: 'text' };
const photos = { id: 'file1', name: 'photos', type: 'file', maxSelect: 5 };

describe('the first start', () => {
  test('makes superusers and users with the ids that clients know, and only once', async () => {
    expect(collections.schema.collections.map(({ id, name }) => [id, name])).toEqual([
      ['pbc_3142635823', '_superusers'],
      ['_pb_users_auth_', 'users'],
    ]);
    const users = collections.get('users');
    expect(users.fields.map(({ name }) => name).join(' ')).toBe(
      'id password tokenKey email emailVisibility verified name avatar created updated',
    );
    expect(users.indexes).toEqual([
      'CREATE UNIQUE INDEX `idx_tokenKey__pb_users_auth_` ON `users` (`tokenKey`)',
      "CREATE UNIQUE INDEX `idx_email__pb_users_auth_` ON `users` (`email`) WHERE `email` != ''",
    ]);
    expect(users.auth?.authToken.duration).toBe(432_000);
    expect(collections.get('_superusers').auth?.authToken.duration).toBe(86_400);
    await collections.delete(systemActor, 'users');
    const again = open();
    await again.load();
    expect(again.schema.collections.map(({ name }) => name)).toEqual(['_superusers']);
  });

  test('refuses to serve when a table does not fit its definition', async () => {
    await database.db.write((tx) => tx.execute(sql.raw('ALTER TABLE users DROP COLUMN name')));
    const again = open();
    const error = await again.load().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AppError);
    expect(error instanceof AppError && error.cause instanceof Error && error.cause.message).toBe(
      'The table of the collection "users" has no column for its field "name".',
    );
  });
});

describe('creating', () => {
  test('is for superusers', async () => {
    const guest = { kind: 'guest', request: internalRequest } as const;
    await expect(collections.create(guest, { name: 'posts' })).rejects.toThrow('unauthorized');
  });

  test('adds the id field, and derives ids from names', async () => {
    const posts = await collections.create(systemActor, { name: 'posts', fields: [title] });
    expect(posts.id).toBe('pbc_1125843985');
    expect(posts.fields.map(({ id }) => id)).toEqual(['text3208210256', 'text724990059']);
    expect(await rows("SELECT name FROM pragma_table_info('posts')")).toEqual([
      { name: 'id' },
      { name: 'title' },
    ]);
  });

  test('keeps the digits of a default for longer than the process lives', async () => {
    const start = { serial: 9007199254740993n, plain: 5 };
    const fields = [{ name: 'data', type: 'json', default: start }];
    await collections.create(systemActor, { name: 'notes', type: 'base', fields });
    const again = open();
    await again.load();
    for (const each of [collections, again]) {
      expect(each.get('notes').fields.at(-1)).toMatchObject({ name: 'data', default: start });
    }
  });

  test('numbers records when ids are integers', async () => {
    await collections.create(systemActor, { name: 'notes', idKind: 'integer', fields: [title] });
    await run("INSERT INTO notes (title) VALUES ('a'), ('b')");
    expect(await rows('SELECT id FROM notes')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(collections.get('notes').idKind).toBe('integer');
  });

  test.each([
    [{ name: 'USERS' }, ['name collection_name_exists']],
    [{ name: '_objects' }, ['name collection_name_invalid']],
    [{ name: 'a b' }, ['name match_invalid']],
    [{ name: 'a_via_b' }, ['name found_via']],
    [{ name: 'x', type: 'view' }, ['type not_supported']],
    [{ name: 'x', fields: [{ name: 'n', type: 'wat' }] }, ['fields.1.type in_invalid']],
    [{ name: 'x', fields: [{ name: 'expand', type: 'text' }] }, ['fields.1.name not_in_invalid']],
    [
      { name: 'x', fields: [title, { name: 'TITLE', type: 'bool' }] },
      ['fields.2.name duplicated_field_name'],
    ],
    [{ name: 'x', fields: [{ name: 's', type: 'select' }] }, ['fields.1.values required']],
    [
      { name: 'x', fields: [{ name: 't', type: 'text', pattern: '(?=a)' }] },
      ['fields.1.pattern invalid_regex'],
    ],
    [
      { name: 'x', fields: [{ name: 'r', type: 'relation', collectionId: 'nope' }] },
      ['fields.1.collectionId field_relation_missing_collection'],
    ],
    [{ name: 'x', listRule: 'nope = 1' }, ['listRule invalid_rule']],
    [{ name: 'x', indexes: ['CREATE INDEX i ON x (nope)'] }, ['indexes.0 invalid_index_expression']],
    [{ name: 'x', indexes: ['CREATE INDEX users ON x (id)'] }, ['indexes.0 existing_index_name']],
    [
      { name: 'x', indexes: ['CREATE INDEX i ON x (id); DROP TABLE users'] },
      ['indexes.0 invalid_index_expression'],
    ],
    [{ name: 'x', type: 'auth', oauth2: { enabled: true } }, ['oauth2.enabled not_supported']],
    [{ name: 'x', type: 'auth', otp: { enabled: true } }, ['otp.enabled not_supported']],
    [{ name: 'x', type: 'auth', mfa: { enabled: true } }, ['mfa.enabled not_supported']],
    [
      { name: 'x', type: 'auth', authToken: { duration: 1 } },
      ['authToken.duration min_greater_equal_than_required'],
    ],
    [
      { name: 'x', type: 'auth', fields: [title], passwordAuth: { identityFields: ['title'] } },
      ['passwordAuth.identityFields missing_unique_constraint'],
    ],
  ])('refuses %j', async (input, expected) => {
    expect(await problems(collections.create(systemActor, input))).toEqual(expected);
    expect(collections.schema.collections).toHaveLength(2);
  });
});

describe('changing', () => {
  test('exchanges the names of two fields and keeps rows and indexes', async () => {
    await collections.create(systemActor, {
      name: 'pairs',
      fields: [
        { id: 'a1', name: 'a', type: 'text' },
        { id: 'b1', name: 'b', type: 'text' },
      ],
      indexes: ['CREATE INDEX idx_a ON pairs (a)'],
    });
    await run("INSERT INTO pairs (id, a, b) VALUES ('r', 'A', 'B')");
    const input = {
      name: 'twins',
      fields: [
        { id: 'b1', name: 'a', type: 'text' },
        { id: 'a1', name: 'b', type: 'text' },
      ],
    };
    const kinds = (await collections.plan(systemActor, 'pairs', input)).map(({ kind }) => kind);
    expect(kinds).toContain('rename_table');
    const after = await collections.update(systemActor, 'pairs', input);
    expect(await rows('SELECT a, b FROM twins')).toEqual([{ a: 'B', b: 'A' }]);
    expect(after.name).toBe('twins');
    // The index is about the same field as before.
    expect(after.indexes).toEqual(['CREATE INDEX `idx_a` ON `twins` (`b`)']);
    expect(await rows("SELECT name FROM pragma_index_info('idx_a')")).toEqual([{ name: 'b' }]);
    expect(collections.schema.byName('pairs')).toBeUndefined();
  });

  test('turns one value into a list and back', async () => {
    const tags = { id: 't', name: 'tags', type: 'select', values: ['x', 'y'] };
    await collections.create(systemActor, { name: 'posts', fields: [tags] });
    await run("INSERT INTO posts (id, tags) VALUES ('r', 'x'), ('s', '')");
    await collections.update(systemActor, 'posts', { fields: [{ ...tags, maxSelect: 2 }] });
    expect(await rows('SELECT tags FROM posts ORDER BY id')).toEqual([{ tags: '["x"]' }, { tags: '[]' }]);
    await run(`UPDATE posts SET tags = '["x","y"]' WHERE id = 'r'`);
    await collections.update(systemActor, 'posts', { fields: [tags] });
    expect(await rows('SELECT tags FROM posts ORDER BY id')).toEqual([{ tags: 'y' }, { tags: '' }]);
  });

  test('undoes everything when stored rows do not fit a new unique index', async () => {
    await collections.create(systemActor, { name: 'posts', fields: [title] });
    await run("INSERT INTO posts (id, title) VALUES ('r', 'x'), ('s', 'x')");
    const change = collections.update(systemActor, 'posts', {
      fields: [title, { name: 'more', type: 'text' }],
      indexes: ['CREATE UNIQUE INDEX one ON posts (title)'],
    });
    expect(await problems(change)).toEqual(['indexes.0 invalid_index_expression']);
    expect(collections.get('posts').fields).toHaveLength(2);
    expect(await rows("SELECT name FROM pragma_table_info('posts')")).toHaveLength(2);
  });

  test('says which rules elsewhere name what is gone', async () => {
    const { id } = await collections.create(systemActor, { name: 'teams', fields: [title] });
    await collections.create(systemActor, {
      name: 'players',
      listRule: "team.title != 'x'",
      viewRule: "team.id != ''",
      fields: [{ name: 'team', type: 'relation', collectionId: id }],
    });
    await collections.update(systemActor, 'teams', { listRule: '' });
    expect(warnings).toEqual([]);
    const fields = collections.get('teams').fields;
    await collections.update(systemActor, 'teams', {
      fields: fields.map((field) => (field.name === 'title' ? { ...field, name: 'name' } : field)),
    });
    expect(warnings).toEqual([
      'rule.broken {"collection":"players","rule":"listRule","error":"unknown field \\"title\\""}',
    ]);
  });

  test('the definition that a new collection starts from can be sent as it is, more than once', async () => {
    for (const name of ['staff', 'guests']) {
      const { fields, indexes } = collections.scaffold('auth');
      await collections.create(systemActor, { id: '', name, type: 'auth', fields, indexes });
      expect(collections.get(name).indexes).toHaveLength(2);
      expect(collections.get(name).indexes[0]).toContain(`ON \`${name}\` (\`tokenKey\`)`);
    }
  });

  test('a new collection that names no kind of ids has that of its id field', async () => {
    for (const idKind of ['integer', 'uuid'] as const) {
      const { fields } = await collections.create(systemActor, { name: `first_${idKind}`, idKind });
      await collections.create(systemActor, { name: `second_${idKind}`, fields });
      expect(collections.get(`second_${idKind}`).idKind).toBe(idKind);
      const other = collections.create(systemActor, { name: 'third', idKind: 'text', fields });
      expect(await problems(other)).toEqual(['fields.0.pattern id_kind_change']);
    }
  });

  test('accounts have no counted ids, which those of another collection would have as well', async () => {
    const { fields } = await collections.create(systemActor, { name: 'notes', idKind: 'integer' });
    for (const input of [{ idKind: 'integer' }, { fields }]) {
      const made = collections.create(systemActor, { name: 'staff', type: 'auth', ...input });
      expect(await problems(made)).toEqual(['idKind not_supported']);
    }
    await collections.create(systemActor, { name: 'staff', type: 'auth', idKind: 'uuid' });
  });

  test('does not change the kind of ids', async () => {
    await collections.create(systemActor, { name: 'posts', idKind: 'integer' });
    expect(await problems(collections.update(systemActor, 'posts', { idKind: 'text' }))).toEqual([
      'idKind id_kind_change',
    ]);
    expect(await problems(collections.update(systemActor, 'posts', { idKind: 'integer' }))).toEqual([]);
  });

  test('signs everybody out when the rule about who may sign in changes, and only then', async () => {
    const secret = () => collections.get('users').auth?.authToken.secret;
    const before = secret();
    await collections.update(systemActor, 'users', { authToken: { duration: 100 } });
    expect(secret()).toBe(before);
    await collections.update(systemActor, 'users', { authRule: 'verified = true' });
    expect(secret()).not.toBe(before);
    expect(secret()).toHaveLength(50);
  });

  test('keeps the type, the system collections and the system fields', async () => {
    expect(await problems(collections.update(systemActor, 'users', { type: 'base' }))).toEqual([
      'type collection_type_change',
    ]);
    expect(
      await problems(collections.update(systemActor, '_superusers', { name: 'x', listRule: '' })),
    ).toEqual(['name collection_system_name_change', 'listRule collection_system_rule_change']);
    const password = { name: 'password', type: 'password', min: 12 };
    await collections.update(systemActor, 'users', { fields: [password] });
    const bare = await collections.update(systemActor, 'users', { fields: [] });
    expect(bare.fields.map(({ name }) => name).join(' ')).toBe(
      'id password tokenKey email emailVisibility verified',
    );
    expect(bare.fields.find(({ name }) => name === 'password')).toMatchObject({
      min: 12,
      hidden: true,
      system: true,
    });
  });

  test('renames a table to other letters of the same name', async () => {
    await collections.create(systemActor, { id: 'c1', name: 'albums', fields: [photos] });
    await collections.update(systemActor, 'albums', { name: 'Albums' });
    expect(await rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'albums'")).toEqual([
      { name: 'Albums' },
    ]);
  });

  test('gives two changes at once what the first one made', async () => {
    await Promise.all([
      collections.create(systemActor, { name: 'one' }),
      collections.create(systemActor, { name: 'two' }),
      expect(collections.create(systemActor, { name: 'one' })).rejects.toThrow('invalid'),
    ]);
    expect(collections.schema.collections.map(({ name }) => name).slice(2)).toEqual(['one', 'two']);
  });
});

describe('files follow', () => {
  beforeEach(async () => {
    await collections.create(systemActor, {
      id: 'c1',
      name: 'albums',
      fields: [photos, { ...photos, id: 'file2', name: 'cover', maxSelect: 1 }],
    });
    await run(`INSERT INTO albums (id, photos, cover) VALUES ('r', '["a.png","b.png"]', 'c.png')`);
    for (const object of ['a', 'b']) await store(object, 'c1', 'r', 'file1');
    await store('c', 'c1', 'r', 'file2');
  });

  test('a plain SQL update that drops names', async () => {
    await run(`UPDATE albums SET photos = '["b.png"]'`);
    expect(await doomed()).toEqual([{ object: 'a', state: 'doomed' }]);
    await run(`UPDATE albums SET cover = ''`);
    expect(await doomed()).toHaveLength(2);
  });

  test('a plain SQL delete, by the index over owners', async () => {
    await run('DELETE FROM albums');
    expect(await doomed()).toHaveLength(3);
    const file = new NativeDatabase(join(database.dir, 'data.db'), { readonly: true });
    const plan = file
      .query(
        "EXPLAIN QUERY PLAN UPDATE _objects SET state = 'doomed' WHERE state = 'live' AND collection = 'c1' AND record = CAST('r' AS TEXT)",
      )
      .all();
    file.close();
    expect(JSON.stringify(plan)).toContain('_objects_owner');
  });

  test('a dropped field, and later changes of the others', async () => {
    await collections.update(systemActor, 'albums', {
      name: 'books',
      fields: [{ ...photos, name: 'images' }],
    });
    expect(await doomed()).toEqual([{ object: 'c', state: 'doomed' }]);
    expect(woken).toBe(1);
    await run(`UPDATE books SET images = '[]'`);
    expect(await doomed()).toHaveLength(3);
  });

  test('a list that becomes one value keeps the last', async () => {
    await collections.update(systemActor, 'albums', {
      fields: [
        { ...photos, maxSelect: 1 },
        { ...photos, id: 'file2', name: 'cover', maxSelect: 1 },
      ],
    });
    expect(await doomed()).toEqual([{ object: 'a', state: 'doomed' }]);
    expect(await rows('SELECT photos FROM albums')).toEqual([{ photos: 'b.png' }]);
    await run(`UPDATE albums SET photos = ''`);
    expect(await doomed()).toHaveLength(2);
  });

  test('a truncation and a deleted collection', async () => {
    await collections.truncate(systemActor, 'albums');
    expect(await doomed()).toHaveLength(3);
    await store('d', 'c1', 'q', 'file1');
    await collections.delete(systemActor, 'albums');
    expect(await doomed()).toHaveLength(4);
    expect(await rows("SELECT name FROM sqlite_master WHERE tbl_name = 'albums'")).toEqual([]);
  });
});

test('a collection that others point to is not deleted', async () => {
  await collections.create(systemActor, { id: 'target', name: 'target' });
  await collections.create(systemActor, {
    name: 'links',
    fields: [{ name: 'to', type: 'relation', collectionId: 'target' }],
  });
  const error = await collections.delete(systemActor, 'target').catch((caught: unknown) => caught);
  expect(error instanceof AppError && [error.reason, error.params.by]).toEqual(['referenced', ['links']]);
});

test('the list filters, sorts and pages', async () => {
  const query = {
    page: 1,
    perPage: 1,
    filter: 'type = "auth" && (name ~ "s" || system = true)',
    sort: '-name',
  };
  const page = await collections.list(systemActor, query);
  expect([page.items.map(({ name }) => name), page.totalItems, page.totalPages]).toEqual([['users'], 2, 2]);
  await expect(collections.list(systemActor, { page: 1, perPage: 1, filter: 'fields = 1' })).rejects.toThrow(
    'bad_filter',
  );
});
