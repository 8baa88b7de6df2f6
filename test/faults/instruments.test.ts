import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CLAIM_KEY } from '../../src/core/storages/claim.ts';
import { auditFolder } from '../support/audit.ts';
import { startInProcess } from '../support/in-process.ts';
import { at, textAt } from '../support/json.ts';
import { createLedger, LEDGER_COLLECTION } from '../support/ledger.ts';
import { adminToken, makeSuperuser, removeFolder, temporaryFolder } from '../support/server.ts';

// The crash tests believe what the audit and the ledger say: so they must see each thing that can go wrong.
const folder = temporaryFolder();
const dir = join(folder, 'data');
let object: string;

beforeAll(async () => {
  await makeSuperuser(dir);
  const server = await startInProcess(dir);
  const headers = { authorization: await adminToken(server.base), 'content-type': 'application/json' };
  const body = JSON.stringify(LEDGER_COLLECTION);
  await fetch(`${server.base}/api/collections`, { method: 'POST', headers, body });
  const form = new FormData();
  form.append('file', new File(['some bytes'], 'some.txt'));
  await fetch(`${server.base}/api/collections/entries/records`, { method: 'POST', body: form });
  await server.stop();
  const objects = join(dir, 'storage', 'objects');
  const files = readdirSync(objects, { recursive: true, withFileTypes: true });
  const file = files.find((entry) => entry.isFile() && entry.name !== CLAIM_KEY);
  object = join(file?.parentPath ?? '', file?.name ?? '');
}, 30_000);

afterAll(() => removeFolder(folder));

function withSql(statement: string, undo: string, check: () => void): void {
  const db = new Database(join(dir, 'data.db'));
  try {
    db.run(statement);
    check();
    db.run(undo);
  } finally {
    db.close();
  }
}

test('a sound folder has no breach', () => {
  expect(auditFolder(dir)).toEqual([]);
});

test('a missing file', () => {
  renameSync(object, join(folder, 'away'));
  expect(auditFolder(dir)).toEqual([expect.stringMatching(/^the live object \w+ has no file$/)]);
  renameSync(join(folder, 'away'), object);
});

test('other bytes, and another size', () => {
  writeFileSync(object, 'SOME BYTES');
  expect(auditFolder(dir)).toEqual([expect.stringMatching(/has other bytes$/)]);
  writeFileSync(object, 'some');
  expect(auditFolder(dir)).toEqual([expect.stringMatching(/has another size$/)]);
  writeFileSync(object, 'some bytes');
});

test('a file that nobody knows, and a temporary', () => {
  writeFileSync(`${object}x`, 'stray');
  expect(auditFolder(dir)).toEqual([expect.stringMatching(/^nobody knows the file \w+x$/)]);
  rmSync(`${object}x`);
  const temporaries = join(dir, 'storage', 'tmp');
  mkdirSync(temporaries, { recursive: true });
  writeFileSync(join(temporaries, 'half'), '');
  expect(auditFolder(dir)).toEqual(['the temporary half is left']);
  rmSync(join(temporaries, 'half'));
  const spool = join(dir, 'spool', 's3', 'objects');
  mkdirSync(spool, { recursive: true });
  expect(auditFolder(dir)).toEqual([]);
  writeFileSync(join(spool, 'part'), '');
  expect(auditFolder(dir)).toEqual([expect.stringMatching(/^the temporary .+part is left$/)]);
  rmSync(join(spool, 'part'));
});

test('an object in another storage than the catalogue says', () => {
  const bytes = Buffer.from('some bytes');
  const found = { size: bytes.byteLength, digest: () => createHash('sha256').update(bytes).digest() };
  const away = new Map([[basename(object), found]]);
  expect(auditFolder(dir, new Map([['away', away]]))).toEqual([
    expect.stringMatching(/^the file \w+ lies in away and not in local alone$/),
  ]);
  withSql("UPDATE _objects SET backend = 'away'", "UPDATE _objects SET backend = 'local'", () => {
    expect(auditFolder(dir)).toEqual([
      expect.stringMatching(/^the live object \w+ has no file$/),
      expect.stringMatching(/^the file \w+ lies in local and not in away alone$/),
    ]);
  });
});

test('a note of quarantine without an object', () => {
  const note = "INSERT INTO _quarantine (storage, key, size, found) VALUES ('local', 'x', 1, 1)";
  withSql(note, 'DELETE FROM _quarantine', () => {
    expect(auditFolder(dir)).toEqual(['quarantine/x is not in quarantine']);
  });
});

test('a record that names no object, and an object that no record names', () => {
  withSql("UPDATE _objects SET name = 'x' || name", 'UPDATE _objects SET name = substr(name, 2)', () => {
    expect(auditFolder(dir).sort()).toEqual([
      expect.stringMatching(/^entries\/\w+ names some_\w+\.txt, which is no live object of it$/),
      expect.stringMatching(/^no record names the live object \w+/),
    ]);
  });
});

test('an object that is neither live nor gone', () => {
  withSql("UPDATE _objects SET state = 'pending'", "UPDATE _objects SET state = 'live'", () => {
    expect(auditFolder(dir)).toContainEqual(expect.stringMatching(/^the object \w+ is pending$/));
  });
  expect(auditFolder(dir)).toEqual([]);
});

test('a ledger sees a record that is gone, and one that is another', async () => {
  const server = await startInProcess(dir);
  try {
    const ledger = createLedger(Math.random, new Uint8Array([1, 2, 3]));
    await ledger.work(server.base, Bun.sleep(150));
    expect(ledger.acknowledged).toBeGreaterThan(10);
    expect(await ledger.check(server.base)).toEqual([]);
    const records = `${server.base}/api/collections/entries/records`;
    const page: unknown = await (await fetch(`${records}?filter=(title~'t')&perPage=2`)).json();
    const [gone, other] = [0, 1].map((index) => textAt(at(page, `items.${index}`), 'id'));
    await fetch(`${records}/${gone}`, { method: 'DELETE' });
    const form = new FormData();
    form.append('file', new File(['not this'], 'x.txt'));
    await fetch(`${records}/${other}`, { method: 'PATCH', body: form });
    expect((await ledger.check(server.base)).map((problem) => problem.split(' ')[0]).sort()).toEqual(
      [gone ?? '', other ?? ''].sort(),
    );
  } finally {
    await server.stop();
  }
});
