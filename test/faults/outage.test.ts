import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { settledAudit } from '../support/audit.ts';
import { byRules, type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { at, textAt } from '../support/json.ts';
import { makeLedgerFolder } from '../support/ledger-folder.ts';
import { removeFolder, startServer, type TestServer, temporaryFolder } from '../support/server.ts';
import { SERVICES, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { observe } from './kill.ts';

// The whole product while the service behind it is away, answers nonsense, or breaks off (SECURITY-REQUIREMENTS 4.6, 9.11).
const RECORDS = '/api/collections/entries/records';
const BODY = new Uint8Array(300_000).map((_, index) => (index * 7) % 251);

for (const driver of SERVICES) {
  const folder = temporaryFolder();
  const dir = join(folder, 'data');
  let standIn: StandIn;
  let proxy: FaultProxy;
  let server: TestServer;
  let kept: unknown;

  beforeAll(async () => {
    standIn = await startStandIn(driver);
    const { origin, pathname } = new URL(standIn.endpoint);
    proxy = await startFaultProxy(origin);
    await makeLedgerFolder(dir);
    server = await startServer({ dir, env: standIn.env(proxy.url + pathname.replace(/\/$/, '')) });
    kept = await (await upload()).json();
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    await proxy.stop();
    await standIn.stop();
    removeFolder(folder);
  });

  const breakAll = (fault: Fault) => proxy.inject(byRules([{ fault }]));
  const fileUrl = () => `${server.base}/api/files/entries/${textAt(kept, 'id')}/${textAt(kept, 'file')}`;

  function upload(): Promise<Response> {
    const body = new FormData();
    body.append('title', 'some');
    body.append('file', new File([BODY], 'some.bin'));
    return fetch(server.base + RECORDS, { method: 'POST', body });
  }

  /** The file in whole, `undefined` when it broke off or was refused with 503. Anything else fails the test. */
  async function download(): Promise<Uint8Array | undefined> {
    const response = await fetch(fileUrl());
    if (response.status === 503) return undefined;
    expect(response.status).toBe(200);
    return response.bytes().catch(() => undefined);
  }

  async function untilServed(): Promise<void> {
    const deadline = Date.now() + 30_000;
    while ((await download()) === undefined) {
      if (Date.now() > deadline) throw new Error('downloads do not return');
      await Bun.sleep(100);
    }
  }

  test(`an outage of ${driver} costs uploads a 503, and records nothing`, async () => {
    const doomed: unknown = await (await upload()).json();
    breakAll({ kind: 'answer', status: 500 });
    const refused = await Promise.all(Array.from({ length: 6 }, upload));
    for (const response of refused) {
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(at(await response.json(), 'status')).toBe(503);
    }
    // By now the service is left alone: refusals are quick and cost it no request.
    const started = performance.now();
    const before = proxy.requests.length;
    expect((await upload()).status).toBe(503);
    expect((await fetch(fileUrl())).status).toBe(503);
    const list = await fetch(server.base + RECORDS);
    expect([list.status, at(await list.json(), 'totalItems')]).toEqual([200, 2]);
    expect((await fetch(`${server.base}${RECORDS}/${textAt(kept, 'id')}`)).status).toBe(200);
    const gone = await fetch(`${server.base}${RECORDS}/${textAt(doomed, 'id')}`, { method: 'DELETE' });
    expect(gone.status).toBe(204);
    expect(performance.now() - started).toBeLessThan(2500);
    expect(proxy.requests.length - before).toBeLessThan(6);
    proxy.heal();
    await untilServed();
    const look = await observe(standIn, join(folder, 'observer'));
    expect(await settledAudit(dir, 40_000, look)).toEqual([]);
  }, 120_000);

  test(`a download from ${driver} is whole or broken, whatever comes from there`, async () => {
    const faults: Fault[] = [
      { kind: 'reset_answer', at: 0.5 },
      { kind: 'truncate', at: 0.5 },
      { kind: 'short', at: 0.5 },
      { kind: 'answer', status: 200, body: '<Error/>' },
      { kind: 'reset_before' },
    ];
    for (const fault of faults) {
      await untilServed();
      proxy.inject(byRules([{ nth: 1, fault }]));
      const found = await download();
      expect([fault.kind, found?.length]).toEqual([fault.kind, BODY.length]);
      expect(Buffer.compare(found ?? new Uint8Array(), BODY)).toBe(0);
      proxy.heal();
    }
    for (const fault of faults.slice(1, 3)) {
      breakAll(fault);
      expect([fault.kind, await download()]).toEqual([fault.kind, undefined]);
      proxy.heal();
      await untilServed();
    }
  }, 120_000);
}
