import { stringifyJson } from '../../http/json.ts';

/**
 * On every answer of this dialect (specs/trailbase.md 1). The server around the dialect narrows the origins where a list of
 * them is configured, and answers preflights.
 */
export const COMMON_HEADERS = {
  'access-control-allow-origin': '*',
  vary: 'Origin',
  'x-content-type-options': 'nosniff',
} as const;

/** Copying a `Headers` costs half of what reading an object anew does. */
const JSON_HEADERS = new Headers({ 'content-type': 'application/json', ...COMMON_HEADERS });
const TEXT_HEADERS = new Headers({ 'content-type': 'text/plain; charset=utf-8', ...COMMON_HEADERS });
const BARE_HEADERS = new Headers(COMMON_HEADERS);

/** A JSON answer; integers keep all their digits. */
export function jsonAnswer(value: unknown, status = 200): Response {
  return new Response(stringifyJson(value) ?? 'null', { status, headers: JSON_HEADERS });
}

/** An answer of plain text. */
export function textAnswer(text: string, status = 200): Response {
  return new Response(text, { status, headers: TEXT_HEADERS });
}

/** An answer without a body. */
export function emptyAnswer(status = 200): Response {
  return new Response(null, { status, headers: BARE_HEADERS });
}

/** 303 to a place that was checked before (specs/trailbase.md 12). */
export function redirectAnswer(location: string): Response {
  return new Response(null, { status: 303, headers: { ...COMMON_HEADERS, location } });
}
