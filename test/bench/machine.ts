import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import type { World } from './bench.ts';
import { PINNED } from './processes.ts';

/** What the figures were taken on, in a few lines. */
export function machineFacts({ rounds, seconds }: World): string {
  const [cpu] = cpus();
  const load = loadavg()
    .map((figure) => figure.toFixed(1))
    .join(' ');
  return [
    `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB; ${type()} ${release()}; ${tmpdir()} on ${fileSystem(tmpdir())}`,
    `bun ${Bun.version}; ${new Date().toISOString()}; load average ${load}`,
    `${rounds} rounds of ${seconds} s, product and floor in turn; figures are medians, ratios the median of the rounds' ratios`,
    PINNED ? 'servers on core 0, load on core 1' : 'servers and load share the cores: ratios say little',
  ].join('\n');
}

/** The kind of file system that a folder lies on. */
function fileSystem(folder: string): string {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, at = '']) => at === '/' || folder === at || folder.startsWith(`${at}/`))
      .sort(([, a = ''], [, b = '']) => b.length - a.length);
    return mounts[0]?.[2] ?? 'an unknown file system';
  } catch {
    return 'an unknown file system';
  }
}
