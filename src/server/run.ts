import type { Core } from '../core/index.ts';
import type { Restorer } from '../core/ports/restorer.ts';
import type { App } from './app.ts';
import type { Config } from './config.ts';
import { removeControlFile } from './control-file.ts';
import { catchStrayErrors } from './last-resort.ts';
import { lockDirectory } from './lock.ts';
import { createLog, type ServerLog } from './log.ts';
import { newRequests, type Requests } from './requests.ts';
import { announcement } from './serve.ts';
import { serve } from './serve-again.ts';

/** What the composition root (app.ts) takes from the process around it. */
export interface AppSurroundings {
  readonly log: ServerLog;
  readonly requests: Requests;
  /** What restores are asked of; left out where no server runs. */
  readonly restorer?: Restorer;
  /** A restore was just completed, and keeps what it replaced until this is open. */
  readonly isReplaced?: boolean;
  /** Whether storages that are not what they should be stop the start. Default: true. */
  readonly checked?: boolean;
}

/**
 * Serves until SIGTERM or SIGINT, then drains: no new request, those under way are finished within
 * `server.shutdown_timeout`, files and database are closed. A second signal ends the process at once. When a restore is asked
 * for, it does the same but for its address, replaces everything, and serves again.
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
  const lock = lockDirectory(config.dir);
  try {
    await serve({
      ...{ config, log, stop: stopSignal() },
      announce: async ({ core }, url, current) => output.write(await announcement(core, url, current, json)),
    });
  } finally {
    lock.release();
  }
  log.info('stopped');
  log.flush();
  await output.end();
}

/** Opens a data folder that no server holds, for one piece of work of the command line, and closes it again. */
export async function withCore<T>(config: Config, work: (core: Core) => Promise<T>): Promise<T> {
  // Commands print their own results; what goes wrong on the way belongs on stderr.
  const log = createLog({ level: 'warn', format: 'pretty', write: (lines) => process.stderr.write(lines) });
  try {
    return await withApp(config, log, ({ core }) => work(core));
  } finally {
    log.flush();
  }
}

async function withApp<T>(config: Config, log: ServerLog, work: (app: App) => Promise<T>): Promise<T> {
  const lock = lockDirectory(config.dir);
  try {
    // Of a server that was killed: its port may be somebody else's by now.
    removeControlFile(config.dir);
    const { openApp } = await import('./app.ts');
    const app = await openApp(config, { log, requests: newRequests(config) });
    try {
      return await work(app);
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
