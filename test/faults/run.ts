import { type FaultHarness, type FaultReport, testSeed } from '../support/fault-harness.ts';
import { harnesses } from './harnesses.ts';

// `bun run faults [--minutes N] [--only TEXT]`: the long form of every harness, and a table of what came of it.

const seed = testSeed();
const minutes = Number(option('--minutes') ?? 12);
const only = option('--only') ?? '';
const chosen = harnesses.filter(({ name, driver }) => `${name} ${driver}`.includes(only));
if (!(minutes > 0) || chosen.length === 0) {
  console.error('usage: bun run faults [--minutes N] [--only PART_OF_NAME_OR_DRIVER]');
  process.exit(2);
}

const rows: string[][] = [];
let violations = 0;
console.log(`seed ${seed} (DOSSIER_TEST_SEED repeats it), about ${minutes} minutes`);
const shares = chosen.reduce((sum, { share = 1 }) => sum + share, 0);
for (const harness of chosen) {
  const reason = await harness.unavailable?.();
  if (reason !== undefined) {
    console.log(`${harness.name}, ${harness.driver}: not run: ${reason}`);
    rows.push([harness.name, harness.driver, '-', '-', 'not run', '-']);
    continue;
  }
  const started = performance.now();
  const report = await run(harness, (minutes * 60 * (harness.share ?? 1)) / shares);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  violations += report.violations.length;
  console.log(`${harness.name}, ${harness.driver}: ${report.cycles} cycles in ${seconds} s`);
  for (const violation of report.violations) console.log(`  VIOLATION ${violation}`);
  const counts = [report.cycles, report.acknowledged, report.violations.length].map(String);
  rows.push([harness.name, harness.driver, ...counts, seconds]);
}
console.log(`\n${table(rows)}\nseed ${seed}; ${violations} violations`);
process.exit(violations === 0 ? 0 : 1);

/** A harness that cannot work has shown nothing: that counts as a violation. */
async function run(harness: FaultHarness, seconds: number): Promise<FaultReport> {
  try {
    return await harness.run({ form: 'long', seconds, seed });
  } catch (error) {
    return { cycles: 0, acknowledged: 0, violations: [`the harness failed: ${String(error)}`] };
  }
}

function table(body: readonly (readonly string[])[]): string {
  const all = [['harness', 'driver', 'cycles', 'acknowledged', 'violations', 'seconds'], ...body];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd();
  const [head = [], ...rest] = all;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('-|-'), ...rest.map(line)].join('\n');
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
