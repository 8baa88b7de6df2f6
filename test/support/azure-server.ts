import { join } from 'node:path';
import { ROOT, removeFolder, temporaryFolder } from './server.ts';

/** A running imitation of Azure Blob Storage with one empty container. */
export interface AzureServer {
  /** `http://127.0.0.1:PORT/ACCOUNT`: the address of the account, as `storage.endpoint` takes it. */
  readonly endpoint: string;
  readonly account: string;
  readonly container: string;
  readonly accessKey: string;
  /** Where it keeps everything; removed by `stop`. */
  readonly dir: string;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

const ACCOUNT = 'devstoreaccount1';

/** Azurite's own account key, the same in every installation. */
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * Starts azurite on a free port of 127.0.0.1, with a temporary folder of its own, and makes a container in it. It checks
 * signatures and conditions as the service does. Throws with its output when it does not listen within 30 s.
 */
export async function startAzure(container = 'dossier-test'): Promise<AzureServer> {
  const dir = temporaryFolder();
  const flags = ['--blobHost', '127.0.0.1', '--blobPort', '0', '--location', dir, '--skipApiVersionCheck'];
  const child = Bun.spawn([process.execPath, import.meta.path, ...flags, '--disableTelemetry'], {
    cwd: dir,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await child.exited;
    removeFolder(dir);
  };
  try {
    const endpoint = `${await listening(child)}/${ACCOUNT}`;
    await createContainer(endpoint, container);
    return { endpoint, account: ACCOUNT, container, accessKey: KEY, dir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Child = Bun.Subprocess<'pipe', 'pipe', 'pipe'>;

async function listening(child: Child): Promise<string> {
  let output = '';
  const found = Promise.withResolvers<string>();
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output = (output + decoder.decode(chunk, { stream: true })).slice(-10_000);
      const address = /successfully listens on (http:\/\/\S+)/.exec(output)?.[1];
      if (address !== undefined) found.resolve(address);
    }
  };
  void follow(child.stdout);
  void follow(child.stderr);
  const fail = () => found.reject(new Error(`azurite does not listen:\n${output}`));
  const timer = setTimeout(fail, 30_000);
  void child.exited.then(fail);
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
  }
}

async function createContainer(endpoint: string, container: string): Promise<void> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
  const client = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(ACCOUNT, KEY));
  await client.getContainerClient(container).create();
}

/** Runs azurite in this process, which ends, and tidies up, with its input: so it does when the test is killed. */
async function runAzurite(): Promise<void> {
  await import(join(ROOT, 'node_modules/azurite/dist/src/blob/main.js'));
  for await (const _ of Bun.stdin.stream()) {
    // Nothing is expected.
  }
  removeFolder(process.cwd());
  process.exit(0);
}

if (import.meta.main) await runAzurite();
