import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Licence } from '../core/ports/host.ts';
import { embeddedLicences } from './embedded-licences.ts';

const checkout = resolve(import.meta.dir, '..', '..');

/** The licences of all that is part of the program, in the order of names; read anew each time. */
export async function readLicences(): Promise<readonly Licence[]> {
  if (embeddedLicences === undefined) return collectLicences(checkout);
  const stored: readonly Licence[] = await Bun.file(embeddedLicences).json();
  return stored;
}

/**
 * The licences of the packages that a checkout depends on, directly or not, as they are installed, and of Bun, which the
 * binary is made of. Throws when one that is needed is not installed.
 */
export function collectLicences(root: string): readonly Licence[] {
  const found = new Map<string, Licence>();
  const waiting = dependenciesOf(readManifest(root)).map((need) => ({ ...need, from: root }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const folder = findPackage(next.name, next.from);
    if (folder === undefined) {
      if (next.optional) continue;
      throw new Error(`the package ${next.name} is not installed`);
    }
    if (found.has(folder)) continue;
    const manifest = readManifest(folder);
    found.set(folder, {
      name: next.name,
      version: textOf(manifest, 'version'),
      licence: licenceName(manifest),
      text: licenceText(folder),
    });
    for (const need of dependenciesOf(manifest)) waiting.push({ ...need, from: folder });
  }
  const bun = { name: 'bun', version: Bun.version, licence: 'MIT', text: '' };
  return [bun, ...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Need {
  readonly name: string;
  readonly optional: boolean;
}

function dependenciesOf(manifest: object): Need[] {
  const names = (key: string) => Object.keys(fieldOf(manifest, key) ?? {});
  const optional = new Set(names('optionalDependencies'));
  const all = new Set([...names('dependencies'), ...optional]);
  // A peer that is there is used, and one that is not is asked of nobody. Some are named by their meta alone.
  const declared = [...names('peerDependencies'), ...names('peerDependenciesMeta')];
  const peers = declared.filter((name) => !all.has(name) && !isType(name));
  return [
    ...[...all].map((name) => ({ name, optional: optional.has(name) })),
    ...peers.map((name) => ({ name, optional: true })),
  ];
}

/** What only compilers read. */
function isType(name: string): boolean {
  return name.startsWith('@types/') || ['typescript', 'bun-types', 'openapi-types'].includes(name);
}

/** As programs find it: in the nearest `node_modules` upwards. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (Bun.file(join(candidate, 'package.json')).size > 0) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

function readManifest(folder: string): object {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null ? manifest : {};
}

function fieldOf(manifest: object, key: string): object | undefined {
  const value: unknown = Reflect.get(manifest, key);
  return typeof value === 'object' && value !== null ? value : undefined;
}

function textOf(manifest: object, key: string): string {
  const value: unknown = Reflect.get(manifest, key);
  return typeof value === 'string' ? value : '';
}

/** Old packages say it as an object, or as a list of them. */
function licenceName(manifest: object): string {
  const own = textOf(manifest, 'license') || textOf(fieldOf(manifest, 'license') ?? {}, 'type');
  const listed = Object.values(fieldOf(manifest, 'licenses') ?? {}).map((each: unknown) =>
    typeof each === 'object' && each !== null ? textOf(each, 'type') : '',
  );
  return own || listed.filter((name) => name !== '').join(' OR ');
}

function licenceText(folder: string): string {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  return names
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').trim())
    .join('\n\n');
}
