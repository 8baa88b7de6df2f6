import { expect, test } from 'bun:test';
import { workerEnvironment } from './worker-environment.ts';

test('a worker gets what it needs to start, and no secret', () => {
  const env = { PATH: '/bin', HOME: '/home/ada', LC_ALL: 'C', TZ: 'UTC', LANG: undefined };
  const secrets = {
    DOSSIER_SECRET: 'x',
    STORAGE_S3_SECRET_KEY: 'x',
    MY_PATH: 'x',
    BUN_OPTIONS: '--preload x',
  };
  expect(workerEnvironment({ ...env, ...secrets })).toEqual({
    PATH: '/bin',
    HOME: '/home/ada',
    LC_ALL: 'C',
    TZ: 'UTC',
  });
});
