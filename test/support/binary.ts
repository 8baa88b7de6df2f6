import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FROM_SOURCE, ROOT } from './server.ts';

const BINARY = join(ROOT, 'dist', process.platform === 'win32' ? 'dossier.exe' : 'dossier');

/**
 * The compiled binary. `DOSSIER_TEST_BINARY` names one to test; otherwise `dist/dossier`, built now when it is missing or
 * older than a source.
 */
export async function binaryPath(): Promise<string> {
  const given = process.env.DOSSIER_TEST_BINARY;
  if (given) return given;
  const guard = join(ROOT, 'dist', '.building');
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  for (const deadline = Date.now() + 120_000; !takeGuard(guard); await Bun.sleep(200)) {
    if (Date.now() > deadline) throw new Error(`another build does not end; remove ${guard}`);
  }
  try {
    if (modified(BINARY) < (await newestSource())) await build();
  } finally {
    rmdirSync(guard);
  }
  return BINARY;
}

/** How to start what is quickest to start: the binary where there is one of these sources, and else the sources. */
export async function freshCommand(): Promise<readonly string[]> {
  const given = process.env.DOSSIER_TEST_BINARY;
  if (given) return [given];
  return modified(BINARY) < (await newestSource()) ? FROM_SOURCE : [BINARY];
}

/** One build at a time, also of test runs side by side. */
function takeGuard(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    return false;
  }
}

async function build(): Promise<void> {
  const child = Bun.spawn([process.execPath, 'build.ts'], { cwd: ROOT, stdout: 'pipe', stderr: 'pipe' });
  const [output, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(`no binary: ${output}`);
}

async function newestSource(): Promise<number> {
  let newest = modified(join(ROOT, 'build.ts'));
  for await (const file of new Bun.Glob('{src,drizzle,public}/**/*').scan({ cwd: ROOT })) {
    if (!file.endsWith('.test.ts')) newest = Math.max(newest, modified(join(ROOT, file)));
  }
  return newest;
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
