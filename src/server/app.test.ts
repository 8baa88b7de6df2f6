import { expect, test } from 'bun:test';
import { dirname, join } from 'node:path';
import { startInProcess } from '../../test/support/in-process.ts';
import { removeFolder, temporaryFolder } from '../../test/support/server.ts';

test('the bare address of the server leads to the console', async () => {
  const dir = join(temporaryFolder(), 'data');
  const server = await startInProcess(dir);
  const answer = await fetch(`${server.base}/`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/_/']);
  await server.stop();
  removeFolder(dirname(dir));
});
