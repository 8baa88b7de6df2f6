import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** How the control channel of a running server is reached. */
export interface ControlAddress {
  /** The process that serves it. */
  readonly pid: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** 256 random bits in hex. */
  readonly token: string;
}

/**
 * Writes `control.json`, whole or not at all, for the owner of the data folder alone. Not durable: it is of no use to anybody
 * after this process, and a start need not wait for the disk.
 */
export function writeControlFile(dir: string, address: ControlAddress): void {
  const path = pathOf(dir);
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(address)}\n`);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Undefined when there is none, it cannot be read, or its process is gone. */
export function readControlFile(dir: string): ControlAddress | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(pathOf(dir), 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, url, token } = { pid: undefined, url: undefined, token: undefined, ...value };
    if (typeof pid !== 'number' || typeof url !== 'string' || typeof token !== 'string') return undefined;
    // The token goes to this machine only, whatever the file says.
    if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) return undefined;
    process.kill(pid, 0);
    return { pid, url, token };
  } catch {
    return undefined;
  }
}

/** Removes what a server left, itself or one that was killed. Called by who holds the lock of the folder. */
export function removeControlFile(dir: string): void {
  rmSync(pathOf(dir), { force: true });
}

function pathOf(dir: string): string {
  return join(dir, 'control.json');
}
