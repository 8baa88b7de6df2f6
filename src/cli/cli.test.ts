import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, runCommand, temporaryFolder } from '../../test/support/server.ts';
import { VERSION } from '../lib/version.ts';
import { lockDirectory } from '../server/lock.ts';

let folder = '';
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(args, { cwd: folder, env });

describe('what goes wrong is one sentence on stderr, and the code is 1', () => {
  const inUse = Bun.serve({ port: 0, hostname: '127.0.0.1', reusePort: false, fetch: () => new Response() });
  const taken = `127.0.0.1:${inUse.port}`;
  afterAll(() => inUse.stop(true));

  test.each<[readonly string[], string]>([
    [['frob'], 'There is no command called "frob".'],
    [['frob', 'x'], 'There is no command called "frob".'],
    [['--frob'], "Unknown option '--frob'."],
    [['serve', '--frob', 'x'], "Unknown option '--frob'."],
    [['serve', '--dir'], "Option '--dir <value>' argument missing."],
    [['superuser', 'frob'], "Unknown command 'frob'."],
    [['superuser', 'create'], "Missing required argument 'email'."],
    [
      ['config', '--log-level', 'loud'],
      'log.level cannot be "loud" (flag --log-level); expected "debug", "info", "warn", "error" or "off".',
    ],
    [['serve', '--config', 'none.toml'], 'none.toml does not exist.'],
    [['serve', '--dir', '/dev/null/x'], 'The data folder /dev/null/x cannot be written.'],
    [['serve', '--dir', 'taken', '--http', taken], `The address ${taken} is already in use.`],
  ])('%p', async (args, sentence) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toEndWith(`${sentence}\n`);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect([code, stdout]).toEqual([1, '']);
  });

  test('a data folder that a server holds', async () => {
    const dir = join(folder, 'held');
    const lock = lockDirectory(dir);
    try {
      for (const args of [['serve'], ['superuser', 'upsert', 'ada@example.com', 'correct horse']]) {
        const { code, stderr } = await run([...args, '--dir', dir]);
        expect(stderr).toBe(`The data folder ${dir} is in use by another Dossier process.\n`);
        expect(code).toBe(1);
      }
    } finally {
      lock.release();
    }
  });
});

test.each([['version'], ['--version']])('%s prints the version', async (args) => {
  expect(await run([args])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
});

test('--help names every command', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  for (const command of ['serve', 'superuser', 'backup', 'storage', 'config', 'version'])
    expect(stdout).toContain(`  ${command} `);
});

test('config prints every value with its origin', async () => {
  const cwd = join(folder, 'configured');
  mkdirSync(cwd);
  await Bun.write(join(cwd, 'dossier.toml'), '[server]\nmax_upload_size = "10MB"\n');
  const env = { STORAGE_LOCAL_ROOT: '/srv/files' };
  const { code, stdout } = await runCommand(['config', '--http', ':9000'], { cwd, env });
  expect(code).toBe(0);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(rows).toContainEqual(['server.http', '"0.0.0.0:9000"', 'flag --http']);
  expect(rows).toContainEqual(['storage.path', '"/srv/files"', 'environment STORAGE_LOCAL_ROOT']);
  expect(rows).toContainEqual([
    'server.max_upload_size',
    '10485760',
    expect.stringMatching(/dossier\.toml$/),
  ]);
  expect(rows).toContainEqual(['log.level', '"info"', 'default']);
});

describe('superuser', () => {
  const dir = () => join(folder, 'people');
  const superuser = (args: readonly string[], stdin = '') =>
    runCommand(['superuser', ...args, '--dir', dir()], { cwd: folder, stdin });

  test('is made, changed and deleted while no server runs', async () => {
    expect(await superuser(['create', 'ada@example.com', 'correct horse'])).toEqual({
      code: 0,
      stdout: 'Saved superuser ada@example.com.\n',
      stderr: '',
    });
    const steps: [readonly string[], string, string][] = [
      [['create', 'ada@example.com', 'correct horse'], '', 'The e-mail is already in use.'],
      [['create', 'bob', 'correct horse'], '', 'The e-mail must look like name@example.com.'],
      [['create', 'bob@example.com', 'short'], '', 'The password must be at least 8 characters long.'],
      [
        ['create', 'bob@example.com', 'password123'],
        '',
        'The password is among the passwords that attackers try first.',
      ],
      [['create', 'bob@example.com'], '', 'A password is needed.'],
      [['update', 'bob@example.com', 'correct horse'], '', 'There is no such superuser.'],
      [['delete', 'ada@example.com'], '', 'The last superuser cannot be deleted.'],
      [['upsert', 'bob@example.com'], 'from standard input\n', ''],
      [['upsert', 'bob@example.com', 'another horse'], '', ''],
      [['update', 'ADA@example.com', 'another horse'], '', ''],
      [['delete', 'ada@example.com'], '', ''],
    ];
    for (const [args, stdin, complaint] of steps) {
      const { code, stderr } = await superuser(args, stdin);
      expect([args.slice(0, 2).join(' '), stderr]).toEqual([
        args.slice(0, 2).join(' '),
        complaint && `${complaint}\n`,
      ]);
      expect(code).toBe(complaint ? 1 : 0);
    }
  }, 60_000);
});

test('a reader that leaves early ends the command without a word', async () => {
  const main = join(import.meta.dir, '../main.ts');
  const dir = join(folder, 'piped');
  const pipe = Bun.spawn(
    [
      'sh',
      '-c',
      `{ sleep 0.1; "${process.execPath}" "${main}" storage test local --dir "${dir}"; echo $? >&2; } | true`,
    ],
    { cwd: folder, stderr: 'pipe', env: { PATH: '/usr/bin:/bin' } },
  );
  expect(await new Response(pipe.stderr).text()).toBe('0\n');
});

test('a folder of files that cannot be made is told with its setting', async () => {
  const taken = join(folder, 'a-file');
  writeFileSync(taken, '');
  const env = { DOSSIER_STORAGE_PATH: join(taken, 'files'), DOSSIER_DIR: join(folder, 'own') };
  const { code, stderr } = await run(['superuser', 'create', 'ada@example.com', 'correct horse'], env);
  expect([code, stderr]).toEqual([
    1,
    `storage.path is "${env.DOSSIER_STORAGE_PATH}" (environment DOSSIER_STORAGE_PATH), but that folder cannot be used; it must be a folder that this program may write.\n`,
  ]);
});
