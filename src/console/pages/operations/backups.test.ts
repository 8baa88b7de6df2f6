import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { type ConsoleWorld, openConsoleWorld } from '../../../../test/support/console-world.ts';
import { noBackups } from '../../../../test/support/core.ts';
import { AppError } from '../../../core/errors.ts';
import type { BackupInfo, BackupSource, BackupStore } from '../../../core/ports/backup-store.ts';
import type { Configuration, SavedSettings } from '../../../core/ports/configuration.ts';
import type { RestoreRequest, Restorer } from '../../../core/ports/restorer.ts';

let world: ConsoleWorld;
let kept: BackupInfo[];
let failure: Error | undefined;
/** What is wrong with every archive; '' = nothing. */
let unusable: string;
let asked: RestoreRequest[];
let saved: SavedSettings;

const contents = { created: '2030-01-01T10:00:00.000Z', version: '0.9.9', records: 1234, files: 5, bytes: 6 };
const restorer: Restorer = {
  unpack: async () => ({ discard: async () => {} }),
  begin: (request) => void asked.push(request),
  last: undefined,
};

/** Two settings, as the program has them. */
const configuration: Configuration = {
  describe: (values) =>
    ['backups.schedule', 'backups.keep'].map((key) => ({
      ...{ key, isSet: key in values, origin: 'saved', originName: '', held: false, applies: 'now' },
      ...{ control: 'text', choices: [], sentTo: [], doc: '', fallback: '' },
      value: key in values ? JSON.stringify(values[key]) : undefined,
    })),
  expected: (key, value) => (key === 'backups.schedule' && value === 'often' ? 'a schedule' : undefined),
  async apply(values) {
    saved = values;
  },
};

const store: BackupStore = {
  ...noBackups,
  sweep: async () => {},
  list: async () => kept,
  has: async (key) => kept.some((one) => one.key === key),
  async write(key) {
    if (failure) throw failure;
    const info = { key, size: 1234, modified: '2030-01-01 10:00:00.000Z', storage: '' };
    kept.push(info);
    return info;
  },
  async receive(key) {
    return store.write(key, source);
  },
  inspect: async () => contents,
  async check(key) {
    if (unusable !== '')
      throw new AppError('invalid', { reason: 'backup_unusable', params: { why: unusable } });
    const isKept = kept.some((one) => one.key === key);
    return isKept ? { path: `/${key}`, contents, release: async () => {} } : undefined;
  },
  async open(key) {
    const info = kept.find((one) => one.key === key);
    return info && { info, read: async () => new Blob(['x'.repeat(info.size)]) };
  },
  async remove(key) {
    const before = kept.length;
    kept = kept.filter((one) => one.key !== key);
    return kept.length < before;
  },
};

const source: BackupSource = {
  snapshot: async () => {},
  readObject: async () => new Blob([]).stream(),
  sizeOf: async () => 0,
};

const PATH = '/_/operations/backups';

beforeEach(async () => {
  kept = [];
  failure = undefined;
  unusable = '';
  asked = [];
  saved = {};
  world = await openConsoleWorld({ backupStore: store, restorer, configuration });
});
afterEach(() => world.close());

test('a backup is taken by a form, listed, and downloaded', async () => {
  expect((await world.get(PATH)).text).toContain('No backups yet');
  const taken = await world.post(PATH, { name: 'before-upgrade.zip' });
  expect([taken.status, taken.headers.get('location')]).toEqual([303, PATH]);
  const { text } = await world.get(PATH);
  expect(text).toContain('1.2 kB');
  expect(text).toContain('href="/_/operations/backups/before-upgrade.zip/restoration"');
  const file = await world.get(`${PATH}/before-upgrade.zip`);
  expect(file.text).toHaveLength(1234);
  expect(file.headers.get('content-disposition')).toBe('attachment; filename=before-upgrade.zip');
  expect((await world.get(`${PATH}/none.zip`)).status).toBe(404);
});

test('a name that is not accepted comes back with its message', async () => {
  for (const [name, message] of [
    ['Not a "name"', 'A name has small letters'],
    ['twice.zip', 'There is a backup of this name already'],
  ] as const) {
    await world.post(PATH, { name: 'twice.zip' });
    const { status, text } = await world.post(PATH, { name });
    expect(status).toBe(422);
    expect(text).toContain(message);
    expect(text).toContain(`value="${Bun.escapeHTML(name)}"`);
  }
});

