import { expect } from 'bun:test';
import { settledAudit } from '../../support/audit.ts';
import { at, textAt } from '../../support/json.ts';
import { type Answer, type Scenario, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

const COLLECTIONS = '/api/collections';
const FAILED = 'Failed to create collection.';

/** A definition that is refused, and the code that says why at its place. */
function refused(name: string, body: object, has: readonly string[]): Scenario {
  return {
    name,
    method: 'POST',
    path: COLLECTIONS,
    as: 'admin',
    body,
    status: 400,
    has: [FAILED, ...has],
  };
}

/** Who may, what is shown, and what is refused (specs/pocketbase.md 3). */
export const collectionScenarios: readonly Scenario[] = [
  {
    name: 'guests may not list collections',
    path: COLLECTIONS,
    status: 401,
    has: ['The request requires valid record authorization token.'],
  },
  {
    name: 'nor may accounts',
    path: COLLECTIONS,
    as: 'alice',
    status: 403,
    has: ['The authorized record is not allowed to perform this action.'],
  },
  { name: 'guests may not create', method: 'POST', path: COLLECTIONS, body: { name: 'x' }, status: 401 },
  {
    name: 'accounts may not change',
    method: 'PATCH',
    path: `${COLLECTIONS}/posts`,
    as: 'bob',
    body: {},
    status: 403,
  },
  { name: 'accounts may not delete', method: 'DELETE', path: `${COLLECTIONS}/posts`, as: 'bob', status: 403 },
  {
    name: 'accounts may not truncate',
    method: 'DELETE',
    path: `${COLLECTIONS}/posts/truncate`,
    as: 'bob',
    status: 403,
  },
  { name: 'guests do not learn which collections exist', path: `${COLLECTIONS}/posts`, status: 401 },
  {
    name: 'a page of collections',
    path: `${COLLECTIONS}?perPage=2&sort=name`,
    as: 'admin',
    status: 200,
    has: ['"page":1,"perPage":2', '"name":"_'],
    lacks: ['secret', 'tokenKey"}'],
  },
  {
    name: 'collections by filter',
    path: `${COLLECTIONS}?filter=(name='posts')`,
    as: 'admin',
    status: 200,
    has: ['"totalItems":1', '"name":"posts"'],
  },
  {
    name: 'a filter by what a collection has not',
    path: `${COLLECTIONS}?filter=(fields~'x')`,
    as: 'admin',
    status: 400,
  },
  {
    name: 'a collection by name, whatever its case, keys in their order',
    path: `${COLLECTIONS}/POSTS`,
    as: 'admin',
    status: 200,
    has: [
      '{"id":"{posts}","listRule":"status = ',
      ',"name":"posts","type":"base","fields":[{',
      '"system":false}',
    ],
  },
  {
    name: 'an auth collection shows its options and none of its secrets',
    path: `${COLLECTIONS}/members`,
    as: 'admin',
    status: 200,
    has: [
      '"authRule":"blocked = false","manageRule":null,"authAlert":{',
      '"passwordAuth":{"enabled":true,"identityFields":["email","nickname"]}',
      '"authToken":{"duration":432000}',
      '"fileToken":{"duration":180}',
      '"passwordResetToken":{"duration":1800}',
    ],
    lacks: ['"secret"', 'clientSecret'],
  },
  {
    name: 'superusers stay signed in for a day',
    path: `${COLLECTIONS}/_superusers`,
    as: 'admin',
    status: 200,
    has: ['"authToken":{"duration":86400}', '"system":true'],
  },
  { name: 'a collection that is not there', path: `${COLLECTIONS}/nowhere`, as: 'admin', status: 404 },
  {
    name: 'scaffolds of new collections',
    path: `${COLLECTIONS}/meta/scaffolds`,
    as: 'admin',
    status: 200,
    has: ['"auth":{"id":""', '"base":{"id":""'],
    lacks: ['secret'],
  },
  refused('a collection without a name', { type: 'base' }, ['"name":{"code":"validation_required"']),
  refused('a name with other characters', { name: 'a b', type: 'base' }, [
    '"name":{"code":"validation_match_invalid"',
  ]),
  refused('a name that is SQL', { name: 'x"; DROP TABLE users; --', type: 'base' }, [
    '"name":{"code":"validation_',
  ]),
  refused('a name that is taken in another case', { name: 'Posts', type: 'base' }, [
    '"name":{"code":"validation_collection_name_exists"',
  ]),
  refused('a name of a system table', { name: '_objects', type: 'base' }, ['"name":{"code":"validation_']),
  refused('a name of SQLite', { name: 'sqlite_master', type: 'base' }, ['"name":{"code":"validation_']),
  refused('a name with _via_', { name: 'a_via_b', type: 'base' }, ['"name":{"code":"validation_']),
  refused('a name of 256 characters', { name: 'n'.repeat(256), type: 'base' }, [
    '"name":{"code":"validation_length',
  ]),
  refused('a type that is none', { name: 'odd', type: 'odd' }, ['"type":{"code":"validation_']),
  refused(
    'two fields of one name',
    {
      name: 'twice',
      type: 'base',
      fields: [
        { name: 'a', type: 'text' },
        { name: 'A', type: 'number' },
      ],
    },
    ['validation_duplicated_field_name'],
  ),
  refused(
    'a field with a reserved name',
    { name: 'res', type: 'base', fields: [{ name: 'expand', type: 'text' }] },
    ['"fields":{"1":{"name":{"code":"validation_not_in_invalid"'],
  ),
  refused(
    'a field of an unknown type',
    { name: 'unk', type: 'base', fields: [{ name: 'a', type: 'vector' }] },
    ['"fields":{'],
  ),
  refused(
    'a text field whose bounds are the wrong way round',
    {
      name: 'bounds',
      type: 'base',
      fields: [{ name: 'a', type: 'text', min: 5, max: 2 }],
    },
    ['"fields":{', '"code":"validation_min_greater_equal_than_required"'],
  ),
  refused(
    'a thumb that is no size',
    {
      name: 'thumbs',
      type: 'base',
      fields: [{ name: 'a', type: 'file', thumbs: ['100x100', '0x0', 'big'] }],
    },
    ['"fields":{', '"thumbs":{"', '"code":"validation_match_invalid"'],
  ),
  refused(
    'a relation to nothing',
    {
      name: 'rels',
      type: 'base',
      fields: [{ name: 'a', type: 'relation', collectionId: 'pbc_0' }],
    },
    ['"fields":{', '"collectionId":{"code":"validation_'],
  ),
  refused(
    'a select without values',
    {
      name: 'sel',
      type: 'base',
      fields: [{ name: 'a', type: 'select', values: [] }],
    },
    ['"values":{"code":"validation_required"'],
  ),
  refused('a rule about a field that is not there', { name: 'rule', type: 'base', listRule: 'nope = 1' }, [
    '"listRule":{"code":"validation_invalid_rule","message":"Invalid rule. Raw error: ',
  ]),
  refused('a rule that does not parse', { name: 'rule', type: 'base', viewRule: '((' }, [
    '"viewRule":{"code":"validation_invalid_rule"',
  ]),
  refused('an index that is none', { name: 'idx', type: 'base', indexes: ['DROP TABLE posts'] }, [
    '"indexes":{"0":{"code":"validation_invalid_index_expression"',
  ]),
  refused(
    'an index over a field that is not there',
    {
      name: 'idx',
      type: 'base',
      indexes: ['CREATE INDEX idx_nope ON idx (nope)'],
    },
    ['"indexes":{"0":{"code":"validation_invalid_index_expression"'],
  ),
  refused(
    'an index with a second statement behind it',
    {
      name: 'idx',
      type: 'base',
      indexes: ['CREATE INDEX idx_x ON idx (id); DROP TABLE posts'],
    },
    ['"indexes":{"0":{"code":"validation_invalid_index_expression"'],
  ),
  refused(
    'an index whose name is taken elsewhere',
    {
      name: 'idx',
      type: 'base',
      indexes: ['CREATE INDEX idx_posts_status ON idx (id)'],
    },
    ['"indexes":{"0":{"code":"validation_existing_index_name"'],
  ),
  refused(
    'an identity field without a unique index',
    {
      name: 'ids',
      type: 'auth',
      fields: [{ name: 'handle', type: 'text' }],
      passwordAuth: { enabled: true, identityFields: ['handle'] },
    },
    [
      '"passwordAuth":{"identityFields":{"code":"validation_missing_unique_constraint"',
      '"message":"The field handle doesn\'t have a UNIQUE constraint."',
    ],
  ),
  refused('a token that lives for a second', { name: 'tok', type: 'auth', authToken: { duration: 1 } }, [
    '"authToken":{"duration":{"code":"validation_min_greater_equal_than_required"',
  ]),
  {
    name: 'a system collection keeps its name',
    method: 'PATCH',
    path: `${COLLECTIONS}/_superusers`,
    as: 'admin',
    body: { name: 'bosses' },
    status: 400,
    has: ['Failed to update collection.', '"name":{"code":"validation_collection_system_name_change"'],
  },
  {
    name: 'a system collection stays',
    method: 'DELETE',
    path: `${COLLECTIONS}/_superusers`,
    as: 'admin',
    status: 400,
  },
  {
    name: 'a collection that others refer to stays',
    method: 'DELETE',
    path: `${COLLECTIONS}/posts`,
    as: 'admin',
    status: 400,
    has: ['Failed to delete collection probably due to existing reference in comments'],
  },
  {
    name: 'a type stays',
    method: 'PATCH',
    path: `${COLLECTIONS}/posts`,
    as: 'admin',
    body: { type: 'auth' },
    status: 400,
    has: ['"type":{"code":"validation_collection_type_change"'],
  },
  {
    name: 'changing what is not there',
    method: 'PATCH',
    path: `${COLLECTIONS}/nowhere`,
    as: 'admin',
    body: {},
    status: 404,
  },
  {
    name: 'deleting what is not there',
    method: 'DELETE',
    path: `${COLLECTIONS}/nowhere`,
    as: 'admin',
    status: 404,
  },
  {
    name: 'broken JSON',
    method: 'POST',
    path: COLLECTIONS,
    as: 'admin',
    headers: { 'content-type': 'application/json' },
    body: '{"name":',
    status: 400,
    has: ['"data":{}'],
  },
];

/** Definitions that change while rows are there. */
export const collectionStories: readonly Story[] = [
  {
    name: 'ids of collections and fields follow from their names',
    async run(world) {
      const made = await create(world, {
        name: 'steady',
        type: 'base',
        fields: [{ name: 'a', type: 'text' }],
      });
      expect(textAt(made.json, 'id')).toMatch(/^pbc_\d+$/);
      expect(textAt(field(made, 'a'), 'id')).toMatch(/^text\d+$/);
      expect(Object.keys(Object(field(made, 'a')))).toEqual(Object.keys(Object(field(made, 'a'))).sort());
      expect(at(made.json, 'listRule')).toBeNull();
      await remove(world, 'steady');
      const again = await create(world, { name: 'steady', type: 'base' });
      expect(at(again.json, 'id')).toEqual(at(made.json, 'id'));
      await remove(world, 'steady');
    },
  },
  {
    name: 'a collection is renamed, its indexes and relations follow, the old name is gone',
    async run(world) {
      await create(world, {
        name: 'before_name',
        type: 'base',
        listRule: '',
        fields: [{ name: 'a', type: 'text' }],
        indexes: ['CREATE INDEX idx_before_a ON before_name (a)'],
      });
      await insert(world, 'before_name', { a: 'kept' });
      const renamed = await sendOk(world, {
        ...{ method: 'PATCH', path: `${COLLECTIONS}/before_name`, as: 'admin' },
        body: { name: 'after_name' },
      });
      expect(renamed.text).toMatch(/ON `?after_name`?/);
      expect(renamed.text).not.toContain('before_name');
      expect((await send(world, { path: `${COLLECTIONS}/before_name/records` })).status).toBe(404);
      const rows = await sendOk(world, { path: `${COLLECTIONS}/after_name/records` });
      expect(rows.text).toContain('"a":"kept"');
      await remove(world, 'after_name');
    },
  },
  {
    name: 'fields are added, renamed and dropped, and the values of the others stay',
    async run(world) {
      const made = await create(world, {
        name: 'shifting',
        type: 'base',
        fields: [
          { name: 'stays', type: 'text' },
          { name: 'moves', type: 'number' },
          { name: 'goes', type: 'text' },
        ],
      });
      await insert(world, 'shifting', { stays: 'here', moves: 7, goes: 'away' });
      await change(world, 'shifting', {
        fields: [
          field(made, 'id'),
          { ...Object(field(made, 'moves')), name: 'moved' },
          field(made, 'stays'),
          { name: 'fresh', type: 'bool' },
        ],
      });
      const row = at((await rowsOf(world, 'shifting')).json, 'items.0');
      expect(row).toMatchObject({ stays: 'here', moved: 7, fresh: false });
      expect(Object.keys(Object(row))).not.toContain('goes');
      expect(Object.keys(Object(row))).not.toContain('moves');
      await remove(world, 'shifting');
    },
  },
  {
    name: 'a field becomes a list and single again, values follow',
    async run(world) {
      const made = await create(world, {
        name: 'lists',
        type: 'base',
        fields: [{ name: 'tag', type: 'select', values: ['a', 'b', 'c'], maxSelect: 1 }],
      });
      await insert(world, 'lists', { tag: 'b' });
      await insert(world, 'lists', {});
      const many = { ...Object(field(made, 'tag')), maxSelect: 3 };
      await change(world, 'lists', { fields: [field(made, 'id'), many] });
      const rows = await rowsOf(world, 'lists');
      expect([at(rows.json, 'items.0.tag'), at(rows.json, 'items.1.tag')].sort()).toEqual([[], ['b']]);
      const id = textAt((await rowsOf(world, 'lists', 'filter=(tag:length%3E0)')).json, 'items.0.id');
      await sendOk(world, {
        ...{ method: 'PATCH', path: `${COLLECTIONS}/lists/records/${id}`, as: 'admin' },
        body: { 'tag+': 'c' },
      });
      await change(world, 'lists', { fields: [field(made, 'id'), field(made, 'tag')] });
      const single = await sendOk(world, { path: `${COLLECTIONS}/lists/records/${id}`, as: 'admin' });
      expect(at(single.json, 'tag')).toBe('c');
      await remove(world, 'lists');
    },
  },
  {
    name: "a field's type stays under its id, and changes under a new one",
    async run(world) {
      const made = await create(world, {
        name: 'typed',
        type: 'base',
        fields: [{ name: 'a', type: 'text' }],
      });
      const changed = { ...Object(field(made, 'a')), type: 'number' };
      const refusal = await send(world, {
        ...{ method: 'PATCH', path: `${COLLECTIONS}/typed`, as: 'admin' },
        body: { fields: [field(made, 'id'), changed] },
      });
      expect(refusal.status).toBe(400);
      expect(refusal.text).toContain('validation_field_type_change');
      await change(world, 'typed', { fields: [field(made, 'id'), { name: 'a', type: 'number' }] });
      await insert(world, 'typed', { a: 5 });
      await remove(world, 'typed');
    },
  },
  {
    name: 'a unique index over rows that are not unique is refused, and nothing changes',
    async run(world) {
      await create(world, { name: 'same', type: 'base', fields: [{ name: 'a', type: 'text' }] });
      await insert(world, 'same', { a: 'x' });
      await insert(world, 'same', { a: 'x' });
      const answer = await send(world, {
        ...{ method: 'PATCH', path: `${COLLECTIONS}/same`, as: 'admin' },
        body: { indexes: ['CREATE UNIQUE INDEX idx_same_a ON same (a)'] },
      });
      expect(answer.status).toBe(400);
      expect(textAt(answer.json, 'data.indexes.0.code')).toBe('validation_invalid_index_expression');
      expect((await sendOk(world, { path: `${COLLECTIONS}/same`, as: 'admin' })).text).toContain(
        '"indexes":[]',
      );
      await remove(world, 'same');
    },
  },
  {
    name: 'an index that goes with its field does not keep it',
    async run(world) {
      const made = await create(world, {
        name: 'indexed',
        type: 'base',
        fields: [{ name: 'a', type: 'text' }],
        indexes: ['CREATE UNIQUE INDEX idx_indexed_a ON indexed (a)'],
      });
      await insert(world, 'indexed', { a: 'x' });
      const twice = await send(world, {
        ...{ method: 'POST', path: `${COLLECTIONS}/indexed/records`, as: 'admin' },
        body: { a: 'x' },
      });
      expect(textAt(twice.json, 'data.a.code')).toBe('validation_not_unique');
      await change(world, 'indexed', { fields: [field(made, 'id')], indexes: [] });
      await insert(world, 'indexed', {});
      await remove(world, 'indexed');
    },
  },
  {
    name: 'rules act on the next request',
    async run(world) {
      await create(world, { name: 'gate', type: 'base', fields: [{ name: 'a', type: 'text' }] });
      const list = { path: `${COLLECTIONS}/gate/records` };
      expect((await send(world, list)).status).toBe(403);
      await change(world, 'gate', { listRule: '' });
      expect((await send(world, list)).status).toBe(200);
      await change(world, 'gate', { listRule: '@request.auth.id != ""' });
      expect(at((await send(world, list)).json, 'totalItems')).toBe(0);
      await change(world, 'gate', { listRule: null });
      expect((await send(world, list)).status).toBe(403);
      await remove(world, 'gate');
    },
  },
  {
    name: 'a secret of tokens can be set and is never shown; leaving it out keeps it',
    async run(world) {
      const secret = 's'.repeat(50);
      const made = await create(world, {
        ...{ name: 'secretive', type: 'auth', createRule: '' },
        authToken: { duration: 600, secret },
      });
      expect(made.text).not.toContain(secret);
      const changed = await change(world, 'secretive', { authToken: { duration: 700 } });
      expect(at(changed.json, 'authToken')).toEqual({ duration: 700 });
      await remove(world, 'secretive');
    },
  },
  {
    name: 'system fields of accounts cannot be removed',
    async run(world) {
      const { json } = await sendOk(world, { path: `${COLLECTIONS}/members`, as: 'admin' });
      const fields = at(json, 'fields');
      if (!Array.isArray(fields)) throw new Error('no fields');
      const answer = await send(world, {
        ...{ method: 'PATCH', path: `${COLLECTIONS}/members`, as: 'admin' },
        body: { fields: fields.filter((each) => at(each, 'name') !== 'tokenKey') },
      });
      const still = await sendOk(world, { path: `${COLLECTIONS}/members`, as: 'admin' });
      expect([200, 400]).toContain(answer.status);
      expect(still.text).toContain('"name":"tokenKey"');
    },
  },
  {
    name: 'truncate and delete take files along',
    async run(world) {
      await create(world, {
        name: 'bins',
        type: 'base',
        fields: [{ name: 'f', type: 'file', maxSelect: 3 }],
      });
      const insertFiles = async (): Promise<void> => {
        const form = new FormData();
        form.append('f', new File(['one'], 'one.txt'));
        form.append('f', new File(['two'], 'two.txt'));
        await sendOk(world, { method: 'POST', path: `${COLLECTIONS}/bins/records`, as: 'admin', body: form });
      };
      await insertFiles();
      const truncated = await send(world, {
        ...{ method: 'DELETE', path: `${COLLECTIONS}/bins/truncate`, as: 'admin' },
      });
      expect([truncated.status, truncated.text]).toEqual([204, '']);
      expect(at((await rowsOf(world, 'bins')).json, 'totalItems')).toBe(0);
      await insertFiles();
      await remove(world, 'bins');
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
    },
  },
  {
    name: 'dropping a file field, or making it single, takes its files along',
    async run(world) {
      const made = await create(world, {
        name: 'shrinks',
        type: 'base',
        fields: [
          { name: 'many', type: 'file', maxSelect: 3 },
          { name: 'gone', type: 'file' },
        ],
      });
      const form = new FormData();
      form.append('many', new File(['one'], 'one.txt'));
      form.append('many', new File(['two'], 'two.txt'));
      form.append('gone', new File(['three'], 'three.txt'));
      const { json } = await sendOk(world, {
        ...{ method: 'POST', path: `${COLLECTIONS}/shrinks/records`, as: 'admin', body: form },
      });
      await change(world, 'shrinks', {
        fields: [field(made, 'id'), { ...Object(field(made, 'many')), maxSelect: 1 }],
      });
      const row = await sendOk(world, {
        path: `${COLLECTIONS}/shrinks/records/${textAt(json, 'id')}`,
        as: 'admin',
      });
      expect(at(row.json, 'many')).toBe(at(json, 'many.1'));
      if (world.dir !== undefined) expect(await settledAudit(world.dir)).toEqual([]);
      await remove(world, 'shrinks');
    },
  },
];

function create(world: World, body: object): Promise<Answer> {
  return sendOk(world, { method: 'POST', path: COLLECTIONS, as: 'admin', body });
}

function change(world: World, name: string, body: object): Promise<Answer> {
  return sendOk(world, { method: 'PATCH', path: `${COLLECTIONS}/${name}`, as: 'admin', body });
}

async function remove(world: World, name: string): Promise<void> {
  const answer = await sendOk(world, { method: 'DELETE', path: `${COLLECTIONS}/${name}`, as: 'admin' });
  expect(answer.status).toBe(204);
}

function insert(world: World, collection: string, body: object): Promise<Answer> {
  return sendOk(world, { method: 'POST', path: `${COLLECTIONS}/${collection}/records`, as: 'admin', body });
}

function rowsOf(world: World, collection: string, query = ''): Promise<Answer> {
  return sendOk(world, { path: `${COLLECTIONS}/${collection}/records?${query}`, as: 'admin' });
}

function field(made: Answer, name: string): unknown {
  const fields = at(made.json, 'fields');
  const found = Array.isArray(fields) ? fields.find((each) => at(each, 'name') === name) : undefined;
  if (found === undefined) throw new Error(`no field ${name} in ${made.text}`);
  return found;
}
