import { join } from 'node:path';
import PocketBase from 'pocketbase';
import type { Client } from 'trailbase';
import { initClient } from 'trailbase';
import { binaryPath } from './binary.ts';
import {
  ADMIN,
  makeSuperuser,
  ROOT,
  removeFolder,
  runCommand,
  startServer,
  type TestServer,
  temporaryFolder,
} from './server.ts';

/** Everybody's password in the film club. */
export const PASSWORD = 'secret-popcorn';

/** The film club of `fixtures/trailbase`: its tables, its members `0@cinema.test` to `12@cinema.test`, and who runs it. */
export interface Cinema {
  readonly server: TestServer;
  readonly dir: string;
  /** Signed in as a superuser. */
  readonly admin: PocketBase;
  /** Ids of the members by name. */
  readonly members: ReadonlyMap<string, string>;
  /** A client of TrailBase, signed in as a member where one is named. */
  client(member?: string): Promise<Client>;
  close(): Promise<void>;
}

/** Starts the binary with the film club in a folder of its own. `args` go to `serve`. */
export async function openCinema(args: readonly string[] = []): Promise<Cinema> {
  const command = [await binaryPath()];
  const folder = temporaryFolder();
  const dir = join(folder, 'data');
  await makeSuperuser(dir, command);
  const first = await startServer({ command, dir });
  const members = await makeMembers(await signIn(first));
  await first.stop();

  const fixtures = join(ROOT, 'test/fixtures/trailbase');
  const files = [
    '--sql',
    join(fixtures, 'cinema.sql'),
    '--trailbase-config',
    join(fixtures, 'cinema.textproto'),
  ];
  const made = await runCommand(['collection', 'create', ...files, '--dir', dir], { command });
  if (made.code !== 0) throw new Error(`the tables were not made: ${made.stderr}${made.stdout}`);

  const env = { DOSSIER_AUTH_ANONYMOUS: 'true' };
  const server = await startServer({ command, dir, args, env });
  const admin = await signIn(server);
  return {
    ...{ server, dir, admin, members },
    async client(member) {
      const client = initClient(server.base);
      if (member !== undefined) await client.login(`${member}@cinema.test`, PASSWORD);
      return client;
    },
    async close() {
      await server.stop();
      removeFolder(folder);
    },
  };
}

async function signIn({ base }: TestServer): Promise<PocketBase> {
  const admin = new PocketBase(base).autoCancellation(false);
  await admin.collection('_superusers').authWithPassword(ADMIN.email, ADMIN.password);
  return admin;
}

/** Members sign in by address or name; codes by mail are allowed. */
async function makeMembers(admin: PocketBase): Promise<ReadonlyMap<string, string>> {
  const users = await admin.collections.getOne('users');
  await admin.collections.update('users', {
    fields: [
      ...users.fields.map((field: Record<string, unknown>) =>
        field.name === 'email' ? { ...field, required: false } : field,
      ),
      { name: 'username', type: 'text' },
    ],
    indexes: [
      ...users.indexes,
      "CREATE UNIQUE INDEX idx_username ON users (username COLLATE NOCASE) WHERE username != ''",
    ],
    passwordAuth: { enabled: true, identityFields: ['email', 'username'] },
    otp: { enabled: true },
  });
  const members = new Map<string, string>();
  const names = [...Array.from({ length: 13 }, (_, at) => String(at)), 'admin', 'alice'];
  for (const name of names) {
    const account = { email: `${name}@cinema.test`, password: PASSWORD, passwordConfirm: PASSWORD };
    const username = /^[a-z]/.test(name) ? name : `member${name}`;
    const { id } = await admin.collection('users').create({ ...account, username, verified: true });
    members.set(name, id);
  }
  return members;
}
