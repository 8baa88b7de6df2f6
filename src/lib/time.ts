/** The one layout in which dates are stored and shown: `YYYY-MM-DD HH:MM:SS.mmmZ`, UTC. */
export type DateText = string;

const CANONICAL = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?(?: ?(Z|[+-]\d\d(?::?\d\d)?))?(?: ([A-Z]{3,5}|[+-]\d\d(?:\d\d)?))?(?: m=[+-][\d.]+)?)?$/;
/** RFC 1123, 822 and 850 and `02 Jan 2006`: day first. */
const DAY_FIRST =
  /^(?:[A-Z][a-z]{2,8}, )?(\d{1,2})[ -]([A-Z][a-z]{2})[ -](\d{4}|\d\d)(?: (\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(?: ([A-Z]{1,5}|[+-]\d{4}))?)?$/;
/** ANSI C, Unix `date` and Ruby: month first, year last. */
const MONTH_FIRST =
  /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?: ([A-Z]{3,5}|[+-]\d{4}))? (\d{4})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const YEAR_1 = -62_135_596_800_000;
const YEAR_10000 = 253_402_300_800_000;

/** A moment in the stored layout. `ms` is milliseconds since the epoch, within years 1..9999, else `''`. */
export function formatDate(ms: number): DateText {
  // The first instant of year 1 is the "no date" of the wire's origin, which prints as empty text.
  if (!(ms > YEAR_1 && ms < YEAR_10000)) return '';
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11)}`;
}

/**
 * Normalises a date from outside to the stored layout; what cannot be read becomes `''`, never an error.
 *
 * Accepts text as ISO 8601 / RFC 3339 (T or space, seconds and fractions optional, offset optional), date only, RFC
 * 1123, 822, 850 (HTTP, mail), ANSI C, Unix and Ruby layouts; whole numbers as Unix seconds; and `Date`. Text without a
 * zone is UTC, and so is a zone abbreviation, whose offset is not knowable. Fractions beyond milliseconds are cut.
 */
export function parseDate(value: unknown): DateText {
  if (typeof value === 'string') return parseText(value);
  if (typeof value === 'number') return Number.isInteger(value) ? formatDate(value * 1000) : '';
  if (typeof value === 'bigint') return formatDate(Number(value) * 1000);
  if (value instanceof Date) return formatDate(value.getTime());
  return '';
}

function parseText(text: string): DateText {
  if (text.length < 10 || text.length > 80) return '';
  const ms = parseIso(text) ?? parseDayFirst(text) ?? parseMonthFirst(text);
  if (ms === undefined) return '';
  return text.length === 24 && ms > YEAR_1 && CANONICAL.test(text) ? text : formatDate(ms);
}

function parseIso(text: string): number | undefined {
  const m = ISO.exec(text);
  if (!m) return undefined;
  return moment(m[1], Number(m[2]), m[3], m[4], m[5], m[6], m[7], m[8] ?? m[9]);
}

function parseDayFirst(text: string): number | undefined {
  const m = DAY_FIRST.exec(text);
  if (!m) return undefined;
  return moment(fullYear(m[3] ?? ''), monthNumber(m[2]), m[1], m[4], m[5], m[6], m[7], m[8]);
}

function parseMonthFirst(text: string): number | undefined {
  const m = MONTH_FIRST.exec(text);
  if (!m) return undefined;
  return moment(m[8], monthNumber(m[1]), m[2], m[3], m[4], m[5], m[6], m[7]);
}

function monthNumber(name: string | undefined): number {
  return MONTHS.indexOf(name ?? '') + 1;
}

/** Two-digit years: 69..99 are of the twentieth century, as POSIX has it. */
function fullYear(year: string): string {
  if (year.length !== 2) return year;
  return Number(year) >= 69 ? `19${year}` : `20${year}`;
}

function moment(
  yearText: string | undefined,
  month: number,
  dayText: string | undefined,
  hourText = '0',
  minuteText = '0',
  secondText = '0',
  fraction = '',
  zone = 'Z',
): number | undefined {
  const year = Number(yearText);
  const day = Number(dayText);
  const hour = Number(hourText);
  const minute = Number(minuteText);
  const second = Number(secondText);
  const offset = offsetMinutes(zone);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Number(fraction.slice(0, 3).padEnd(3, '0')));
  return date.getTime() - offset * 60_000;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function offsetMinutes(zone: string): number | undefined {
  const sign = zone[0] === '+' ? 1 : zone[0] === '-' ? -1 : 0;
  if (sign === 0) return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  return hours <= 24 && minutes <= 59 ? sign * (hours * 60 + minutes) : undefined;
}
