import { mkdirSync } from 'node:fs';
import type { OpenCore } from '../../src/core/core.ts';
import { openApp } from '../../src/server/app.ts';
import { loadConfig } from '../../src/server/config.ts';
import { lockDirectory } from '../../src/server/lock.ts';
import { createLog } from '../../src/server/log.ts';
import { createRequests } from '../../src/server/requests.ts';
import { readSavedSettings } from '../../src/server/saved-settings.ts';
import { listen } from '../../src/server/serve.ts';

/** A server inside the test's own process. */
export interface InProcessServer {
  readonly base: string;
  readonly dir: string;
  readonly core: OpenCore;
  /** What it logged so far. */
  output(): string;
  /** The secret of the first start's one-time link. */
  setupToken(): string;
  stop(): Promise<void>;
}

/** Starts the product as `dossier serve` composes it, in this process, on a free port. */
export async function startInProcess(
  dir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<InProcessServer> {
  mkdirSync(dir, { recursive: true });
  let output = '';
  const flags = { dir, http: '127.0.0.1:0' };
  const { config } = loadConfig({ flags, environment, settings: readSavedSettings });
  const write = (lines: string) => {
    output += lines;
  };
  const log = createLog({ level: 'info', format: 'json', write });
  const lock = lockDirectory(config.dir);
  const requests = createRequests('test', config.server.trustedProxies);
  const app = await openApp(config, { log, requests });
  const server = listen(app, config, log, requests);
  return {
    base: server.url,
    dir,
    core: app.core,
    output: () => output,
    setupToken: () => app.core.auth.setupToken(),
    async stop() {
      await server.drain(5);
      await app.stop();
      lock.release();
    },
  };
}
