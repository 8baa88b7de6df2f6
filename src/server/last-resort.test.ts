import { expect, test } from 'bun:test';
import { join } from 'node:path';

const script = `
const { catchStrayErrors } = await import(${JSON.stringify(join(import.meta.dir, 'last-resort.ts'))});
catchStrayErrors({ error: (event, { count, error }) => console.log(event, count, error.message) });
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch() {
  setTimeout(() => { throw new Error('from a timer'); });
  setTimeout(() => { void Promise.reject(new Error('from a promise')); });
  return new Response('served');
} });
for (let at = 0; at < 2; at++) {
  console.log(await (await fetch(server.url)).text());
  await Bun.sleep(20);
}
process.exit(0);
`;

test('what nobody caught is logged and counted, and the server goes on', async () => {
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'pipe' });
  const output = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  expect(output.trim().split('\n')).toEqual([
    'served',
    'uncaught 1 from a timer',
    'uncaught 2 from a promise',
    'served',
    'uncaught 3 from a timer',
    'uncaught 4 from a promise',
  ]);
});
