import { expect } from 'bun:test';
import { at, textAt } from '../../support/json.ts';
import { MULTIPART_TYPE, multipart } from '../../support/multipart.ts';
import { type Ask, type Scenario, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

const R = '/api/records/v1';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };

const EMPTY = { 'content-length': '0', 'x-content-type-options': 'nosniff' };
const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/** Reads and their refusals (specs/trailbase.md 1, 2, 4, 6). */
export const recordScenarios: readonly Scenario[] = [
  {
    name: 'the health check says Ok',
    path: '/api/healthcheck',
    status: 200,
    has: ['Ok'],
    responseHeaders: TEXT,
  },
  {
    name: 'a preflight allows whatever headers a client says it sends',
    method: 'OPTIONS',
    path: `${R}/films`,
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,credentials,csrf-token,refresh-token',
    },
    status: 204,
    responseHeaders: {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization,content-type,credentials,csrf-token,refresh-token',
      'access-control-allow-credentials': null,
    },
  },
  { name: 'the health check takes nothing', method: 'POST', path: '/api/healthcheck', status: 405 },
  ...[
    '/api/records',
    '/api/records/v2/films',
    '/api/auth/v1/nothing',
    '/api/transaction/v2',
    '/api/healthcheck/x',
  ].map(
    (path): Scenario => ({
      name: `${path} is nowhere, without a word`,
      path,
      status: 404,
      responseHeaders: EMPTY,
    }),
  ),
  ...['nothing', '_superusers', '_library', 'unlisted', 'FILMS'].map(
    (name): Scenario => ({
      name: `${name} is no API`,
      path: `${R}/${name}`,
      status: 405,
      responseHeaders: EMPTY,
    }),
  ),
  {
    name: 'a method that nothing has is refused',
    method: 'PUT',
    path: `${R}/rooms/1`,
    status: 405,
    responseHeaders: EMPTY,
  },
  {
    name: 'a record has every column but hidden ones, null where there is nothing',
    path: `${R}/films/{shown}`,
    status: 200,
    has: [
      ...[
        '"id":"{shown}"',
        '"title":"Harbour"',
        '"year":1931',
        '"rating":7.5',
        '"public":true',
        '"checksum":"_-8="',
      ],
      ...['"edition":"AZCo8AAAcACAAAAAAAAACg=="', '"remark":"scratched"', '"facts":{"reels":[1,2]}'],
      ...['"location":{"type":"Point","coordinates":[10,53.5]}', '"director":{"id":"{director}"}'],
    ],
    lacks: ['_note', 'internal', 'collectionId', '"data"'],
    responseHeaders: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
  },
  {
    name: 'empty columns are null',
    path: `${R}/films/{hidden}`,
    as: 'alice',
    status: 200,
    has: ['"rating":null', '"director":null'],
  },
  { name: 'a UUID is an id', path: `${R}/films/{shownText}`, status: 200, has: ['"id":"{shown}"'] },
  {
    name: 'base64 without padding is an id',
    path: `${R}/films/AZAAAAAAcACAAAAAAAAAAQ`,
    status: 200,
    has: ['Harbour'],
  },
  {
    name: 'what cannot be an id is said to be none',
    path: `${R}/films/InvalidId0123`,
    status: 400,
    has: ['Invalid id'],
    responseHeaders: TEXT,
  },
  { name: 'a number has no letters', path: `${R}/rooms/1e1`, status: 400, has: ['Invalid id'] },
  {
    name: 'a number beyond 64 bits is none',
    path: `${R}/rooms/9223372036854775808`,
    status: 400,
    has: ['Invalid id'],
  },
  {
    name: 'a missing record of an open API is missing',
    path: `${R}/rooms/99`,
    status: 404,
    responseHeaders: EMPTY,
  },
  {
    name: 'a missing record is forbidden where its rule would look at it',
    path: `${R}/films/{nobody}`,
    status: 403,
    responseHeaders: EMPTY,
  },
  {
    name: 'a record of somebody else is forbidden',
    path: `${R}/films/{hidden}`,
    as: 'bob',
    status: 403,
    lacks: ['Secret'],
  },
  {
    name: 'its owner reads it',
    path: `${R}/films/{hidden}`,
    as: 'alice',
    status: 200,
    has: ['Secret rushes'],
  },
  {
    name: 'a superuser reads everything',
    path: `${R}/vault/{locked}`,
    as: 'boss',
    status: 200,
    has: ['1234'],
  },
  {
    name: 'nobody else reads the vault',
    path: `${R}/vault/{locked}`,
    as: 'alice',
    status: 403,
    lacks: ['1234'],
  },
  { name: 'a guest is no member', path: `${R}/club/{word}`, status: 403, lacks: ['popcorn'] },
  { name: 'a member reads the club', path: `${R}/club/{word}`, as: 'bob', status: 200, has: ['popcorn'] },
  {
    name: 'a missing record of the club is missing to members',
    path: `${R}/club/abcdefghijklmno`,
    as: 'bob',
    status: 404,
  },
  {
    name: 'a token that is none makes a guest, and never 401',
    path: `${R}/rooms/1`,
    headers: { authorization: 'Bearer abc.def.ghi' },
    status: 200,
    has: ['Small'],
  },
  {
    name: 'a parent is inlined for who may read it',
    path: `${R}/films/{shown}?expand=director`,
    as: 'alice',
    status: 200,
    has: ['"director":{"id":"{director}","data":{"id":"{director}","name":"Dora Director"}}'],
    lacks: ['salary'],
  },
  {
    name: 'a parent that the caller may not read is an id',
    path: `${R}/films/{shown}?expand=director,owner`,
    status: 200,
    has: ['"director":{"id":"{director}"}', '"owner":{"id":"{alice}"}'],
    lacks: ['Dora', 'data'],
  },
  ...['', 'title', 'nothing', 'director,', 'a,b,c,d,e,f', 'director.name'].map(
    (expand): Scenario => ({
      name: `expand=${expand} is refused`,
      path: `${R}/films/{shown}?expand=${expand}`,
      status: 400,
      has: ['Invalid expansion'],
    }),
  ),
  {
    name: 'a view has columns of its own',
    path: `${R}/premieres/{shown}`,
    status: 200,
    has: ['{"film":"{shown}","name":"Harbour","released":1931}'],
  },
  {
    name: 'a view leaves out what it does not show',
    path: `${R}/premieres/{hidden}`,
    as: 'alice',
    status: 403,
    lacks: ['Secret'],
  },
  {
    name: 'a view leaves it out for superusers as well',
    path: `${R}/premieres/{hidden}`,
    as: 'boss',
    status: 404,
  },
];

