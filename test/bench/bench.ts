import type { DataSet } from './data-set.ts';
import type { Processes } from './processes.ts';

/** What a figure must reach, in its own unit. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the table. */
export interface Line {
  readonly name: string;
  /** Medians over the rounds, with their unit. */
  readonly dossier: string;
  /** The floor's median; '' where the figure stands for itself. */
  readonly floor: string;
  /** What is held against the target: a median of ratios, or the figure itself. */
  readonly value: number;
  /** How `value` is written. */
  readonly shown: string;
  readonly target: Target | undefined;
  readonly note?: string;
}

/** What a benchmark works with. */
export interface World {
  readonly rounds: number;
  /** Seconds of load in each half of a round. */
  readonly seconds: number;
  /** The command that runs the product. */
  readonly binary: readonly string[];
  readonly processes: Processes;
  readonly data: DataSet;
  /** A fresh name in the folder of this run, which is removed afterwards. */
  place(name: string): string;
}

/** One named benchmark. */
export interface Benchmark {
  readonly name: string;
  /** What is compared with what, in one sentence. */
  readonly about: string;
  run(world: World): AsyncGenerator<Line>;
}

/** The middle of a list; NaN of an empty one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Takes both halves of each round, one after the other, so that what slows the machine down slows both. */
export async function inPairs<A, B>(
  rounds: number,
  ours: (round: number) => Promise<A>,
  theirs: (round: number) => Promise<B>,
): Promise<{ readonly ours: readonly A[]; readonly theirs: readonly B[] }> {
  const pairs: { ours: A[]; theirs: B[] } = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    pairs.ours.push(await ours(round));
    pairs.theirs.push(await theirs(round));
  }
  return pairs;
}

/** A line that compares two lists of figures taken in pairs; the ratio is the median of the pairs' ratios. */
export function ratioLine(
  name: string,
  figures: { readonly ours: readonly number[]; readonly theirs: readonly number[] },
  show: (figure: number) => string,
  target: Target | undefined,
  note?: string,
): Line {
  const value = median(figures.ours.map((figure, at) => figure / (figures.theirs[at] ?? Number.NaN)));
  return {
    name,
    dossier: show(median(figures.ours)),
    floor: show(median(figures.theirs)),
    value,
    shown: value.toFixed(2),
    target,
    note,
  };
}

/** A line whose figure stands for itself. */
export function figureLine(
  name: string,
  value: number,
  show: (figure: number) => string,
  target: Target | undefined,
  note?: string,
): Line {
  return { name, dossier: show(value), floor: '', value, shown: '', target, note };
}

/** Requests per second. */
export function perSecond(figure: number): string {
  return figure >= 10_000 ? `${(figure / 1000).toFixed(1)} k/s` : `${figure.toFixed(0)} /s`;
}

/** Milliseconds. */
export function milliseconds(figure: number): string {
  return `${figure.toFixed(figure < 10 ? 2 : 0)} ms`;
}

/** Megabytes (10^6 bytes). */
export function megabytes(figure: number): string {
  return `${figure.toFixed(0)} MB`;
}
