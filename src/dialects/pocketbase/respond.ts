import { jsonBody } from '../../http/json.ts';
import { pickFields } from './fields-picker.ts';

/**
 * On every response of this dialect (specs/pocketbase.md 1.1); file downloads drop `X-Frame-Options`, which stands below. The
 * server around the dialect narrows the origins where a list of them is configured.
 */
export const COMMON_HEADERS = {
  'access-control-allow-origin': '*',
  vary: 'Origin',
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '1; mode=block',
} as const;

const FILE_CACHE = 'max-age=2592000, stale-while-revalidate=86400';

/** Copying a `Headers` costs half of what reading an object anew does. */
const JSON_HEADERS = new Headers({
  'content-type': 'application/json',
  ...COMMON_HEADERS,
  'x-frame-options': 'SAMEORIGIN',
});

/**
 * A JSON answer. `fields` is the picker of the query (1.6); it applies to successes only, and one that cannot be read
 * gives an empty body, as the original does.
 */
export function json(value: unknown, status = 200, fields?: string): Response {
  if (fields === undefined || fields === '') {
    return new Response(jsonBody(value), { status, headers: JSON_HEADERS });
  }
  const picked = pickFields(value, fields);
  return new Response(picked.ok ? jsonBody(picked.value) : '', { status, headers: JSON_HEADERS });
}

/** The Cache-Control of a file, whose name never means other bytes; shared caches keep only what anyone may read. */
export function fileCache(isPrivate: boolean): string {
  return isPrivate ? `private, ${FILE_CACHE}` : FILE_CACHE;
}

/** 204. */
export function noContent(): Response {
  return new Response(null, { status: 204, headers: { ...COMMON_HEADERS, 'x-frame-options': 'SAMEORIGIN' } });
}
