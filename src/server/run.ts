import type { Core } from '../core/index.ts';
import type { Config } from './config.ts';
import { openControl } from './control.ts';
import { removeControlFile } from './control-file.ts';
import { catchStrayErrors } from './last-resort.ts';
import { lockDirectory } from './lock.ts';
import { createLog, type ServerLog } from './log.ts';
import { OperatorError } from './operator-error.ts';
import { createRequests, type Requests } from './requests.ts';
import { announcement, listen } from './serve.ts';

/** What the composition root (app.ts) takes from the process around it. */
export interface AppSurroundings {
  readonly log: ServerLog;
  readonly requests: Requests;
  /** Whether storages that are not what they should be stop the start. Default: true. */
  readonly checked?: boolean;
}

/**
 * Serves until SIGTERM or SIGINT, then drains: no new request, those under way are finished within
 * `server.shutdown_timeout`, files and database are closed. A second signal ends the process at once.
 * Throws {@link OperatorError} when the start is impossible.
 */
export async function runServer(config: Config): Promise<void> {
  const output = createOutput();
  const json = config.log.format === 'json' || (config.log.format === 'auto' && !process.stdout.isTTY);
  const log = createLog({
    level: config.log.level,
    format: json ? 'json' : 'pretty',
    colors: !json && Boolean(process.stdout.hasColors?.()),
    write: output.write,
  });
  catchStrayErrors(log);
  const stopAsked = stopSignal();

  await withApp(config, log, async (app, requests) => {
    const server = listen(app, config, log, requests);
    const control = openControl(app.core, config.dir);
    log.flush();
    output.write(await announcement(app.core, server.url, config, json));
    app.core.jobs.start();
    const signal = await stopAsked;
    log.info('stopping', { signal });
    const cut = await server.drain(config.server.shutdownTimeout);
    if (cut > 0) log.warn('requests cut', { count: cut });
    await control.stop();
  });
  log.info('stopped');
  log.flush();
  await output.end();
}

/** Opens a data folder that no server holds, for one piece of work of the command line, and closes it again. */
export async function withCore<T>(config: Config, work: (core: Core) => Promise<T>): Promise<T> {
  // Commands print their own results; what goes wrong on the way belongs on stderr.
  const log = createLog({ level: 'warn', format: 'pretty', write: (lines) => process.stderr.write(lines) });
  try {
    return await withApp(config, log, (app) => work(app.core));
  } finally {
    log.flush();
  }
}

async function withApp<T>(
  config: Config,
  log: ServerLog,
  work: (app: import('./app.ts').App, requests: Requests) => Promise<T>,
): Promise<T> {
  const lock = lockDirectory(config.dir);
  try {
    // Of a server that was killed: its port may be somebody else's by now.
    removeControlFile(config.dir);
    const { openApp } = await import('./app.ts');
    const requests = createRequests(Math.random().toString(36).slice(2, 8), config.server.trustedProxies);
    const app = await openApp(config, { log, requests });
    try {
      return await work(app, requests);
    } finally {
      await app.stop();
    }
  } finally {
    lock.release();
  }
}

/** Resolves with the first signal to stop; the second ends the process, with the shell's code for an interrupted one. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(130);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** Standard output that never blocks the event loop, and whose closing (`dossier serve | head`) does not end the server. */
function createOutput(): { write(lines: string): void; end(): Promise<void> } {
  const sink = Bun.stdout.writer();
  const settle = async (result: unknown) => {
    try {
      await result;
    } catch {
      // Nobody reads.
    }
  };
  return {
    write(lines) {
      try {
        sink.write(lines);
        void settle(sink.flush());
      } catch {
        // Nobody reads.
      }
    },
    end: () => settle(sink.end()),
  };
}
