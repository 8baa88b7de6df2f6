import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isBuiltin as isNodeBuiltin } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BunPlugin } from 'bun';
import type { Licence } from './src/core/ports/host.ts';
import { findAsset, listAssets } from './src/server/assets.ts';
import { collectLicences } from './src/server/licences.ts';

/**
 * Builds the binary: `bun build.ts [--all] [--failpoints]`.
 *
 * Without `--all`, `dist/dossier` for this machine; with it, one file for each of {@link targets}. `--failpoints`
 * keeps the failpoints that the crash tests need; a release has none, and the name says which one it is.
 */
const root = import.meta.dir;
const dist = join(root, 'dist');

interface Target {
  /** What bun calls it. */
  readonly bun: Bun.Build.CompileTarget;
  /** What sharp calls it, e.g. `linuxmusl-x64`. */
  readonly sharp: string;
  readonly outfile: string;
}

const targets: readonly Target[] = [
  { bun: 'bun-linux-x64', sharp: 'linux-x64', outfile: 'dossier-linux-x64' },
  { bun: 'bun-linux-arm64', sharp: 'linux-arm64', outfile: 'dossier-linux-arm64' },
  { bun: 'bun-linux-x64-musl', sharp: 'linuxmusl-x64', outfile: 'dossier-linux-x64-musl' },
  { bun: 'bun-darwin-arm64', sharp: 'darwin-arm64', outfile: 'dossier-darwin-arm64' },
  { bun: 'bun-windows-x64', sharp: 'win32-x64', outfile: 'dossier-windows-x64.exe' },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { all: { type: 'boolean', default: false }, failpoints: { type: 'boolean', default: false } },
  });
  mkdirSync(dist, { recursive: true });
  for (const target of values.all ? targets : [thisMachine()]) {
    const outfile = values.failpoints
      ? target.outfile.replace('dossier', 'dossier-failpoints')
      : target.outfile;
    await build({ ...target, outfile }, values.failpoints);
    const megabytes = (statSync(join(dist, outfile)).size / 1e6).toFixed(1);
    console.log(`dist/${outfile}  ${megabytes} MB`);
  }
}

function thisMachine(): Target {
  const onMusl =
    process.platform === 'linux' && readFileSync('/proc/self/maps', 'utf8').includes('/ld-musl-');
  const musl = onMusl ? 'musl' : '';
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  return {
    bun: `bun-${name}${musl ? '-musl' : ''}` as Bun.Build.CompileTarget,
    sharp: `${process.platform}${musl}-${process.arch}`,
    outfile: process.platform === 'win32' ? 'dossier.exe' : 'dossier',
  };
}

