import { expect, test } from 'bun:test';
import { dirname, join, relative, resolve } from 'node:path';

/** What each folder may import; the first matching row counts. Packages are named in `packages`; the rest is a prefix below the root. */
interface Row {
  readonly folder: string;
  /** Prefixes below the root that may be imported. `$self` is the folder's own sub-folder (a driver, a dialect). */
  readonly may: readonly string[];
  /** Packages that may be imported; undefined = any. Node's own modules and Bun's are always allowed. */
  readonly packages?: readonly string[];
}

const TABLE: readonly Row[] = [
  { folder: 'src/lib', may: ['src/lib', 'package.json'] },
  { folder: 'src/http', may: ['src/http', 'src/lib'] },
  { folder: 'src/core', may: ['src/core', 'src/lib', 'drizzle/'], packages: ['drizzle-orm'] },
  {
    folder: 'src/drivers/storage',
    may: ['$self', 'src/drivers/storage/remote', 'src/core/ports', 'src/core/errors.ts', 'src/lib'],
  },
  { folder: 'src/drivers', may: ['$self', 'src/core/ports', 'src/core/errors.ts', 'src/lib'] },
  { folder: 'src/dialects/index.ts', may: ['src/dialects'], packages: [] },
  { folder: 'src/dialects/dialect.ts', may: ['src/core/index.ts'], packages: ['elysia'] },
  {
    folder: 'src/dialects/tus',
    may: ['$self', 'src/dialects/dialect.ts', 'src/core/index.ts', 'src/http', 'src/lib'],
    packages: ['elysia', '@tus/server'],
  },
  {
    folder: 'src/dialects/trailbase',
    may: ['$self', 'src/dialects/dialect.ts', 'src/core/index.ts', 'src/http', 'src/lib'],
    packages: ['elysia', 'qrcode'],
  },
  {
    folder: 'src/dialects',
    may: ['$self', 'src/dialects/dialect.ts', 'src/core/index.ts', 'src/http', 'src/lib'],
    packages: ['elysia'],
  },
  {
    folder: 'src/console',
    may: ['src/console', 'src/core/index.ts', 'src/http', 'src/lib'],
    packages: ['elysia', 'qrcode'],
  },
  { folder: 'src/cli', may: ['src', 'package.json'] },
  { folder: 'src/server', may: ['src', 'drizzle/', 'package.json'] },
  { folder: 'src/main.ts', may: ['src'] },
];

/** From `src/drivers/<kind>/<name>` or `src/dialects/<name>`: the part that `$self` stands for. */
function self(file: string): string {
  const parts = file.split('/');
  return parts.slice(0, parts[1] === 'drivers' ? 4 : 3).join('/');
}

const ROOT = resolve(import.meta.dir, '..');
const transpiler = new Bun.Transpiler({ loader: 'ts' });

async function sources(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of new Bun.Glob('src/**/*.ts').scan({ cwd: ROOT })) {
    if (!file.endsWith('.test.ts')) files.push(file);
  }
  return files.sort();
}

/** Every import of a module, type-only ones included. */
function importsOf(text: string): string[] {
  const statements = text.matchAll(/^\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]/gm);
  const found = new Set([...statements].map((match) => match[1] ?? ''));
  for (const { path } of transpiler.scanImports(text)) found.add(path);
  return [...found];
}

function breach(file: string, specifier: string): string | undefined {
  const row = TABLE.find(({ folder }) => file === folder || file.startsWith(`${folder}/`));
  if (!row) return `${file} is in no folder of the plan`;
  if (specifier.startsWith('.')) {
    const target = relative(ROOT, join(ROOT, dirname(file), specifier));
    const allowed = row.may.map((prefix) => (prefix === '$self' ? self(file) : prefix));
    const ok = allowed.some((prefix) => target === prefix || target.startsWith(prefix.replace(/\/?$/, '/')));
    return ok ? undefined : `${file} imports ${target}`;
  }
  if (/^(node|bun):|^bun$|^virtual:/.test(specifier)) return undefined;
  const name = specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : specifier.split('/')[0];
  if (row.packages && !row.packages.includes(name ?? '')) return `${file} imports the package ${name}`;
  return undefined;
}

test('every import follows the table of the architecture', async () => {
  const breaches: string[] = [];
  for (const file of await sources()) {
    const text = await Bun.file(join(ROOT, file)).text();
    for (const specifier of importsOf(text)) {
      const found = breach(file, specifier);
      if (found) breaches.push(found);
    }
  }
  expect(breaches).toEqual([]);
});

test('the table refuses what it is there to refuse', () => {
  expect(breach('src/core/records/list.ts', '../../drivers/database/sqlite/index.ts')).toBeDefined();
  expect(breach('src/core/records/list.ts', 'elysia')).toBeDefined();
  expect(breach('src/dialects/pocketbase/index.ts', '../trailbase/index.ts')).toBeDefined();
  expect(breach('src/dialects/pocketbase/index.ts', '../../core/records/records.ts')).toBeDefined();
  expect(breach('src/drivers/storage/local/index.ts', '../../images/sharp/index.ts')).toBeDefined();
  expect(breach('src/lib/id.ts', '../core/errors.ts')).toBeDefined();
});

test('core asks Drizzle only for sql and types', async () => {
  const breaches: string[] = [];
  for (const file of await sources()) {
    if (!file.startsWith('src/core/')) continue;
    const text = await Bun.file(join(ROOT, file)).text();
    for (const match of text.matchAll(/import\s+(type\s+)?\{([^}]*)\}\s+from\s+'(drizzle-orm[^']*)'/g)) {
      const [, typeOnly, names = '', module] = match;
      if (typeOnly) continue;
      const values = names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name && !name.startsWith('type '));
      if (module !== 'drizzle-orm' || values.some((name) => name !== 'sql'))
        breaches.push(`${file}: ${names.trim()}`);
    }
  }
  expect(breaches).toEqual([]);
});

test('the environment is read in one place', async () => {
  const readers: string[] = [];
  for (const file of await sources()) {
    const text = await Bun.file(join(ROOT, file)).text();
    if (/\b(process|Bun)\.env\b/.test(text)) readers.push(file);
  }
  expect(readers.filter((file) => !ENVIRONMENT_READERS.includes(file))).toEqual([]);
});

/**
 * `config.ts`, the compile-time constant that the build replaces, what workers inherit, and the loader that needs a
 * cache folder before any configuration.
 */
const ENVIRONMENT_READERS = [
  'src/server/config.ts',
  'src/lib/build-flags.ts',
  'src/server/worker-environment.ts',
  'src/drivers/images/sharp/embedded-addon.ts',
];
