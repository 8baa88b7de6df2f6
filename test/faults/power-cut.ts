import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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
const SHORT_CUTS = 2;
/** Beyond the longest cycle: only what is synced makes the journal commit. */
const COMMIT_SECONDS = 600;

/**
 * Cuts the power of a server under load. Its database and its files are each on an ext4 file system in an image of their
 * own, so that syncing the one does not make the other durable; what was never synced is only in the page cache above them.
 * At a random moment the server is stopped, the images are copied as they are, and the server is killed. The copies are what
 * the disks would hold: they are mounted, their journals replayed, a server started on them and compared with what had been
 * acknowledged. The next cut continues from there.
 * It finds a server that runs with `database.synchronous = normal`, and one that leaves out the fsync of a file or folder.
 */
export const powerCut: FaultHarness = {
  name: 'power cut',
  driver: 'local',
  share: 3,
  unavailable: () => volumesUnavailable('loop'),
  run: cutPower,
};

async function cutPower(run: FaultRun): Promise<FaultReport> {
  const deadline = performance.now() + run.seconds * 1000;
  const random = generator(run.seed);
  const picture = new Uint8Array(await plain(300, 200).png().toBuffer());
  const report = { cycles: 0, acknowledged: 0, violations: [] as string[] };
  const goesOn = () =>
    report.violations.length === 0 &&
    (run.form === 'short' ? report.cycles < SHORT_CUTS : performance.now() < deadline);
  do {
    const ledger = createLedger(random, picture);
    await onOneImage({ ledger, random, report, goesOn });
    report.acknowledged += ledger.acknowledged;
  } while (goesOn());
  return report;
}

interface ImageRun {
  readonly ledger: Ledger;
  readonly random: () => number;
  readonly report: { cycles: number; violations: string[] };
  readonly goesOn: () => boolean;
}

async function onOneImage({ ledger, random, report, goesOn }: ImageRun): Promise<void> {
  const folder = temporaryFolder();
  let disks: Disks | undefined;
  let server: TestServer | undefined;
  try {
    disks = await makeDisks(folder);
    await makeLedgerFolder(disks.dir);
    await disks.sync();
    server = await startServer({ dir: disks.dir });
    for (let cut = 1; cut <= CUTS_PER_IMAGE && goesOn(); cut++) {
      const stopped = server;
      const over = Promise.withResolvers<void>();
      const working = ledger.work(stopped.base, over.promise);
      await Bun.sleep(50 + random() * 1200);
      process.kill(stopped.pid, 'SIGSTOP');
      const copies = await disks.copy(join(folder, `cut-${cut}`));
      over.resolve();
      await stopped.stop('SIGKILL');
      await working;
      server = undefined;
      await disks.remove();
      disks = await mountDisks(copies);
      server = await startServer({ dir: disks.dir });
      report.cycles++;
      report.violations.push(...(await ledger.check(server.base)), ...(await settledAudit(server.dir)));
    }
    if ((await server.stop()) !== 0) report.violations.push('the server did not stop cleanly');
    server = undefined;
  } finally {
    await server?.stop('SIGKILL');
    await disks?.remove();
    removeFolder(folder);
  }
}

/** The file systems of database and files. */
interface Disks {
  /** The data folder. */
  readonly dir: string;
  sync(): Promise<void>;
  /** Copies both as they are while nothing writes to them, into a new folder. */
  copy(folder: string): Promise<Images>;
  /** Unmounts them and removes their images. */
  remove(): Promise<void>;
}

interface Images {
  readonly data: string;
  readonly files: string;
}

function imagesIn(folder: string): Images {
  mkdirSync(folder);
  return { data: join(folder, 'data'), files: join(folder, 'files') };
}

async function makeDisks(folder: string): Promise<Disks> {
  const images = imagesIn(join(folder, 'cut-0'));
  await makeImage(images.data, IMAGE_MEGABYTES);
  await makeImage(images.files, IMAGE_MEGABYTES);
  return mountDisks(images);
}

async function mountDisks(images: Images): Promise<Disks> {
  const data = await mountImage(images.data, { commit: COMMIT_SECONDS });
  let files: Volume | undefined;
  const dir = join(data.path, 'data');
  try {
    files = await mountImage(images.files, { commit: COMMIT_SECONDS });
    mkdirSync(dir, { recursive: true });
    rmSync(join(dir, 'storage'), { force: true });
    symlinkSync(files.path, join(dir, 'storage'));
  } catch (error) {
    await files?.remove();
    await data.remove();
    throw error;
  }
  const volumes = [files, data];
  return {
    dir,
    async sync() {
      for (const { path } of volumes) await command(['sync', '-f', path]);
    },
    async copy(folder) {
      const copies = imagesIn(folder);
      await copyStill(images.data, copies.data);
      await copyStill(images.files, copies.files);
      return copies;
    },
    async remove() {
      for (const volume of volumes) await volume.remove();
      for (const image of [images.data, images.files]) rmSync(image, { force: true });
    },
  };
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
