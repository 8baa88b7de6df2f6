import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A stand-in for an S3 service, in a process of its own. */
export interface S3Server {
  /** `http://127.0.0.1:PORT`; addresses are path-style. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** Where it keeps what it stores. */
  readonly dir: string;
  readonly pid: number;
  /** Ends the process; removes its folder, unless the folder was the caller's. */
  stop(): Promise<void>;
}

/** Starts s3rver with one empty bucket on a free port of the loopback address. A folder and port given are used again. */
export async function startS3(options: { dir?: string; port?: number } = {}): Promise<S3Server> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'dossier-s3-')));
  const bucket = 'dossier-test';
  const script = join(import.meta.dir, 's3-server-process.ts');
  const child = Bun.spawn(
    [
      process.execPath,
      script,
      join(dir, 'store'),
      bucket,
      String(options.port ?? 0),
      options.dir === undefined ? 'tidy' : 'keep',
    ],
    {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    },
  );
  const port = await firstLine(child.stdout);
  if (port === '') throw new Error(`s3rver did not start (exit ${await child.exited})`);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    accessKey: 'S3RVER',
    secretKey: 'S3RVER',
    region: 'us-east-1',
    dir,
    pid: child.pid,
    async stop() {
      child.kill('SIGKILL');
      await child.exited;
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  return '';
}
