import { systemActor } from '../../../src/core/actor.ts';
import { createCollections } from '../../../src/dialects/trailbase/config/create-collections.ts';
import { loadConfig } from '../../../src/server/config.ts';
import { withCore } from '../../../src/server/run.ts';
import { textAt } from '../../support/json.ts';
import type { World } from '../../support/scenarios.ts';
import { adminToken } from '../../support/server.ts';
import { caller } from '../pocketbase/world.ts';
import { CABINET } from './cabinet.ts';
import { PROFILES } from './profiles.ts';

/**
 * The collections of a film archive, in a data folder that no server holds. Films have UUIDs and belong to who brought them
 * (Alice, Bob); they are shown once they are public, or to everybody on an open day, and `premieres` is a view of the public
 * ones. Directors are for members' eyes. Rooms are numbered and open to everybody; tickets and badges are numbered, too, and
 * differ in what a taken number does. The club is for members, the vault for superusers. A profile has the id of its account.
 */
export async function prepareArchive(dir: string): Promise<void> {
  const { config } = loadConfig({ flags: { dir }, environment: {} });
  await withCore(config, async (core) => {
    for (const definition of [...DEFINITIONS, ...CABINET])
      await core.collections.create(systemActor, { type: 'base', ...definition });
    await createCollections(core, systemActor, PROFILES);
  });
}

const MEMBER = '@request.auth.id != ""';
const SHOWN = 'public = true || owner = @request.auth.id || _note == "open day"';
const OPEN = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
const MEMBERS = {
  listRule: MEMBER,
  viewRule: MEMBER,
  createRule: MEMBER,
  updateRule: MEMBER,
  deleteRule: MEMBER,
};
const SEAT = [
  { name: 'holder', type: 'string' },
  { name: 'row', type: 'integer' },
];

