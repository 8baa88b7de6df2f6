import { type Html, html } from '../html.ts';

/** A stretch of a {@link barChart}. */
export interface Bar {
  readonly value: number;
  /** How much of the value is bad; it is drawn in another colour from the bottom. */
  readonly bad: number;
  /** What it stands for, in words. */
  readonly title: string;
}

const HEIGHT = 100;
const STEP = 10;

/** Bars side by side, as a picture that needs no script. `label` tells those who do not see it what it shows. */
export function barChart(bars: readonly Bar[], label: string): Html {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = Math.max(1, bars.length) * STEP;
  return html`<svg class="chart" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${bars.map(
    ({ value, bad, title }, index) =>
      html`<g><title>${title}</title><rect class="chart-ground" x="${index * STEP}" y="0" width="${STEP}" height="${HEIGHT}"/>${rect(index, value, most, 'chart-bar')}${rect(index, bad, most, 'chart-bad')}</g>`,
  )}</svg>`;
}

/** How large a part of a whole is: a line of that length. It stands beside the number in words. */
export function shareBar(part: number, whole: number): Html {
  const percent = whole > 0 ? Math.min(100, (part / whole) * 100) : 0;
  return html`<svg class="share" aria-hidden="true" focusable="false"><rect class="chart-bar" width="${percent.toFixed(2)}%" height="100%"/></svg>`;
}

/** Whatever is there is at least to be seen. */
function rect(index: number, value: number, most: number, name: string): Html | undefined {
  if (value <= 0) return undefined;
  const height = Math.max(2, (value / most) * HEIGHT);
  return html`<rect class="${name}" x="${index * STEP + 1}" y="${(HEIGHT - height).toFixed(1)}" width="${STEP - 2}" height="${height.toFixed(1)}"/>`;
}
