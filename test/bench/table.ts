import type { Line, Target } from './bench.ts';

const widths = [42, 12, 12, 7, 9] as const;

/** The names of the columns. */
export function tableHead(): string {
  return `${row(['benchmark', 'dossier', 'floor', 'ratio', 'target'])}  \n${'-'.repeat(92)}`;
}

/** One line: a mark says whether the target is met. */
export function tableLine({ name, dossier, floor, value, shown, target, note }: Line): string {
  const mark = target === undefined ? '' : isMet(value, target) ? 'met' : 'MISSED';
  const text = `${row([name, dossier, floor, shown, target === undefined ? '' : targetText(target)])}  ${mark}`;
  return note === undefined ? text : `${text.padEnd(92)}  ${note}`;
}

function isMet(value: number, target: Target): boolean {
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

function targetText(target: Target): string {
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at] ?? 0)))
    .join(' ');
}
