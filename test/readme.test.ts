import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configTable } from '../src/server/config-keys.ts';
import { settledAudit } from './support/audit.ts';
import { binaryPath } from './support/binary.ts';
import {
  ROOT,
  removeFolder,
  runCommand,
  startServer,
  type TestServer,
  temporaryFolder,
} from './support/server.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the five-minute tour', () => {
  const folder = temporaryFolder();
  const dir = join(folder, 'dossier_data');
  let binary: string;
  let server: TestServer | undefined;

  beforeAll(async () => {
    binary = await binaryPath();
    const tour = join(folder, 'tour');
    mkdirSync(tour);
    // Stands for `npm install`.
    symlinkSync(join(ROOT, 'node_modules'), join(tour, 'node_modules'));
  }, 180_000);

  afterAll(async () => {
    await server?.stop();
    removeFolder(folder);
  });

  test('its commands make the superuser and start the server', async () => {
    const [create, serve] = commands(after('## Five-minute tour', 'sh'));
    expect(create?.slice(0, 2)).toEqual(['superuser', 'create']);
    const made = await runCommand(create ?? [], { command: [binary], cwd: folder });
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(serve).toEqual(['serve']);
    // On a free port instead of 8090; the folder is the default one.
    server = await startServer({ command: [binary], dir });
    expect((await fetch(`${server.base}/api/health`)).status).toBe(200);
  });

  test.each([
    ['pocketbase', 'tour.mjs'],
    ['bosbase', 'tour-bosbase.mjs'],
    ['trailbase', 'tour-trailbase.mjs'],
    ['tus', 'tour-tus.mjs'],
  ])('the tour with %s prints what the README promises', async (client, file) => {
    const code = after(`<!-- tour:${client} -->`, 'js');
    expect(code).toContain(file);
    const path = join(folder, 'tour', file);
    writeFileSync(path, code.replaceAll('http://127.0.0.1:8090', server?.base ?? ''));
    const { stdout, stderr, code: exit } = await runCommand(['run', path], { command: [process.execPath] });
    expect([stderr, exit]).toEqual(['', 0]);
    const lines = stdout.trim().split('\n');
    const promised = promises()[client] ?? [];
    expect(promised.length).toBeGreaterThan(0);
    expect(lines).toHaveLength(promised.length);
    for (const [index, promise] of promised.entries()) expect(lines[index] ?? '').toMatch(pattern(promise));
  });

  test('its tables become a collection while the server runs', async () => {
    const [sql, config] = [after('### The same records with TrailBase', 'sql'), after('```sql', '')];
    writeFileSync(join(folder, 'notes.sql'), sql);
    writeFileSync(
      join(folder, 'notes.textproto'),
      /```\n(# notes\.textproto[\s\S]*?)```/.exec(config)?.[1] ?? '',
    );
    const [create = []] = commands(after('# notes.textproto', 'sh'));
    expect(create.slice(0, 2)).toEqual(['collection', 'create']);
    const made = await runCommand(create, { command: [binary], cwd: folder });
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toContain('Made the collection notes.');
  });

  test('what the tour leaves behind agrees', async () => {
    expect(await settledAudit(dir)).toEqual([]);
  });
});

describe('the README', () => {
  test('shows every configuration key as it is', () => {
    const table = /<!-- config -->\n([\s\S]*?)\n?<!-- \/config -->/.exec(readme)?.[1];
    expect(table?.trim()).toBe(configTable());
  });

  test('names commands that exist', async () => {
    const command = [await binaryPath()];
    const verbs = [...after('## Commands', '').matchAll(/^\| `dossier (\w+)/gm)].map(
      (match) => match[1] ?? '',
    );
    expect([...new Set(verbs)].sort()).toEqual([
      'backup',
      'collection',
      'config',
      'import',
      'serve',
      'storage',
      'superuser',
      'version',
    ]);
    for (const verb of new Set(verbs)) {
      const help = await runCommand([verb, '--help'], { command });
      expect([verb, help.code]).toEqual([verb, 0]);
      expect(help.stdout).toContain(`dossier ${verb}`);
    }
  });

  test('its dossier.toml is accepted', async () => {
    const folder = temporaryFolder();
    try {
      const files = [...readme.matchAll(/```toml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        writeFileSync(join(folder, 'dossier.toml'), file);
        const shown = await runCommand(['config'], { command: [await binaryPath()], cwd: folder });
        expect([shown.stderr, shown.code]).toEqual(['', 0]);
        expect(shown.stdout).toContain('dossier.toml');
      }
    } finally {
      removeFolder(folder);
    }
  });

  test('links to files that exist', () => {
    const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
    for (const target of targets.filter((each) => !/^https?:/.test(each))) {
      expect(Bun.file(join(ROOT, target)).size, target).toBeGreaterThan(0);
    }
  });
});

/** The first block of code of a language after a marker; for '' the text up to the next heading. */
function after(marker: string, language: string): string {
  const start = readme.indexOf(marker);
  if (start < 0) throw new Error(`the README has no ${marker}`);
  const rest = readme.slice(start + marker.length);
  if (language === '') return rest.slice(0, rest.indexOf('\n## '));
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(rest)?.[1];
  if (block === undefined) throw new Error(`no ${language} after ${marker}`);
  return block;
}

/** The arguments of the lines of a shell block that run the binary. */
function commands(block: string): string[][] {
  return block
    .split('\n')
    .filter((line) => line.startsWith('./dossier '))
    .map((line) => line.trim().split(/\s+/).slice(1));
}

/** What "The first prints …; the second …" and "It prints …" promise, line by line, for each tour. */
function promises(): Readonly<Record<string, readonly string[]>> {
  const said = (beginning: RegExp) => {
    const sentence = beginning.exec(readme)?.[1];
    if (sentence === undefined) throw new Error('the README does not say what the tours print');
    return [...sentence.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  };
  return {
    pocketbase: said(/^The first prints (.*); the second /m),
    bosbase: said(/^The first prints .*; the second (.*)$/m),
    trailbase: said(/^It prints (`1 report.*edition`)/m),
    tus: said(/^It prints (`uploaded[^`]*`)/m),
  };
}

/** A promised line: `…` stands for what the server chooses. */
function pattern(promise: string): RegExp {
  return new RegExp(`^${promise.split('…').map(RegExp.escape).join('.+')}$`);
}
