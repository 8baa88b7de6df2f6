import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { absentPackages, bundleConsole, embedAssets, failpointFlag } from '../build.ts';
import { listAssets, readAsset } from '../src/server/assets.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Bundles one source file as the binary's are, and answers the result's text. */
async function bundle(source: string, failpoints = false): Promise<string> {
  const sources = join(folder, 'src');
  mkdirSync(sources, { recursive: true });
  writeFileSync(join(sources, 'entry.ts'), source);
  const result = await Bun.build({
    entrypoints: [join(sources, 'entry.ts')],
    target: 'bun',
    minify: { whitespace: true, syntax: true, identifiers: false },
    define: { FAILPOINTS: String(failpoints) },
    plugins: [failpointFlag(sources), absentPackages()],
  });
  return (await result.outputs[0]?.text()) ?? '';
}

const flags = join(import.meta.dir, '../src/lib/build-flags.ts');
const withFailpoint = `import { FAILPOINTS } from '${flags}';
  export async function save() { if (FAILPOINTS) await globalThis.stop('after_reserve'); return 'saved'; }
  console.log(await save());`;

test('a release has no failpoints, not even their names', async () => {
  const text = await bundle(withFailpoint);
  expect(text).toContain('saved');
  expect(text).not.toContain('after_reserve');
  expect(text).not.toContain('FAILPOINTS');
});

test('a build for crash tests has them', async () => {
  expect(await bundle(withFailpoint, true)).toContain('after_reserve');
});

test('an import of the flag that the build cannot take away stops the build', async () => {
  const source = `import { FAILPOINTS, COMPILED } from '${flags}'; console.log(FAILPOINTS, COMPILED);`;
  await expect(bundle(source)).rejects.toThrow();
});

test('a package that is not installed is not looked for where the program is started', async () => {
  const text = await bundle(`
    const found = [];
    try { found.push(require('planted-package')); } catch (error) { found.push(error.code); }
    await import('planted-package/deep').catch((error) => found.push(error.code));
    console.log(found.join(' '));`);
  const start = join(folder, 'start');
  mkdirSync(join(start, 'node_modules/planted-package'), { recursive: true });
  writeFileSync(join(start, 'node_modules/planted-package/index.js'), 'console.log("planted code ran")');
  writeFileSync(join(start, 'node_modules/planted-package/deep.js'), 'console.log("planted code ran")');
  writeFileSync(join(start, 'program.mjs'), text);
  const run = Bun.spawn([process.execPath, 'program.mjs'], { cwd: start, stdout: 'pipe' });
  expect(await new Response(run.stdout).text()).toBe('MODULE_NOT_FOUND MODULE_NOT_FOUND\n');
});

test('the binary has the assets of the checkout, wherever it is started; the modules of the console as one file', async () => {
  const entry = join(folder, 'assets.ts');
  const assets = join(import.meta.dir, '../src/server/assets.ts');
  writeFileSync(
    entry,
    `import { findAsset, listAssets, readAsset } from '${assets}';
    const read = async (name) => [name, new TextDecoder().decode(await readAsset(name))];
    console.log(JSON.stringify([findAsset('public/../build.ts') ?? null, await Promise.all(listAssets('').map(read))]));`,
  );
  const outdir = join(folder, 'out');
  const console = await bundleConsole();
  await Bun.build({ entrypoints: [entry], target: 'bun', outdir, plugins: [embedAssets(console)] });
  const run = Bun.spawn([process.execPath, join(outdir, 'assets.js')], { cwd: outdir, stdout: 'pipe' });
  const [outside, embedded]: [unknown, [string, string][]] = JSON.parse(
    await new Response(run.stdout).text(),
  );
  expect(outside).toBeNull();

  const texts = new Map(embedded);
  const script = texts.get('public/console.js') ?? '';
  expect(script).not.toMatch(/\bimport\b/);
  expect(console.modules).toContain('public/file-drop.js');
  for (const name of console.modules) {
    const [element] = /(?<=customElements\.define\()'[\w-]+'/.exec(await textOf(name)) ?? [];
    if (element !== undefined)
      expect(script).toContain(`customElements.define(${element.replaceAll("'", '"')}`);
  }
  const others = listAssets('').filter((name) => !console.modules.has(name));
  expect([...texts.keys()]).toEqual(others);
  for (const name of others) {
    if (name !== 'public/console.js') expect(texts.get(name)).toBe(await textOf(name));
  }
});

async function textOf(asset: string): Promise<string> {
  return new TextDecoder().decode(await readAsset(asset));
}