const create = (name: string, body: unknown, rest: Partial<Scenario> = {}): Scenario => ({
  ...{ name, method: 'POST', path: `${R}/rooms`, body, status: 400 },
  ...rest,
});

/** Creates, updates and deletes with their texts (specs/trailbase.md 4). */
export const writeScenarios: readonly Scenario[] = [
  create('a view takes no record', { name: 'x' }, { path: `${R}/premieres`, status: 405 }),
  {
    name: 'a view changes no record',
    method: 'PATCH',
    path: `${R}/premieres/{shown}`,
    body: {},
    status: 405,
  },
  { name: 'a view deletes no record', method: 'DELETE', path: `${R}/premieres/{shown}`, status: 405 },
  create(
    'a record is made of anything that was sent',
    { name: 'Loge', unknown: 1, __proto__x: 2 },
    { status: 200, has: ['{"ids":["4"]}'] },
  ),
  create('an empty object has all defaults', {}, { status: 200, has: ['{"ids":["5"]}'] }),
  {
    name: 'defaults are filled in',
    path: `${R}/rooms/5`,
    status: 200,
    has: ['"seats":100', '"name":null', '"tags":[]'],
  },
  create('a fraction is no integer', { seats: 1.5 }, { has: ['Invalid Parameters'], responseHeaders: TEXT }),
  create('text is no integer', { seats: '1' }, { has: ['Invalid Parameters'] }),
  create('text is no real', { price: '1' }, { has: ['Invalid Parameters'] }),
  create('a number is no text', { name: 1 }, { has: ['Invalid Parameters'] }),
  create('an integer beyond 64 bits is none', '{"serial":9223372036854775808}', {
    headers: JSON_TYPE,
    has: ['Invalid Parameters'],
  }),
  create('null is not allowed everywhere', { seats: null }, { has: ['db constraint: not null'] }),
  create('a number can be taken', { id: 1 }, { has: ['db constraint: pk'] }),
  create('a choice must be one', { tags: ['stage'] }, { has: ['Invalid Parameters'] }),
  create('an empty list makes nothing', [], { has: ['no values provided'] }),
  create(
    'a list has a limit',
    Array.from({ length: 1025 }, () => ({})),
    { has: ['Bulk creation exceeds limit: 1024'] },
  ),
  create('text is no record', '"a"', { headers: JSON_TYPE, has: ['Expected record or array of records'] }),
  create('a list of numbers has no records', [1], { has: ['Expected record or array of records'] }),
  create('half a body is none', '{"name":', { headers: JSON_TYPE }),
  create('another type is refused', '{}', { headers: { 'content-type': 'text/plain' } }),
  create('a type is needed', new TextEncoder().encode('{}')),
  create('a body that is too long is refused', new Uint8Array(10 * 1024 * 1024 + 1), {
    ...{ headers: JSON_TYPE, status: 413, has: ['length limit exceeded'] },
  }),
  create(
    'what may not be done is said before what is wrong',
    { title: 5 },
    { path: `${R}/films`, status: 403, responseHeaders: EMPTY },
  ),
  create('a guest makes no film', { title: 'x' }, { path: `${R}/films`, status: 403 }),
  create(
    'a column that must have a value is asked for',
    { year: 1990 },
    { path: `${R}/films`, as: 'bob', has: ['db constraint: not null'] },
  ),
  create(
    'a check is told as one',
    { title: 'x', year: 1800 },
    { path: `${R}/films`, as: 'bob', has: ['db constraint: check'] },
  ),
  create(
    'a unique value can be taken',
    { title: 'x', edition: '0190a8f0-0000-7000-8000-00000000000a' },
    {
      ...{ path: `${R}/films`, as: 'bob', has: ['db constraint: unique'] },
    },
  ),
  create(
    'a parent must exist',
    { title: 'x', director: 'abcdefghijklmno' },
    { path: `${R}/films`, as: 'bob', has: ['db constraint: fk'] },
  ),
  create(
    'bad base64 is refused',
    { title: 'x', checksum: 'a!' },
    { path: `${R}/films`, as: 'bob', has: ['Invalid Parameters'] },
  ),
  create(
    'a geometry must be one',
    { title: 'x', location: { type: 'Point' } },
    { path: `${R}/films`, as: 'bob', has: ['Invalid Parameters'] },
  ),
  create('a form may set numbers', 'name=Hall&seats=12&price=1.5&tags=bar&tags=organ', {
    headers: FORM,
    status: 200,
    has: ['{"ids":["6"]}'],
  }),
  {
    name: 'a form has set them',
    path: `${R}/rooms/6`,
    status: 200,
    has: ['"seats":12', '"price":1.5', '"tags":["bar","organ"]'],
  },
  create('a form cannot set what is no number', 'seats=many', { headers: FORM, has: ['Invalid Parameters'] }),
  create('a redirect leads back to the site', 'name=Foyer', {
    path: `${R}/rooms?redirect_uri=/thanks`,
    headers: FORM,
    status: 303,
    responseHeaders: { location: '/thanks' },
  }),
  ...['https://evil.example', '//evil.example', 'javascript:alert(1)', ''].map((target) =>
    create(`a redirect does not lead to "${target}"`, 'name=Foyer', {
      ...{ path: `${R}/rooms?redirect_uri=${encodeURIComponent(target)}`, headers: FORM },
      responseHeaders: { location: null },
    }),
  ),
  create(
    'a taken number is ignored where the API says so',
    { id: 7, holder: 'Ann' },
    { path: `${R}/tickets`, status: 200, has: ['{"ids":["7"]}'] },
  ),
  create(
    'and nobody is told',
    { id: 7, holder: 'Ben' },
    { path: `${R}/tickets`, status: 200, has: ['{"ids":[]}'] },
  ),
  { name: 'the first holder stays', path: `${R}/tickets/7`, status: 200, has: ['Ann'] },
  create('a badge is given', { id: 7, holder: 'Ann', row: 3 }, { path: `${R}/badges`, status: 200 }),
  create(
    'a taken number is replaced where the API says so',
    { id: 7, holder: 'Ben' },
    { path: `${R}/badges`, status: 200, has: ['{"ids":["7"]}'] },
  ),
  {
    name: 'columns that were left out have their defaults again',
    path: `${R}/badges/7`,
    status: 200,
    has: ['"holder":"Ben"', '"row":null'],
  },
  {
    name: 'a patch answers nothing',
    method: 'PATCH',
    path: `${R}/rooms/1`,
    body: { seats: 5 },
    status: 200,
    responseHeaders: EMPTY,
  },
  {
    name: 'a patch changes what it names',
    path: `${R}/rooms/1`,
    status: 200,
    has: ['"seats":5', '"name":"Small"'],
  },
  { name: 'an empty patch changes nothing', method: 'PATCH', path: `${R}/rooms/1`, body: {}, status: 200 },
  {
    name: 'an id may be repeated',
    method: 'PATCH',
    path: `${R}/rooms/1`,
    body: { id: 1, seats: 6 },
    status: 200,
  },
  {
    name: 'an id cannot change',
    method: 'PATCH',
    path: `${R}/rooms/1`,
    body: { id: 2 },
    status: 400,
    has: ['Invalid Parameters'],
  },
  {
    name: 'a patch is one record',
    method: 'PATCH',
    path: `${R}/rooms/1`,
    body: [{}],
    status: 400,
    has: ['Expected single record'],
  },
  {
    name: 'a patch of nothing is missing',
    method: 'PATCH',
    path: `${R}/rooms/99`,
    body: {},
    status: 404,
    responseHeaders: EMPTY,
  },
  {
    name: 'a patch of a constraint is told',
    method: 'PATCH',
    path: `${R}/rooms/1`,
    body: { seats: null },
    status: 400,
    has: ['db constraint: not null'],
  },
  {
    name: 'a form patches, too',
    method: 'PATCH',
    path: `${R}/rooms/1`,
    headers: FORM,
    body: 'seats=8',
    status: 200,
  },
  {
    name: 'a film of somebody else is not changed',
    method: 'PATCH',
    path: `${R}/films/{shown}`,
    as: 'bob',
    body: { title: 'Mine' },
    status: 403,
  },
  {
    name: 'a film of somebody else is not changed, whatever is sent',
    method: 'PATCH',
    path: `${R}/films/{shown}`,
    as: 'bob',
    body: { year: 'x' },
    status: 403,
    responseHeaders: EMPTY,
  },
  {
    name: 'and its owner is told what is wrong with it',
    method: 'PATCH',
    path: `${R}/films/{shown}`,
    as: 'alice',
    body: { year: 'x' },
    status: 400,
    has: ['Invalid Parameters'],
  },
  {
    name: 'a film that the caller may not read is forbidden, whatever else is asked',
    path: `${R}/films/{hidden}?expand=nothing`,
    status: 403,
    responseHeaders: EMPTY,
  },
  {
    name: 'a film that the caller may read says what is wrong with the question',
    path: `${R}/films/{shown}?expand=nothing`,
    status: 400,
    has: ['Invalid expansion'],
  },
  {
    name: 'a missing film is forbidden',
    method: 'PATCH',
    path: `${R}/films/{nobody}`,
    as: 'bob',
    body: { title: 'Mine' },
    status: 403,
  },
  {
    name: 'its owner changes it',
    method: 'PATCH',
    path: `${R}/films/{shown}`,
    as: 'alice',
    body: { title: 'Haven', internal: 'x' },
    status: 200,
  },
  {
    name: 'an excluded column was not changed',
    path: '/api/collections/films/records/{shownText}',
    as: 'admin',
    status: 200,
    has: ['"title":"Haven"', '"internal":"shelf 9"'],
  },
  {
    name: 'a film of somebody else is not deleted',
    method: 'DELETE',
    path: `${R}/films/{shown}`,
    as: 'bob',
    status: 403,
  },
  {
    name: 'a delete says so',
    method: 'DELETE',
    path: `${R}/rooms/3`,
    status: 200,
    has: ['deleted'],
    responseHeaders: TEXT,
  },
  {
    name: 'what was deleted is missing',
    method: 'DELETE',
    path: `${R}/rooms/3`,
    status: 404,
    responseHeaders: EMPTY,
  },
  {
    name: 'a missing film cannot be told from one of somebody else',
    method: 'DELETE',
    path: `${R}/films/{nobody}`,
    as: 'bob',
    status: 403,
  },
  {
    name: 'the vault takes nothing from accounts',
    method: 'POST',
    path: `${R}/vault`,
    as: 'alice',
    body: { secret: 1 },
    status: 403,
  },
  {
    name: 'the vault takes what a superuser puts there',
    method: 'POST',
    path: `${R}/vault`,
    as: 'boss',
    body: { secret: 'x' },
    status: 200,
  },
];

