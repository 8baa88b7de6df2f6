import { type Html, html } from './html.ts';

/** Numbers and moments in somebody's language. */
export interface Format {
  number(value: number): string;
  /** Bytes in the largest unit that leaves at least one (1 kB = 1000). */
  bytes(value: number): string;
  /** A stored date, shown in the reader's own time zone where there is script, else in UTC. '' gives nothing. */
  moment(text: string): Html | undefined;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Makes {@link Format} for a language tag. */
export function createFormat(language: string): Format {
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 20 });
  const bytesOf = (unit: string) =>
    new Intl.NumberFormat(language, {
      ...{ style: 'unit', unit, maximumFractionDigits: 1 },
      unitDisplay: unit === 'byte' ? 'long' : 'short',
    });
  const dates = new Intl.DateTimeFormat(language, {
    ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' },
  });
  return {
    number: (value) => plain.format(value),
    bytes(value) {
      const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
      return bytesOf(UNITS[power] ?? 'byte').format(value / 1000 ** power);
    },
    moment(text) {
      const ms = Date.parse(text.replace(' ', 'T'));
      if (Number.isNaN(ms)) return text === '' ? undefined : html`${text}`;
      const iso = new Date(ms).toISOString();
      return html`<local-time><time datetime="${iso}" title="${iso}">${dates.format(ms)} UTC</time></local-time>`;
    },
  };
}
