import { join } from 'node:path';
import { buildNewspaper } from '../scenarios/pocketbase/world.ts';
import { type InProcessServer, startInProcess } from '../support/in-process.ts';
import type { World } from '../support/scenarios.ts';
import { makeSuperuser, removeFolder, temporaryFolder } from '../support/server.ts';

/** The small newspaper on a server of its own, to be attacked. */
export interface AttackedWorld extends World {
  readonly server: InProcessServer;
  close(): Promise<void>;
}

/** Starts one; a test file shares it. */
export async function openAttackedWorld(): Promise<AttackedWorld> {
  const folder = temporaryFolder();
  const dir = join(folder, 'data');
  await makeSuperuser(dir);
  const server = await startInProcess(dir);
  const world = await buildNewspaper(server.base, dir);
  return {
    ...world,
    server,
    async close() {
      await server.stop();
      removeFolder(folder);
    },
  };
}
