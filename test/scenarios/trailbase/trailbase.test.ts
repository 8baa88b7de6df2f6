import { afterAll, beforeAll, describe, test } from 'bun:test';
import { join } from 'node:path';
import { binaryPath } from '../../support/binary.ts';
import { startInProcess } from '../../support/in-process.ts';
import { play, type Scenario, type Story, type World } from '../../support/scenarios.ts';
import { makeSuperuser, removeFolder, startServer, temporaryFolder } from '../../support/server.ts';
import { authScenarios, authStories } from './auth.ts';
import { callerStories } from './callers.ts';
import { fileDownloadStories, schemaScenarios } from './file-downloads.ts';
import { fileUploadStories } from './file-uploads.ts';
import { hostileStories } from './hostile.ts';
import { listScenarios, listStories } from './lists.ts';
import { profileScenarios, profileStories } from './profiles.ts';
import { recordScenarios, writeScenarios, writeStories } from './records.ts';
import { transactionScenarios, transactionStories } from './transactions.ts';
import { buildArchive, prepareArchive } from './world.ts';

interface Table {
  readonly scenarios?: readonly Scenario[];
  readonly stories?: readonly Story[];
}

/** In this order: writes leave what the reads saw; what is hostile may change it, and comes last. */
const TABLES: Readonly<Record<string, Table>> = {
  records: { scenarios: recordScenarios },
  lists: { scenarios: listScenarios, stories: listStories },
  writes: { scenarios: writeScenarios, stories: writeStories },
  transactions: { scenarios: transactionScenarios, stories: transactionStories },
  accounts: { scenarios: authScenarios, stories: authStories },
  profiles: { scenarios: profileScenarios, stories: profileStories },
  callers: { stories: callerStories },
  'file uploads': { stories: fileUploadStories },
  'file downloads': { scenarios: schemaScenarios, stories: fileDownloadStories },
  hostile: { stories: hostileStories },
};

interface Running {
  readonly base: string;
  stop(): Promise<unknown>;
}

describe('in this process', () => playAll(startInProcess));

describe('against the binary', () =>
  playAll(async (dir) => startServer({ command: [await binaryPath()], dir })));

function playAll(start: (dir: string) => Promise<Running>): void {
  const folder = temporaryFolder();
  let server: Running | undefined;
  let world: World;

  beforeAll(async () => {
    const dir = join(folder, 'data');
    await makeSuperuser(dir);
    await prepareArchive(dir);
    server = await start(dir);
    world = await buildArchive(server.base, dir);
  }, 180_000);

  afterAll(async () => {
    await server?.stop();
    removeFolder(folder);
  });

  for (const [table, { scenarios = [], stories = [] }] of Object.entries(TABLES)) {
    describe(table, () => {
      for (const scenario of scenarios) test(scenario.name, () => play(scenario, world));
      for (const story of stories) test(story.name, () => story.run(world), 120_000);
    });
  }
}
