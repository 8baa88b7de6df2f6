import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;

/** Finds who asks, by the connection's address and the headers. */
export type ClientIp = (peer: string, headers: Headers) => string;

/** Which forwarded headers to believe, and from whom. */
export interface TrustedProxies {
  /** Addresses and CIDR ranges of proxies, e.g. `10.0.0.0/8`, `::1`. Empty: forwarded headers never count. */
  readonly proxies: readonly string[];
  /** The header the proxies set. Default `x-forwarded-for`. */
  readonly header?: string;
}

/**
 * Makes a {@link ClientIp} (SECURITY-REQUIREMENTS 7.3). The header is read only when the peer is a trusted proxy, from the
 * right: each trusted address on the way is skipped, and the first other one is the client. What stands further left was
 * written by the client itself. An entry that is not an address ends the walk at the last address known.
 *
 * Addresses come back normalised: IPv4-mapped IPv6 as IPv4, IPv6 shortened, no port, no zone. A peer that is not an
 * address (a Unix socket) comes back as it is. Throws RangeError for a proxy that is neither address nor range.
 */
export function createClientIp(trusted: TrustedProxies): ClientIp {
  const ranges = trusted.proxies.map(parseRange);
  const header = trusted.header ?? 'x-forwarded-for';

  const isTrusted = (address: Address) =>
    ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));

  return (peer, headers) => {
    // Most servers have no proxy, and most peers are plain IPv4.
    if (ranges.length === 0 && /^[\d.]+$/.test(peer)) return peer;
    let client = parseAddress(peer);
    if (client === undefined) return peer;
    if (ranges.length > 0 && isTrusted(client)) {
      for (const hop of (headers.get(header) ?? '').split(',').reverse()) {
        const address = parseAddress(hop);
        if (address === undefined) break;
        client = address;
        if (!isTrusted(address)) break;
      }
    }
    return client.toString();
  };
}

function parseRange(text: string): [Address, number] {
  const [base = '', bits, ...more] = text.trim().split('/');
  const address = parseAddress(base);
  const max = address?.kind() === 'ipv6' ? 128 : 32;
  const isMapped = /^::ffff:/i.test(base);
  const length = bits === undefined ? max : isMapped ? Number(bits) - 96 : Number(bits);
  if (address === undefined || more.length > 0 || !/^\d+$/.test(bits ?? '0') || length < 0 || length > max) {
    throw new RangeError(`not an address or a range: ${text}`);
  }
  return [address, length];
}

/** `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]:80`; forms that only C libraries read (`0x7f.1`, `010.1.1.1`) are refused. */
function parseAddress(text: string): Address | undefined {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%[\w.-]+$/, '');
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined;
  return ipaddr.process(bare);
}
