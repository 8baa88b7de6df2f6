/** Every check; the last line says `N passed, N failed`. Run as `bun run ci`. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** The step prints bun's own test summary; its counts are added. */
  readonly tests?: boolean;
}

const root = join(import.meta.dir, '..');
const bun = process.execPath;
const bin = (name: string) => [bun, 'x', '--no-install', name];
/** Test files that run at a time. Some hold clocks to what they measure, so that there are no more than cores. */
const workers = availableParallelism();

/** What a group has runs side by side; the next group begins when it has ended. */
const groups: readonly (readonly Step[])[] = [
  [
    { name: 'types', command: [...bin('tsc'), '--noEmit'] },
    { name: 'format and lint', command: [...bin('biome'), 'ci', '--colors=off', '.'] },
    { name: 'unused code', command: [...bin('knip'), '--no-progress'] },
    // The tests of the binary find it new, and build none.
    { name: 'build', command: [bun, 'build.ts'] },
  ],
  [
    {
      name: 'tests',
      command: [
        ...[bun, 'test', '--timeout', '60000', `--parallel=${workers}`],
        // A worker's files share a browser.
        ...['--no-isolate', 'src', 'test'],
      ],
      tests: true,
    },
  ],
];

let passed = 0;
let failed = 0;

for (const steps of groups) {
  await Promise.all(
    steps.map(async (step) => {
      const started = performance.now();
      // Beside others, what a step says is shown in one piece.
      const { code, output } = await run(step, steps.length === 1);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const counts = step.tests ? testCounts(output) : undefined;
      passed += counts?.passed ?? (code === 0 ? 1 : 0);
      failed += counts ? counts.failed + (code !== 0 && counts.failed === 0 ? 1 : 0) : code === 0 ? 0 : 1;
      if (steps.length > 1) process.stdout.write(output);
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)`);
    }),
  );
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Runs a step, keeping its output for the counts and, when it is live, showing it as it comes. */
async function run(step: Step, isLive: boolean): Promise<{ code: number; output: string }> {
  const child = Bun.spawn([...step.command], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const parts: string[] = [];
  const gather = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      parts.push(text);
      if (isLive) process.stdout.write(text);
    }
  };
  await Promise.all([gather(child.stdout), gather(child.stderr)]);
  return { code: await child.exited, output: parts.join('') };
}

/** Bun prints ` 12 pass` and ` 0 fail` at the end. No such lines means that no test ran. */
function testCounts(output: string): { passed: number; failed: number } {
  const last = (word: string) => [...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, 'gm'))].at(-1)?.[1];
  const pass = last('pass');
  if (pass === undefined) return { passed: 0, failed: 1 };
  return { passed: Number(pass), failed: Number(last('fail') ?? 0) };
}
