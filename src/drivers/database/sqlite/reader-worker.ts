import type { Database } from 'bun:sqlite';
import { setPriority } from 'node:os';
import type { DbRow } from '../../../core/ports/database.ts';
import { openConnection } from './connection.ts';
import { toFault } from './errors.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import { inspect } from './inspect.ts';
import type { ReaderReply, ReaderRequest } from './reader-protocol.ts';
import { Compiled } from './statement.ts';
import { createStatementCache } from './statement-cache.ts';
import { startStopwatch } from './stopwatch.ts';
import { decodeValue, encodeRows } from './wire-values.ts';

/**
 * The life of a reader process: answers one request after the other, read from stdin, on stdout, with low priority, and
 * resolves when stdin ends. The server kills it when a read takes too long.
 */
export async function runReaderWorker(): Promise<void> {
  lowerPriority();
  const decoder = new FrameDecoder();
  const output = Bun.stdout.writer();
  let answer: ((request: ReaderRequest) => ReaderReply) | undefined;
  for await (const chunk of Bun.stdin.stream()) {
    for (const frame of decoder.push(chunk)) {
      const request: ReaderRequest = JSON.parse(frame);
      const reply = request.kind === 'open' ? undefined : answer?.(request);
      if (request.kind === 'open') answer = createAnswer(request.path);
      if (reply === undefined) continue;
      output.write(encodeFrame(JSON.stringify(reply)));
      await output.flush();
    }
  }
}

const noTemporaryFile = /^SQLITE_(FULL|IOERR_(WRITE|GETTEMPPATH))$/;

/** Answers for one database, opened with the first question so that a failure to open is an answer too. */
function createAnswer(path: string): (request: ReaderRequest) => ReaderReply {
  let open: { readonly db: Database; readonly read: (request: ReadRequest) => DbRow[] } | undefined;

  /** Sorts of a large table go through a temporary file: on a full disk they are done in memory. */
  function run(request: ReadRequest): DbRow[] {
    open ??= openReader(path);
    try {
      return open.read(request);
    } catch (error) {
      const isRead = request.kind === 'all' || request.kind === 'get';
      if (!isRead || !noTemporaryFile.test(toFault(error)?.code ?? '')) throw error;
      open.db.run('PRAGMA temp_store = MEMORY');
      return open.read(request);
    }
  }

  return (request) => {
    try {
      const took = startStopwatch();
      if (request.kind === 'inspect') {
        const inspection = inspect(openConnection(path, 'worker'), request);
        return { ok: true, took: took(), result: encodeRows([]), inspection };
      }
      const rows = run(request);
      return { ok: true, took: took(), result: encodeRows(rows) };
    } catch (error) {
      const fault = toFault(error) ?? { code: 'INTERNAL', message: String(error) };
      return { ok: false, fault };
    }
  };
}

function openReader(path: string) {
  const db = openConnection(path, 'worker');
  return { db, read: createReader(db) };
}

type ReadRequest = Exclude<ReaderRequest, { kind: 'inspect' }>;

function createReader(db: Database): (request: ReadRequest) => DbRow[] {
  const statements = createStatementCache(64, (text) => new Compiled(db, text));
  const schemaVersion = new Compiled(db, 'PRAGMA schema_version');
  let version: unknown;
  return (request) => {
    const current = schemaVersion.get([])?.schema_version;
    if (current !== version) statements.clear();
    version = current;
    switch (request.kind) {
      case 'open':
        return [];
      case 'all':
        return statements.get(request.text).all(request.values.map(decodeValue));
      case 'get': {
        const row = statements.get(request.text).get(request.values.map(decodeValue));
        return row === undefined ? [] : [row];
      }
      case 'copy':
        new Compiled(db, 'VACUUM INTO ?').run([request.to]);
        return [];
      case 'check':
        return new Compiled(db, 'PRAGMA quick_check').all([]).filter((row) => row.quick_check !== 'ok');
    }
  };
}

function lowerPriority(): void {
  try {
    setPriority(10);
  } catch {
    // Not allowed here; it only makes the reader less polite.
  }
}

if (import.meta.main) await runReaderWorker();
