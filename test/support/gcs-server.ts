import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { createGcsApi, type GcsState } from './gcs/api.ts';
import { removeFolder, temporaryFolder } from './server.ts';

/** A running imitation of Google Cloud Storage with one empty bucket. */
export interface GcsServer {
  /** `http://127.0.0.1:PORT`, as `storage.endpoint` takes it. */
  readonly endpoint: string;
  readonly bucket: string;
  /** The JSON text of a service account's key whose `token_uri` is this server. */
  readonly serviceAccountKey: string;
  /** The same as a file. */
  readonly keyFile: string;
  /** Where the bytes and the key file are; removed by `stop`. */
  readonly dir: string;
  stop(): Promise<void>;
}

/** What a test may choose. */
export interface GcsOptions {
  readonly bucket?: string;
  /** 0 (default) takes a free one. */
  readonly port?: number;
}

/** Serves the imitation from this process; it ends with it. */
export async function serveGcs(options: GcsOptions = {}): Promise<GcsServer & { readonly state: GcsState }> {
  const dir = temporaryFolder();
  const bucket = options.bucket ?? 'dossier-test';
  const email = 'dossier@test-project.iam.gserviceaccount.com';
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { state, handle } = createGcsApi({ dir, bucket, email, publicKey });
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: options.port ?? 0,
    idleTimeout: 120,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: handle,
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const serviceAccountKey = JSON.stringify({
    type: 'service_account',
    project_id: 'test-project',
    private_key_id: '0123456789abcdef',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    client_id: '1234567890',
    token_uri: `${endpoint}/token`,
  });
  const keyFile = join(dir, 'service-account.json');
  await Bun.write(keyFile, serviceAccountKey);
  const stop = async () => {
    await server.stop(true);
    removeFolder(dir);
  };
  return { endpoint, bucket, serviceAccountKey, keyFile, dir, stop, state };
}

/** Serves the imitation from a process of its own, which outlives a killed server under test. */
export async function startGcs(options: GcsOptions = {}): Promise<GcsServer> {
  const child = Bun.spawn([process.execPath, import.meta.path, JSON.stringify(options)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const first = await firstLine(child.stdout);
  const told: GcsServer = JSON.parse(first);
  const stop = async () => {
    // It ends, and tidies up, with its input; so it does when the test is killed.
    await child.stdin.end();
    await child.exited;
  };
  return { ...told, stop };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf('\n');
    if (end !== -1) return text.slice(0, end);
  }
  throw new Error('the imitation of Google Cloud Storage did not start');
}

if (import.meta.main) {
  const options: GcsOptions = JSON.parse(process.argv[2] ?? '{}');
  const { state: _, stop, ...told } = await serveGcs(options);
  console.log(JSON.stringify(told));
  for await (const _chunk of Bun.stdin.stream()) {
    // Nothing is expected; the end of the input ends the process.
  }
  await stop();
  process.exit(0);
}
