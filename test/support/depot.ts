import { Database } from 'bun:sqlite';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A statement of a depot's schema, as `sqlite_master` has it. */
export interface DepotDeclaration {
  readonly type: 'table' | 'view' | 'index' | 'trigger';
  readonly name: string;
  readonly sql: string;
}

/** The same statement, of the same length, without its CHECKs: they call functions that this SQLite does not have. */
function withoutChecks(sql: string): string {
  let plain = '';
  let from = 0;
  for (const { index } of sql.matchAll(/\bCHECK\s*\(/g)) {
    const open = sql.indexOf('(', index);
    const close = closing(sql, open);
    plain += `${sql.slice(from, open + 1)}1`.padEnd(close - from);
    from = close;
  }
  return plain + sql.slice(from);
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')' && --depth === 0) return at;
  }
  throw new Error('a bracket is not closed');
}

/** Sixteen bytes of a UUID (version 4) that ends in a number. */
export function uuidOf(number: number): Uint8Array {
  return Uint8Array.from([1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, number >> 8, number & 255]);
}

const USER_TABLE = `CREATE TABLE _user (
  id BLOB PRIMARY KEY NOT NULL CHECK(is_uuid(id)) DEFAULT (uuid_v4()),
  email TEXT, unverified_email TEXT, username TEXT, password_hash TEXT NOT NULL DEFAULT '',
  admin INTEGER NOT NULL DEFAULT FALSE, totp_secret TEXT, created INTEGER, updated INTEGER,
  provider_id INTEGER NOT NULL DEFAULT 0
) STRICT`;
const AVATAR_TABLE =
  'CREATE TABLE _user_avatar (user BLOB PRIMARY KEY, file TEXT NOT NULL, updated INTEGER) STRICT';

/** Somebody who has an account in a depot. */
export interface DepotUser {
  readonly id: Uint8Array;
  readonly email?: string;
  readonly unverified?: string;
  readonly username?: string;
  readonly hash: string;
  readonly admin?: boolean;
  readonly totp?: string;
}

/** What a depot is made of. */
export interface DepotContents {
  readonly config: string;
  readonly declarations: readonly DepotDeclaration[];
  readonly users: readonly DepotUser[];
  /** Pictures by the account's id. */
  readonly avatars?: readonly { readonly user: Uint8Array; readonly file: object }[];
  /** Uploaded files by id. */
  readonly uploads?: Readonly<Record<string, Uint8Array>>;
  /** Puts rows into the main database. */
  fill?(db: Database): void;
  /** Further databases by name. */
  readonly others?: Readonly<
    Record<string, { readonly declarations: readonly DepotDeclaration[]; fill?(db: Database): void }>
  >;
}

/** Writes a depot as TrailBase leaves it when it is stopped. */
export function writeDepot(path: string, contents: DepotContents): void {
  mkdirSync(join(path, 'data'), { recursive: true });
  mkdirSync(join(path, 'uploads'));
  writeFileSync(join(path, 'config.textproto'), contents.config);
  for (const [id, bytes] of Object.entries(contents.uploads ?? {}))
    writeFileSync(join(path, 'uploads', id), bytes);
  const own: readonly DepotDeclaration[] = [
    { type: 'table', name: '_user', sql: USER_TABLE },
    { type: 'table', name: '_user_avatar', sql: AVATAR_TABLE },
  ];
  writeDatabase(join(path, 'data/main.db'), [...own, ...contents.declarations], (db) => {
    const user = db.query('INSERT INTO _user VALUES (?, ?, ?, ?, ?, ?, ?, 1700000000, 1700000001, 0)');
    for (const { id, email, unverified, username, hash, admin, totp } of contents.users)
      user.run(id, email ?? null, unverified ?? null, username ?? null, hash, admin ? 1 : 0, totp ?? null);
    const avatar = db.query('INSERT INTO _user_avatar VALUES (?, ?, 0)');
    for (const each of contents.avatars ?? []) avatar.run(each.user, JSON.stringify(each.file));
    contents.fill?.(db);
  });
  for (const [name, other] of Object.entries(contents.others ?? {}))
    writeDatabase(join(path, `data/${name}.db`), other.declarations, other.fill);
}

function writeDatabase(
  path: string,
  declarations: readonly DepotDeclaration[],
  fill: ((db: Database) => void) | undefined,
): void {
  const db = new Database(path);
  // So that each text is in one piece.
  db.run('PRAGMA page_size = 65536');
  const tables = declarations.filter(({ type }) => type === 'table');
  for (const { sql } of tables) db.run(withoutChecks(sql));
  fill?.(db);
  for (const { type, sql } of declarations) if (type !== 'table') db.run(sql);
  db.close();
  // The texts of the tables stand in the file as they are, and nothing says how long they ought to be but their length.
  const bytes = readFileSync(path);
  for (const { sql } of tables) {
    const at = bytes.indexOf(withoutChecks(sql));
    if (at === -1) throw new Error(`the declaration is not in one piece: ${sql}`);
    bytes.write(sql, at);
  }
  writeFileSync(path, bytes);
}