test('damaged files are named, and nothing is taken', async () => {
  const params = { objects: 'posts/1 <b>.png', more: false };
  failure = new AppError('internal', { reason: 'backup_damaged', params });
  const { status, text } = await world.post(PATH);
  expect(status).toBe(422);
  expect(text).toContain('posts/1 &lt;b&gt;.png');
  expect(text).toContain('No backups yet');
});

test('a backup is deleted once its name is typed', async () => {
  await world.post(PATH, { name: 'old.zip' });
  expect((await world.get(`${PATH}?confirm=delete-old.zip`)).text).toContain(' open>');
  const wrong = await world.post(`${PATH}/old.zip/deletion`, { confirm: 'new.zip' });
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('exactly as it is written');
  expect(kept).toHaveLength(1);
  expect((await world.forge(`${PATH}/old.zip/deletion`, { confirm: 'old.zip' })).status).toBe(403);
  expect((await world.post(`${PATH}/old.zip/deletion`, { confirm: 'old.zip' })).status).toBe(303);
  expect(kept).toHaveLength(0);
  expect((await world.post(`${PATH}/old.zip/deletion`, { confirm: 'old.zip' })).status).toBe(404);
});

describe('an upload', () => {
  const archive = (name: string) => new File(['PK and more'], name);

  test('is taken under the name of its file, or the one that was typed', async () => {
    const taken = await world.upload(`${PATH}/uploads`, [
      ['as', ''],
      ['file', archive('dossier_scheduled_Übung 1.ZIP')],
    ]);
    expect([taken.status, taken.headers.get('location')]).toEqual([303, PATH]);
    await world.upload(`${PATH}/uploads`, [
      ['as', 'mine.zip'],
      ['file', archive('a.zip')],
    ]);
    expect(kept.map(({ key }) => key)).toEqual(['uploaded__bung_1.zip', 'mine.zip']);
  });

  test('that is not accepted says why at its field, also to a script', async () => {
    failure = new AppError('invalid', { reason: 'backup_unusable', params: { why: 'it is <b>' } });
    for (const [as, message] of [
      ['', 'The archive was not taken: it is &lt;b&gt;.'],
      ['Not "so"', 'A name has small letters'],
    ] as const) {
      const { status, text } = await world.upload(`${PATH}/uploads`, [
        ['as', as],
        ['file', archive('a.zip')],
      ]);
      expect(status).toBe(422);
      expect(text).toContain(message);
      expect(text).toContain(`value="${Bun.escapeHTML(as)}"`);
    }
    const body = new FormData();
    body.append('file', archive('a.zip'));
    const told = await world.send(`${PATH}/uploads`, body);
    expect([told.status, JSON.parse(told.text)]).toEqual([
      422,
      { message: 'The archive was not taken: it is <b>.' },
    ]);
    const none = await world.upload(`${PATH}/uploads`, [['as', '']]);
    expect([none.status, none.text]).toEqual([422, expect.stringContaining('Choose an archive first.')]);
    expect(kept).toEqual([]);
  });

  test('of another site is refused before a byte of it is kept', async () => {
    const forged = await world.forgeUpload(`${PATH}/uploads`, [['file', archive('a.zip')]]);
    expect(forged.status).toBe(403);
    expect(kept).toEqual([]);
  });
});

