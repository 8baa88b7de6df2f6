/**
 * Loaded before all tests (`bunfig.toml`): what files share is closed after the last of them. Workers of `--parallel` call this
 * after each file.
 */
import { afterAll } from 'bun:test';

const works: (() => Promise<void>)[] = [];

/** Has something done once when the last test file of this process has ended, also when tests failed. */
export function atEnd(work: () => Promise<void>): void {
  works.push(work);
}

afterAll(async () => {
  await Promise.allSettled(works.splice(0).map((work) => work()));
});
