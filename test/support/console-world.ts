import { consolePages } from '../../src/console/index.ts';
import { systemActor } from '../../src/core/actor.ts';
import type { CorePorts } from '../../src/core/core.ts';
import { streamOf } from '../contracts/storage.ts';
import { consoleFiles } from './console.ts';
import { openTestCore, type TestCore } from './core.ts';

const ADA = { email: 'ada@example.com', password: 'correct horse battery' };
const SITE = 'http://localhost';
/** What htmx says when it wants an element's content. */
export const PARTIAL = { 'hx-request': 'true', 'hx-request-type': 'partial' } as const;

/** A page as somebody got it. */
interface Page {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** A console with its superuser, who is signed in. */
export interface ConsoleWorld extends TestCore {
  /** A page for the superuser. */
  get(path: string): Promise<Page>;
  /** What htmx asks of it for an element. */
  part(path: string): Promise<Page>;
  /** A form of the superuser's, with its token. */
  post(
    path: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Page>;
  /** The same, where names are sent several times. */
  postAll(path: string, parts: readonly (readonly [string, string])[]): Promise<Page>;
  /** A form with files, of these parts in their order, with the superuser's token before them. */
  upload(path: string, parts: readonly (readonly [string, string | File])[]): Promise<Page>;
  /** What a script of the console sends, with the superuser's token in its header. */
  send(path: string, body: string | FormData): Promise<Page>;
  /** A form that another site sent. */
  forge(path: string, fields?: Readonly<Record<string, string>>): Promise<Page>;
  /** The same, with files. */
  forgeUpload(path: string, parts: readonly (readonly [string, string | File])[]): Promise<Page>;
  /** Makes a record that has one file; its id. */
  put(collection: string, filename: string, content: string | Uint8Array): Promise<string>;
}

/** Opens a {@link ConsoleWorld}; `ports` replace those of its core. */
export async function openConsoleWorld(ports: Partial<CorePorts> = {}): Promise<ConsoleWorld> {
  const world = await openTestCore(ports);
  const { core } = world;
  await core.records.create(systemActor, core.collections.get('_superusers'), {
    ...ADA,
    passwordConfirm: ADA.password,
  });
  const facts = { clientAddress: () => '192.0.2.1', requestId: () => 'id' };
  const app = consolePages({ core, files: consoleFiles, publicUrl: undefined, ...facts });

  async function send(path: string, init: RequestInit): Promise<Page> {
    const answer = await app.handle(new Request(SITE + path, init));
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  const login = await send('/_/login', { method: 'POST', body: new URLSearchParams(ADA) });
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const account = await send('/_/account', { headers: { cookie } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(account.text)?.[1] ?? '';
  return {
    ...world,
    get: (path) => send(path, { headers: { cookie } }),
    part: (path) => send(path, { headers: { cookie, ...PARTIAL } }),
    post: (path, fields = {}, headers = {}) =>
      send(path, {
        ...{ method: 'POST', body: new URLSearchParams({ csrf, ...fields }) },
        headers: { cookie, ...headers },
      }),
    postAll: (path, parts) =>
      send(path, {
        ...{ method: 'POST', headers: { cookie } },
        body: new URLSearchParams([
          ['csrf', csrf],
          ...parts.map(([name, value]): [string, string] => [name, value]),
        ]),
      }),
    upload(path, parts) {
      const body = new FormData();
      body.append('csrf', csrf);
      for (const [name, value] of parts) body.append(name, value);
      return send(path, { method: 'POST', headers: { cookie }, body });
    },
    send: (path, body) =>
      send(path, {
        ...{ method: 'POST', body },
        headers: { cookie, accept: 'application/json', 'x-csrf-token': csrf },
      }),
    forge: (path, fields = {}) =>
      send(path, { method: 'POST', headers: { cookie }, body: new URLSearchParams(fields) }),
    forgeUpload(path, parts) {
      const body = new FormData();
      for (const [name, value] of parts) body.append(name, value);
      return send(path, { method: 'POST', headers: { cookie }, body });
    },
    async put(name, filename, content) {
      const collection = core.collections.get(name);
      const field = collection.fields.find(core.holdsFiles);
      if (field === undefined) throw new Error(`${name} has no field for files`);
      const intake = await core.records.admit(systemActor, collection, undefined);
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const file = await intake.receive(field, { filename, stream: streamOf(bytes) });
      const made = await core.records.create(systemActor, collection, { [field.name]: file }, { intake });
      return String(made.values.id);
    },
  };
}
