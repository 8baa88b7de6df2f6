import { resolve } from 'node:path';
import { COMPILED } from '../lib/build-flags.ts';

/**
 * The command that starts this same program as the worker called `name` (a name of workers.ts): the binary itself,
 * or, from source, the running bun with `src/main.ts`.
 */
export function workerCommand(name: string): readonly string[] {
  const program = COMPILED
    ? [process.execPath]
    : [process.execPath, resolve(import.meta.dir, '..', 'main.ts')];
  return [...program, '__worker', name];
}
