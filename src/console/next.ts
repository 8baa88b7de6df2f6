/**
 * Where a login leads: a path of the console, with its query, or its start for anything else. Nothing that a browser could
 * take for another site, and not the login again.
 */
export function safeNext(text: string): string {
  const base = 'http://localhost';
  if (!text.startsWith('/_/') || /[\\\u0000-\u001f]/.test(text) || !URL.canParse(text, base)) return '/_/';
  const { origin, pathname, search } = new URL(text, base);
  const isOurs = origin === base && pathname.startsWith('/_/') && !pathname.startsWith('/_/log');
  return isOurs ? pathname + search : '/_/';
}
