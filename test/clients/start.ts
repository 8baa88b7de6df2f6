import { join } from 'node:path';
import { binaryPath } from '../support/binary.ts';
import {
  makeSuperuser,
  removeFolder,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

/** The compiled binary with the superuser `ADMIN`, in a folder of its own. */
export interface ClientServer {
  readonly server: TestServer;
  close(): Promise<void>;
}

/** Starts the binary for a client's tests. */
export async function startForClients(): Promise<ClientServer> {
  const command = [await binaryPath()];
  const folder = temporaryFolder();
  const dir = join(folder, 'data');
  await makeSuperuser(dir, command);
  const server = await startServer({ command, dir });
  return {
    server,
    async close() {
      await server.stop();
      removeFolder(folder);
    },
  };
}