async function build(target: Target, failpoints: boolean): Promise<void> {
  const licences = collectLicences(root);
  const result = await Bun.build({
    entrypoints: [join(root, 'src', 'main.ts')],
    target: 'bun',
    format: 'esm',
    splitting: true,
    bytecode: true,
    // Elysia reads the source of handlers: names must stay.
    minify: { whitespace: true, syntax: true, identifiers: false },
    define: {
      'process.env.NODE_ENV': '"production"',
      DOSSIER_COMPILED: 'true',
      DOSSIER_FAILPOINTS: String(failpoints),
      FAILPOINTS: String(failpoints),
    },
    metafile: true,
    plugins: [
      failpointFlag(),
      absentPackages(),
      embedAssets(await bundleConsole()),
      embedLicences(await writeLicences(licences)),
      embedSharp(await sharpLibraries(target.sharp)),
    ],
    compile: {
      target: target.bun,
      outfile: join(dist, target.outfile),
      // The program's own configuration is the only one: nothing in the working folder may change what it runs.
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  if (!result.success) throw new AggregateError(result.logs, `${target.outfile} was not built`);
  refuseUnbundled(result.metafile);
  refuseUnlicensed(result.metafile, licences);
}

/** What is not inside would be looked for in the folder that the binary is started in, and run from there. */
function refuseUnbundled(metafile: Bun.BuildMetafile | undefined): void {
  if (metafile === undefined) throw new Error('bun did not say what it bundled');
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    const outside = imports.find(({ path: name, external, entryPoint }) => {
      if (!external || entryPoint !== undefined || isBuiltin(name) || name.startsWith('.')) return false;
      // What nobody uses is not followed, and is listed as if it were outside.
      return !isInstalled(name, join(root, path));
    });
    if (outside) throw new Error(`${path} imports "${outside.path}", which is not part of the binary`);
  }
}

function isBuiltin(name: string): boolean {
  return name === 'bun' || name.startsWith('bun:') || isNodeBuiltin(name);
}

/** Takes the import of `FAILPOINTS` away, so that `define` can put its value there before dead code is removed. */
export function failpointFlag(sources = join(root, 'src')): BunPlugin {
  return {
    name: 'failpoint flag',
    setup(builder) {
      builder.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
        if (!path.startsWith(sources)) return undefined;
        const source = await Bun.file(path).text();
        const contents = source.replace(/^import \{ FAILPOINTS \} from '[./\w-]*\/build-flags\.ts';$/m, '');
        if (/^import .*\bFAILPOINTS\b/m.test(contents)) {
          throw new Error(`${path}: import FAILPOINTS alone, on one line, from '…/build-flags.ts'`);
        }
        return contents === source ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}

/**
 * Optional packages that are not installed stay absent: without this, a binary would look for them in the folder
 * it is started in, and a planted node_modules there would be run.
 */
export function absentPackages(): BunPlugin {
  return {
    name: 'absent packages',
    setup(builder) {
      builder.onResolve({ filter: /^[@a-z]/i }, ({ path, importer, kind }) => {
        if (kind === 'import-statement' || kind.startsWith('entry-point') || isBuiltin(path))
          return undefined;
        if (isInstalled(path, importer)) return undefined;
        return { path, namespace: 'absent' };
      });
      builder.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
        contents: `throw Object.assign(new Error("Cannot find module '${path}'"), { code: 'MODULE_NOT_FOUND' });`,
        loader: 'js',
      }));
    },
  };
}

function isInstalled(name: string, importer: string): boolean {
  try {
    return Bun.resolveSync(name, dirname(importer)) !== '';
  } catch {
    return false;
  }
}

/** Writes src/server/embedded-assets.ts for the binary. The modules of the console become one file, for one request. */
export function embedAssets({ path: script, modules }: ConsoleScript): BunPlugin {
  return {
    name: 'assets',
    setup(builder) {
      builder.onLoad({ filter: /[\\/]src[\\/]server[\\/]embedded-assets\.ts$/ }, () => {
        const names = listAssets('').filter((name) => !modules.has(name));
        const paths = names.map((name) => (name === CONSOLE_SCRIPT ? script : (findAsset(name) ?? '')));
        const entries = names.map((name, index) => `[${JSON.stringify(name)}, file${index}]`);
        return {
          contents: `${importFiles(paths)}
            export const embeddedAssets = new Map([${entries.join(', ')}]);`,
          loader: 'ts',
        };
      });
    },
  };
}

const CONSOLE_SCRIPT = 'public/console.js';

/** The console's script in one file. */
interface ConsoleScript {
  readonly path: string;
  /** The assets that are inside it. */
  readonly modules: ReadonlySet<string>;
}

/** Makes a {@link ConsoleScript}. */
export async function bundleConsole(): Promise<ConsoleScript> {
  const result = await Bun.build({
    entrypoints: [join(root, CONSOLE_SCRIPT)],
    target: 'browser',
    format: 'esm',
    minify: { whitespace: true, syntax: true, identifiers: true },
    metafile: true,
  });
  const [script] = result.outputs;
  if (script === undefined || result.metafile === undefined) throw new Error('no script for the console');
  const path = join(root, 'node_modules/.cache/dossier/console.js');
  await Bun.write(path, script);
  const inputs = Object.keys(result.metafile.inputs).map((input) => relative(root, resolve(input)));
  const modules = inputs
    .map((input) => input.replaceAll('\\', '/'))
    .filter((name) => name !== CONSOLE_SCRIPT);
  return { path, modules: new Set(modules) };
}

/** Writes the licences of what is inside to a file; before the build, which remembers what folders held when it first looked. */
async function writeLicences(licences: readonly Licence[]): Promise<string> {
  const path = join(root, 'node_modules/.cache/dossier/licences.json');
  await Bun.write(path, JSON.stringify(licences));
  return path;
}

/** Has the binary bring that file. */
function embedLicences(path: string): BunPlugin {
  return {
    name: 'licences',
    setup(builder) {
      builder.onLoad({ filter: /[\\/]src[\\/]server[\\/]embedded-licences\.ts$/ }, () => {
        return {
          contents: `${importFiles([path])}
            export const embeddedLicences = file0;`,
          loader: 'ts',
        };
      });
    },
  };
}

/** Every package that has a file in the binary is named among its licences. */
function refuseUnlicensed(metafile: Bun.BuildMetafile | undefined, licences: readonly Licence[]): void {
  const named = new Set(licences.map(({ name }) => name));
  for (const path of Object.keys(metafile?.inputs ?? {})) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll('\\', '/'))?.[1];
    if (name !== undefined && name !== '.cache' && !named.has(name)) {
      throw new Error(`${path} is part of the binary, and its licence is not listed`);
    }
  }
}