/** Writes that are more than one request. */
export const writeStories: readonly Story[] = [
  {
    name: 'an integer of 64 bits comes back to the digit',
    async run(world) {
      const body = '{"serial":9223372036854775807,"name":"x"}';
      const id = idOf(await sendOk(world, { method: 'POST', path: `${R}/rooms`, headers: JSON_TYPE, body }));
      const { text } = await sendOk(world, { path: `${R}/rooms/${id}` });
      expect(text).toContain('"serial":9223372036854775807');
      const found = await sendOk(world, { path: `${R}/rooms?filter[serial]=9223372036854775807` });
      expect(at(found.json, 'records.length')).toBe(1);
      const none = await sendOk(world, { path: `${R}/rooms?filter[serial]=9223372036854775806` });
      expect(at(none.json, 'records.length')).toBe(0);
    },
  },
  {
    name: 'an id of 64 bits names its record, and so does the number after it',
    async run(world) {
      const path = `${R}/counters`;
      const make = (body: string) => sendOk(world, { method: 'POST', path, headers: JSON_TYPE, body });
      for (const id of ['999999999999999999', '-9223372036854775808'])
        expect(idOf(await make(`{"id":${id}}`))).toBe(id);
      const next = idOf(await make('{"name":"next"}'));
      expect(next).toBe('1000000000000000000');
      for (const id of ['-9223372036854775808', '999999999999999999', next])
        expect((await sendOk(world, { path: `${path}/${id}` })).text).toStartWith(`{"id":${id},`);
      const found = await sendOk(world, { path: `${path}?filter[id][$gte]=${next}` });
      expect(at(found.json, 'records.length')).toBe(1);
      const first = await sendOk(world, { path: `${path}?order=%2Bid&limit=1` });
      const rest = await sendOk(world, {
        path: `${path}?order=%2Bid&cursor=${textAt(first.json, 'cursor')}`,
      });
      expect(at(rest.json, 'records.length')).toBe(2);
      await sendOk(world, {
        method: 'PATCH',
        path: `${path}/${next}`,
        headers: JSON_TYPE,
        body: `{"id":${next}}`,
      });
      for (const id of ['-9223372036854775808', '999999999999999999', next])
        await sendOk(world, { method: 'DELETE', path: `${path}/${id}` });
    },
  },
  {
    name: 'a list of records is made in one transaction, in its order',
    async run(world) {
      const before = await countRooms(world);
      const refused = await send(world, {
        method: 'POST',
        path: `${R}/rooms`,
        body: [{ name: 'a' }, { id: 1 }],
      });
      expect([refused.status, refused.text]).toEqual([400, 'db constraint: pk']);
      expect(await countRooms(world)).toBe(before);
      const made = await sendOk(world, {
        method: 'POST',
        path: `${R}/rooms`,
        body: [{ name: 'a' }, { name: 'b' }],
      });
      const ids = at(made.json, 'ids');
      expect(ids).toBeArrayOfSize(2);
      expect((await sendOk(world, { path: `${R}/rooms/${String(at(made.json, 'ids.1'))}` })).text).toContain(
        '"name":"b"',
      );
    },
  },
  {
    name: 'a film belongs to who brings it, unless it says otherwise',
    async run(world) {
      const id = idOf(
        await sendOk(world, { method: 'POST', path: `${R}/films`, as: 'bob', body: { title: 'Own' } }),
      );
      expect(id).toMatch(/^[\w-]{22}==$/);
      expect((await sendOk(world, { path: `${R}/films/${id}`, as: 'bob' })).text).toContain(
        `"owner":{"id":"${world.values.bob}"}`,
      );
      const body = { title: 'Nobody', owner: null, public: true };
      const other = idOf(await sendOk(world, { method: 'POST', path: `${R}/films`, as: 'bob', body }));
      expect((await sendOk(world, { path: `${R}/films/${other}` })).text).toContain('"owner":null');
    },
  },
  {
    name: 'every spelling of bytes and UUIDs is stored alike',
    async run(world) {
      const ids: string[] = [];
      for (const checksum of ['_-8=', '_-8', '/+8=', [255, 239]]) {
        const body = { title: 'bytes', public: true, checksum };
        ids.push(idOf(await sendOk(world, { method: 'POST', path: `${R}/films`, as: 'alice', body })));
      }
      for (const id of ids)
        expect((await sendOk(world, { path: `${R}/films/${id}` })).text).toContain('"checksum":"_-8="');
      const found = await sendOk(world, { path: `${R}/films?filter[checksum]=_-8&filter[title]=bytes` });
      expect(at(found.json, 'records.length')).toBe(4);
    },
  },
  {
    name: 'a column that nobody can read is written by who may write the record, and known to rules',
    async run(world) {
      const film: Ask = { path: `${R}/films/{hidden}`, as: 'bob' };
      const note = (_note: string | null) => ({ ...film, method: 'PATCH', as: 'alice', body: { _note } });
      await sendOk(world, note('open day'));
      expect((await sendOk(world, film)).text).not.toContain('_note');
      await sendOk(world, note(null));
      expect((await send(world, film)).status).toBe(403);
    },
  },
  {
    name: 'a body that does not say its length is cut off where it is too long',
    async run(world) {
      let left = 200;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (--left > 0) controller.enqueue(new Uint8Array(65_536).fill(0x20));
          else controller.close();
        },
      });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${world.base}${R}/rooms`, { method: 'POST', headers, body });
      expect([response.status, await response.text()]).toEqual([413, 'length limit exceeded']);
    },
  },
  {
    name: 'multipart without a file is a form',
    async run(world) {
      const body = multipart([
        { name: 'name', value: 'Terrace' },
        { name: 'seats', value: '20' },
        { name: 'nothing', value: 'x', filename: 'x.txt' },
      ]);
      const ask: Ask = {
        method: 'POST',
        path: `${R}/rooms`,
        headers: { 'content-type': MULTIPART_TYPE },
        body,
      };
      const id = idOf(await sendOk(world, ask));
      expect((await sendOk(world, { path: `${R}/rooms/${id}` })).text).toContain('"seats":20');
    },
  },
  {
    name: 'a guest may register as any collection of accounts allows, and a new account signs in',
    async run(world) {
      const body = { email: 'carl@example.com', password: 'carl-loves-old-films' };
      const id = idOf(await sendOk(world, { method: 'POST', path: `${R}/users`, body }));
      const { text } = await sendOk(world, { path: `${R}/users/${id}`, as: 'boss' });
      expect(text).not.toContain('password');
      expect(text).not.toContain('tokenKey');
      const login = { email: body.email, password: body.password };
      const session = await send(world, { method: 'POST', path: '/api/auth/v1/login', body: login });
      expect(session.status).toBeOneOf([200, 401]);
    },
  },
];

function idOf(answer: { readonly json: unknown }): string {
  return textAt(answer.json, 'ids.0');
}

async function countRooms(world: World): Promise<unknown> {
  return at((await sendOk(world, { path: `${R}/rooms?count=true&limit=0` })).json, 'total_count');
}
