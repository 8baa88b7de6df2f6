import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { guest } from '../../../../test/support/records.ts';

const PATH = '/_/operations/sql';
const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';
let world: ConsoleWorld;
beforeAll(async () => {
  world = await openConsoleWorld();
});
afterAll(() => world.close());

test('a statement that reads answers with rows, and keeps what was typed', async () => {
  const { status, text } = await world.post(PATH, { text: "SELECT 1 AS one, '<b>' AS two, NULL AS three" });
  expect(status).toBe(200);
  for (const part of ['<th scope="col">three</th>', '&lt;b&gt;', 'NULL', '1 row in', 'SELECT 1 AS one'])
    expect(text).toContain(part);
  expect(text).not.toContain('<b>');
});

test.each(['DELETE FROM _superusers', 'SELECT nothing', 'SELECT 1; SELECT 2'])(
  '%s is refused',
  async (text) => {
    const answer = await world.post(PATH, { text });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`>${text}</textarea>`);
    expect(answer.text).toContain('role="alert"');
  },
);

test('a refusal is told in the language of the page', async () => {
  const { text } = await world.post(PATH, { text: 'SELECT 1; SELECT 2' }, { 'accept-language': 'de' });
  expect(text).toContain('Diese Anweisung ist hier nicht erlaubt. Nur eine auf einmal.');
});

test('a plan is shown, and rows are saved as CSV that no spreadsheet computes', async () => {
  const plan = await world.post(PATH, { text: 'SELECT * FROM users', plan: '1' });
  expect(plan.text).toMatch(/SCAN \S*users/);
  expect(plan.text).toContain('>SELECT * FROM users</textarea>');
  const { headers, text } = await world.post(`${PATH}/export`, {
    text: "SELECT '=1+1' AS formula, 'a,b' AS quoted, NULL AS none, '' AS blank, -5 AS number",
  });
  expect(headers.get('content-disposition')).toBe('attachment; filename=statement.csv');
  expect(text).toBe(`formula,quoted,none,blank,number\r\n'=1+1,"a,b",,"",-5\r\n`);
  expect((await world.post(`${PATH}/export`, { text: 'DELETE FROM users' })).status).toBe(422);
  expect((await world.forge(`${PATH}/export`, { text: 'SELECT 1' })).status).toBe(403);
});

test.each([
  "ATTACH 'x.db' AS x",
  'PRAGMA writable_schema = 1',
  'PRAGMA journal_mode = DELETE',
  "SELECT load_extension('x')",
  'WITH x AS (SELECT 1) DELETE FROM users RETURNING id',
  'SELECT 1; DELETE FROM users',
  "VACUUM INTO '/tmp/x.db'",
])('%s does nothing', async (text) => {
  expect((await world.post(PATH, { text })).status).toBe(422);
  expect((await world.post(PATH, { text: `SELECT 1; ${text}`, plan: '1' })).status).toBe(422);
});

test('no secret is read, whichever way it is asked for', async () => {
  const { text } = await world.post(PATH, {
    text: 'SELECT password, tokenKey, email FROM _superusers UNION ALL SELECT value, key, 1 FROM _settings',
  });
  expect(text).toContain('ada@example.com');
  expect(text).toContain('(hidden)');
  const login = { identity: 'ada@example.com', password: 'correct horse battery', of: 'superusers' } as const;
  const stored = await world.core.auth.checkPassword(guest, login);
  for (const secret of [stored?.record.tokenKey, stored?.record.password]) {
    expect(String(secret).length).toBeGreaterThan(10);
    expect(text).not.toContain(String(secret));
  }
  const codes = await world.post(PATH, { text: 'SELECT id, fingerprint, current FROM _sessions' });
  expect(codes.text.match(/\(hidden\)<\/div>/g)).toHaveLength(3);
});

test('a statement that runs is cancelled by its id, and only by a form of the page', async () => {
  const running = world.post(PATH, { text: ENDLESS, id: 'mine' });
  expect((await world.forge(`${PATH}/cancellations`, { id: 'mine' })).status).toBe(403);
  let isOver = false;
  void running.then(() => {
    isOver = true;
  });
  while (!isOver) {
    expect((await world.post(`${PATH}/cancellations`, { id: 'mine' })).status).toBe(303);
    await Bun.sleep(5);
  }
  const { status, text } = await running;
  expect([status, text.includes('The statement was cancelled.')]).toEqual([422, true]);
});