const DEFINITIONS: readonly Readonly<Record<string, unknown>>[] = [
  {
    ...{ id: 'c_people', name: 'people', listRule: MEMBER, viewRule: MEMBER },
    fields: [
      { name: 'name', type: 'text', required: true },
      { name: 'salary', type: 'number', hidden: true },
    ],
  },
  {
    ...{ name: 'films', idKind: 'uuid', listRule: SHOWN, viewRule: SHOWN, createRule: MEMBER },
    ...{ updateRule: 'owner = @request.auth.id', deleteRule: 'owner = @request.auth.id' },
    fields: [
      { id: 'f_title', name: 'title', type: 'string', nullable: false },
      { id: 'f_year', name: 'year', type: 'integer', min: 1870 },
      { name: 'rating', type: 'real' },
      { name: 'checksum', type: 'bytes' },
      { name: 'edition', type: 'uuid' },
      { name: 'remark', type: 'any' },
      { name: 'facts', type: 'json' },
      { name: 'location', type: 'geometry' },
      { name: 'public', type: 'bool' },
      { id: 'f_internal', name: 'internal', type: 'string' },
      { id: 'f_director', name: 'director', type: 'relation', collectionId: 'c_people', maxSelect: 1 },
      { id: 'f_owner', name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      { name: '_note', type: 'string', writeOnly: true },
    ],
    indexes: ['CREATE UNIQUE INDEX idx_films_edition ON films (edition)'],
    dialects: {
      trailbase: {
        ...{ autofillUserIds: true, excluded: ['f_internal'], expand: ['f_director', 'f_owner'] },
        apis: [
          {
            ...{ name: 'premieres', readOnly: true, where: 'public = true' },
            columns: { film: 'id', name: 'f_title', released: 'f_year' },
          },
          {
            ...{ name: 'works_of_known_people', readOnly: true, columns: { film: 'id', name: 'f_title' } },
            where: '@collection.people.id ?== director',
          },
        ],
      },
    },
  },
  {
    ...{ name: 'rooms', idKind: 'integer', ...OPEN },
    fields: [
      { name: 'name', type: 'string' },
      { name: 'seats', type: 'integer', nullable: false, default: { kind: 'value', value: 100 } },
      { name: 'serial', type: 'integer' },
      { name: 'price', type: 'real' },
      { name: 'tags', type: 'select', values: ['bar', 'balcony', 'organ'], maxSelect: 3 },
    ],
  },
  {
    name: 'tickets',
    idKind: 'integer',
    ...OPEN,
    fields: SEAT,
    dialects: { trailbase: { conflictResolution: 'ignore' } },
  },
  {
    name: 'badges',
    idKind: 'integer',
    ...OPEN,
    fields: SEAT,
    dialects: { trailbase: { conflictResolution: 'replace' } },
  },
  { name: 'counters', idKind: 'integer', ...OPEN, fields: [{ name: 'name', type: 'string' }] },
  { name: 'club', ...MEMBERS, fields: [{ name: 'word', type: 'string' }] },
  { name: 'vault', fields: [{ name: 'secret', type: 'string' }] },
  {
    name: 'unlisted',
    ...OPEN,
    fields: [{ name: 'a', type: 'string' }],
    dialects: { trailbase: { expose: false } },
  },
];

/** Fills a prepared archive over the wire. */
export async function buildArchive(base: string, dir?: string): Promise<World> {
  const admin = await adminToken(base);
  const api = caller(base, admin);
  const users = '/api/collections/users/records';
  const account = (name: string) => ({
    email: `${name}@example.com`,
    name,
    verified: true,
    ...passwordOf(name),
  });
  const alice = await api('POST', users, account('alice'));
  const bob = await api('POST', users, account('bob'));
  await api('POST', users, account('carol'));
  const director = await api('POST', '/api/collections/people/records', { name: 'Dora Director', salary: 7 });
  const film = (values: Readonly<Record<string, unknown>>) =>
    api('POST', '/api/collections/films/records', values);
  const shown = await film({
    ...{
      id: '01900000-0000-7000-8000-000000000001',
      title: 'Harbour',
      year: 1931,
      rating: 7.5,
      public: true,
    },
    ...{ checksum: '_-8=', edition: '0190a8f0-0000-7000-8000-00000000000a', remark: 'scratched' },
    ...{ facts: { reels: [1, 2] }, location: { type: 'Point', coordinates: [10, 53.5] } },
    ...{ director: director.id, owner: alice.id, internal: 'shelf 9', _note: 'a gift' },
  });
  const hidden = await film({
    ...{ id: '01900000-0000-7000-8000-000000000002', title: 'Secret rushes', year: 1950, owner: alice.id },
    location: { type: 'Point', coordinates: [0, 0] },
  });
  await film({
    id: '01900000-0000-7000-8000-000000000003',
    title: 'Old lighthouse',
    year: 1920,
    public: true,
    owner: bob.id,
  });
  await film({
    id: '01900000-0000-7000-8000-000000000004',
    title: 'Light=?&/\\^',
    public: true,
    owner: bob.id,
  });
  for (const name of ['Small', 'Big', 'Cellar'])
    await api('POST', '/api/collections/rooms/records', {
      name,
      tags: name === 'Big' ? ['organ', 'bar'] : [],
    });
  const word = await api('POST', '/api/collections/club/records', { word: 'popcorn' });
  const locked = await api('POST', '/api/collections/vault/records', { secret: 'the code is 1234' });

  return {
    ...{ base, dir },
    tokens: {
      admin,
      boss: await bearer(base, 'admin@example.com', 'correct-horse-battery'),
      alice: await bearer(base, 'alice@example.com', passwordOf('alice').password),
      bob: await bearer(base, 'bob@example.com', passwordOf('bob').password),
    },
    values: {
      ...{ alice: alice.id, bob: bob.id, director: director.id, word: word.id, locked: locked.id },
      ...{ shown: wireId(shown.id), hidden: wireId(hidden.id), shownText: shown.id },
      nobody: wireId('01900000-0000-7000-8000-ffffffffffff'),
    },
  };
}

function passwordOf(name: string) {
  const password = `${name}-loves-old-films`;
  return { password, passwordConfirm: password };
}

/** A UUID as this wire writes it. */
function wireId(uuid: string): string {
  return `${Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')}==`;
}

/** The Authorization header of somebody who signs in through this dialect. */
async function bearer(base: string, email: string, password: string): Promise<string> {
  const response = await fetch(`${base}/api/auth/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new Error(`login of ${email}: ${response.status} ${await response.text()}`);
  return `Bearer ${textAt(await response.json(), 'auth_token')}`;
}
