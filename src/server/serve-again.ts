import type { RestoreRequest } from '../core/ports/restorer.ts';
import { clearRestore, UnfinishedRestore, undoRestore } from '../drivers/backups/zip/restore.ts';
import type { App } from './app.ts';
import type { Config } from './config.ts';
import { type Control, openControl } from './control.ts';
import { removeControlFile } from './control-file.ts';
import type { ServerLog } from './log.ts';
import { createMeanwhile } from './meanwhile.ts';
import { newRequests } from './requests.ts';
import { replaceBy } from './restore.ts';
import { createRestoreDesk } from './restorer.ts';
import { readSavedSettings } from './saved-settings.ts';
import { type Listening, listen } from './serve.ts';
import { unpackBeside } from './unpack.ts';

/** What {@link serve} needs. */
export interface ServeOptions {
  readonly config: Config;
  readonly log: ServerLog;
  /** Resolves with the signal to stop. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Tells the operator where it serves. */
  announce(app: App, url: string, config: Config): Promise<void>;
}

/** Milliseconds in which the answer to who asked for a restore goes out. */
const LAST_WORDS = 1000;

/**
 * Serves a data folder, whose lock the caller holds, until the signal; a restore that somebody asks for comes in between. The
 * address, the lock and the log stay; core, control channel and what admins saved are new after it.
 */
export async function serve({ config, log, stop, announce }: ServeOptions): Promise<void> {
  const { openApp } = await import('./app.ts');
  // Of a server that was killed: its port may be somebody else's by now.
  removeControlFile(config.dir);
  const requests = newRequests(config);
  const paths = { dataDir: config.dir, filesDir: config.storage.path };
  let clearing = Promise.resolve();
  const restorer = createRestoreDesk(async (path, signal) => {
    await clearing;
    return unpackBeside(current, path, signal);
  });
  const meanwhile = await createMeanwhile(config);
  const open: Open = (now, isReplaced) => openApp(now, { log, requests, restorer, isReplaced });
  let current = config;
  let app: App | undefined = await open(config, false);
  let listening: Listening | undefined;
  let control: Control | undefined;
  try {
    listening = listen(app, config, log, requests);
    for (let isFirst = true; ; isFirst = false) {
      control = openControl(app.core, config.dir);
      log.flush();
      if (isFirst || (await app.core.auth.needsFirstSuperuser())) await announce(app, listening.url, current);
      app.core.jobs.start();
      const next = await Promise.race([stop, restorer.asked()]);
      if (typeof next === 'string' || (await isStopped(stop, LAST_WORDS))) break;

      const cut = await listening.pause(meanwhile, config.server.shutdownTimeout);
      if (cut > 0) log.warn('requests cut', { count: cut });
      await control.stop();
      control = undefined;
      await app.stop();
      app = undefined;
      const opened = await replace(current, next, log, open);
      ({ app, current } = opened);
      restorer.ended({ key: next.key, saved: next.saved, ended: Date.now(), problem: opened.problem });
      listening.resume(app);
      // Many files take their time, which nobody has to wait for.
      clearing = clearRestore(paths).catch((cause) => log.warn('restore.not_cleared', { cause }));
    }
    log.info('stopping', { signal: await stop });
    const cut = await listening.drain(config.server.shutdownTimeout);
    if (cut > 0) log.warn('requests cut', { count: cut });
  } finally {
    await control?.stop();
    await app?.stop();
    await clearing;
  }
}

type Open = (config: Config, isReplaced: boolean) => Promise<App>;

interface Opened {
  readonly app: App;
  readonly current: Config;
  /** Why nothing was replaced, in a sentence; '' when everything was. */
  readonly problem: string;
}

/** Replaces everything and opens what is there then: where that cannot be, what was before. */
async function replace(
  config: Config,
  { key, path, saved }: RestoreRequest,
  log: ServerLog,
  open: Open,
): Promise<Opened> {
  log.flush();
  try {
    const { objects, missing } = await replaceBy(config, path, true);
    log.warn('restore.finished', { key, saved, files: objects, missing });
  } catch (cause) {
    const problem = told(log, key, cause);
    const opened = await reopen(config, open, false);
    // Opening it completed what had begun.
    return { ...opened, problem: isUnfinished(cause) ? '' : problem };
  }
  try {
    return { ...(await reopen(config, open, true)), problem: '' };
  } catch (cause) {
    const problem = `The restored state cannot be opened: ${told(log, key, cause)}`;
    const isUndone = await undoRestore({ dataDir: config.dir, filesDir: config.storage.path });
    if (!isUndone && saved === '') throw cause;
    if (!isUndone) await replaceBy(config, saved);
    return { ...(await reopen(config, open, false)), problem };
  }
}

async function reopen(config: Config, open: Open, isReplaced: boolean): Promise<Omit<Opened, 'problem'>> {
  const current = config.reload(readSavedSettings(config.dir)).config;
  return { app: await open(current, isReplaced), current };
}

function isUnfinished(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof UnfinishedRestore;
}

function told(log: ServerLog, key: string, cause: unknown): string {
  const problem = cause instanceof Error ? cause.message : String(cause);
  log.error('restore.failed', { key, problem, cause });
  return problem;
}

function isStopped(stop: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return Promise.race([stop.then(() => true), Bun.sleep(milliseconds).then(() => false)]);
}
