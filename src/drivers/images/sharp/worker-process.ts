import { createFrameReader, encodeFrame, type Frame } from './frames.ts';

/** How to start a worker. */
export interface WorkerProcessOptions {
  readonly command: readonly string[];
  /** All that the worker sees of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called once when the process has ended, for whatever reason. */
  readonly onExit: (worker: WorkerProcess) => void;
}

/** One child process that does one job at a time. */
export interface WorkerProcess {
  /**
   * Sends a job and waits for its answer. Rejects with an `Error` when the process ends first. One at a time: the
   * caller waits for the answer before the next job.
   */
  run(header: unknown, bytes?: Uint8Array): Promise<Frame>;
  /** Lets an idle process end by itself. */
  retire(): void;
  /** Ends the process at once. */
  kill(): void;
  /** Settles when the process has ended. */
  readonly exited: Promise<unknown>;
}

/** Bytes of one made picture: 4096 × 4096 × 4, uncompressed, and some. */
const maxResult = 80 * 1024 * 1024;
const keptOutput = 2000;

/** Starts a worker. Throws when the command cannot be started. A waiting worker does not keep this process alive. */
export function startWorkerProcess({ command, environment, onExit }: WorkerProcessOptions): WorkerProcess {
  const child = Bun.spawn([...command], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    // Not the server's folder: a relative name in it means nothing to a worker.
    cwd: process.platform === 'win32' ? undefined : '/',
    env: { ...environment },
  });
  child.unref();

  let waiting: { resolve: (frame: Frame) => void; reject: (error: Error) => void } | undefined;
  let output = '';

  const finish = (act: (job: NonNullable<typeof waiting>) => void) => {
    const job = waiting;
    waiting = undefined;
    child.unref();
    if (job) act(job);
  };

  const read = async () => {
    const cut = createFrameReader(maxResult);
    for await (const chunk of child.stdout) {
      for (const frame of cut(chunk)) finish((job) => job.resolve(frame));
    }
  };
  // What comes is no answer: the process is of no more use, and its end rejects the job.
  read().catch(() => child.kill('SIGKILL'));

  const listen = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) output = (output + decoder.decode(chunk)).slice(-keptOutput);
  };
  const listened = listen().catch(() => {});

  const worker: WorkerProcess = {
    run(header, bytes) {
      return new Promise<Frame>((resolve, reject) => {
        waiting = { resolve, reject };
        child.ref();
        child.stdin.write(encodeFrame(header, bytes));
        // A broken pipe means that the process is ending, which is answered below.
        Promise.resolve(child.stdin.flush()).catch(() => {});
      });
    },
    retire() {
      Promise.resolve(child.stdin.end()).catch(() => {});
    },
    kill() {
      child.kill('SIGKILL');
    },
    exited: child.exited.then(async () => {
      onExit(worker);
      await Promise.race([listened, Bun.sleep(100)]);
      const how = child.signalCode ?? `code ${child.exitCode}`;
      finish((job) => job.reject(new Error(`the worker ended with ${how}: ${output.trim()}`)));
    }),
  };
  return worker;
}
