import { expect } from 'bun:test';
import { at, textAt } from '../../support/json.ts';
import { type Scenario, type Story, send, sendOk, tokenOf } from '../../support/scenarios.ts';
import { caller } from './world.ts';

const POSTS = '/api/collections/posts/records';
const NOT_FOUND = '{"data":{},"message":"The requested resource wasn\'t found.","status":404}\n';

/** Single statements of specs/pocketbase.md that the other tables do not reach. */
export const conformanceScenarios: readonly Scenario[] = [
  {
    name: 'any-of on a multiple select asks for one of its elements',
    path: `${POSTS}?filter=tags%3F%3D'news'`,
    as: 'alice',
    status: 200,
    has: ['Harbour reopens', '"totalItems":1'],
  },
  {
    name: 'any-of with something empty does not match an empty list',
    path: `${POSTS}?filter=tags%3F%3D''`,
    as: 'alice',
    status: 200,
    has: ['"totalItems":0'],
  },
  {
    name: 'a plain operator compares the stored text of a list',
    path: `${POSTS}?filter=tags~'news'`,
    as: 'alice',
    status: 200,
    has: ['"totalItems":1'],
  },
  {
    name: 'the refusal of @request. ends in one full stop',
    path: `${POSTS}?filter=@request.auth.id=''`,
    status: 403,
    has: ['"message":"Only superusers can filter by @request."'],
  },
  ...(['@collection.', '@request.'] as const).flatMap((path): Scenario[] => [
    {
      name: `a view refuses ${path} in its query`,
      path: `${POSTS}/{published}?filter=${path}x`,
      status: 403,
    },
    {
      name: `a create refuses ${path} in its query`,
      method: 'POST',
      path: `${POSTS}?sort=${path}x`,
      as: 'alice',
      body: { title: 'x' },
      status: 403,
    },
    {
      name: `an update refuses ${path} in its query`,
      method: 'PATCH',
      path: `${POSTS}/{published}?filter=${path}x`,
      as: 'alice',
      body: {},
      status: 403,
    },
    {
      name: `a delete refuses ${path} in its query`,
      method: 'DELETE',
      path: `${POSTS}/{published}?sort=${path}x`,
      as: 'alice',
      status: 403,
    },
  ]),
  { name: 'the bare prefix answers in the envelope', path: '/api', status: 404, has: [NOT_FOUND] },
  ...(['GET', 'PATCH', 'DELETE'] as const).map(
    (method): Scenario => ({
      name: `${method} of a collection that is not there says what every missing thing says`,
      method,
      path: '/api/collections/nowhere',
      as: 'admin',
      status: 404,
      has: [NOT_FOUND],
    }),
  ),
  {
    name: 'a system collection stays',
    method: 'DELETE',
    path: '/api/collections/_superusers',
    as: 'admin',
    status: 400,
    has: ['{"data":{},"message":"Failed to delete collection.","status":400}'],
  },
  {
    name: 'parameters have the names that clients know, and what only the wording needs is no parameter',
    method: 'POST',
    path: '/api/collections',
    as: 'admin',
    body: { name: 'half_done', listRule: 'nope = 1' },
    status: 400,
    has: [
      '"listRule":{"code":"validation_invalid_rule","message":"Invalid rule. Raw error: unknown field \\"nope\\"."}',
    ],
  },
  {
    name: 'too many choices tell the limit',
    method: 'PATCH',
    path: `${POSTS}/{published}`,
    as: 'admin',
    body: { tags: ['news', 'sport', 'arts', 'science'] },
    status: 400,
    has: [
      '"tags":{"code":"validation_too_many_values","message":"Select no more than 3.","params":{"maxSelect":3}}',
    ],
  },
  {
    name: 'a page beyond the end is empty and keeps its totals',
    path: `${POSTS}?page=99`,
    status: 200,
    has: ['{"items":[],"page":99,"perPage":30,"totalItems":1,"totalPages":1}\n'],
  },
  {
    name: 'nothing found has no pages',
    path: `${POSTS}?filter=views=-1`,
    status: 200,
    has: ['{"items":[],"page":1,"perPage":30,"totalItems":0,"totalPages":0}\n'],
  },
  ...[
    'page=1.5',
    'perPage=many',
    'page=99999999999999999999',
    'skipTotal=yes',
    'sort=title,',
    'filter=%20',
  ].map((query): Scenario => ({ name: `${query} is refused`, path: `${POSTS}?${query}`, status: 400 })),
  ...['skipTotal=', 'skipTotal=F', 'page=', 'perPage=-5', 'filter=&sort=&expand=&fields='].map(
    (query): Scenario => ({
      name: `${query} is the default`,
      path: `${POSTS}?${query}`,
      status: 200,
      has: ['"page":1,"perPage":30,"totalItems":1'],
    }),
  ),
  {
    name: 'an expand through the old spelling of a back-relation has its name',
    path: `${POSTS}/{published}?expand=comments(post)&fields=expand`,
    status: 200,
    has: ['{"expand":{"comments(post)":[{"', 'Finally!'],
  },
  {
    name: 'picked parts of what is expanded',
    path: `${POSTS}/{published}?expand=author,comments_via_post&fields=title,expand.*.text,expand.author.name`,
    status: 200,
    has: ['"expand":{"author":{"name":"Ann Author"},"comments_via_post":[{"text":"Finally!"}]}', '"title"'],
    lacks: ['"id"'],
  },
  ...[0, '0', null, undefined].map(
    (duration): Scenario => ({
      name: `impersonating for ${duration} seconds is for the usual time`,
      method: 'POST',
      path: '/api/collections/users/impersonate/{bob}?fields=record.id',
      as: 'admin',
      body: { duration },
      status: 200,
      has: ['{"record":{"id":"{bob}"}}'],
    }),
  ),
  ...[1.5, 'soon', true, 1e12].map(
    (duration): Scenario => ({
      name: `impersonating for ${duration} seconds is refused`,
      method: 'POST',
      path: '/api/collections/users/impersonate/{bob}',
      as: 'admin',
      body: { duration },
      status: 400,
      has: ['"message":"An error occurred while validating the submitted data."', '"duration":{"code":"'],
    }),
  ),
  {
    name: 'accounts are not counted',
    method: 'POST',
    path: '/api/collections',
    as: 'admin',
    body: { name: 'staff', type: 'auth', idKind: 'integer' },
    status: 400,
    has: ['"idKind":{"code":"validation_not_supported"'],
  },
  {
    name: 'a choice that is not offered is named',
    method: 'PATCH',
    path: `${POSTS}/{published}`,
    as: 'admin',
    body: { status: 'lost' },
    status: 400,
    has: [
      '"status":{"code":"validation_invalid_value","message":"Invalid value lost.","params":{"value":"lost"}}',
    ],
  },
];

