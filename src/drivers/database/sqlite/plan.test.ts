import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Weight, weigh } from './plan.ts';
import { createTableSizes } from './table-sizes.ts';

const db = new Database(':memory:');

beforeAll(() => {
  db.run(`CREATE TABLE big (id TEXT PRIMARY KEY NOT NULL, status TEXT, title TEXT, created TEXT);
    CREATE INDEX big_status ON big (status, created); CREATE INDEX big_created ON big (created);
    CREATE TABLE small (id TEXT PRIMARY KEY NOT NULL, big TEXT);
    CREATE TABLE bare (id TEXT PRIMARY KEY NOT NULL, x TEXT) WITHOUT ROWID;
    WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000)
      INSERT INTO big SELECT 'r' || x, 's' || (x % 3), 'title', x FROM c;
    INSERT INTO bare SELECT id, title FROM big; INSERT INTO small SELECT id, id FROM big LIMIT 100`);
});
afterAll(() => db.close());

const cases: readonly (readonly [Weight, string])[] = [
  ['point', 'SELECT * FROM big WHERE id = ?'],
  ['point', 'SELECT b.*, s.id FROM big b LEFT JOIN small s ON s.id = b.title WHERE b.id = ?'],
  ['cheap', 'SELECT max(created) FROM big'],
  ['cheap', 'SELECT * FROM big WHERE status = ? ORDER BY created DESC LIMIT 30'],
  ['cheap', 'SELECT * FROM big ORDER BY created DESC LIMIT ? OFFSET ?'],
  ['cheap', 'SELECT * FROM big LIMIT 30'],
  ['cheap', 'SELECT count(*) FROM big'],
  ['cheap', 'SELECT count(*) FROM big WHERE status = ?'],
  ['cheap', 'SELECT * FROM big WHERE id IN (?, ?, ?)'],
  ['cheap', 'SELECT * FROM big WHERE id IN (SELECT value FROM json_each(?))'],
  ['cheap', 'SELECT * FROM small WHERE big LIKE ? ORDER BY big'],
  ['cheap', 'SELECT * FROM (SELECT id FROM small LIMIT 5) WHERE id > ?'],
  ['eager', 'SELECT * FROM big WHERE title LIKE ? LIMIT 30'],
  ['eager', 'SELECT * FROM big WHERE title = ? ORDER BY created LIMIT 30'],
  ['eager', 'SELECT EXISTS (SELECT 1 FROM big WHERE title LIKE ?)'],
  ['heavy', 'SELECT * FROM big'],
  ['heavy', 'SELECT * FROM big ORDER BY title LIMIT 30'],
  ['heavy', 'SELECT count(*) FROM big WHERE title LIKE ?'],
  ['heavy', 'SELECT count(*) FROM bare WHERE x LIKE ?'],
  ['heavy', 'SELECT * FROM small WHERE EXISTS (SELECT 1 FROM big WHERE big.title = small.big)'],
  ['heavy', 'SELECT s.id FROM small s JOIN small t JOIN small u'],
  ['heavy', 'WITH c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c'],
  ['heavy', 'WITH c (x) AS (SELECT 1 UNION SELECT x + 1 FROM c) SELECT x FROM c LIMIT 3'],
];

describe('weighing a statement by its program', () => {
  for (const [weight, text] of cases) {
    test(`${weight}: ${text}`, () => {
      expect(weigh(db, text, createTableSizes(db))).toBe(weight);
    });
  }
});
