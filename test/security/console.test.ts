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
  await core.auth.sessions.close(ended.refreshToken);
  cookies = [ofApp.refreshToken, ended.refreshToken, ofApi.accessToken, ''];
});
afterAll(() => world.close());

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
