import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { fillPlaceholders, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { collection, createNewsroom, schemaOf } from '../../../test/support/newsroom.ts';
import { createConditions } from './conditions.ts';

/*
 * Two worlds that differ in nothing but what Ann may not see: e-mails that are withheld, secrets of others, and notes that the
 * list rule hides. Whatever she filters and sorts by must find the same in both.
 */
const mine = 'owner = @request.auth.id';
const rules = { list: '', view: '', create: '', update: '', delete: '' };
const users = collection(
  'users',
  'email:email emailVisibility:bool name:text boss:relation>users friends:relation*>users',
  { type: 'auth' },
);
const secrets = collection('secrets', 'a:text n:number j:json owner:relation>users of:relation>posts', {
  rules: { ...rules, list: mine },
});
const posts = collection(
  'posts',
  'title:text author:relation>users editors:relation*>users secret:relation>secrets secrets:relation*>secrets',
);
const notes = collection('notes', 'post:relation>posts text:text n:number', {
  rules: { ...rules, list: "text != 'hidden'" },
});
const schema = schemaOf([users, secrets, posts, notes]);
const conditions = createConditions();
const ann = { ...createNewsroom().account('ann'), collection: users, record: { id: 'ann' } };

/** `other` gives the values that are withheld. */
function makeWorld(other: <T>(one: T, another: T) => T): Database {
  const database = new Database(':memory:', { strict: true });
  const table = (name: string, columns: string, rows: readonly (readonly (string | number)[])[]) => {
    database.run(`CREATE TABLE ${name} (id TEXT PRIMARY KEY NOT NULL, ${columns})`);
    const slots = rows[0]?.map(() => '?').join();
    for (const row of rows) database.query(`INSERT INTO ${name} VALUES (${slots})`).run(...row);
  };
  table('users', 'email TEXT, emailVisibility BOOLEAN, name TEXT, boss TEXT, friends JSON', [
    ['ann', 'a@x.org', 1, 'Ann', 'bob', '["bob","cid"]'],
    ['bob', other('a', 'b@x.org'), 0, 'b', '', '["ann"]'],
    ['cid', other('', 'b'), 0, '', 'ann', '[]'],
  ]);
  table('secrets', 'a TEXT, n NUMERIC, j JSON, owner TEXT, of TEXT', [
    ['s1', 'a', 1, '"a"', 'ann', 'p1'],
    ['s2', other('a', ''), other(1, 0), other('"a"', 'null'), other('bob', 'cid'), other('p1', '')],
    ['s3', other('', 'b'), other(0, 2), other('{"b":1}', '[]'), other('', 'bob'), other('p2', 'p3')],
  ]);
  table('posts', 'title TEXT, author TEXT, editors JSON, secret TEXT, secrets JSON', [
    ['p1', 'a', 'ann', '["bob"]', 's1', '["s2","s3"]'],
    ['p2', '', 'bob', '["ann","cid"]', 's2', '["s1"]'],
    ['p3', 'b', 'cid', '[]', 's3', '["s1","s2"]'],
    ['p4', 'b', '', '["cid"]', '', '[]'],
  ]);
  table('notes', 'post TEXT, text TEXT, n NUMERIC', [
    ['n1', 'p1', 'a', 1],
    ['n2', other('p1', 'p3'), 'hidden', other(1, 2)],
    ['n3', 'p2', '', 0],
  ]);
  return database;
}

function find(database: Database, filter: string, sort: string): string {
  const { condition, bind } = conditions.for({
    scope: { schema, collection: posts, alias: 'r', authCollection: users },
    ...{ filter, sort, trust: 'client' },
  });
  const { sql: text, params } =
    sql`SELECT r.id FROM posts AS r ${condition.joins} WHERE ${condition.where} ORDER BY ${condition.orderBy}, r.id`.toQuery(
      {
        escapeName: (name) => `\`${name}\``,
        escapeParam: () => '?',
        escapeString: (value) => `'${value}'`,
      },
    );
  const values = fillPlaceholders(params, { ...bind(ann, { now: 0 }) }).map((value) =>
    typeof value === 'string' || typeof value === 'number' ? value : null,
  );
  const rows = database.query<{ id: string }, (string | number | null)[]>(text).all(...values);
  return rows.map(({ id }) => id).join(' ');
}

const path = fc.constantFrom(
  ...['title', 'author', 'author.email', 'author.email:lower', 'author.boss.email', 'editors.email'],
  ...['author.friends.email', 'secret', 'secret.a', 'secret.a:lower', 'secret.n', 'secret.j', 'secret.j.b'],
  ...['secret.owner', 'secret.owner.email', 'secret.of.title', 'secret.id', 'secrets.a', 'secrets.n'],
  ...['secrets.owner', 'secrets:each', 'secrets_via_of.a', 'secrets_via_of.n', 'notes_via_post.text'],
  ...['notes_via_post.n', 'notes_via_post.id', 'author.posts_via_author.secret.a'],
);
const literal = fc.constantFrom("'a'", "'b'", "''", 'null', '0', '1', 'true', "'%'", "'b%'", "'bob'", "'p1'");
const operator = fc
  .tuple(
    fc.constantFrom('', '?'),
    fc.constantFrom('=', '!=', '~', '!~', '>', '<=', '==', '!==', '~~', '!~~', '>=', '<'),
  )
  .map((parts) => parts.join(''));
const called = path.map((each) => `strftime('%Y', ${each})`);
const filter = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(fc.oneof(path, path, called), operator, fc.oneof(path, literal)).map((parts) => parts.join(' ')),
    fc
      .tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any'))
      .map(([left, join, right]) => `(${left} ${join} ${right})`),
    tie('any').map((term) => `!(${term})`),
  ),
})).any;

test('no filter and no order tells clients anything of what is withheld from them', () => {
  const [one, another] = [makeWorld((value) => value), makeWorld((_, value) => value)];
  fc.assert(
    fc.property(filter, path, (text, sort) => {
      expect(find(another, text, sort)).toBe(find(one, text, sort));
    }),
    { numRuns: 800 },
  );
});
