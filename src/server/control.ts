import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import type { Core } from '../core/index.ts';
import { removeControlFile, writeControlFile } from './control-file.ts';
import { isOperation, type Operation, type OperationArgs, operations } from './operations.ts';

/** A control channel that is open. */
export interface Control {
  readonly url: string;
  /** Ends it and what it has under way, and removes `control.json`. */
  stop(): Promise<void>;
}

/** A file of SQL and a configuration fit in. */
const MAX_ARGS = 2 * 1024 * 1024;
/** Milliseconds. */
const STOP_PATIENCE = 1000;
/** Seconds that a connection without the token may hold a place on this port, which all users of the machine reach. */
const STRANGER_PATIENCE = 5;

/**
 * Opens the channel by which the command line has the running server do what needs the data folder: `POST /<operation>` with
 * a JSON object, answered by NDJSON, on a free port of the loopback address and nowhere else. Only who can read
 * `control.json` of the data folder knows its token. Requests that a web page could have made are refused even with it.
 *
 * Each line is `{"item": …}`; the last is `{"end": true}` or `{"error": …}`, so that a connection that broke is not taken
 * for the end. A client that leaves ends its operation.
 */
export function openControl(core: Core, dir: string): Control {
  const token = randomBytes(32).toString('hex');
  const expected = digest(token);
  const running = new Set<() => Promise<void>>();

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    reusePort: false,
    idleTimeout: STRANGER_PATIENCE,
    maxRequestBodySize: MAX_ARGS,
    development: false,
    error: () => plain(500, 'Something went wrong.'),
    async fetch(request) {
      const refusal = refuse(request);
      if (refusal) return refusal;
      // An operation may take its time between two lines.
      server.timeout(request, 0);
      const name = new URL(request.url).pathname.slice(1);
      if (!isOperation(name)) return plain(404, 'There is no such operation.');
      const args = await readArgs(request);
      if (args === undefined) return plain(400, 'The arguments must be a JSON object.');
      return new Response(stream(begin(operations[name], core, args), core, running, request.signal), {
        headers: { 'content-type': 'application/x-ndjson', 'x-content-type-options': 'nosniff' },
      });
    },
  });

  function refuse(request: Request): Response | undefined {
    const { headers } = request;
    // A page in a browser cannot leave these out; a name that was pointed here later is in Host.
    const fromBrowser =
      headers.has('origin') || headers.has('sec-fetch-mode') || headers.has('sec-fetch-site');
    if (fromBrowser || headers.get('host') !== `127.0.0.1:${server.port}`) return plain(403, 'Forbidden.');
    const given = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
    if (!timingSafeEqual(digest(given), expected)) return plain(401, 'Unauthorized.');
    return request.method === 'POST' ? undefined : plain(405, 'This method is not supported.');
  }

  const url = `http://127.0.0.1:${server.port}`;
  try {
    writeControlFile(dir, { pid: process.pid, url, token });
  } catch (error) {
    // A full disk must not keep the server from serving.
    core.log.warn('control.unreachable', { cause: error });
  }
  return {
    url,
    async stop() {
      removeControlFile(dir);
      // What is in the middle of a long step ends with the core.
      await Promise.race([Promise.allSettled([...running].map((end) => end())), Bun.sleep(STOP_PATIENCE)]);
      await server.stop(true);
    },
  };
}

/** Of equal length whatever was given, so that the comparison tells nothing. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

async function readArgs(request: Request): Promise<OperationArgs | undefined> {
  try {
    const value: unknown = JSON.parse((await request.text()) || '{}');
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return { ...value };
  } catch {
    return undefined;
  }
}

/** What is wrong with the arguments is said in the answer, too. */
async function* begin(operation: Operation, core: Core, args: OperationArgs): AsyncGenerator<object> {
  yield* operation(core, args);
}

function stream(
  items: AsyncIterable<object>,
  core: Core,
  running: Set<() => Promise<void>>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const iterator = items[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const end = async () => {
    running.delete(end);
    await iterator.return?.();
  };
  const endQuietly = () => void end().catch((error) => core.log.error('control.failed', { cause: error }));
  running.add(end);
  signal.addEventListener('abort', endQuietly, { once: true });
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (line: object) => controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      try {
        const step = await iterator.next();
        if (step.done !== true) return send({ item: step.value });
        send({ end: true });
      } catch (error) {
        if (!(error instanceof AppError)) core.log.error('control.failed', { cause: error });
        send({ error: describe(error) });
      }
      running.delete(end);
      controller.close();
    },
    cancel: endQuietly,
  });
}

function describe(error: unknown): object {
  if (!(error instanceof AppError)) return { code: 'internal' };
  const { code, reason, params, issues } = error;
  return { code, reason, params, issues };
}

function plain(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { 'x-content-type-options': 'nosniff' } });
}
