import { AppError } from '../../../core/errors.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import type { ReaderReply, ReaderRequest } from './reader-protocol.ts';

/** One reader process, asked one thing at a time. */
export interface ReaderProcess {
  readonly pid: number;
  /** Rejects with `unavailable` when the process ends before it has answered. */
  ask(request: ReaderRequest): Promise<ReaderReply>;
  /** Ends it at once, in the middle of a query too. */
  kill(): void;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

/** How a reader process is started. */
export interface ReaderStart {
  /** Runs `runReaderWorker`. */
  readonly command: readonly string[];
  /** All that it sees of the environment; no secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts a reader process on a database. Throws `unavailable` when the command cannot be run. */
export function startReaderProcess(start: ReaderStart, path: string): ReaderProcess {
  const child = spawn(start);
  const decoder = new FrameDecoder();
  let waiting: PromiseWithResolvers<ReaderReply> | undefined;
  send({ kind: 'open', path });
  const listening = listen();

  function send(request: ReaderRequest): void {
    child.stdin.write(encodeFrame(JSON.stringify(request)));
    child.stdin.flush();
  }

  async function listen(): Promise<void> {
    try {
      for await (const chunk of child.stdout) {
        for (const frame of decoder.push(chunk)) {
          const reply: ReaderReply = JSON.parse(frame);
          waiting?.resolve(reply);
          waiting = undefined;
        }
      }
    } catch {
      // A broken pipe is the end of the process, as below.
    }
    const exitCode = await child.exited;
    waiting?.reject(new AppError('unavailable', { reason: 'reader_ended', params: { exitCode } }));
    waiting = undefined;
  }

  return {
    pid: child.pid,
    ask(request) {
      waiting = Promise.withResolvers();
      const { promise } = waiting;
      try {
        send(request);
      } catch (cause) {
        waiting = undefined;
        return Promise.reject(new AppError('unavailable', { reason: 'reader_ended', cause }));
      }
      return promise;
    },
    kill() {
      child.kill('SIGKILL');
    },
    ended: listening,
  };
}

function spawn({ command, environment }: ReaderStart) {
  try {
    const child = Bun.spawn([...command], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
      // A reader inside a long query does not see its stdin end; this asks the system to end it with the server.
      env: { ...environment, BUN_FEATURE_FLAG_NO_ORPHANS: '1' },
      windowsHide: true,
    });
    child.unref();
    return child;
  } catch (cause) {
    throw new AppError('unavailable', { reason: 'reader_not_started', cause });
  }
}
