import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openSignedIn, type SignedInConsole } from '../../../../test/support/signed-in-console.ts';
import { systemActor } from '../../../core/actor.ts';
import type { ConsoleSnippet } from '../../console.ts';

const snippet = (product: string, client: string, code: string): ConsoleSnippet => {
  return { product, client, code, action: 'list', language: 'sh', about: 'Read <this>.' };
};

let admin: SignedInConsole;

beforeEach(async () => {
  admin = await openSignedIn({
    snippets: ({ name }, origin) =>
      name === 'sealed'
        ? []
        : [
            snippet('Alpha', 'alpha', `open ${origin} <b>${name}</b>`),
            snippet('Alpha', 'curl', 'curl alpha'),
            snippet('Beta', 'curl', 'curl beta'),
          ],
  });
  const { core } = admin.world;
  await core.collections.create(systemActor, { name: 'posts', type: 'base' });
  await core.collections.create(systemActor, { name: 'sealed', type: 'base' });
});
afterEach(() => admin.world.close());

test('shows the snippets of one client, with the address of this server', async () => {
  const { text } = await admin.get('/_/collections/posts/connect');
  expect(text).toContain('open http://localhost &lt;b&gt;posts&lt;/b&gt;</code>');
  expect(text).toContain('Read &lt;this&gt;.');
  expect(text).not.toContain('curl alpha');
  expect(text).toContain('<copy-button for="snippet-1"');
  expect(text).not.toContain('npm install');
});

test('takes the client from the address, and says whose API each of its snippets speaks to', async () => {
  const { text } = await admin.get('/_/collections/posts/connect?client=curl');
  expect(text).toContain('curl alpha');
  expect(text).toContain('by the API of Beta');
  expect(text).not.toContain('open http://localhost');
  expect(text).toMatch(/href="[^"]*client=curl" aria-current="page"/);
  const other = await admin.get('/_/collections/posts/connect?client=nothing');
  expect(other.text).toMatch(/href="[^"]*client=alpha" aria-current="page"/);
});

test('says what to install for a client that is a package', async () => {
  await admin.world.close();
  admin = await openSignedIn({
    snippets: () => [
      { ...snippet('Alpha', 'alpha', 'open'), language: 'js' },
      snippet('Alpha', 'curl', 'curl'),
    ],
  });
  await admin.world.core.collections.create(systemActor, { name: 'posts', type: 'base' });
  expect((await admin.get('/_/collections/posts/connect')).text).toContain('>npm install alpha</code>');
});

test('opens with the client that was looked at last, of those that there are', async () => {
  const chosen = await admin.get('/_/collections/posts/connect?client=curl');
  const [kept = ''] = chosen.answer.headers.getSetCookie();
  expect(kept).toStartWith('dossier-client=curl;');
  const pair = kept.split(';')[0] ?? '';
  expect((await admin.get('/_/collections/posts/connect', { cookie: pair })).text).toMatch(
    /href="[^"]*client=curl" aria-current="page"/,
  );
  const odd = await admin.get('/_/collections/posts/connect?client=%0d%0ax');
  expect(odd.answer.headers.getSetCookie()).toEqual([]);
  expect(odd.text).toMatch(/href="[^"]*client=alpha" aria-current="page"/);
});

test('says so where no client reaches the collection, and where there is none', async () => {
  expect((await admin.get('/_/collections/sealed/connect')).text).toContain('No client reaches');
  expect((await admin.get('/_/collections/nothing/connect')).answer.status).toBe(404);
});
