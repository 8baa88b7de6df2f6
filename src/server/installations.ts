import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ids that the database of a data folder has had: a restored backup brings its own. The newest last. */
export function readInstallations(dir: string): readonly string[] {
  try {
    return readFileSync(pathOf(dir), 'utf8')
      .split('\n')
      .filter((id) => id !== '');
  } catch {
    return [];
  }
}

/** Adds an id. Throws when the folder cannot be written. */
export function addInstallation(dir: string, id: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  appendFileSync(pathOf(dir), `${id}\n`, { mode: 0o600 });
}

function pathOf(dir: string): string {
  return join(dir, 'installations');
}
