import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';

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
