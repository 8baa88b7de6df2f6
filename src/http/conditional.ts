import { matchesStrongly, matchesWeakly } from './etag.ts';
import { parseRange } from './range.ts';

/** What is known of the representation that would be sent. */
export interface Representation {
  /** With its quotes, e.g. `"abc"` or `W/"abc"`. */
  readonly etag: string;
  /** Milliseconds since the epoch; compared in whole seconds, as HTTP dates are. */
  readonly lastModified: number;
  /** Bytes. */
  readonly size: number;
}

/** What to answer; `start`..`end` are inclusive. */
export type ConditionalAnswer =
  | { readonly status: 200 | 304 | 412 | 416 }
  | { readonly status: 206; readonly start: number; readonly end: number };

const OK: ConditionalAnswer = { status: 200 };
const NOT_MODIFIED: ConditionalAnswer = { status: 304 };
const FAILED: ConditionalAnswer = { status: 412 };
const UNSATISFIABLE: ConditionalAnswer = { status: 416 };

/**
 * Decides a GET or HEAD of an existing representation by the precedence of RFC 9110, 13.2.2: `If-Match`, else
 * `If-Unmodified-Since`; then `If-None-Match`, else `If-Modified-Since`; then `Range` with `If-Range`. For HEAD the
 * caller passes `method` and ranges are not considered. Authorisation comes before this.
 */
export function decide(
  headers: Headers,
  thing: Representation,
  method: 'GET' | 'HEAD' = 'GET',
): ConditionalAnswer {
  const ifMatch = headers.get('if-match');
  if (ifMatch !== null) {
    if (!matchesStrongly(ifMatch, thing.etag)) return FAILED;
  } else {
    const since = httpDate(headers.get('if-unmodified-since'));
    if (since !== undefined && seconds(thing.lastModified) > since) return FAILED;
  }

  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== null) {
    if (matchesWeakly(ifNoneMatch, thing.etag)) return NOT_MODIFIED;
  } else {
    const since = httpDate(headers.get('if-modified-since'));
    if (since !== undefined && seconds(thing.lastModified) <= since) return NOT_MODIFIED;
  }

  const range = method === 'GET' ? headers.get('range') : null;
  if (range === null || !isSameVersion(headers.get('if-range'), thing)) return OK;
  const answer = parseRange(range, thing.size);
  if (answer.kind === 'unsatisfiable') return UNSATISFIABLE;
  return answer.kind === 'whole' ? OK : { status: 206, start: answer.start, end: answer.end };
}

/** The `Last-Modified` form of a time in milliseconds since the epoch. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** `If-Range`: a strong tag, or exactly the modification date (RFC 9110, 13.1.5). */
function isSameVersion(value: string | null, thing: Representation): boolean {
  if (value === null) return true;
  const text = value.trim();
  if (text.startsWith('"') || text.startsWith('W/')) return text === thing.etag && !text.startsWith('W/');
  return httpDate(text) === seconds(thing.lastModified);
}

const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/** Seconds since the epoch of one of the three date forms of RFC 9110, 5.6.7; others count as absent. */
function httpDate(value: string | null): number | undefined {
  if (value === null || !HTTP_DATE.test(value)) return undefined;
  const ms = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
