/**
 * Turns English text into snake case: camel humps and runs of characters outside `[A-Za-z0-9]` become one `_`, letters
 * become small, abbreviations stay whole (`myTestDB` → `my_test_db`). The result matches `^[a-z0-9_]*$`.
 */
export function snakeCase(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/(?<=[^A-Z])[A-Z]/g, '_$&'))
    .join('_')
    .toLowerCase();
}

/** A message as a sentence: trimmed, first letter upper case, a final `.` unless it ends in `.`, `?` or `!`. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const whole = upperFirst(trimmed);
  return /[.?!]$/.test(whole) ? whole : `${whole}.`;
}

/** Text of a line for people: what would move the cursor, end the line or turn the reading direction is escaped. */
export function visible(text: string): string {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)
    ? text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
    : text;
}

/** The text with its first character (code point) in upper case. */
export function upperFirst(text: string): string {
  const first = text.codePointAt(0);
  if (first === undefined) return '';
  const head = String.fromCodePoint(first);
  return head.toUpperCase() + text.slice(head.length);
}

/** Length in Unicode code points; a lone surrogate counts as one. */
export function codePointLength(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) {
      pairs++;
      i++;
    }
  }
  return text.length - pairs;
}

/** The first `max` code points of the text. */
export function truncateCodePoints(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = 0;
  for (let count = 0; count < max && end < text.length; count++) {
    end += isHigh(text.charCodeAt(end)) && isLow(text.charCodeAt(end + 1)) ? 2 : 1;
  }
  return text.slice(0, end);
}

/** The longest start of the text that takes at most `max` bytes as UTF-8 and cuts no character in two. */
export function truncateBytes(text: string, max: number): string {
  if (text.length * 3 <= max) return text;
  let bytes = 0;
  let end = 0;
  while (end < text.length) {
    const code = text.codePointAt(end) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > max) break;
    end += code > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
