import type { ConsoleDeps } from '../../src/console/console.ts';
import { consolePages } from '../../src/console/index.ts';
import { systemActor } from '../../src/core/actor.ts';
import { consoleFiles } from './console.ts';
import { openTestCore, type TestCore } from './core.ts';

/** Who has signed in. */
const ADA = { email: 'ada@example.com', password: 'correct horse battery' };
const SITE = 'http://localhost';

/** An answer of the console, read. */
interface ReadAnswer {
  readonly answer: Response;
  readonly text: string;
  readonly location: string | null;
}

/** A console of its own, with the browser of a superuser who has signed in. */
export interface SignedInConsole {
  readonly world: TestCore;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<ReadAnswer>;
  /** Sends a form with its CSRF token. */
  post(
    path: string,
    fields: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
    headers?: Readonly<Record<string, string>>,
  ): Promise<ReadAnswer>;
  /** Sends a form with files as it is. */
  send(path: string, body: FormData): Promise<ReadAnswer>;
}

/** Opens one; `world.close()` ends it. */
export async function openSignedIn(deps: Partial<ConsoleDeps> = {}): Promise<SignedInConsole> {
  const world = await openTestCore();
  const { core } = world;
  const input = { ...ADA, passwordConfirm: ADA.password };
  await core.records.create(systemActor, core.collections.get('_superusers'), input);
  const facts = { clientAddress: () => '192.0.2.1', requestId: () => 'id', publicUrl: undefined };
  const app = consolePages({ core, files: consoleFiles, ...facts, ...deps });

  const send = async (path: string, init: RequestInit): Promise<ReadAnswer> => {
    const answer = await app.handle(new Request(SITE + path, init));
    return { answer, text: await answer.text(), location: answer.headers.get('location') };
  };
  const made = await send('/_/login', { method: 'POST', body: new URLSearchParams(ADA) });
  const cookie = made.answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const page = await send('/_/account', { headers: { cookie } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return {
    world,
    get(path, { cookie: more, ...headers } = {}) {
      const cookies = more === undefined ? cookie : `${cookie}; ${more}`;
      return send(path, { headers: { cookie: cookies, ...headers } });
    },
    send: (path, body) => send(path, { method: 'POST', body, headers: { cookie } }),
    post(path, fields, headers = {}) {
      const body = new URLSearchParams({ csrf });
      const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
      for (const [name, value] of pairs) body.append(name, value);
      return send(path, { method: 'POST', body, headers: { cookie, ...headers } });
    },
  };
}
