import { afterAll, beforeAll, expect, test } from 'bun:test';
import { consolePages } from '../../src/console/index.ts';
import { systemActor } from '../../src/core/actor.ts';
import { consoleFiles } from '../support/console.ts';
import { openTestCore, type TestCore } from '../support/core.ts';

/** Pages for those who have not signed in. */
const OPEN = /\/assets\/|\/login|\/setup|\/\*$|_$/;
const PASSWORD = 'correct horse battery';

let world: TestCore;
let cookies: readonly string[];
let signedIn: string;
beforeAll(async () => {
  world = await openTestCore();
  const { core } = world;
  const mail = { password: PASSWORD, passwordConfirm: PASSWORD };
  const superusers = core.collections.get('_superusers');
  const admin = await core.records.create(systemActor, superusers, { email: 'ada@example.com', ...mail });
  const users = core.collections.get('users');
  const user = await core.records.create(systemActor, users, { email: 'mia@example.com', ...mail });
  const open = async (collection: typeof users, id: string) => {
    const record = await core.records.findStored(collection, id);
    return core.auth.sessions.open(systemActor, { collection, record: record ?? {} });
  };
  const ofApp = await open(users, String(user.values.id));
  const ended = await open(superusers, String(admin.values.id));
  const ofApi = await open(superusers, String(admin.values.id));
  signedIn = (await open(superusers, String(admin.values.id))).refreshToken;
  await core.auth.sessions.close(ended.refreshToken);
  cookies = [ofApp.refreshToken, ended.refreshToken, ofApi.accessToken, ''];
});
afterAll(() => world.close());

test('no form does anything without its token, and reading changes nothing', async () => {
  const facts = { clientAddress: () => '192.0.2.1', requestId: () => 'id' };
  const app = consolePages({ core: world.core, files: consoleFiles, publicUrl: undefined, ...facts });
  const ask = (path: string, init: RequestInit) => {
    const address = `http://localhost${path.replaceAll(/:\w+/g, 'users')}`;
    return app.handle(new Request(address, { headers: { cookie: `dossier=${signedIn}` }, ...init }));
  };
  const before = await stateOf();
  const answers = new Map<string, number>();
  for (const { method, path } of app.routes.filter((route) => !OPEN.test(route.path))) {
    const isForm = method === 'POST';
    const multipart = new FormData();
    multipart.append('csrf', 'guess');
    multipart.append('file', new File(['PK'], 'a.zip'));
    for (const body of isForm ? [new URLSearchParams({ csrf: 'guess' }), multipart] : [undefined]) {
      const answer = await ask(path, { method, body });
      await answer.body?.cancel();
      const wrong = isForm ? answer.status < 400 || answer.status >= 500 : answer.status >= 500;
      expect([path, answer.status, wrong]).toEqual([path, answer.status, false]);
      if (isForm) answers.set(path, Math.min(answer.status, answers.get(path) ?? 999));
    }
  }
  // The others look first whether there is what the address names.
  const refused = [...answers].filter(([, status]) => status === 403 || status === 400);
  expect(answers.size - refused.length).toBeLessThan(10);
  expect(refused.length).toBeGreaterThan(45);
  expect(await stateOf()).toEqual(before);
});

/** What forms of the console could change. */
async function stateOf() {
  const { collections, records, backups, settings } = world.core;
  const page = { page: 1, perPage: 50 };
  const listed = ['users', '_superusers'].map((name) =>
    records.list(systemActor, collections.get(name), page),
  );
  return {
    accounts: (await Promise.all(listed)).map(({ items }) => items),
    collections: collections.schema.collections.map(({ name, fields, rules }) => ({ name, fields, rules })),
    backups: await backups.list(systemActor),
    settings: await settings.list(systemActor),
  };
}

test('no page takes the session of an app’s account, one that has ended, or a token of the API', async () => {
  const facts = { clientAddress: () => '192.0.2.1', requestId: () => 'id' };
  const app = consolePages({ core: world.core, files: consoleFiles, publicUrl: undefined, ...facts });
  const routes = app.routes.filter(({ path }) => !OPEN.test(path));
  expect(routes.length).toBeGreaterThan(60);
  for (const { method, path } of routes) {
    const address = `http://localhost${path.replace(':collection', 'users').replaceAll(/:\w+/g, 'users')}`;
    for (const session of cookies) {
      const headers = { cookie: `dossier=${session}`, 'x-csrf-token': 'guess' };
      const answer = await app.handle(new Request(address, { method, headers }));
      expect([path, answer.status, await answer.text()]).toEqual([path, 303, '']);
      expect(answer.headers.get('location')).toStartWith('/_/login?next=');
      expect(answer.headers.getSetCookie().join()).not.toContain('dossier=');
    }
  }
});
