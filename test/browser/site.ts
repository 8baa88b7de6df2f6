import { afterAll, beforeAll, expect, test } from 'bun:test';
import { dirname } from 'node:path';
import { binaryPath, freshCommand } from '../support/binary.ts';
import { ADMIN, removeFolder, startServer, type TestServer } from '../support/server.ts';
import {
  browserUnavailable,
  openVisitor,
  sharedBrowser,
  type Visitor,
  type VisitorOptions,
} from './browser.ts';

/** Milliseconds for a story and for what comes before the first: a machine may have much else to do. */
const TIME = 300_000;

/** How a {@link Site} starts. */
export interface SiteOptions {
  /** What fills it, one after the other, as {@link fillGallery} does; called with its address. */
  readonly holds?: readonly ((base: string) => Promise<void>)[];
  /** Leaves it without a superuser, as on a first start. */
  readonly isNew?: boolean;
  /** Has it run from the compiled binary, made now if need be. Otherwise that is taken where it is of these sources. */
  readonly isBinary?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server of a test file's own, and those who visit its console. */
export interface Site {
  /** `http://127.0.0.1:PORT`; known in stories. */
  readonly base: string;
  readonly server: TestServer;
  /**
   * A test. At its end, everybody who visited has seen no breach of the content security policy, no error and no dialog that
   * nobody asked for, and their browsers are closed.
   */
  story(name: string, play: () => Promise<void>): void;
  /** Opens a browser for somebody whom the console does not know. */
  visitor(options?: VisitorOptions): Promise<Visitor>;
  /** Opens a browser in which {@link ADMIN} has signed in (with a session of their own), at a path. */
  signedIn(path: string, options?: VisitorOptions): Promise<Visitor>;
}

/**
 * Starts a server with its superuser before the tests of the file that calls this at its top, and ends it after them. All
 * files share one browser. Where there is none, the stories are skipped, with the reason.
 *
 *     const site = await openSite('records', { holds: [fillGallery] });
 *     site.story('a record is made', async () => {
 *       const { page, violations } = await site.signedIn('/_/collections/works', { width: 360, locale: 'de-AT' });
 *       await page.getByRole('link', { name: 'Neuer Datensatz' }).click();
 *       expect(await violations()).toEqual([]);
 *     });
 */
export async function openSite(about: string, options: SiteOptions = {}): Promise<Site> {
  const { holds = [], isNew = false, isBinary = false, env = {} } = options;
  const reason = await browserUnavailable();
  if (reason !== undefined) test.skip(`${about}, in a browser: ${reason}`, () => {});
  let started: TestServer | undefined;
  const visitors: Visitor[] = [];
  const server = (): TestServer => {
    if (started === undefined) throw new Error('the server has not started');
    return started;
  };

  beforeAll(async () => {
    if (reason !== undefined) return;
    started = await startServer({ command: isBinary ? [await binaryPath()] : await freshCommand(), env });
    if (!isNew) await makeAdmin(started);
    for (const fill of holds) await fill(started.base);
  }, TIME);
  afterAll(async () => {
    await started?.stop();
    if (started) removeFolder(dirname(started.dir));
  });

  const site: Site = {
    get base() {
      return server().base;
    },
    get server() {
      return server();
    },
    story(name, play) {
      const run = async () => {
        try {
          await play();
          expect(visitors.flatMap((one) => one.faults)).toEqual([]);
        } catch (error) {
          console.error(`“${name}” ended at ${visitors.map(({ page }) => page.url()).join(', ')}`);
          throw error;
        } finally {
          const left = visitors.splice(0);
          await Promise.all(left.map((one) => one.close()));
        }
      };
      test.skipIf(reason !== undefined)(name, run, TIME);
    },
    async visitor(how) {
      const visitor = await openVisitor(await sharedBrowser(), how);
      visitors.push(visitor);
      return visitor;
    },
    async signedIn(path, how) {
      const { base } = server();
      const [visitor, session] = await Promise.all([site.visitor(how), openSession(base)]);
      await visitor.context.addCookies([{ ...session, url: base, httpOnly: true, sameSite: 'Strict' }]);
      await visitor.page.goto(base + path);
      return visitor;
    },
  };
  return site;
}

async function makeAdmin(server: TestServer): Promise<void> {
  const body = new URLSearchParams({ ...ADMIN, passwordConfirm: ADMIN.password });
  const answer = await fetch(server.setupLink() ?? '', { method: 'POST', body, redirect: 'manual' });
  if (answer.status !== 303) throw new Error(`no superuser: ${answer.status} ${await answer.text()}`);
}

/** The cookie of a new session of {@link ADMIN}. */
async function openSession(base: string): Promise<{ readonly name: string; readonly value: string }> {
  const body = new URLSearchParams(ADMIN);
  const answer = await fetch(`${base}/_/login`, { method: 'POST', body, redirect: 'manual' });
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers.getSetCookie()[0] ?? '') ?? [];
  if (name === undefined || value === undefined) throw new Error(`not signed in: ${answer.status}`);
  return { name, value };
}
