/** What an archive holds: `manifest.json`, `data.db` and `files/<key>` for each live object. */
export const MANIFEST = 'manifest.json';
export const DATABASE = 'data.db';
export const FILES = 'files/';

/** Storage keys as they may stand in an archive: no empty, `.` or `..` segment, nothing a file system could misread. */
export const OBJECT_KEY = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[a-z0-9_.-]+(?:\/[a-z0-9_.-]+)*$/;

/** The first entry of an archive; refuses foreign or future archives before anything else is read. */
export interface Manifest {
  readonly format: 'dossier-backup';
  readonly version: 1;
  /** ISO 8601. */
  readonly created: string;
  /** The version of the product that took it; old ones did not say. */
  readonly by?: string;
  /** Keys of live objects that it does not hold, because they were damaged when it was taken. Left out when there are none. */
  readonly missing?: readonly string[];
}

/** Reads a manifest; throws with one sentence. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('manifest.json is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw new Error('manifest.json is not an object');
  const { format, version, created, missing, by } = value as Record<string, unknown>;
  if (format !== 'dossier-backup') throw new Error('it is not a backup of Dossier');
  if (version !== 1) throw new Error(`its format ${String(version)} is not known to this version`);
  const known = { format, version, created: String(created), ...(typeof by === 'string' && { by }) } as const;
  if (missing === undefined) return known;
  if (!Array.isArray(missing)) throw new Error('manifest.json has no list of what is missing');
  return { ...known, missing: missing.map(String) };
}
