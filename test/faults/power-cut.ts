import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { type FaultHarness, type FaultReport, type FaultRun, generator } from '../support/fault-harness.ts';
import { createLedger, type Ledger } from '../support/ledger.ts';
import { makeLedgerFolder } from '../support/ledger-folder.ts';
import { removeFolder, startServer, type TestServer, temporaryFolder } from '../support/server.ts';
import { command, makeImage, mountImage, type Volume, volumesUnavailable } from '../support/volumes.ts';

/** Large enough that some cycles do not fill it. */
const IMAGE_MEGABYTES = 512;
/** Cuts after which a new image is begun, so that it does not fill up. */
const CUTS_PER_IMAGE = 8;
/** Beyond the longest cycle: only what is synced makes the journal commit. */
const COMMIT_SECONDS = 600;

/**
 * Cuts the power of a server under load. Its data folder is an ext4 file system in an image; what was never synced is only
 * in the page cache above it. At a random moment the server is stopped, the image is copied as it is, and the server is
 * killed. The copy is what the disk would hold: it is mounted, its journal replayed, a server started on it and compared
 * with what had been acknowledged. The next cut continues from there.
 *
 * `environment` of the servers is there to show that the harness finds a product that does not sync.
 */
export function createPowerCut(environment: Readonly<Record<string, string>> = {}): FaultHarness {
  return {
    name: 'power cut',
    driver: 'local',
    share: 3,
    unavailable: () => volumesUnavailable('loop'),
    run: (options) => cutPower(options, environment),
  };
}

/** {@link createPowerCut} of the product as it is shipped. */
export const powerCut = createPowerCut();

async function cutPower(run: FaultRun, environment: Readonly<Record<string, string>>): Promise<FaultReport> {
  const deadline = performance.now() + run.seconds * 1000;
  const random = generator(run.seed);
  const picture = new Uint8Array(await plain(300, 200).png().toBuffer());
  const report = { cycles: 0, acknowledged: 0, violations: [] as string[] };
  const inTime = () => performance.now() < deadline && report.violations.length === 0;
  do {
    const ledger = createLedger(random, picture);
    await onOneImage({ ledger, random, environment, report, inTime });
    report.acknowledged += ledger.acknowledged;
  } while (run.form === 'long' && inTime());
  return report;
}

interface ImageRun {
  readonly ledger: Ledger;
  readonly random: () => number;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: { cycles: number; violations: string[] };
  readonly inTime: () => boolean;
}

async function onOneImage({ ledger, random, environment, report, inTime }: ImageRun): Promise<void> {
  const folder = temporaryFolder();
  let image = join(folder, 'image-0');
  let volume: Volume | undefined;
  let server: TestServer | undefined;
  try {
    await makeImage(image, IMAGE_MEGABYTES);
    volume = await mountImage(image, { commit: COMMIT_SECONDS });
    await makeLedgerFolder(join(volume.path, 'data'));
    await command(['sync', '-f', volume.path]);
    server = await startServer({ dir: join(volume.path, 'data'), env: environment });
    for (let cut = 1; cut <= CUTS_PER_IMAGE && inTime(); cut++) {
      const copy = join(folder, `image-${cut}`);
      const stopped = server;
      const over = Promise.withResolvers<void>();
      const working = ledger.work(stopped.base, over.promise);
      await Bun.sleep(50 + random() * 1200);
      process.kill(stopped.pid, 'SIGSTOP');
      await copyStill(image, copy);
      over.resolve();
      await stopped.stop('SIGKILL');
      await working;
      server = undefined;
      await volume.remove();
      rmSync(image);
      image = copy;
      volume = await mountImage(image, { commit: COMMIT_SECONDS });
      server = await startServer({ dir: join(volume.path, 'data'), env: environment });
      report.cycles++;
      report.violations.push(...(await ledger.check(server.base)), ...(await settledAudit(server.dir)));
    }
    if ((await server.stop()) !== 0) report.violations.push('the server did not stop cleanly');
    server = undefined;
  } finally {
    await server?.stop('SIGKILL');
    await volume?.remove();
    removeFolder(folder);
  }
}

/** Copies an image at one moment: again when something was written to its device meanwhile. */
async function copyStill(image: string, copy: string): Promise<void> {
  const statistics = loopStatistics(image);
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = writesOf(statistics);
    // Not cp: where it can, it shares blocks with a file whose pages are not written yet.
    copyFileSync(image, copy);
    if (writesOf(statistics) === before) return;
  }
  throw new Error('the image does not stand still');
}

/** The counters of the loop device that an image is mounted through. */
function loopStatistics(image: string): string {
  for (const name of readdirSync('/sys/block')) {
    const backing = `/sys/block/${name}/loop/backing_file`;
    if (existsSync(backing) && readFileSync(backing, 'utf8').trim() === image)
      return `/sys/block/${name}/stat`;
  }
  throw new Error('the image is not mounted');
}

/** Completed writes, and requests in flight (Documentation/block/stat.rst of Linux). */
function writesOf(statistics: string): string {
  const fields = readFileSync(statistics, 'utf8').trim().split(/\s+/);
  return `${fields[4]} ${fields[8]}`;
}
