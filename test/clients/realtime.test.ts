import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import BosBase from 'bosbase';
import PocketBase from 'pocketbase';
import { freePort } from '../bench/processes.ts';
import { binaryPath } from '../support/binary.ts';
import { provideEventSource } from '../support/event-source.ts';
import {
  ADMIN,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

// The stock clients, as apps use them, against the compiled binary.
let folder: string;
let server: TestServer;
let takeBack: () => void;
let admin: PocketBase;

beforeAll(async () => {
  takeBack = provideEventSource();
  folder = temporaryFolder();
  const command = [await binaryPath()];
  await makeSuperuser(join(folder, 'data'), command);
  server = await start();
  admin = new PocketBase(server.base).autoCancellation(false);
  await admin.collection('_superusers').authWithPassword(ADMIN.email, ADMIN.password);
  const teams = await admin.collections.create({
    ...{ name: 'teams', type: 'base', listRule: '', viewRule: '' },
    fields: [{ name: 'name', type: 'text' }],
  });
  await admin.collections.create({
    name: 'tasks',
    type: 'base',
    listRule: 'public = true || owner = @request.auth.id',
    viewRule: 'public = true || owner = @request.auth.id',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'public', type: 'bool' },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      { name: 'team', type: 'relation', collectionId: teams.id, maxSelect: 1 },
    ],
  });
  for (const name of ['ann', 'ben']) {
    const password = `${name}-waits-for-news`;
    await admin.collection('users').create({
      ...{ email: `${name}@example.com`, password, passwordConfirm: password },
    });
  }
}, 180_000);

afterAll(async () => {
  takeBack();
  await server?.stop();
  removeFolder(folder);
});

const port = freePort();
async function start(): Promise<TestServer> {
  const args = ['--http', `127.0.0.1:${port}`];
  return startServer({ command: [await binaryPath()], dir: join(folder, 'data'), args });
}

interface Heard {
  readonly action: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** What came, in order; `next` waits for it. */
function inbox() {
  const heard: Heard[] = [];
  let taken = 0;
  return {
    take: (event: Heard) => void heard.push(event),
    async next(): Promise<string> {
      for (let tries = 0; tries < 1000; tries++) {
        const event = heard[taken];
        if (event) {
          taken++;
          return `${event.action} ${event.record.title}`;
        }
        await Bun.sleep(10);
      }
      throw new Error('nothing came');
    },
    async quiet(): Promise<readonly Heard[]> {
      await Bun.sleep(200);
      return heard.slice(taken);
    },
    last: () => heard.at(-1),
  };
}

for (const [name, connect] of [
  ['PocketBase', () => new PocketBase(server.base)],
  ['BosBase', () => new BosBase(server.base)],
] as const) {
  describe(`the client of ${name}`, () => {
    test('hears of all records and of one, until it says that it will not', async () => {
      const pb = connect();
      const [all, one] = [inbox(), inbox()];
      const { id } = await admin.collection('tasks').create({ title: 'first', public: true });
      const stop = await pb.collection('tasks').subscribe('*', all.take);
      await pb.collection('tasks').subscribe(id, one.take);
      const other = await admin.collection('tasks').create({ title: 'second', public: true });
      await admin.collection('tasks').update(id, { title: 'first again' });
      await admin.collection('tasks').delete(other.id);
      expect([await all.next(), await all.next(), await all.next()]).toEqual([
        'create second',
        'update first again',
        'delete second',
      ]);
      expect(await one.next()).toBe('update first again');
      await stop();
      await admin.collection('tasks').delete(id);
      expect(await one.next()).toBe('delete first again');
      expect(await all.quiet()).toEqual([]);
      await pb.collection('tasks').unsubscribe();
      await admin.collection('tasks').create({ title: 'unheard', public: true });
      expect(await one.quiet()).toEqual([]);
      expect(pb.realtime.isConnected).toBe(false);
    });

    test('hears what the rules let its user see, from the login on', async () => {
      const pb = connect();
      const heard = inbox();
      await pb.collection('users').authWithPassword('ann@example.com', 'ann-waits-for-news');
      const owner = pb.authStore.record?.id;
      const ben = await admin.collection('users').getFirstListItem('email = "ben@example.com"');
      await pb.collection('tasks').subscribe('*', heard.take);
      await admin.collection('tasks').create({ title: 'of ben', owner: ben.id });
      await admin.collection('tasks').create({ title: 'of ann', owner });
      expect(await heard.next()).toBe('create of ann');
      // Signing out ends the stream of the user; the next one is a guest's.
      pb.authStore.clear();
      await pb.realtime.unsubscribe();
      await pb.collection('tasks').subscribe('*', heard.take);
      await admin.collection('tasks').create({ title: 'of ann, unheard', owner });
      await admin.collection('tasks').create({ title: 'of all', owner, public: true });
      expect(await heard.next()).toBe('create of all');
      // A guest may sign in over the same stream.
      await pb.collection('users').authWithPassword('ben@example.com', 'ben-waits-for-news');
      await pb.collection('teams').subscribe('*', () => undefined);
      await admin.collection('tasks').create({ title: 'of ben again', owner: ben.id });
      expect(await heard.next()).toBe('create of ben again');
      await pb.realtime.unsubscribe();
    });

    test('filters, expands and picks', async () => {
      const pb = connect();
      const heard = inbox();
      const team = await admin.collection('teams').create({ name: 'Blue' });
      await pb.collection('tasks').subscribe('*', heard.take, {
        filter: 'title ~ "wanted"',
        expand: 'team',
        fields: 'title,expand.team.name',
      });
      await admin.collection('tasks').create({ title: 'other', public: true, team: team.id });
      await admin.collection('tasks').create({ title: 'wanted', public: true, team: team.id });
      expect(await heard.next()).toBe('create wanted');
      expect(heard.last()?.record).toEqual({ title: 'wanted', expand: { team: { name: 'Blue' } } });
      await pb.realtime.unsubscribe();
    });

    test('connects anew when the server comes back, and hears on', async () => {
      const pb = connect();
      const heard = inbox();
      await pb.collection('tasks').subscribe('*', heard.take);
      const before = performance.now();
      expect(await server.stop()).toBe(0);
      expect(performance.now() - before).toBeLessThan(5000);
      server = await start();
      for (let tries = 0; !pb.realtime.isConnected && tries < 1000; tries++) await Bun.sleep(10);
      await admin.collection('tasks').create({ title: 'after the break', public: true });
      expect(await heard.next()).toBe('create after the break');
      await pb.realtime.unsubscribe();
    }, 30_000);
  });
}
