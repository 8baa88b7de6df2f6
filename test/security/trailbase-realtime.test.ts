import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { textAt } from '../support/json.ts';
import { sendOk } from '../support/scenarios.ts';
import { type AttackedWorld, openAttackedWorld } from './world.ts';

let world: AttackedWorld;
const ends: (() => void)[] = [];
const tokens: Record<string, string> = {};

beforeAll(async () => {
  world = await openAttackedWorld();
  for (const [name, password] of [
    ['alice', 'alice-writes-well'],
    ['bob', 'bob-writes-badly'],
  ] as const) {
    const body = { email: `${name}@example.com`, password };
    const answer = await sendOk(world, { method: 'POST', path: '/api/auth/v1/login', body });
    tokens[name] = textAt(answer.json, 'auth_token');
  }
}, 60_000);
afterEach(() => {
  for (const end of ends.splice(0)) end();
});
afterAll(() => world.close());

/** All that a subscriber heard so far. */
interface Ear {
  readonly status: number;
  readonly headers: Headers;
  said(): string;
  /** Code of the end of a WebSocket. */
  readonly closed: Promise<number>;
}

async function stream(path: string, as?: string, headers: Record<string, string> = {}): Promise<Ear> {
  const abort = new AbortController();
  ends.push(() => abort.abort());
  const bearer: Record<string, string> = as === undefined ? {} : { authorization: `Bearer ${tokens[as]}` };
  const response = await fetch(`${world.base}/api/records/v1/${path}`, {
    headers: { ...bearer, ...headers },
    signal: abort.signal,
  });
  let said = '';
  const closed = (async () => {
    try {
      for await (const chunk of response.body ?? []) said += new TextDecoder().decode(chunk);
    } catch {}
    return 0;
  })();
  return { status: response.status, headers: response.headers, said: () => said, closed };
}

function socket(path: string, token: unknown, headers: Record<string, string> = {}): Promise<Ear> {
  const url = `${world.base.replace('http', 'ws')}/api/records/v1/${path}?ws=true`;
  const client = new WebSocket(url, { headers });
  ends.push(() => client.terminate());
  let said = '';
  const closed = Promise.withResolvers<number>();
  const ready = Promise.withResolvers<Ear>();
  const ear = (status: number): Ear => ({
    ...{ status, headers: new Headers(), said: () => said },
    closed: closed.promise,
  });
  client.onmessage = ({ data }) => {
    said += `${data}\n`;
  };
  client.onopen = () => {
    if (token !== undefined) client.send(JSON.stringify({ Init: { auth_token: token } }));
    ready.resolve(ear(101));
  };
  client.onclose = ({ code }) => {
    closed.resolve(code);
    ready.resolve(ear(400));
  };
  return ready.promise;
}

/** Changes a post, and waits until its owner heard of it. */
async function publish(id: string, body: object, owner: Ear): Promise<void> {
  const before = owner.said().length;
  await sendOk(world, { method: 'PATCH', path: `/api/collections/posts/records/${id}`, as: 'alice', body });
  for (let tries = 0; owner.said().length === before && tries < 400; tries++) await Bun.sleep(5);
  await Bun.sleep(30);
}

