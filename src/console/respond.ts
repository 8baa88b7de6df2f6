import { readCookie, writeCookie } from '../http/cookie.ts';
import { compress } from './compression.ts';
import type { Html } from './html.ts';
import type { Texts } from './texts/index.ts';
import type { Visitor } from './visit.ts';

/** A sentence that the next page shows once: a key of `texts.notes`. */
export type Note = keyof Texts['notes'];

/** No script but ours, nothing from elsewhere, no frame around it (SECURITY-REQUIREMENTS 8.4). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The same for a page with a file of this server in a frame, which pages of the console refuse to be in. */
export const FRAMING_POLICY = `${POLICY}; object-src 'self'; frame-src 'self'`;

/** What every answer of the console says. The address goes to no other site. */
export const SAFE_HEADERS = {
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** How {@link answerHtml} answers. */
export interface AnswerOptions {
  readonly status?: number;
  /** More headers; they take the place of those of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of `Set-Cookie`. */
  readonly cookies?: readonly string[];
  /** Who asks: a long answer is compressed for them. */
  readonly visitor?: Visitor;
}

/** Markup as an answer that nobody keeps. */
export function answerHtml(
  markup: Html,
  { status = 200, headers, cookies = [], visitor }: AnswerOptions = {},
): Response {
  const text = String(markup);
  const compressed = visitor && compress(text, visitor);
  const response = new Response(compressed ?? text, {
    status,
    headers: {
      ...SAFE_HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      vary: 'HX-Request-Type, Accept-Encoding',
      ...(compressed ? { 'content-encoding': 'gzip' } : {}),
      ...(status === 503 ? { 'retry-after': '1' } : {}),
      ...headers,
    },
  });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/**
 * Sends the browser to another page: 303, or htmx's own header where htmx asks, which would put the page into the element.
 * `location` is a path of this console. The note is shown there.
 */
export function seeOther(
  visitor: Pick<Visitor, 'isHtmx' | 'site'>,
  location: string,
  { note, cookies = [] }: { readonly note?: Note; readonly cookies?: readonly string[] } = {},
): Response {
  const response = new Response('', {
    status: visitor.isHtmx ? 200 : 303,
    headers: {
      ...SAFE_HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      [visitor.isHtmx ? 'hx-redirect' : 'location']: location,
    },
  });
  const all = note === undefined ? cookies : [...cookies, noteCookie(note, 60, isSecure(visitor.site))];
  for (const cookie of all) response.headers.append('set-cookie', cookie);
  return response;
}

/** The note that the page before left, and the cookie that forgets it. */
export function readNote({ request, site, texts }: Visitor): { text: string; cookie: string } | undefined {
  const secure = isSecure(site);
  const key = readCookie(request.headers.get('cookie'), noteName(secure));
  if (key === undefined || !isNote(texts, key)) return undefined;
  return { text: texts.notes[key], cookie: noteCookie('', 0, secure) };
}

/** Whether browsers reach the site over TLS, and so keep secure cookies. */
export function isSecure(site: string): boolean {
  return site.startsWith('https:');
}

function noteCookie(note: Note | '', maxAge: number, secure: boolean): string {
  return writeCookie(noteName(secure), note, { maxAge, sameSite: 'Strict', secure });
}

function noteName(secure: boolean): string {
  return secure ? '__Host-dossier-note' : 'dossier-note';
}

function isNote({ notes }: Texts, key: string): key is Note {
  return Object.hasOwn(notes, key);
}
