import { afterAll, beforeAll, describe, test } from 'bun:test';
import { join } from 'node:path';
import { binaryPath } from '../../support/binary.ts';
import { startInProcess } from '../../support/in-process.ts';
import { play, type Scenario, type Story, type World } from '../../support/scenarios.ts';
import { makeSuperuser, removeFolder, startServer, temporaryFolder } from '../../support/server.ts';
import { authScenarios, authStories } from './auth.ts';
import { backupScenarios, backupStories } from './backups.ts';
import { collectionScenarios, collectionStories } from './collections.ts';
import { conformanceScenarios, conformanceStories } from './conformance.ts';
import { downloadStories } from './downloads.ts';
import { hostileStories } from './hostile.ts';
import { laterScenarios } from './later.ts';
import { realtimeScenarios, realtimeStories } from './realtime.ts';
import { recordScenarios, writeScenarios } from './records.ts';
import { uploadStories } from './uploads.ts';
import { buildNewspaper } from './world.ts';

interface Table {
  readonly scenarios?: readonly Scenario[];
  readonly stories?: readonly Story[];
}

/** In this order: writes leave what the reads saw; what is hostile may change it, and comes last. */
const TABLES: Readonly<Record<string, Table>> = {
  records: { scenarios: recordScenarios },
  collections: { scenarios: collectionScenarios, stories: collectionStories },
  accounts: { scenarios: authScenarios, stories: authStories },
  conformance: { scenarios: conformanceScenarios, stories: conformanceStories },
  uploads: { stories: uploadStories },
  downloads: { stories: downloadStories },
  backups: { scenarios: backupScenarios, stories: backupStories },
  later: { scenarios: laterScenarios },
  writes: { scenarios: writeScenarios },
  realtime: { scenarios: realtimeScenarios, stories: realtimeStories },
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
    server = await start(dir);
    world = await buildNewspaper(server.base, dir);
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
