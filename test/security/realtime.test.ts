import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { request } from 'node:http';
import { join } from 'node:path';
import { buildNewspaper } from '../scenarios/pocketbase/world.ts';
import { type EventTap, tapEvents } from '../support/event-source.ts';
import { textAt } from '../support/json.ts';
import { type Ask, send, sendOk, type World } from '../support/scenarios.ts';
import { makeSuperuser, removeFolder, startServer, temporaryFolder } from '../support/server.ts';
import { type AttackedWorld, openAttackedWorld } from './world.ts';

let world: AttackedWorld;
beforeAll(async () => {
  world = await openAttackedWorld();
}, 60_000);
afterAll(() => world.close());

const submit = (clientId: string, subscriptions: readonly string[], as?: string): Ask => ({
  ...{ method: 'POST', path: '/api/realtime', as },
  body: { clientId, subscriptions },
});

async function listen(as: string | undefined, ...subscriptions: string[]): Promise<EventTap> {
  const tap = await tapEvents(`${world.base}/api/realtime`);
  expect((await send(world, submit(tap.id, subscriptions, as))).status).toBe(204);
  return tap;
}

const withQuery = (topic: string, query: object) =>
  `${topic}?options=${encodeURIComponent(JSON.stringify({ query }))}`;

const change = (path: string, as: string, body: object) => sendOk(world, { method: 'PATCH', path, as, body });

/** All that was sent, as text. */
async function said(tap: EventTap): Promise<string> {
  const messages = await tap.quiet();
  tap.close();
  return messages.map(({ type, data }) => `${type} ${data}`).join('\n');
}