describe('a restore', () => {
  beforeEach(async () => {
    await world.post(PATH, { name: 'old.zip' });
  });

  const agreed = { confirm: 'old.zip', ownPassword: 'correct horse battery' };

  test('is begun by one’s own password alone: an archive may hold any superusers', async () => {
    for (const ownPassword of ['', 'guess']) {
      const { status, text } = await world.post(`${PATH}/old.zip/restoration`, { ...agreed, ownPassword });
      expect([status, text]).toEqual([422, expect.stringContaining('This is not your password.')]);
    }
    expect(asked).toEqual([]);
    expect(kept).toHaveLength(1);
  });

  test('is asked for with what it replaces, its name typed, and a backup before it', async () => {
    const { text } = await world.get(`${PATH}/old.zip/restoration`);
    for (const part of ['Everything becomes what it was', '0.9.9', '1,234', 'name="save" value="1" checked'])
      expect(text).toContain(part);
    const wrong = await world.post(`${PATH}/old.zip/restoration`, { confirm: 'old' });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('Type exactly old.zip')]);
    expect(wrong.text).not.toContain('value="1" checked');
    expect(asked).toEqual([]);
    const begun = await world.post(`${PATH}/old.zip/restoration`, { ...agreed, save: '1' });
    expect([begun.status, begun.headers.get('location')]).toEqual([303, '/_/operations/restoration']);
    expect(asked).toEqual([{ key: 'old.zip', path: '/old.zip', saved: kept.at(-1)?.key ?? '' }]);
    expect(kept.at(-1)?.key).toStartWith('dossier_before_restore_');
    expect((await world.get('/_/operations/restoration')).text).toContain('Everything is being replaced.');
    expect((await world.get(PATH)).text).toContain('A backup is being restored');
    const twice = await world.post(`${PATH}/old.zip/restoration`, agreed);
    expect([twice.status, twice.text]).toEqual([422, expect.stringContaining('Wait until that is done')]);
    expect((await world.post(PATH, { name: 'more.zip' })).status).toBe(422);
    const upload = await world.upload(`${PATH}/uploads`, [['file', new File(['PK'], 'b.zip')]]);
    expect(upload.status).toBe(422);
  });

  test('leaves out the backup when that is asked for', async () => {
    await world.post(`${PATH}/old.zip/restoration`, agreed);
    expect(asked).toEqual([{ key: 'old.zip', path: '/old.zip', saved: '' }]);
    expect(kept).toHaveLength(1);
  });

  test('of a damaged archive, or one that is not there, is refused with the reason, and kept in mind', async () => {
    unusable = 'the file aa is missing';
    const { status, text } = await world.post(`${PATH}/old.zip/restoration`, { ...agreed, save: '1' });
    expect([status, text]).toEqual([
      422,
      expect.stringContaining('Nothing was restored: the file aa is missing.'),
    ]);
    expect(asked).toEqual([]);
    expect(kept).toHaveLength(1);
    expect((await world.get('/_/operations/restoration')).text).toContain('the file aa is missing');
    expect((await world.get(PATH)).text).toContain('the file aa is missing');
    expect((await world.get(`${PATH}/none.zip/restoration`)).status).toBe(404);
    expect((await world.post(`${PATH}/..%2fnone.zip/restoration`, { confirm: '../none.zip' })).status).toBe(
      404,
    );
    expect((await world.forge(`${PATH}/old.zip/restoration`, { confirm: 'old.zip' })).status).toBe(403);
  });
});

describe('the schedule', () => {
  test.each([
    [{ often: 'daily', time: '03:05' }, '5 3 * * *'],
    [{ often: 'weekly', time: '23:00', day: '6' }, '0 23 * * 6'],
    [{ often: 'cron', cron: '@hourly' }, '@hourly'],
    [{ often: 'never', time: '03:05' }, ''],
  ])('of %p is saved as cron has it', async (fields, cron) => {
    const { status } = await world.post(`${PATH}/schedule`, { ...fields, keep: '9', place: '' });
    expect(status).toBe(303);
    expect(saved).toEqual({ ...(cron !== '' && { 'backups.schedule': cron }), 'backups.keep': '9' });
    const { text } = await world.get(PATH);
    expect(text).toContain(`<option value="${fields.often}" selected>`);
    expect(text).toContain('name="keep" type="text" value="9"');
  });

  test.each([
    [{ often: 'daily', time: '25:00' }, 'A time looks like 03:00.'],
    [{ often: 'cron', cron: 'often' }, 'expected a schedule.'],
    [{ often: 'cron', cron: '' }, 'Five fields in UTC'],
  ])('of %p is not saved', async (fields, message) => {
    const { status, text } = await world.post(`${PATH}/schedule`, { ...fields, keep: '9' });
    expect(status).toBe(422);
    expect(text).toContain(message);
    expect(text).toContain(`<option value="${fields.often}" selected>`);
    expect(saved).toEqual({});
  });
});
