import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeImages, failure } from '../../../../test/contracts/images.ts';
import { plain, quarters } from '../../../../test/fixtures/images.ts';
import type { Images, ImageTransform } from '../../../core/ports/images.ts';
import { workerCommand } from '../../../server/worker-command.ts';
import { workerEnvironment } from '../../../server/worker-environment.ts';
import { createImages, type SharpImagesOptions } from './index.ts';

const opened: Images[] = [];
const folder = mkdtempSync(join(tmpdir(), 'image-workers-'));
afterAll(async () => {
  await Promise.all(opened.map((images) => images.close()));
  rmSync(folder, { recursive: true });
});

const environment = workerEnvironment();

function start(options: Partial<SharpImagesOptions> = {}): Images {
  const images = createImages({ workerCommand: workerCommand('images'), environment, size: 1, ...options });
  opened.push(images);
  return images;
}

const shared = start();
describeImages('sharp', () => shared);

const small: ImageTransform = { width: 8, height: 8, fit: 'cover', anchor: 'center', format: 'source' };
/** Takes seconds. */
const slow: ImageTransform = { ...small, width: 4096, height: 4096, format: 'avif' };
const picture = await quarters().png().toBuffer();
/** A worker that reads what it is sent and never answers. */
const deaf = [process.execPath, '-e', 'for await (const chunk of Bun.stdin.stream()) chunk;'];

/** A real worker that leaves its process id in a file. */
function workerWithPid(name: string): { command: string[]; pid: () => number } {
  const file = join(folder, name);
  const command = ['sh', '-c', `echo $$ > '${file}'; exec "$@"`, 'sh', ...workerCommand('images')];
  return { command, pid: () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0) };
}

/** Not so once it has ended, even if nobody has asked how: for an orphan that is up to the system. */
function isRunning(pid: number): boolean {
  return pid !== 0 && !/\) Z /.test(readProc(pid)) && isListed(pid);
}

function isListed(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function readProc(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !condition(); await Bun.sleep(10)) {
    if (Date.now() > end) throw new Error('it did not happen');
  }
}

