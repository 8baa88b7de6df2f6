import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The checkout. */
export const ROOT = resolve(import.meta.dir, '..', '..');

/** How the product is started: from source, or a binary. */
export const FROM_SOURCE: readonly string[] = [process.execPath, join(ROOT, 'src/main.ts')];

/** A running server of the test's own, in a process of its own. */
export interface TestServer {
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  readonly dir: string;
  readonly pid: number;
  /** What it printed so far. */
  output(): string;
  /** The one-time link of a first start; undefined otherwise. */
  setupLink(): string | undefined;
  /** Ends it with a signal and waits; resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number>;
  /** Resolves when the process has ended by itself. */
  readonly exited: Promise<number>;
}

/** How a test server is started. */
export interface StartOptions {
  readonly command?: readonly string[];
  /** The data folder; a fresh one when left out. */
  readonly dir?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing of the test's own environment reaches the server but `env`. */
  readonly bareEnv?: boolean;
}

/** A temporary folder; the caller removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'dossier-test-'));
}

/** Removes a folder of {@link temporaryFolder}. */
export function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** Starts a server on a free port and waits until it listens. Throws with its output when it does not within 20 s. */
export async function startServer(options: StartOptions = {}): Promise<TestServer> {
  const dir = options.dir ?? join(temporaryFolder(), 'data');
  const command = [...(options.command ?? FROM_SOURCE), 'serve', '--http', '127.0.0.1:0', '--dir', dir];
  const child = Bun.spawn([...command, '--log-format', 'json', ...(options.args ?? [])], {
    cwd: resolve(dir, '..'),
    env: options.bareEnv ? options.env : { ...process.env, ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let output = '';
  const listening = Promise.withResolvers<string>();
  const gather = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      const url = /"url":"(http:[^"]+)"/.exec(output)?.[1];
      if (url !== undefined) listening.resolve(url);
    }
  };
  const gathered = Promise.all([gather(child.stdout), gather(child.stderr)]);
  void child.exited.then(async (code) => {
    await gathered;
    listening.reject(new Error(`the server ended with code ${code}: ${output}`));
  });
  const timer = setTimeout(
    () => listening.reject(new Error(`the server does not listen: ${output}`)),
    20_000,
  );
  try {
    const base = await listening.promise;
    return {
      base,
      dir,
      pid: child.pid,
      output: () => output,
      setupLink: () => /"setup":"(http:[^"]+)"/.exec(output)?.[1],
      exited: child.exited,
      async stop(signal = 'SIGTERM') {
        child.kill(signal);
        const code = await child.exited;
        await gathered;
        return code;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    await child.exited;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the product to its end. */
export async function runCommand(
  args: readonly string[],
  {
    command = FROM_SOURCE,
    cwd = tmpdir(),
    stdin = '',
    env = {},
  }: {
    command?: readonly string[];
    cwd?: string;
    stdin?: string;
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<CommandResult> {
  const child = Bun.spawn([...command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdin: new TextEncoder().encode(stdin),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** Credentials of the superuser that {@link makeSuperuser} makes. */
export const ADMIN = { email: 'admin@example.com', password: 'correct-horse-battery' } as const;

/** Makes the superuser in a folder that no server uses. */
export async function makeSuperuser(dir: string, command: readonly string[] = FROM_SOURCE): Promise<void> {
  const made = await runCommand(['superuser', 'upsert', ADMIN.email, ADMIN.password, '--dir', dir], {
    command,
  });
  if (made.code !== 0) throw new Error(`no superuser: ${made.stderr}`);
}

/** A token of {@link ADMIN}. */
export async function adminToken(base: string): Promise<string> {
  const response = await fetch(`${base}/api/collections/_superusers/auth-with-password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity: ADMIN.email, password: ADMIN.password }),
  });
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('token' in body) || typeof body.token !== 'string') {
    throw new Error(`no token: ${response.status} ${JSON.stringify(body)}`);
  }
  return body.token;
}
