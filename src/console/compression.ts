import type { Visitor } from './visit.ts';

/** Characters of shorter answers are not worth a packet less. */
const SHORTEST = 4000;

/**
 * Markup as gzip, at its cheapest level; undefined where it goes out as it is.
 *
 * What is compressed tells by its length whether a text of the address is in the page, too: who could have a browser ask for pages
 * and see how long the answers are would find out secrets in them, letter by letter (BREACH). So only what our own pages or the
 * reader themselves ask for is compressed. Browsers say so to secure sites alone; on others, whoever sees lengths sees all.
 */
export function compress(markup: string, { request, site }: Visitor): Uint8Array<ArrayBuffer> | undefined {
  const { headers } = request;
  const from = headers.get('sec-fetch-site');
  const isOurs = from === null ? !site.startsWith('https:') : from === 'same-origin' || from === 'none';
  if (!isOurs || markup.length < SHORTEST) return undefined;
  if (!takesGzip(headers.get('accept-encoding') ?? '')) return undefined;
  return Bun.gzipSync(markup, { level: 1 });
}

/** Whether an `Accept-Encoding` names gzip, and not to refuse it. */
export function takesGzip(accepted: string): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(accepted);
}
