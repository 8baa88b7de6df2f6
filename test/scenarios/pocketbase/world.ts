import { textAt } from '../../support/json.ts';
import type { World } from '../../support/scenarios.ts';
import { adminToken } from '../../support/server.ts';

/**
 * A small newspaper. Alice and Bob are its writers (Bob shows his e-mail); posts belong to their owner and are public once
 * published; the vault is for superusers; papers have a protected scan; albums are open to everyone; members are a second
 * kind of account, with a nickname to sign in with.
 */
export async function buildNewspaper(base: string, dir?: string): Promise<World> {
  const admin = await adminToken(base);
  const api = caller(base, admin);
  const authors = await api('POST', '/api/collections', {
    name: 'authors',
    type: 'base',
    listRule: '',
    viewRule: '',
    fields: [
      { name: 'name', type: 'text', required: true },
      { name: 'salary', type: 'number', hidden: true },
    ],
  });
  const posts = await api('POST', '/api/collections', {
    name: 'posts',
    type: 'base',
    listRule: PUBLISHED_OR_OWN,
    viewRule: PUBLISHED_OR_OWN,
    createRule: '@request.auth.id != "" && owner = @request.auth.id',
    updateRule: 'owner = @request.auth.id',
    deleteRule: 'owner = @request.auth.id',
    fields: [
      { name: 'title', type: 'text', required: true, max: 100 },
      { name: 'body', type: 'editor' },
      { name: 'status', type: 'select', maxSelect: 1, values: ['draft', 'published'] },
      { name: 'tags', type: 'select', maxSelect: 3, values: ['news', 'sport', 'arts', 'science'] },
      { name: 'views', type: 'number', onlyInt: true },
      { name: 'pinned', type: 'bool' },
      { name: 'meta', type: 'json' },
      { name: 'place', type: 'geoPoint' },
      { name: 'due', type: 'date' },
      { name: 'link', type: 'url' },
      { name: 'contact', type: 'email' },
      { name: 'author', type: 'relation', collectionId: authors.id, maxSelect: 1 },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      { name: 'created', type: 'autodate', onCreate: true },
      { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
    ],
    indexes: ['CREATE INDEX idx_posts_status ON posts (status, created)'],
  });
  const comments = await api('POST', '/api/collections', {
    name: 'comments',
    type: 'base',
    listRule: '',
    viewRule: '',
    createRule: '',
    fields: [
      { name: 'text', type: 'text' },
      { name: 'post', type: 'relation', collectionId: posts.id, maxSelect: 1, cascadeDelete: true },
    ],
  });
  await api('POST', '/api/collections', {
    name: 'vault',
    type: 'base',
    fields: [{ name: 'secret', type: 'text' }],
  });
  const papers = await api('POST', '/api/collections', {
    name: 'papers',
    type: 'base',
    listRule: 'owner = @request.auth.id',
    viewRule: 'owner = @request.auth.id',
    createRule: '@request.auth.id != ""',
    updateRule: 'owner = @request.auth.id',
    deleteRule: 'owner = @request.auth.id',
    fields: [
      { name: 'scan', type: 'file', maxSelect: 1, protected: true },
      { name: 'pictures', type: 'file', maxSelect: 3, thumbs: ['40x30', '40x30f', '0x20'], maxSize: 200_000 },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
    ],
  });
  const albums = await api('POST', '/api/collections', {
    name: 'albums',
    type: 'base',
    listRule: '',
    viewRule: null,
    createRule: '',
    updateRule: '',
    deleteRule: '',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'count', type: 'number' },
      { name: 'note', type: 'json' },
      { name: 'cover', type: 'file', maxSelect: 1, thumbs: THUMBS },
      { name: 'pages', type: 'file', maxSelect: 4 },
      { name: 'stamp', type: 'file', maxSelect: 1, maxSize: 1000 },
      { name: 'photo', type: 'file', maxSelect: 1, mimeTypes: ['image/png', 'image/jpeg'] },
    ],
  });
  const members = await api('POST', '/api/collections', {
    name: 'members',
    type: 'auth',
    listRule: 'id = @request.auth.id',
    viewRule: 'id = @request.auth.id',
    createRule: '',
    updateRule: 'id = @request.auth.id',
    deleteRule: 'id = @request.auth.id',
    authRule: 'blocked = false',
    fields: [
      { name: 'nickname', type: 'text' },
      { name: 'blocked', type: 'bool' },
    ],
    indexes: [
      "CREATE UNIQUE INDEX idx_members_nickname ON members (nickname COLLATE NOCASE) WHERE nickname != ''",
    ],
    passwordAuth: { enabled: true, identityFields: ['email', 'nickname'] },
  });

  const alice = await api('POST', '/api/collections/users/records', {
    email: 'alice@example.com',
    password: 'alice-writes-well',
    passwordConfirm: 'alice-writes-well',
    name: 'Alice',
  });
  const bob = await api('POST', '/api/collections/users/records', {
    email: 'bob@example.com',
    emailVisibility: true,
    password: 'bob-writes-badly',
    passwordConfirm: 'bob-writes-badly',
    name: 'Bob',
  });
  const carol = await api('POST', '/api/collections/members/records', {
    nickname: 'Carol',
    email: 'carol@example.com',
    password: 'carol-plays-chess',
    passwordConfirm: 'carol-plays-chess',
  });
  await api('POST', '/api/collections/members/records', {
    nickname: 'mallory',
    email: 'mallory@example.com',
    password: 'mallory-plays-foul',
    passwordConfirm: 'mallory-plays-foul',
    blocked: true,
  });
  const writer = await api('POST', '/api/collections/authors/records', { name: 'Ann Author', salary: 4200 });
  const published = await api('POST', '/api/collections/posts/records', {
    title: 'Harbour reopens',
    body: '<p>The <b>harbour</b> is open.</p><p>Ships return.</p>',
    status: 'published',
    tags: ['news', 'sport'],
    views: 12,
    meta: { source: { name: 'agency' }, words: [1, 2, 3] },
    place: { lon: 9.99, lat: 53.55 },
    due: '2026-03-09 10:00:00.000Z',
    author: writer.id,
    owner: alice.id,
  });
  const draft = await api('POST', '/api/collections/posts/records', {
    title: 'Secret plans',
    status: 'draft',
    views: 3,
    owner: alice.id,
  });
  const comment = await api('POST', '/api/collections/comments/records', {
    text: 'Finally!',
    post: published.id,
  });
  const locked = await api('POST', '/api/collections/vault/records', { secret: 'the code is 1234' });

  return {
    base,
    dir,
    tokens: {
      admin,
      alice: await login(base, 'alice@example.com', 'alice-writes-well'),
      bob: await login(base, 'bob@example.com', 'bob-writes-badly'),
      carol: await login(base, 'carol', 'carol-plays-chess', 'members'),
    },
    values: {
      admin: textAt(JSON.parse(atob(admin.split('.')[1] ?? '')), 'id'),
      alice: alice.id,
      bob: bob.id,
      carol: carol.id,
      writer: writer.id,
      published: published.id,
      draft: draft.id,
      comment: comment.id,
      locked: locked.id,
      posts: posts.id,
      papers: papers.id,
      albums: albums.id,
      members: members.id,
      comments: comments.id,
    },
  };
}

const THUMBS = ['40x30', '40x30t', '40x30b', '40x30f', '0x20', '30x0', '4000x4000f'];

const PUBLISHED_OR_OWN = 'status = "published" || owner = @request.auth.id';

/** Sends JSON as somebody and expects success; gives the answer with its id. */
export function caller(base: string, token: string) {
  return async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ id: string } & Record<string, unknown>> => {
    const response = await fetch(base + path, {
      method,
      headers: { authorization: token, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value !== 'object' || value === null) throw new Error(`${method} ${path}: ${text}`);
    return { id: '', ...value };
  };
}

/** An account's token. */
export async function login(
  base: string,
  identity: string,
  password: string,
  collection = 'users',
): Promise<string> {
  const session = await caller(base, '')('POST', `/api/collections/${collection}/auth-with-password`, {
    identity,
    password,
  });
  return String(session.token);
}
