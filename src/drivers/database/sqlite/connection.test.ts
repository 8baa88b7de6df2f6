import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConnection } from './connection.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dossier-connection-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const pragma = (db: ReturnType<typeof openConnection>, name: string) =>
  db.query<Record<string, unknown>, []>(`PRAGMA ${name}`).values()[0]?.[0];

test('the writer has every pragma that the product relies on', () => {
  const db = openConnection(join(dir, 'data.db'), 'writer');
  const names = [
    'journal_mode',
    'synchronous',
    'foreign_keys',
    'recursive_triggers',
    'trusted_schema',
    'mmap_size',
  ];
  expect(names.map((name) => [name, pragma(db, name)])).toEqual([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
    ['recursive_triggers', 1],
    ['trusted_schema', 0],
    ['mmap_size', 0],
  ]);
  expect(Number(pragma(db, 'busy_timeout'))).toBeGreaterThan(0);
  expect(Number(pragma(db, 'journal_size_limit'))).toBeGreaterThan(0);
  db.close();
});

test('readers cannot write, and trust no schema', () => {
  const path = join(dir, 'data.db');
  const writer = openConnection(path, 'writer');
  writer.run('CREATE TABLE t (a)');
  for (const role of ['reader', 'worker'] as const) {
    const db = openConnection(path, role);
    expect(pragma(db, 'trusted_schema')).toBe(0);
    expect(() => db.run('INSERT INTO t VALUES (1)')).toThrow(/readonly|read-only/i);
    db.close();
  }
  writer.close();
});

test('a new database is for its user alone, also in a folder that is not', () => {
  chmodSync(dir, 0o755);
  const path = join(dir, 'data.db');
  const db = openConnection(path, 'writer');
  db.run('CREATE TABLE t (a)');
  const modes = ['', '-wal', '-shm'].map((end) => statSync(path + end).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600]);
  db.close();
});
