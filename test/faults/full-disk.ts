import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { type FaultHarness, type FaultReport, type FaultRun, generator } from '../support/fault-harness.ts';
import { at, textAt } from '../support/json.ts';
import { makeLedgerFolder } from '../support/ledger-folder.ts';
import { MULTIPART_TYPE, multipart } from '../support/multipart.ts';
import { adminToken, startServer, type TestServer } from '../support/server.ts';
import { mountTmpfs, type Volume, volumesUnavailable } from '../support/volumes.ts';

const VOLUME_MEGABYTES = 48;
const RECORDS = '/api/collections/entries/records';

/**
 * Fills the volume that holds the whole data folder: by uploads and records until they are refused, and then, as another
 * program, to the last byte. Reads and deletes must go on, refusals must leave nothing, and once there is room again writes
 * must be taken without a restart. Then the same for a server that is killed, and one that is stopped, and that starts on
 * the full disk.
 */
export const fullDisk: FaultHarness = {
  name: 'full disk',
  driver: 'local',
  unavailable: () => volumesUnavailable('tmpfs'),
  run: fillDisk,
};

async function fillDisk(run: FaultRun): Promise<FaultReport> {
  const deadline = performance.now() + run.seconds * 1000;
  const disk = await openDisk(generator(run.seed));
  let cycles = 0;
  try {
    do {
      await disk.fillAndRecover(ENDS[cycles % ENDS.length]);
      cycles++;
    } while (
      disk.violations.length === 0 &&
      (cycles < ENDS.length || performance.now() < deadline) &&
      mayGoOn(run, cycles)
    );
    await disk.finish();
    return { cycles, acknowledged: disk.acknowledged(), violations: disk.violations };
  } finally {
    await disk.close();
  }
}

/** How the server ends while the disk is full, cycle by cycle; undefined: it does not. The short form takes each once. */
const ENDS: readonly (NodeJS.Signals | undefined)[] = [undefined, 'SIGKILL', 'SIGTERM'];

function mayGoOn({ form }: FaultRun, cycles: number): boolean {
  return form === 'long' || cycles < ENDS.length;
}

/** What a record was acknowledged to hold. */
interface Kept {
  readonly title: string;
  /** Of the file; undefined without one. */
  readonly digest: string | undefined;
}

