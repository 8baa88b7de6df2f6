import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host, HostFacts } from '../core/ports/host.ts';
import { VERSION } from '../lib/version.ts';
import type { Config } from './config.ts';
import { readLicences } from './licences.ts';

/** What {@link createHost} looks at. */
export interface HostOptions {
  readonly config: Pick<Config, 'dir'>;
  readonly streams: { readonly count: number };
  readonly requests: { readonly sockets: number };
  readonly images: { readonly workers: number; readonly waiting: number };
}

/** Tells of this process and the machine that it runs on. */
export function createHost({ config, streams, requests, images }: HostOptions): Host {
  const started = Date.now() - Math.round(process.uptime() * 1000);
  const sizeOf = (name: string) =>
    [name, `${name}-wal`].reduce((sum, file) => sum + sizeOfFile(join(config.dir, file)), 0);
  return {
    async facts() {
      return {
        ...{
          version: VERSION,
          runtime: `Bun ${Bun.version}`,
          platform: `${process.platform} ${process.arch}`,
        },
        ...{ started, memory: process.memoryUsage.rss() },
        ...{
          databaseSize: sizeOf('data.db'),
          walSize: sizeOfFile(join(config.dir, 'data.db-wal')),
          requestLogSize: sizeOf('logs.db'),
          disk: await diskOf(config.dir),
        },
        ...{ streams: streams.count, sockets: requests.sockets },
        ...{ imageWorkers: images.workers, imagesWaiting: images.waiting },
      };
    },
    licences: readLicences,
  };
}

function sizeOfFile(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function diskOf(dir: string): Promise<HostFacts['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(dir);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}
