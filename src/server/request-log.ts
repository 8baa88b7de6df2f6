import { join } from 'node:path';
import type { OpenCore } from '../core/core.ts';
import type { RequestLog } from '../core/ports/request-log.ts';
import { openSqlite } from '../drivers/database/sqlite/index.ts';
import { openRequestLog } from '../drivers/request-log/sqlite/index.ts';
import type { Config } from './config.ts';
import { type LogTap, type ServerLog, target } from './log.ts';
import type { Requests } from './requests.ts';
import { workerCommand } from './worker-command.ts';
import { workerEnvironment } from './worker-environment.ts';

/**
 * Opens the request log of a data folder; undefined where it is off, and where it cannot be opened: that is said in the log,
 * and nobody is kept from starting by it.
 */
export async function openLogDatabase(config: Config, log: ServerLog): Promise<RequestLog | undefined> {
  if (!config.logs.requests) return undefined;
  try {
    return await openRequestLog(
      openSqlite({
        path: join(config.dir, 'logs.db'),
        readerCommand: workerCommand('reader'),
        readerEnvironment: workerEnvironment(),
        // The last moments before a power cut may be missing.
        synchronous: 'normal',
        readers: 1,
        now: Date.now,
        report: (event, error) => log.warn(`logs.${event}`, { error }),
      }),
    );
  } catch (error) {
    log.error('logs.not_opened', { error });
    return undefined;
  }
}

/** Who answers which paths. */
export interface Answerer {
  readonly name: string;
  /** What its paths begin with, longest first. */
  readonly beginnings: readonly string[];
}

/** The {@link Answerer} of routes. */
export function answererOf(name: string, routes: readonly { readonly path: string }[]): Answerer {
  const beginnings = routes.map(({ path }) => path.replace(/[:*].*$/, ''));
  return { name, beginnings: [...new Set(beginnings)].sort((a, b) => b.length - a.length) };
}

const CONSOLE = '/_/';
/** Scripts and styles of the console's pages, which say nothing of anybody's use. */
const ASSETS = '/_/assets/';
const LONGEST_PATH = 2000;
const LONGEST_AGENT = 200;

/** Fills a core's request log. `answerers` may still grow. */
export function createLogTap(
  { logs, clock }: Pick<OpenCore, 'logs' | 'clock'>,
  requests: Pick<Requests, 'account'>,
  answerers: readonly Answerer[],
): LogTap {
  return {
    request(line, request) {
      if ((line.status < 400 && isAsset(line.url)) || !logs.admits(line.status)) return;
      const time = clock.now();
      const account = requests.account(request);
      const agent = request.headers.get('user-agent')?.slice(0, LONGEST_AGENT) ?? '';
      // Made when it is stored, beside requests.
      logs.request(line.status, () => {
        const path = target(line.url).slice(0, LONGEST_PATH);
        return {
          ...{ kind: 'request', time, request: line.id, method: line.method, path, status: line.status },
          ...{ ms: Math.round(line.milliseconds * 100) / 100, bytes: line.bytes },
          ...{ address: line.address, account, dialect: dialectOf(path, answerers), agent },
        };
      });
    },
    event(level, event, facts) {
      const request = /"id":"([\w-]+)"/.exec(facts)?.[1] ?? '';
      logs.event({ kind: 'event', time: clock.now(), request, level, event, facts });
    },
  };
}

/** Only by its path: a query could keep any request out of the log. */
function isAsset(url: string): boolean {
  return url.startsWith(ASSETS, url.indexOf('/', 'https://'.length));
}

/** Whoever has the path with the longest beginning in common. */
function dialectOf(path: string, answerers: readonly Answerer[]): string {
  let name = '';
  let length = 0;
  for (const answerer of answerers) {
    const found = answerer.beginnings.find((each) => each.length > length && path.startsWith(each));
    if (found === undefined) continue;
    name = answerer.name;
    length = found.length;
  }
  return name === '' && path.startsWith(CONSOLE) ? 'console' : name;
}
