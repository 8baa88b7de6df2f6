/** Loaded before all tests (`bunfig.toml`): what files share is closed once, after the last of them. */
import { afterAll } from 'bun:test';

const works: (() => Promise<void>)[] = [];

/** Has something done when the last test file of this process has ended, also when tests failed. */
export function atEnd(work: () => Promise<void>): void {
  works.push(work);
}

afterAll(async () => {
  await Promise.allSettled(works.map((work) => work()));
});
