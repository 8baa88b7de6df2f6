import ipaddr from 'ipaddr.js';
import type { AddressRange } from './config-values.ts';

/**
 * The address of a client: the peer's, or behind trusted proxies the last address of `X-Forwarded-For` that is not one of
 * them. Whoever is not a trusted proxy can write into that header what they like: it is not read then
 * (SECURITY-REQUIREMENTS 7.3). IPv4-mapped addresses come in IPv4 form; '' when nothing is known.
 */
export function clientAddress(
  peer: string,
  forwardedFor: () => string | null,
  trusted: readonly AddressRange[],
): string {
  const direct = normalise(peer);
  if (trusted.length === 0 || !isTrusted(direct, trusted)) return direct;
  const hops = (forwardedFor() ?? '').split(',').map((hop) => normalise(hop.trim()));
  return hops.findLast((hop) => !isTrusted(hop, trusted)) || direct;
}

/** '' for what is no address. */
function normalise(address: string): string {
  if (/^[\d.]+$/.test(address)) return ipaddr.IPv4.isValidFourPartDecimal(address) ? address : '';
  if (!ipaddr.isValid(address)) return '';
  return ipaddr.process(address).toString();
}

function isTrusted(address: string, trusted: readonly AddressRange[]): boolean {
  if (address === '') return false;
  const parsed = ipaddr.process(address);
  return trusted.some((range) => parsed.kind() === range[0].kind() && parsed.match(range));
}