describe.skipIf(process.platform === 'win32')('workers', () => {
  test('one that is killed fails its own job only', async () => {
    const worker = workerWithPid('killed');
    const images = start({ workerCommand: worker.command });
    await images.info({ bytes: picture });
    const lost = failure(images.transform({ bytes: picture }, slow));
    const waiting = images.transform({ bytes: picture }, small);
    await Bun.sleep(50);
    process.kill(worker.pid(), 'SIGKILL');
    expect(await lost).toEqual(['internal', 'worker_died']);
    expect(await waiting).toMatchObject({ width: 8, height: 8 });
  });

  test('one that is killed while it has nothing to do fails no job', async () => {
    const worker = workerWithPid('idle-killed');
    const images = start({ workerCommand: worker.command });
    await images.info({ bytes: picture });
    const first = worker.pid();
    process.kill(first, 'SIGKILL');
    // Until this process has taken notice, which is when the number is free again.
    await until(() => !isListed(first));
    await Bun.sleep(50);
    expect(await images.info({ bytes: picture })).toMatchObject({ width: 60 });
    expect(worker.pid()).not.toBe(first);
  });

  test('one that takes too long is killed, and the next job gets another', async () => {
    const worker = workerWithPid('slow');
    const images = start({ workerCommand: worker.command, timeoutMs: 1500 });
    const late = failure(images.transform({ bytes: await plain(2000, 2000).png().toBuffer() }, slow));
    await until(() => isRunning(worker.pid()));
    const first = worker.pid();
    expect(await late).toEqual(['busy', 'timeout']);
    await until(() => !isRunning(first));
    expect(await images.info({ bytes: picture })).toMatchObject({ width: 60 });
  });

  test('one that cannot be started fails the job', async () => {
    const missing = start({ workerCommand: [join(folder, 'nothing here')] });
    expect(await failure(missing.info({ bytes: picture }))).toEqual(['internal', 'worker_died']);
    const broken = start({ workerCommand: [process.execPath, '-e', 'process.exit(3)'] });
    expect(await failure(broken.info({ bytes: picture }))).toEqual(['internal', 'worker_died']);
    expect(await failure(broken.info({ bytes: picture }))).toEqual(['internal', 'worker_died']);
  });

  test('one that answers nonsense is not believed', async () => {
    const liar = (text: string) =>
      start({
        workerCommand: [
          process.execPath,
          '-e',
          `for await (const c of Bun.stdin.stream()) process.stdout.write(${text});`,
        ],
      });
    const frame = (json: string) =>
      `Buffer.from('000000${json.length.toString(16).padStart(2, '0')}00000000','hex')+'${json}'`;
    expect((await failure(liar(`'x'.repeat(99)`).info({ bytes: picture })))[0]).toBe('internal');
    expect(await failure(liar(frame('{"ok":true,"width":-1}')).info({ bytes: picture }))).toEqual([
      'internal',
      'bad_reply',
    ]);
    expect(await failure(liar(frame('null')).info({ bytes: picture }))).toEqual(['internal', 'bad_reply']);
  });

  test('without a job they end', async () => {
    const worker = workerWithPid('idle');
    const images = start({ workerCommand: worker.command, idleMs: 50 });
    await images.info({ bytes: picture });
    const first = worker.pid();
    await until(() => !isRunning(first));
    await images.info({ bytes: picture });
    expect(worker.pid()).not.toBe(first);
  });

  test('they see only the environment they are given', async () => {
    const file = join(folder, 'environment');
    const images = start({
      workerCommand: ['/bin/sh', '-c', `/usr/bin/env > '${file}'`],
      environment: { TZ: 'UTC' },
    });
    await failure(images.info({ bytes: picture }));
    const names = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD', ''].includes(String(name)))).toEqual([
      'TZ',
    ]);
  });

  test.each([
    ['ends, without waiting for them', 'small', 'process.stdout.write("made");'],
    ['is killed, even in the middle of a picture', 'slow', ''],
  ])('they end with the process that started them when that %s', async (_, size, then) => {
    const worker = workerWithPid(`orphan-${size}`);
    const options = { workerCommand: worker.command, environment };
    const script = `
      const { createImages } = await import(${JSON.stringify(join(import.meta.dir, 'index.ts'))});
      const images = createImages(${JSON.stringify(options)});
      const bytes = Buffer.from('${picture.toString('base64')}', 'base64');
      await images.info({ bytes });
      process.stdout.write('ready ');
      await images.transform({ bytes }, ${JSON.stringify(size === 'slow' ? slow : small)});
      ${then}`;
    const parent = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' });
    if (size === 'slow') {
      await until(() => isRunning(worker.pid()));
      await Bun.sleep(300);
      parent.kill('SIGKILL');
    }
    const said = await new Response(parent.stdout).text();
    expect(said).toBe(size === 'slow' ? 'ready ' : 'ready made');
    expect(await parent.exited).toBe(size === 'slow' ? 137 : 0);
    await until(() => !isRunning(worker.pid()));
  });
});

test.skipIf(process.platform === 'win32')('a signal to the whole group stops no picture', async () => {
  const worker = workerWithPid('signalled');
  const images = start({ workerCommand: worker.command });
  await images.info({ bytes: picture });
  const made = images.transform({ bytes: picture }, { ...slow, width: 500, height: 500 });
  await Bun.sleep(20);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(worker.pid(), signal);
  expect(await made).toMatchObject({ width: 500 });
});

describe('the queue', () => {
  test('is bounded: one more than it holds is refused at once', async () => {
    const images = start({ workerCommand: deaf, queueLimit: 2, timeoutMs: 60_000 });
    const outcomes = [1, 2, 3].map(() => failure(images.info({ bytes: picture })));
    expect(await failure(images.info({ bytes: picture }))).toEqual(['busy', 'queue_full']);
    await images.close();
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill(['busy', 'closed']));
  });

  test('does not keep a job for longer than a job may take', async () => {
    const images = start({ workerCommand: deaf, timeoutMs: 200 });
    const outcomes = [1, 2, 3].map(() => failure(images.info({ bytes: picture })));
    expect(await Promise.all(outcomes)).toEqual(Array(3).fill(['busy', 'timeout']));
  });

  test('is worked off by several workers, each job answered with its own picture', async () => {
    const images = start({ size: 2 });
    const widths = Array.from({ length: 20 }, (_, index) => index + 1);
    const made = await Promise.all(
      widths.map((width) => images.transform({ bytes: picture }, { ...small, width, height: 0 })),
    );
    expect(made.map((result) => result.width)).toEqual(widths);
  });

  test('is closed for good', async () => {
    const images = start();
    await images.info({ bytes: picture });
    await images.close();
    expect(await failure(images.info({ bytes: picture }))).toEqual(['busy', 'closed']);
    await images.close();
  });
});
