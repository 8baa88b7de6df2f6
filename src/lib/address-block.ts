/**
 * What limits by address count by: an IPv4 address as it is; of an IPv6 address the first 64 bits, because one customer is
 * given at least that many addresses and could otherwise be a new caller with each request. Takes addresses without port and
 * zone; anything else comes back as it is.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + rest < 8) groups.push('0');
    if (tail !== '') groups.push(...tail.split(':'));
  }
  return `${groups.slice(0, 4).map(plain).join(':')}::/64`;
}

/** Without leading zeros, lower case. */
function plain(group: string): string {
  return group.replace(/^0+(?=.)/, '').toLowerCase();
}