/** Statements that take several requests. */
export const conformanceStories: readonly Story[] = [
  {
    name: 'fields that the server fills have neither help nor required',
    async run(world) {
      const fields = fieldsOf((await sendOk(world, { path: '/api/collections/posts', as: 'admin' })).json);
      expect(Object.keys(fields.find(({ name }) => name === 'created') ?? {})).toEqual([
        'hidden',
        'id',
        'name',
        'onCreate',
        'onUpdate',
        'presentable',
        'system',
        'type',
      ]);
      expect(fields.find(({ name }) => name === 'title')).toMatchObject({ help: '', required: true });
    },
  },
  {
    name: 'a unique index over rows that are not unique is refused at its own place',
    async run(world) {
      const api = caller(world.base, tokenOf(world, 'admin'));
      await api('POST', '/api/collections', { name: 'twins', fields: [{ name: 'name', type: 'text' }] });
      for (let i = 0; i < 2; i++) await api('POST', '/api/collections/twins/records', { name: 'Pat' });
      const refused = await send(world, {
        method: 'PATCH',
        path: '/api/collections/twins',
        as: 'admin',
        body: { indexes: ['CREATE INDEX a ON twins (name)', 'CREATE UNIQUE INDEX b ON twins (name)'] },
      });
      expect(refused.status).toBe(400);
      expect(textAt(refused.json, 'data.indexes.1.code')).toBe('validation_invalid_index_expression');
      await api('DELETE', '/api/collections/twins');
    },
  },
  {
    name: 'a rule that names a renamed field of another collection lets nobody in',
    async run(world) {
      const api = caller(world.base, tokenOf(world, 'admin'));
      const clubs = await api('POST', '/api/collections', {
        name: 'clubs',
        fields: [{ name: 'open', type: 'bool' }],
      });
      const rule = 'club.open != false';
      await api('POST', '/api/collections', {
        name: 'games',
        listRule: rule,
        viewRule: rule,
        createRule: rule,
        updateRule: rule,
        deleteRule: rule,
        fields: [{ name: 'club', type: 'relation', collectionId: clubs.id, maxSelect: 1 }],
      });
      const club = await api('POST', '/api/collections/clubs/records', { open: true });
      const games = '/api/collections/games/records';
      const game = await api('POST', games, { club: club.id });
      expect((await send(world, { path: `${games}/${game.id}` })).status).toBe(200);
      await api('PATCH', '/api/collections/clubs', {
        fields: fieldsOf(clubs).map((field) =>
          field.name === 'open' ? { ...field, name: 'public' } : field,
        ),
      });
      const asks = [
        { path: games },
        { path: `${games}/${game.id}` },
        { method: 'POST', path: games, body: { club: club.id } },
        { method: 'PATCH', path: `${games}/${game.id}`, body: {} },
        { method: 'DELETE', path: `${games}/${game.id}` },
      ];
      for (const ask of asks) {
        for (const as of [undefined, 'alice']) {
          const refused = await send(world, { ...ask, as });
          expect(refused.status).toBe(400);
          expect(refused.text).not.toContain(game.id);
        }
      }
      const why = await send(world, {
        method: 'PATCH',
        path: '/api/collections/games',
        as: 'admin',
        body: { name: 'matches' },
      });
      expect(textAt(why.json, 'data.listRule.message')).toContain('unknown field "open"');
      for (const name of ['games', 'clubs']) await api('DELETE', `/api/collections/${name}`);
    },
  },
  {
    name: 'a file that is too large is refused in the words of the write',
    async run(world) {
      const form = new FormData();
      form.append('stamp', new File(['x'.repeat(1001)], 'stamp.txt'));
      const made = await send(world, { method: 'POST', path: '/api/collections/albums/records', body: form });
      expect(made.json).toEqual({
        data: {
          stamp: {
            code: 'validation_file_size_limit',
            message: 'Failed to upload "stamp.txt" - the maximum allowed file size is 1000 bytes.',
            params: { file: 'stamp.txt', maxSize: 1000 },
          },
        },
        message: 'Failed to create record.',
        status: 400,
      });
    },
  },
  {
    name: 'an auth rule sees what was sent, and by which way',
    async run(world) {
      const api = caller(world.base, tokenOf(world, 'admin'));
      await api('POST', '/api/collections', {
        name: 'callers',
        type: 'auth',
        authRule: "@request.context = 'password' && @request.body.identity:lower ~ '@example.com'",
      });
      for (const domain of ['example.com', 'example.org']) {
        const login = { identity: `pat@${domain}`, password: 'pat-calls-often' };
        const { identity: email, password } = login;
        await api('POST', '/api/collections/callers/records', { email, password, passwordConfirm: password });
        const path = '/api/collections/callers/auth-with-password';
        const answer = await send(world, { method: 'POST', path, body: login });
        expect(answer.status).toBe(domain === 'example.com' ? 200 : 403);
      }
      await api('DELETE', '/api/collections/callers');
    },
  },
  {
    name: 'collections are made from scaffolds, and from the JSON of others',
    async run(world) {
      const api = caller(world.base, tokenOf(world, 'admin'));
      const { auth } = await api('GET', '/api/collections/meta/scaffolds');
      const members = await api('POST', '/api/collections', { ...Object(auth), name: 'scaffolded' });
      expect(at(members, 'indexes')).toHaveLength(2);
      const same = await api('PATCH', '/api/collections/scaffolded', { ...members, updated: '' });
      expect(same).toMatchObject({ ...members, updated: same.updated });
      const uuids = await api('POST', '/api/collections', { name: 'first_of_two', idKind: 'uuid' });
      await api('POST', '/api/collections', { ...uuids, id: '', name: 'second_of_two' });
      const { id } = await api('POST', '/api/collections/second_of_two/records', {});
      expect(id).toHaveLength(36);
      for (const name of ['scaffolded', 'first_of_two', 'second_of_two'])
        await api('DELETE', `/api/collections/${name}`);
    },
  },
  ...(['integer', 'uuid'] as const).map(
    (idKind): Story => ({
      name: `a collection with ${idKind} ids keeps files and is related to`,
      async run(world) {
        const api = caller(world.base, tokenOf(world, 'admin'));
        const made = await api('POST', '/api/collections', {
          name: `kept_${idKind}`,
          idKind,
          listRule: '',
          viewRule: '',
          createRule: '',
          fields: [
            { name: 'title', type: 'text' },
            { name: 'note', type: 'file', maxSelect: 1 },
          ],
        });
        const records = `/api/collections/kept_${idKind}/records`;
        const form = new FormData();
        form.append('title', 'first');
        form.append('note', new File(['hello'], 'note.txt'));
        const { json } = await sendOk(world, { method: 'POST', path: records, body: form });
        const id = textAt(json, 'id');
        expect(id).toMatch(idKind === 'integer' ? /^1$/ : /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
        const file = await sendOk(world, { path: `/api/files/kept_${idKind}/${id}/${textAt(json, 'note')}` });
        expect(file.text).toBe('hello');
        await api('POST', '/api/collections', {
          name: `about_${idKind}`,
          viewRule: '',
          listRule: '',
          fields: [
            { name: 'one', type: 'relation', collectionId: made.id, maxSelect: 1 },
            { name: 'many', type: 'relation', collectionId: made.id, maxSelect: 5 },
          ],
        });
        const about = `/api/collections/about_${idKind}/records`;
        const related = await api('POST', about, { one: id, many: [id] });
        const filter = encodeURIComponent(`one.title = 'first' && many ?= '${id}' && many.title ?= 'first'`);
        const found = await sendOk(world, { path: `${about}?filter=${filter}&expand=one,many` });
        expect(textAt(found.json, 'items.0.expand.many.0.title')).toBe('first');
        const back = await sendOk(world, { path: `${records}/${id}?expand=about_${idKind}_via_one` });
        expect(textAt(back.json, `expand.about_${idKind}_via_one.0.id`)).toBe(related.id);
        await api('DELETE', `${records}/${id}`);
        const left = await sendOk(world, { path: `${about}/${related.id}` });
        expect(left.json).toMatchObject({ one: '', many: [] });
        for (const name of ['about', 'kept']) await api('DELETE', `/api/collections/${name}_${idKind}`);
      },
    }),
  ),
];

function fieldsOf(collection: unknown): Readonly<Record<string, unknown>>[] {
  const fields = at(collection, 'fields');
  if (!Array.isArray(fields)) throw new Error(`no fields in ${JSON.stringify(collection)}`);
  return fields.map((field: unknown) => ({ ...(typeof field === 'object' ? field : undefined) }));
}