describe('a stream', () => {
  test('never tells of a record to who may not see it, however it is asked for', async () => {
    const { draft = '', posts = '', writer = '' } = world.values;
    const topics = [
      'posts/*',
      'posts',
      `${posts}/*`,
      `posts/${draft}`,
      `${posts}/${draft}`,
      withQuery('posts/*', { filter: 'id != ""' }),
      withQuery(`posts/${draft}`, { filter: 'title ~ "Secret" || 1 = 1' }),
      withQuery('posts/*', { fields: '*', expand: 'owner,author' }),
      withQuery('comments/*', { expand: 'post' }),
      withQuery('authors/*', { expand: 'posts_via_author' }),
      'vault/*',
      '*/*',
      'posts/*/x',
      `POSTS/${draft}`,
    ];
    const others = await Promise.all([undefined, 'bob', 'carol'].map((as) => listen(as, ...topics)));
    const owner = await listen('alice', 'posts/*');
    await change(`/api/collections/posts/records/${draft}`, 'alice', {
      title: 'Secret plans, second version',
      author: writer,
    });
    await sendOk(world, {
      ...{ method: 'POST', path: '/api/collections/comments/records', as: 'alice' },
      body: { text: 'on the draft', post: draft },
    });
    await change(`/api/collections/authors/records/${writer}`, 'admin', { name: 'Ann A.' });
    await change(`/api/collections/vault/records/${world.values.locked}`, 'admin', { secret: 'now 4321' });
    expect(await said(owner)).toContain('Secret plans, second version');
    for (const tap of others) {
      const text = await said(tap);
      expect(text).toContain('on the draft');
      expect(text).not.toContain('Secret plans');
      expect(text).not.toContain('4321');
    }
  });

  test('of a deletion is no exception', async () => {
    const made = await sendOk(world, {
      ...{ method: 'POST', path: '/api/collections/posts/records', as: 'alice' },
      body: { title: 'Secret to the end', status: 'draft', owner: world.values.alice },
    });
    const id = textAt(made.json, 'id');
    const other = await listen('bob', 'posts/*', `posts/${id}`);
    const owner = await listen('alice', 'posts/*');
    await sendOk(world, { method: 'DELETE', path: `/api/collections/posts/records/${id}`, as: 'alice' });
    expect(await said(owner)).toContain('"action":"delete"');
    expect(await said(other)).toBe('');
  });

  test('never shows hidden fields, withheld e-mails or secrets, and no filter finds them out', async () => {
    const { writer = '', alice = '' } = world.values;
    await change('/api/collections/users', 'admin', { listRule: '', viewRule: '' });
    const tap = await listen(
      'bob',
      'users/*',
      `users/${alice}`,
      withQuery('posts/*', { expand: 'owner,author', fields: '*,expand.*' }),
      withQuery('authors/*', { filter: 'salary > 0' }),
      withQuery('users/*', { filter: 'email ~ "alice"' }),
      withQuery('users/*', { filter: 'tokenKey != ""' }),
      withQuery('users/*', { filter: '@request.auth.id != ""' }),
      'authors/*',
    );
    const root = await listen('admin', 'authors/*', 'users/*');
    await change(`/api/collections/authors/records/${writer}`, 'admin', { name: 'Ann', salary: 9876 });
    await change(`/api/collections/users/records/${alice}`, 'alice', { name: 'Alice A.' });
    await change(`/api/collections/posts/records/${world.values.published}`, 'alice', { views: 13 });
    const text = await said(tap);
    expect(text).toContain('"name":"Alice A."');
    expect(text).toContain('"views":13');
    for (const secret of ['9876', 'salary', 'alice@example.com', 'tokenKey', '"password"']) {
      expect(text).not.toContain(secret);
    }
    // The filters on what bob may not see found nothing.
    const names = text.split('\n').map((line) => line.split(' ', 1)[0] ?? '');
    expect(names.filter((name) => name.startsWith('authors/*?'))).toEqual([]);
    expect(names.filter((name) => name.startsWith('users/*?'))).toEqual([]);
    const shown = await said(root);
    expect(shown).toContain('9876');
    expect(shown).not.toContain('tokenKey');
  });

  test('follows changed rules and lost sessions from the next event on', async () => {
    const password = 'dora-likes-secrets';
    const email = 'dora@example.com';
    const users = '/api/collections/users/records';
    const { json } = await sendOk(world, {
      ...{ method: 'POST', path: users },
      body: { email, password, passwordConfirm: password },
    });
    const session = await sendOk(world, {
      ...{ method: 'POST', path: '/api/collections/users/auth-with-password' },
      body: { identity: email, password },
    });
    const dora = textAt(json, 'id');
    const tap = await tapEvents(`${world.base}/api/realtime`);
    const bound = submit(tap.id, ['papers/*', 'albums/*']);
    const headers = { authorization: textAt(session.json, 'token') };
    expect((await send(world, { ...bound, headers })).status).toBe(204);
    const make = (path: string, body: object) => sendOk(world, { method: 'POST', path, as: 'admin', body });
    await make('/api/collections/papers/records', { owner: dora });
    await make('/api/collections/albums/records', { title: 'open' });
    expect((await tap.quiet()).map(({ type }) => type)).toEqual(['papers/*', 'albums/*']);
    await change('/api/collections/albums', 'admin', { listRule: null });
    await make('/api/collections/albums/records', { title: 'closed' });
    await change('/api/collections/albums', 'admin', { listRule: '' });
    await change(`${users}/${dora}`, 'admin', {
      password: 'new-password-9',
      passwordConfirm: 'new-password-9',
    });
    await make('/api/collections/papers/records', { owner: dora });
    expect(await tap.quiet()).toEqual([]);
    // The session is over, so the stream is nobody's, and may be somebody's again.
    expect((await send(world, submit(tap.id, ['posts/*'], 'bob'))).status).toBe(204);
    tap.close();
  });

  test('is not taken over by another account, another address, or a guess', async () => {
    const tap = await listen('alice', 'posts/*');
    const body = JSON.stringify({ clientId: tap.id, subscriptions: [] });
    expect((await send(world, submit(tap.id, []))).status).toBe(403);
    expect((await send(world, submit(tap.id, [], 'bob'))).status).toBe(403);
    expect((await send(world, submit(tap.id.toLowerCase(), [], 'alice'))).status).toBe(404);
    expect((await send(world, submit(tap.id.slice(0, 39), [], 'alice'))).status).toBe(404);
    const foreign = await postFrom('127.0.0.2', `${world.base}/api/realtime`, body, world.tokens.alice);
    expect(foreign).toEqual([400, expect.stringContaining('Invalid realtime client.')]);
    const { draft } = world.values;
    await change(`/api/collections/posts/records/${draft}`, 'alice', { title: 'Secret plans, third' });
    expect(await said(tap)).toContain('Secret plans, third');
  });

  test('is dropped when its client does not read', async () => {
    let greeting = '';
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: Number(new URL(world.base).port),
      socket: {
        data: (_own, chunk) => {
          greeting += chunk.toString();
        },
        error: () => undefined,
      },
    });
    socket.write('GET /api/realtime HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    while (!greeting.includes('\n\n')) await Bun.sleep(5);
    socket.pause();
    const id = /\nid:(\w{40})\n/.exec(greeting)?.[1] ?? '';
    const subscriptions = Array.from({ length: 50 }, (_, n) => withQuery('comments/*', { n }));
    expect((await send(world, submit(id, subscriptions))).status).toBe(204);
    const text = 'x'.repeat(5000);
    let status = 204;
    for (let made = 0; made < 100 && status === 204; made++) {
      await sendOk(world, { method: 'POST', path: '/api/collections/comments/records', body: { text } });
      status = (await send(world, submit(id, subscriptions))).status;
    }
    expect(status).toBe(404);
    socket.terminate();
  }, 20_000);
});

test('one address holds a bounded number of streams', async () => {
  const folder = temporaryFolder();
  const dir = join(folder, 'data');
  await makeSuperuser(dir);
  const server = await startServer({ dir, env: { DOSSIER_SERVER_MAX_STREAMS_PER_ADDRESS: '3' } });
  const small: World = await buildNewspaper(server.base, dir);
  const url = `${server.base}/api/realtime`;
  const taps = await Promise.all([tapEvents(url), tapEvents(url), tapEvents(url)]);
  const refused = await send(small, { path: '/api/realtime' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect((await send(small, { path: '/api/health' })).status).toBe(200);
  // Stopping does not wait for those who listen.
  const before = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - before).toBeLessThan(5000);
  await Promise.all(taps.map(({ ended }) => ended));
  removeFolder(folder);
}, 60_000);

/** Posts JSON from another address of this machine. */
function postFrom(
  localAddress: string,
  url: string,
  body: string,
  token = '',
): Promise<readonly [number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      authorization: token,
    };
    const sent = request(url, { method: 'POST', localAddress, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve([response.statusCode, text]));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
