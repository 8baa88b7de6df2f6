import { formatDate } from '../../lib/time.ts';

const DAY = 86_400_000;

/** Date macros (specs/pocketbase.md 1.9): from the moment of the call, in UTC. Texts in the stored layout, or integers. */
export const macros: ReadonlyMap<string, (now: number) => string | number> = new Map<
  string,
  (now: number) => string | number
>([
  ['@now', formatDate],
  ['@yesterday', (now) => formatDate(now - DAY)],
  ['@tomorrow', (now) => formatDate(now + DAY)],
  ['@todayStart', (now) => formatDate(dayStart(now))],
  ['@todayEnd', (now) => formatDate(dayStart(now) + DAY - 1)],
  ['@monthStart', (now) => formatDate(monthStart(now, 0))],
  ['@monthEnd', (now) => formatDate(monthStart(now, 1) - 1)],
  ['@yearStart', (now) => formatDate(yearStart(now, 0))],
  ['@yearEnd', (now) => formatDate(yearStart(now, 1) - 1)],
  ['@second', (now) => new Date(now).getUTCSeconds()],
  ['@minute', (now) => new Date(now).getUTCMinutes()],
  ['@hour', (now) => new Date(now).getUTCHours()],
  ['@day', (now) => new Date(now).getUTCDate()],
  ['@month', (now) => new Date(now).getUTCMonth() + 1],
  ['@weekday', (now) => new Date(now).getUTCDay()],
  ['@year', (now) => new Date(now).getUTCFullYear()],
]);

function dayStart(now: number): number {
  return Math.floor(now / DAY) * DAY;
}

function monthStart(now: number, offset: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
}

function yearStart(now: number, offset: number): number {
  return Date.UTC(new Date(now).getUTCFullYear() + offset, 0, 1);
}