async function openDisk(random: () => number) {
  const picture = new Uint8Array(await plain(300, 200).png().toBuffer());
  const volume: Volume = await mountTmpfs(VOLUME_MEGABYTES);
  const dir = join(volume.path, 'data');
  const filler = join(volume.path, 'filler');
  const kept = new Map<string, Kept>();
  const violations: string[] = [];
  let acknowledged = 0;
  let serial = 0;
  let server: TestServer;
  try {
    await makeLedgerFolder(dir);
    server = await startServer({ dir });
  } catch (error) {
    await volume.remove();
    throw error;
  }

  function breach(what: string, response: Response, said: string): void {
    violations.push(`${what} answered ${response.status} ${said.slice(0, 200)}`);
  }

  /** Answers the record, or undefined when there was no room; anything else is a breach. */
  async function create(file?: Uint8Array<ArrayBuffer>): Promise<unknown> {
    const id = `d${String(serial++).padStart(14, '0')}`;
    const title = `${id} ${'t'.repeat(Math.floor(random() * 3000))}`;
    const body = multipart([
      { name: 'id', value: id },
      { name: 'title', value: title },
      ...(file === undefined ? [] : [{ name: 'file', filename: 'some.png', value: file }]),
    ]);
    const response = await fetch(server.base + RECORDS, {
      method: 'POST',
      headers: { 'content-type': MULTIPART_TYPE },
      body,
    });
    const said = await response.text();
    const answer: unknown = JSON.parse(said);
    if (response.status === 507) {
      if (at(answer, 'status') !== 507 || typeof at(answer, 'message') !== 'string')
        violations.push(`507 looks like ${said}`);
      return undefined;
    }
    if (response.status !== 200) breach('a create', response, said);
    else {
      acknowledged++;
      kept.set(id, { title, digest: file && sha256(file) });
    }
    return answer;
  }

  /** Until nothing fits any more, neither a file nor a record; answers whether there was an end. */
  async function fill(): Promise<void> {
    for (const size of [1_000_000, 60_000, 500, undefined]) {
      for (let n = 0; ; n++) {
        const file = size === undefined ? undefined : bytesOf(Math.ceil(size * (0.5 + random())));
        const results = await Promise.all([create(file), create(file)]);
        if (violations.length > 0 || results.includes(undefined)) break;
        if (n > 20_000) return void violations.push('the volume is never full');
      }
    }
    takeTheRest(filler, volume.path);
  }

  async function read(record: unknown): Promise<void> {
    const id = textAt(record, 'id');
    const url = `${server.base}/api/files/entries/${id}/${textAt(record, 'file')}`;
    const digest = kept.get(id)?.digest;
    const checks: readonly [string, Promise<Response>, number][] = [
      ['a list', fetch(`${server.base}${RECORDS}?perPage=50&sort=-title&filter=(title~'t')`), 200],
      ['a view', fetch(`${server.base}${RECORDS}/${id}`), 200],
      ['a range', fetch(url, { headers: { range: 'bytes=5-14' } }), 206],
      ['a stored thumb', fetch(`${url}?thumb=11x11`), 200],
      ['a new thumb', fetch(`${url}?thumb=${20 + Math.floor(random() * 20)}x20`), 200],
    ];
    for (const [what, asked, status] of checks) {
      const response = await asked;
      const body = await response.bytes();
      if (response.status !== status) breach(what, response, new TextDecoder().decode(body));
      if (status === 206 && body.length !== 10) violations.push('a range has another length');
    }
    const whole = await (await fetch(url)).bytes();
    if (sha256(whole) !== digest) violations.push('a download has other bytes');
  }

  async function refuseBackup(): Promise<void> {
    const headers = { authorization: await adminToken(server.base), 'content-type': 'application/json' };
    const response = await fetch(`${server.base}/api/backups`, { method: 'POST', headers, body: '{}' });
    const said = await response.text();
    if (response.status !== 507) breach('a backup', response, said);
    const list: unknown = await (await fetch(`${server.base}/api/backups`, { headers })).json();
    if (!Array.isArray(list) || list.length > 0) violations.push('a backup is listed that was refused');
    for (const left of filesUnder(join(dir, 'backups'))) violations.push(`a refused backup left ${left}`);
  }

  async function removeSome(share: number): Promise<void> {
    for (const [id] of [...kept].filter(() => random() < share)) {
      const response = await fetch(`${server.base}${RECORDS}/${id}`, { method: 'DELETE' });
      const said = await response.text();
      if (response.status !== 204) breach('a delete', response, said);
      else {
        acknowledged++;
        kept.delete(id);
      }
    }
  }

  async function untilTaken(file: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
    const patience = performance.now() + 15_000;
    while ((await create(file)) === undefined) {
      if (performance.now() > patience)
        return void violations.push('nothing is taken although there is room');
      await Bun.sleep(50);
    }
  }

  async function compare(): Promise<void> {
    for (const [id, { title, digest }] of kept) {
      const record: unknown = await (await fetch(`${server.base}${RECORDS}/${id}`)).json();
      if (at(record, 'title') !== title) violations.push(`${id} is not what was acknowledged`);
      const name = at(record, 'file');
      if (digest === undefined) {
        if (name !== '') violations.push(`${id} has a file`);
        continue;
      }
      const file = await fetch(`${server.base}/api/files/entries/${id}/${name}`);
      if (sha256(await file.bytes()) !== digest) violations.push(`the file of ${id} has other bytes`);
    }
    const list: unknown = await (await fetch(`${server.base}${RECORDS}?perPage=1`)).json();
    if (at(list, 'totalItems') !== kept.size)
      violations.push(`there are ${at(list, 'totalItems')} records, not ${kept.size}`);
  }

  return {
    violations,
    acknowledged: () => acknowledged,
    /** One cycle; with an `end` the server ends by it while the disk is full, and starts again on it. */
    async fillAndRecover(end: NodeJS.Signals | undefined): Promise<void> {
      const record = await create(picture);
      if (record === undefined) return void violations.push('there was no room to begin with');
      const url = `${server.base}/api/files/entries/${textAt(record, 'id')}/${textAt(record, 'file')}`;
      await (await fetch(`${url}?thumb=11x11`)).bytes();
      await fill();
      if (end !== undefined) {
        await server.stop(end);
        takeTheRest(filler, volume.path);
        server = await startServer({ dir });
      }
      await read(record);
      for (const file of [undefined, bytesOf(2_000), bytesOf(2_000_000)]) {
        const taken = await create(file);
        if (taken !== undefined && file !== undefined && file.length > 1_000_000)
          violations.push('there was room on a full disk');
      }
      await refuseBackup();
      violations.push(...(await settledAudit(dir)));
      await compare();
      await removeSome(0.6);
      rmSync(filler);
      await untilTaken(bytesOf(300_000));
      await untilTaken(undefined);
      violations.push(...(await settledAudit(dir)));
      await compare();
      await removeSome(0.8);
    },
    async finish(): Promise<void> {
      if ((await server.stop()) !== 0) violations.push('the server did not stop cleanly');
    },
    async close(): Promise<void> {
      await server.stop('SIGKILL');
      await volume.remove();
    },
  };
}

/** Another program takes what is left. */
function takeTheRest(path: string, volume: string): void {
  const file = openSync(path, 'a');
  try {
    for (const size of [65_536, 4096]) {
      while (statfsSync(volume).bfree * 4096 >= size) writeSync(file, new Uint8Array(size));
    }
  } finally {
    closeSync(file);
  }
}

function filesUnder(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  crypto.getRandomValues(bytes.subarray(0, Math.min(size, 65_536)));
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
