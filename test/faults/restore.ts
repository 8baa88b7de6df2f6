import { join } from 'node:path';
import { type FailpointName, restoreFailpoints } from '../../src/lib/failpoints.ts';
import { auditFolder } from '../support/audit.ts';
import { type FaultHarness, type FaultReport, generator } from '../support/fault-harness.ts';
import { at, textAt } from '../support/json.ts';
import {
  adminToken,
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

/** Where nothing is decided yet: the old state comes back. */
const BEFORE: ReadonlySet<FailpointName> = new Set(['restore.extracted', 'restore.sent']);
/** One before the moment of a restore, the moment, and two after it. */
const SHORT: readonly FailpointName[] = [
  'restore.sent',
  'restore.ready',
  'restore.exchanged.data.db',
  'restore.done',
];
/** Milliseconds from the request to the end of a restore, and a little more. */
const WHOLE = 3500;

/**
 * kill -9 while a running server restores a backup: at each step, and anywhere. The next start has the old state or that of the
 * backup, records and bytes of files, and nothing of the other.
 */
export const killRestore: FaultHarness = {
  name: 'kill -9',
  driver: 'restore',
  async run({ form, seconds, seed }) {
    const random = generator(seed);
    const deadline = performance.now() + seconds * 1000;
    const folder = temporaryFolder();
    const victim = await createVictim(join(folder, 'data'));
    try {
      for (const point of form === 'long' ? restoreFailpoints : SHORT) await victim.dieAt(point);
      while (form === 'long' && performance.now() < deadline) await victim.dieAfter(random() * WHOLE);
      return victim.report;
    } finally {
      removeFolder(folder);
    }
  },
};

/** A folder with a backup that has less than what is there. */
async function createVictim(dir: string) {
  const report = { cycles: 0, acknowledged: 0, violations: [] as string[] };
  await makeSuperuser(dir);
  const first = await startServer({ dir });
  await send(first, '/api/collections', {
    ...{ name: 'papers', type: 'base', listRule: '', viewRule: '' },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'file', type: 'file', maxSelect: 1 },
    ],
  });
  await add(first, 'kept');
  await send(first, '/api/backups', { name: 'less.zip' });
  await add(first, 'later');
  await first.stop();

  async function live(what: string, env: Record<string, string>, until: Promise<unknown>): Promise<boolean> {
    const server = await startServer({ dir, env });
    // Not waited for: it is answered when the archive is checked and unpacked and the present state saved.
    const asked = send(server, '/api/backups/less.zip/restore', {}).catch(() => {});
    await Promise.race([server.exited, until]);
    const died = await Promise.race([server.exited.then(() => true), Bun.sleep(10).then(() => false)]);
    if (!died) await server.stop('SIGKILL');
    await asked;
    report.cycles++;
    return check(what);
  }

  /** Whether the state is that of the backup. */
  async function check(what: string): Promise<boolean> {
    const server = await startServer({ dir });
    const say = (problem: string) => report.violations.push(`${what}: ${problem}`);
    try {
      const found = await papers(server);
      report.acknowledged += Object.keys(found).length;
      for (const [title, text] of Object.entries(found))
        if (text !== content(title)) say(`the file of ${title} has other bytes`);
      const titles = Object.keys(found).sort().join();
      if (titles !== 'kept' && titles !== 'kept,later') say(`the records are ${titles}`);
      for (const problem of auditFolder(dir)) say(problem);
      const isNew = titles === 'kept';
      if (isNew) await add(server, 'later');
      return isNew;
    } finally {
      const code = await server.stop();
      if (code !== 0) say(`it stopped with code ${code}`);
    }
  }

  return {
    report: report satisfies FaultReport,
    async dieAt(point: FailpointName): Promise<void> {
      const what = `killed at ${point}`;
      const isNew = await live(what, { DOSSIER_FAILPOINTS: `${point}=kill` }, Bun.sleep(20_000));
      if (isNew === BEFORE.has(point)) report.violations.push(`${what}: the state is the other one`);
    },
    async dieAfter(milliseconds: number): Promise<void> {
      await live(`killed after ${Math.round(milliseconds)} ms`, {}, Bun.sleep(milliseconds));
    },
  };
}

async function send(server: TestServer, path: string, body: object): Promise<void> {
  const isForm = body instanceof FormData;
  const answer = await fetch(server.base + path, {
    method: 'POST',
    headers: {
      authorization: await adminToken(server.base),
      ...(isForm ? {} : { 'content-type': 'application/json' }),
    },
    body: isForm ? body : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

const content = (title: string) => `what ${title} says `.repeat(20_000);

async function add(server: TestServer, title: string): Promise<void> {
  const form = new FormData();
  form.set('title', title);
  form.set('file', new File([content(title)], `${title}.txt`));
  await send(server, '/api/collections/papers/records', form);
}

async function papers(server: TestServer): Promise<Record<string, string>> {
  const list: unknown = await (await fetch(`${server.base}/api/collections/papers/records`)).json();
  const items = at(list, 'items');
  const found: Record<string, string> = {};
  for (const item of Array.isArray(items) ? items : []) {
    const file = await fetch(`${server.base}/api/files/papers/${textAt(item, 'id')}/${textAt(item, 'file')}`);
    found[textAt(item, 'title')] = await file.text();
  }
  return found;
}
