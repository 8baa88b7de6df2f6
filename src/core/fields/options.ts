import { codePointLength } from '../../lib/text.ts';
import type { Issue, IssueParam } from '../errors.ts';

/** The largest whole number that JSON carries exactly. */
export const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** Reads options of one definition; a value of another type becomes an issue `invalid_value` and the default. */
export interface OptionReader {
  text(key: string, fallback?: string): string;
  flag(key: string, fallback?: boolean): boolean;
  /** A whole number within bounds: issues `min_greater_equal_than_required`, `max_less_equal_than_required` `{ threshold }`. */
  integer(
    key: string,
    bounds?: { readonly min?: number; readonly max?: number; readonly fallback?: number },
  ): number;
  /** A number, or null when there is none. */
  numberOrNull(key: string): number | null;
  texts(key: string): readonly string[];
  /** Whether the key was sent and is not null. */
  has(key: string): boolean;
  report(path: string, code: string, params?: Readonly<Record<string, IssueParam>>): void;
  readonly issues: readonly Issue[];
}

/** Makes an {@link OptionReader}. `null` counts as not sent, as on the wire. */
export function readOptions(input: Readonly<Record<string, unknown>>): OptionReader {
  const issues: Issue[] = [];
  const get = (key: string): unknown => (Object.hasOwn(input, key) ? (input[key] ?? undefined) : undefined);

  function report(path: string, code: string, params?: Readonly<Record<string, IssueParam>>): void {
    if (issues.some((issue) => issue.path === path)) return;
    issues.push(params === undefined ? { path, code } : { path, code, params });
  }

  function typed<T>(key: string, fallback: T, is: (value: unknown) => value is T): T {
    const value = get(key);
    if (value === undefined) return fallback;
    if (is(value)) return value;
    report(key, 'invalid_value');
    return fallback;
  }

  return {
    issues,
    report,
    has: (key) => get(key) !== undefined,
    text: (key, fallback = '') => typed(key, fallback, isText),
    flag: (key, fallback = false) => typed(key, fallback, isFlag),
    integer(key, { min = 0, max = MAX_SAFE, fallback = 0 } = {}) {
      const value = typed(key, fallback, isInteger);
      if (value !== fallback || get(key) !== undefined) {
        if (value < min) report(key, 'min_greater_equal_than_required', { threshold: min });
        if (value > max) report(key, 'max_less_equal_than_required', { threshold: max });
      }
      return value;
    },
    numberOrNull(key) {
      const value = get(key);
      if (value === undefined) return null;
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      report(key, 'invalid_value');
      return null;
    },
    texts: (key) => typed(key, [], isTexts),
  };
}

/** An issue for text whose length in code points is out of `min..max`; undefined when it fits. */
export function lengthIssue(path: string, text: string, min: number, max: number): Issue | undefined {
  const length = codePointLength(text);
  if (length >= min && length <= max) return undefined;
  return { path, code: min > 0 ? 'length_out_of_range' : 'length_too_long', params: { min, max } };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