/** Replaces the module in which sharp looks for its native library by one that opens the embedded files. */
function embedSharp(libraries: readonly string[]): BunPlugin {
  const loader = join(root, 'src/drivers/images/sharp/embedded-addon.ts');
  return {
    name: 'sharp',
    setup(builder) {
      builder.onLoad({ filter: /[\\/]node_modules[\\/]sharp[\\/]dist[\\/]sharp\.[cm]js$/ }, () => {
        const files = libraries.map((path, index) => {
          // The folders of the packages, side by side: the addon finds its libraries relative to itself.
          const place = relative(resolve(path, '../../..'), path).replaceAll('\\', '/');
          const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
          return `{ path: ${JSON.stringify(place)}, source: file${index}, sha256: '${sha256}' }`;
        });
        const entry = libraries.findIndex((path) => path.endsWith('.node'));
        return {
          contents: `${importFiles(libraries)}
            import { openEmbeddedAddon } from ${JSON.stringify(loader)};
            const files = [${files.join(', ')}];
            const sharp = openEmbeddedAddon({ name: 'sharp', files, entry: files[${entry}].path });
            if (process.arch === 'x64' && process.platform === 'linux' && !sharp._isUsingX64V2()) {
              throw new Error('pictures need a processor with x86-64-v2 instructions');
            }
            export default sharp;`,
          loader: 'ts',
        };
      });
      // A binary resolves computed names from the working folder: a planted node_modules there would be run.
      builder.onLoad(
        { filter: /[\\/]node_modules[\\/]sharp[\\/]dist[\\/]utility\.mjs$/ },
        async ({ path }) => {
          const source = await Bun.file(path).text();
          const contents = source.replace('createRequire(import.meta.url)', '() => { throw new Error(); }');
          if (contents === source) throw new Error(`${path} has changed: see how it finds the versions`);
          return { contents, loader: 'js' };
        },
      );
    },
  };
}

function importFiles(paths: readonly string[]): string {
  return paths
    .map((path, index) => `import file${index} from ${JSON.stringify(path)} with { type: 'file' };`)
    .join('\n');
}

/** Paths of sharp's native library for a platform and of the libraries it is linked with. */
async function sharpLibraries(platform: string): Promise<string[]> {
  const folders = [`sharp-${platform}`, `sharp-libvips-${platform}`];
  const packages = (await hasPackages(join(root, 'node_modules'), folders))
    ? join(root, 'node_modules')
    : await installPackages(platform);
  const libraries = folders
    .map((folder) => join(packages, '@img', folder, 'lib'))
    // On Windows the libraries lie beside the addon, and there is no second package.
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /\.(node|so|so\.[\d.]+|dylib|dll)$/.test(basename(path)));
  if (!libraries.some((path) => path.endsWith('.node'))) throw new Error(`sharp has nothing for ${platform}`);
  return libraries;
}

async function hasPackages(modules: string, folders: readonly string[]): Promise<boolean> {
  const wanted = folders[0]?.includes('win32') ? folders.slice(0, 1) : folders;
  return wanted.every((folder) => existsSync(join(modules, '@img', folder, 'lib')));
}

/** Installs sharp's packages for another platform into a cache of our own; answers its node_modules. */
async function installPackages(platform: string): Promise<string> {
  const sharp: unknown = await Bun.file(join(root, 'node_modules/sharp/package.json')).json();
  const version =
    typeof sharp === 'object' && sharp !== null && 'version' in sharp ? String(sharp.version) : '';
  const folder = join(root, 'node_modules/.cache/dossier', `sharp-${platform}-${version}`);
  const modules = join(folder, 'node_modules');
  if (await hasPackages(modules, [`sharp-${platform}`, `sharp-libvips-${platform}`])) return modules;

  const [os = '', cpu = ''] = platform.replace('musl', '').split('-');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name: 'sharp-for-another-platform',
    private: true,
    dependencies: { [`@img/sharp-${platform}`]: version },
  };
  await Bun.write(join(folder, 'package.json'), JSON.stringify(manifest));
  const command = [
    process.execPath,
    'install',
    '--no-save',
    '--ignore-scripts',
    `--os=${os}`,
    `--cpu=${cpu}`,
  ];
  const install = Bun.spawnSync(command, { cwd: folder, stderr: 'pipe' });
  if (!install.success) throw new Error(`sharp for ${platform} was not installed: ${install.stderr}`);
  return modules;
}

if (import.meta.main) await main();
