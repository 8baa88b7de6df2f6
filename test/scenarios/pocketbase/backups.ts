import { expect } from 'bun:test';
import { at, textAt } from '../../support/json.ts';
import { type Scenario, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

/** Refusals of the backup routes (specs/pocketbase.md 10.1). */
export const backupScenarios: readonly Scenario[] = [
  {
    name: 'a guest does not see backups',
    path: '/api/backups',
    status: 401,
    has: ['The request requires valid record authorization token.'],
  },
  { name: 'nor does an account', path: '/api/backups', as: 'alice', status: 403 },
  { name: 'a guest does not make one', method: 'POST', path: '/api/backups', body: {}, status: 401 },
  {
    name: 'nor delete one',
    method: 'DELETE',
    path: '/api/backups/anything.zip',
    as: 'alice',
    status: 403,
  },
  ...['Upper.zip', '../up.zip', 'no-zip', 'a b.zip', '.zip', `${'x'.repeat(147)}.zip`].map(
    (name): Scenario => ({
      name: `a backup cannot be called ${name.slice(0, 20)}`,
      method: 'POST',
      path: '/api/backups',
      as: 'admin',
      body: { name },
      status: 400,
      has: ['"name":{"code":"validation_'],
    }),
  ),
  {
    name: 'a download without a token',
    path: '/api/backups/anything.zip',
    status: 403,
    has: ['Insufficient permissions to access the resource.'],
  },
  {
    name: 'the Authorization header is no file token',
    path: '/api/backups/anything.zip',
    as: 'admin',
    status: 403,
  },
  {
    name: 'deleting one that is not there',
    method: 'DELETE',
    path: '/api/backups/nowhere.zip',
    as: 'admin',
    status: 404,
  },
  { name: 'a guest uploads none', method: 'POST', path: '/api/backups/upload', status: 401 },
  { name: 'nor does an account', method: 'POST', path: '/api/backups/upload', as: 'alice', status: 403 },
  {
    name: 'an upload without a file',
    ...{ method: 'POST', path: '/api/backups/upload', as: 'admin', body: {} },
    status: 400,
    has: ['"file":{"code":"validation_required"'],
  },
  { name: 'a guest restores none', method: 'POST', path: '/api/backups/anything.zip/restore', status: 401 },
  {
    name: 'nor does an account, either',
    ...{ method: 'POST', path: '/api/backups/anything.zip/restore', as: 'alice' },
    status: 403,
  },
  ...['nowhere.zip', '..%2f..%2fdata.db', '.work'].map(
    (key): Scenario => ({
      name: `there is no ${key} to restore`,
      ...{ method: 'POST', path: `/api/backups/${key}/restore`, as: 'admin' },
      status: 400,
      has: ['Missing or invalid backup file.'],
    }),
  ),
  {
    name: 'a key that is a path',
    method: 'DELETE',
    path: '/api/backups/..%2f..%2fdata.db',
    as: 'admin',
    status: 404,
  },
];

/** The life of a backup. */
export const backupStories: readonly Story[] = [
  {
    name: 'a backup is made, listed, downloaded in parts, and deleted',
    async run(world) {
      const made = await send(world, {
        ...{ method: 'POST', path: '/api/backups', as: 'admin' },
        body: { name: 'story_1.zip' },
      });
      expect([made.status, made.text]).toEqual([204, '']);

      const again = await send(world, {
        ...{ method: 'POST', path: '/api/backups', as: 'admin' },
        body: { name: 'story_1.zip' },
      });
      expect(again.status).toBe(400);
      expect(textAt(again.json, 'data.name.code')).toBe('validation_backup_name_exists');

      const { json } = await sendOk(world, { path: '/api/backups', as: 'admin' });
      const listed = Array.isArray(json) ? json.find((each) => at(each, 'key') === 'story_1.zip') : undefined;
      expect(Object.keys(listed ?? {}).sort()).toEqual(['key', 'modified', 'size']);
      expect(textAt(listed, 'modified')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/);

      const token = await fileToken(world, 'admin');
      const url = `/api/backups/story_1.zip?token=${token}`;
      const whole = await sendOk(world, { path: url });
      expect(whole.bytes.length).toBe(Number(at(listed, 'size')));
      expect(whole.text.slice(0, 2)).toBe('PK');
      expect(whole.headers.get('content-disposition')).toBe('attachment; filename=story_1.zip');
      expect(whole.headers.get('cache-control')).toContain('private');
      const part = await send(world, { path: url, headers: { range: 'bytes=0-9' } });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes 0-9/${whole.bytes.length}`);
      expect(Buffer.compare(part.bytes, whole.bytes.subarray(0, 10))).toBe(0);

      const foreign = await send(world, {
        path: `/api/backups/story_1.zip?token=${await fileToken(world, 'alice')}`,
      });
      expect(foreign.status).toBe(403);
      expect((await send(world, { path: `/api/backups/other.zip?token=${token}` })).status).toBe(404);
      expect((await send(world, { path: `/api/backups/..%2fdata.db?token=${token}` })).status).toBe(404);

      const gone = await send(world, { method: 'DELETE', path: '/api/backups/story_1.zip', as: 'admin' });
      expect(gone.status).toBe(204);
      expect((await send(world, { path: url })).status).toBe(404);
      expect((await sendOk(world, { path: '/api/backups', as: 'admin' })).text).not.toContain('story_1');
    },
  },
  {
    name: 'a backup without a name gets one, and one at a time is made',
    async run(world) {
      const make = () => send(world, { method: 'POST', path: '/api/backups', as: 'admin' });
      const answers = await Promise.all([make(), make()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 400]);
      expect(answers.find(({ status }) => status === 400)?.text).toContain(
        'Try again later - another backup/restore process has already been started.',
      );
      const { json } = await sendOk(world, { path: '/api/backups', as: 'admin' });
      if (!Array.isArray(json)) throw new Error('backups are no list');
      const keys = json.map((each) => textAt(each, 'key'));
      expect(keys.every((key) => /^[a-z0-9_-]+\.zip$/.test(key))).toBe(true);
      for (const key of keys) {
        await sendOk(world, { method: 'DELETE', path: `/api/backups/${key}`, as: 'admin' });
      }
    },
  },
];

async function fileToken(world: World, as: string): Promise<string> {
  return textAt((await sendOk(world, { method: 'POST', path: '/api/files/token', as })).json, 'token');
}
