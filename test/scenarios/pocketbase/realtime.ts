import { expect } from 'bun:test';
import { type EventTap, tapEvents } from '../../support/event-source.ts';
import { textAt } from '../../support/json.ts';
import { type Ask, type Scenario, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

const subscribe = (clientId: string, ...subscriptions: unknown[]): Ask => ({
  method: 'POST',
  path: '/api/realtime',
  body: { clientId, subscriptions },
});

/** Submissions that are refused before any client is looked for, or because there is none (specs/pocketbase.md 9). */
export const realtimeScenarios: readonly Scenario[] = [
  {
    ...subscribe('nobodynobodynobodynobodynobodynobody1234', 'posts/*'),
    name: 'a client that is not connected',
    status: 404,
    has: ['"message":"Missing or invalid client id."'],
  },
  {
    ...subscribe(''),
    name: 'no client',
    status: 400,
    has: ['"clientId":{"code":"validation_required","message":"Cannot be blank."}'],
  },
  {
    ...subscribe('x'.repeat(256)),
    name: 'a client id of 256 characters',
    status: 400,
    has: ['"code":"validation_length_out_of_range","message":"The length must be between 1 and 255."'],
  },
  {
    ...subscribe('x', ...Array.from({ length: 1001 }, (_, n) => `posts/${n}`)),
    name: '1001 subscriptions',
    status: 400,
    has: ['"subscriptions":{"code":"validation_length_too_long"', 'must be no more than 1000.'],
  },
  {
    ...subscribe('x', 'posts/*', 'x'.repeat(2501)),
    name: 'a subscription of 2501 characters',
    status: 400,
    has: ['"subscriptions":{"1":{"code":"validation_length_too_long"', 'must be no more than 2500.'],
  },
  { ...subscribe('x', 1), name: 'a subscription that is a number', status: 400 },
  {
    name: 'a client id that is an object',
    method: 'POST',
    path: '/api/realtime',
    body: { clientId: {} },
    status: 400,
  },
  {
    name: 'a body that is no JSON',
    method: 'POST',
    path: '/api/realtime',
    headers: { 'content-type': 'application/json' },
    body: '{',
    status: 400,
  },
  {
    name: 'a stream is not begun for HEAD',
    method: 'HEAD',
    path: '/api/realtime',
    status: 200,
    responseHeaders: { 'content-type': 'text/event-stream' },
  },
];

/** Opens a stream and subscribes. */
async function listen(world: World, as: string | undefined, ...subscriptions: string[]): Promise<EventTap> {
  const tap = await tapEvents(`${world.base}/api/realtime`);
  const { status } = await send(world, { ...subscribe(tap.id, ...subscriptions), as });
  expect(status).toBe(204);
  return tap;
}

const withOptions = (topic: string, options: object) =>
  `${topic}?options=${encodeURIComponent(JSON.stringify(options))}`;

interface Told {
  readonly topic: string;
  readonly action: unknown;
  readonly record: Readonly<Record<string, unknown>>;
}

function told({ type, data }: { type: string; data: string }): Told {
  const { record, action } = JSON.parse(data);
  return { topic: type, action, record };
}

async function next(tap: EventTap): Promise<Told> {
  return told(await tap.next());
}

async function rest(tap: EventTap): Promise<string[]> {
  return (await tap.quiet()).map((message) => `${told(message).action} ${told(message).record.title}`);
}

const create = (world: World, as: string, body: Record<string, unknown>) =>
  sendOk(world, { method: 'POST', path: '/api/collections/posts/records', as, body }).then(({ json }) =>
    textAt(json, 'id'),
  );
const update = (world: World, as: string, id: string, body: Record<string, unknown>) =>
  sendOk(world, { method: 'PATCH', path: `/api/collections/posts/records/${id}`, as, body });
const remove = (world: World, as: string, id: string) =>
  sendOk(world, { method: 'DELETE', path: `/api/collections/posts/records/${id}`, as });

/** Streams of events (specs/pocketbase.md 9). */
export const realtimeStories: readonly Story[] = [
  {
    name: 'a stream begins with the id of its client, and every event repeats it',
    async run(world) {
      const tap = await listen(world, undefined, 'posts/*');
      expect(tap.response.headers.get('content-type')).toBe('text/event-stream');
      expect(tap.response.headers.get('cache-control')).toBe('no-store');
      expect(tap.response.headers.get('x-accel-buffering')).toBe('no');
      const [hello] = tap.messages;
      expect(hello?.type).toBe('PB_CONNECT');
      expect(tap.id).toMatch(/^[A-Za-z0-9]{40}$/);
      expect(hello?.data).toBe(`{"clientId":"${tap.id}"}`);
      await create(world, 'alice', { title: 'Hello', status: 'published', owner: '{alice}' });
      const event = await tap.next();
      expect(event.lastEventId).toBe(tap.id);
      expect(event.type).toBe('posts/*');
      expect(event.data).toMatch(/^\{"record":\{"author":.*"title":"Hello".*\},"action":"create"\}$/);
      tap.close();
    },
  },
  {
    name: 'a record is created, changed and deleted before the eyes of who may list it',
    async run(world) {
      const own = await listen(world, 'alice', 'posts/*');
      const bare = await listen(world, 'alice', 'posts');
      const guest = await listen(world, undefined, 'posts/*');
      const id = await create(world, 'alice', { title: 'Draft', status: 'draft', owner: '{alice}' });
      await update(world, 'alice', id, { title: 'Done', status: 'published' });
      await update(world, 'alice', id, { title: 'Taken back', status: 'draft' });
      await update(world, 'alice', id, { title: 'Done again', status: 'published' });
      await remove(world, 'alice', id);
      const all = [
        'create Draft',
        'update Done',
        'update Taken back',
        'update Done again',
        'delete Done again',
      ];
      expect(await rest(own)).toEqual(all);
      expect(await rest(bare)).toEqual(all);
      expect(await rest(guest)).toEqual(['update Done', 'update Done again', 'delete Done again']);
      for (const tap of [own, bare, guest]) tap.close();
    },
  },
  {
    name: 'one record is told of by the view rule, by the collection name or id',
    async run(world) {
      const id = await create(world, 'alice', { title: 'One', status: 'published', owner: '{alice}' });
      const { json } = await sendOk(world, { path: '/api/collections/posts', as: 'admin' });
      const byName = await listen(world, undefined, `posts/${id}`);
      const byId = await listen(world, undefined, `${textAt(json, 'id')}/${id}`);
      const other = await create(world, 'alice', { title: 'Other', status: 'published', owner: '{alice}' });
      await update(world, 'alice', id, { title: 'One more' });
      await remove(world, 'alice', other);
      await remove(world, 'alice', id);
      for (const tap of [byName, byId]) {
        expect(await rest(tap)).toEqual(['update One more', 'delete One more']);
        tap.close();
      }
      // Albums may be listed by everybody, and viewed by superusers alone.
      const album = await sendOk(world, {
        method: 'POST',
        path: '/api/collections/albums/records',
        body: { title: 'Sea' },
      });
      const albumId = textAt(album.json, 'id');
      const [viewer, lister] = [
        await listen(world, undefined, `albums/${albumId}`),
        await listen(world, undefined, 'albums/*'),
      ];
      const path = `/api/collections/albums/records/${albumId}`;
      await sendOk(world, { method: 'PATCH', path, body: { title: 'Seas' } });
      expect(await rest(lister)).toEqual(['update Seas']);
      expect(await rest(viewer)).toEqual([]);
      viewer.close();
      lister.close();
    },
  },
  {
    name: 'options of a subscription narrow, expand and pick; its text is the name of its events',
    async run(world) {
      const topic = withOptions('comments/*', {
        query: { expand: 'post', fields: 'text,expand.post.title', filter: 'text ~ "fine"' },
      });
      const tap = await listen(world, undefined, topic);
      const post = await create(world, 'alice', { title: 'Talk', status: 'published', owner: '{alice}' });
      for (const text of ['fine by me', 'not at all']) {
        await sendOk(world, {
          method: 'POST',
          path: '/api/collections/comments/records',
          body: { text, post },
        });
      }
      const event = await next(tap);
      expect(event.topic).toBe(topic);
      expect(event.record).toEqual({ text: 'fine by me', expand: { post: { title: 'Talk' } } });
      // What falls with the post is told too.
      await remove(world, 'alice', post);
      expect(await next(tap)).toMatchObject({ action: 'delete', record: { text: 'fine by me' } });
      expect(await tap.quiet()).toEqual([]);
      tap.close();
    },
  },
  {
    name: 'rules see the query, the headers, the method and the reason of a subscription',
    async run(world) {
      const listRule =
        '@request.query.key = "k" && @request.headers.x_key = "h" && @request.context = "realtime" && @request.method = "GET"';
      await sendOk(world, {
        ...{ method: 'POST', path: '/api/collections', as: 'admin' },
        body: {
          name: 'signals',
          type: 'base',
          listRule,
          createRule: '',
          fields: [{ name: 'title', type: 'text' }],
        },
      });
      const right = withOptions('signals/*', { query: { key: 'k' }, headers: { 'X-Key': 'h' } });
      const wrong = withOptions('signals/*', { query: { key: 'k' } });
      const tap = await listen(world, undefined, right, wrong, 'signals/*', 'signals/*?options=%7B');
      const made = { method: 'POST', path: '/api/collections/signals/records', body: { title: 'a' } };
      await sendOk(world, made);
      expect((await next(tap)).topic).toBe(right);
      expect(await tap.quiet()).toEqual([]);
      tap.close();
    },
  },
  {
    name: 'a submission replaces the one before, and an empty one ends all',
    async run(world) {
      const tap = await listen(world, undefined, 'posts/*', 'authors/*', 'a custom topic', 'a/b/c');
      expect((await send(world, subscribe(tap.id, 'authors/*'))).status).toBe(204);
      await create(world, 'alice', { title: 'Unheard', status: 'published', owner: '{alice}' });
      expect(await rest(tap)).toEqual([]);
      expect((await send(world, subscribe(tap.id, 'posts/*', 'posts/*'))).status).toBe(204);
      await create(world, 'alice', { title: 'Heard once', status: 'published', owner: '{alice}' });
      expect(await rest(tap)).toEqual(['create Heard once']);
      expect((await send(world, subscribe(tap.id))).status).toBe(204);
      await create(world, 'alice', { title: 'Unheard again', status: 'published', owner: '{alice}' });
      expect(await rest(tap)).toEqual([]);
      tap.close();
    },
  },
  {
    name: 'a client may sign in once, and then stays who it is',
    async run(world) {
      const tap = await listen(world, undefined, 'posts/*');
      const as = (name?: string) => send(world, { ...subscribe(tap.id, 'posts/*'), as: name });
      expect((await as('alice')).status).toBe(204);
      await create(world, 'alice', { title: 'Mine alone', status: 'draft', owner: '{alice}' });
      expect(await rest(tap)).toEqual(['create Mine alone']);
      for (const other of ['bob', 'carol', 'admin', undefined]) {
        const refused = await as(other);
        expect(refused.status).toBe(403);
        expect(refused.text).toContain("The current and the previous request authorization don't match.");
      }
      expect((await as('alice')).status).toBe(204);
      tap.close();
    },
  },
  {
    name: 'a stream that its client left is gone',
    async run(world) {
      const tap = await listen(world, undefined, 'posts/*');
      tap.close();
      await tap.ended;
      for (let tries = 0; tries < 100; tries++) {
        const { status } = await send(world, subscribe(tap.id, 'posts/*'));
        if (status === 404) return;
        await Bun.sleep(20);
      }
      throw new Error('the client is still known');
    },
  },
  {
    name: 'superusers hear of everything, and of hidden fields',
    async run(world) {
      const [root, guest] = [
        await listen(world, 'admin', 'vault/*', 'authors/*'),
        await listen(world, undefined, 'vault/*', 'authors/*'),
      ];
      const add = (collection: string, body: object) =>
        sendOk(world, { method: 'POST', path: `/api/collections/${collection}/records`, as: 'admin', body });
      await add('vault', { secret: 'treasure' });
      await add('authors', { name: 'Zoe', salary: 4711 });
      expect(await next(root)).toMatchObject({ topic: 'vault/*', record: { secret: 'treasure' } });
      expect(await next(root)).toMatchObject({ topic: 'authors/*', record: { salary: 4711 } });
      const { topic, record } = await next(guest);
      expect(topic).toBe('authors/*');
      expect(record).not.toHaveProperty('salary');
      expect(await guest.quiet()).toEqual([]);
      root.close();
      guest.close();
    },
  },
];