describe('a subscription', () => {
  test('tells nobody of what a rule hides, however it is asked for', async () => {
    const { draft = '', published = '' } = world.values;
    const filter = 'filter[title][$like]=%25Secret%25';
    const others = await Promise.all([
      stream('posts/subscribe/*'),
      stream('posts/subscribe/*', 'bob'),
      stream(`posts/subscribe/*?${filter}`, 'bob'),
      stream('posts/subscribe/*?filter[title][$re]=Secret', 'bob'),
      stream('posts/subscribe/*?filter[$or][0][title]=x&filter[$or][1][id][$ne]=x', 'bob'),
      stream(`posts/subscribe/${published}`, 'bob'),
      socket('posts/subscribe/*', null),
      socket('posts/subscribe/*', tokens.bob),
      socket('posts/subscribe/*', undefined, { authorization: `Bearer ${tokens.bob}` }),
    ]);
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 101, 101, 101]);
    for (const name of [undefined, 'bob']) {
      expect((await stream(`posts/subscribe/${draft}`, name)).status).toBe(403);
      expect((await stream('vault/subscribe/*', name)).status).toBe(403);
      expect((await stream('_superusers/subscribe/*', name)).status).toBe(405);
    }
    expect(await (await socket(`posts/subscribe/${draft}`, tokens.bob)).closed).toBe(1008);
    expect(await (await socket('vault/subscribe/*', tokens.bob)).closed).toBe(1008);
    const owner = await stream('posts/subscribe/*', 'alice');
    const ownSocket = await socket('posts/subscribe/*', tokens.alice);
    await publish(draft, { title: 'Secret plans, third version' }, owner);
    expect(owner.said()).toContain('Secret plans, third version');
    expect(ownSocket.said()).toContain('Secret plans, third version');
    for (const other of others) expect(other.said()).not.toContain('Secret plans');
    await publish(published, { views: 77 }, owner);
    for (const other of others.filter((_, at) => at !== 2 && at !== 3)) expect(other.said()).toContain('77');
  });

  test('shows no hidden field, and no filter finds one out', async () => {
    const all = await stream('authors/subscribe/*');
    expect((await stream('authors/subscribe/*?filter[salary][$gt]=0')).status).toBe(400);
    expect((await stream('authors/subscribe/*?filter[salary][$re]=.')).status).toBe(400);
    await sendOk(world, {
      ...{ method: 'PATCH', path: `/api/collections/authors/records/${world.values.writer}`, as: 'admin' },
      body: { name: 'Ann T.', salary: 9876 },
    });
    for (let tries = 0; !all.said().includes('Ann T.') && tries < 400; tries++) await Bun.sleep(5);
    expect(all.said()).toContain('Ann T.');
    expect(all.said()).not.toMatch(/9876|salary/);
  });

  test('ends with its session', async () => {
    const body = { email: 'bob@example.com', password: 'bob-writes-badly' };
    const answer = await sendOk(world, { method: 'POST', path: '/api/auth/v1/login', body });
    const token = textAt(answer.json, 'auth_token');
    const made = await sendOk(world, {
      ...{ method: 'POST', path: '/api/collections/posts/records', as: 'bob' },
      body: { title: 'of bob', status: 'draft', owner: world.values.bob },
    });
    const id = textAt(made.json, 'id');
    const own = await stream(`posts/subscribe/${id}`, undefined, { authorization: `Bearer ${token}` });
    const all = await socket('posts/subscribe/*', token);
    expect([own.status, all.status]).toEqual([200, 101]);
    await sendOk(world, {
      ...{ method: 'PATCH', path: `/api/collections/users/records/${world.values.bob}`, as: 'admin' },
      body: { password: 'bob-writes-better', passwordConfirm: 'bob-writes-better' },
    });
    await sendOk(world, {
      ...{ method: 'PATCH', path: `/api/collections/posts/records/${id}`, as: 'admin' },
      body: { title: 'Secret of bob' },
    });
    await own.closed;
    expect(own.said()).toContain('Access denied');
    expect(own.said() + all.said()).not.toContain('Secret of bob');
  });

  test('a page of another site hears nothing in the name of who visits it', async () => {
    const cookie = `auth_token=${tokens.alice}`;
    const foreign = { origin: 'https://evil.test', cookie };
    expect((await socket('posts/subscribe/*', null, foreign)).status).toBe(400);
    expect((await socket('posts/subscribe/*', null, { ...foreign, origin: 'null' })).status).toBe(400);
    const own = { origin: world.base, cookie };
    const home = await socket('posts/subscribe/*', undefined, own);
    expect(home.status).toBe(101);
    // Its browser does not let it read what was answered to cookies.
    const response = await stream('posts/subscribe/*', undefined, foreign);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    const owner = await stream('posts/subscribe/*', 'alice');
    await publish(world.values.draft ?? '', { title: 'Secret plans, fourth version' }, owner);
    expect(home.said()).toContain('Secret plans, fourth version');
  });
});
