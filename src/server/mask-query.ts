/** Words in the name of a query parameter whose value must not reach a log. */
const secretName =
  /token|password|passwd|secret|credential|signature|auth|otp|^(?:code|key|api_?key|sig|state)$/i;

/** Quick test, so that most queries are not taken apart. Escaped names are, because they may spell anything. */
const suspicious = /token|passw|secret|credential|sig|auth|otp|code|key|state|%[0-9a-f]{2}[^&]*=/i;

/** A signed token as part of a path: the links of mails have one, and it is good until somebody followed them. */
const signedToken = /\/eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/**
 * The path and query with the values of secret parameters replaced by `***` (SECURITY-REQUIREMENTS 4.5): file tokens,
 * passwords, one-time codes, signatures. Of a path only signed tokens are.
 */
export function maskQuery(whole: string): string {
  const pathAndQuery = whole.includes('/eyJ') ? whole.replace(signedToken, '/***') : whole;
  const start = pathAndQuery.indexOf('?');
  if (start < 0 || !suspicious.test(pathAndQuery.slice(start))) return pathAndQuery;
  const masked = pathAndQuery
    .slice(start + 1)
    .split('&')
    .map((part) => {
      const name = part.slice(0, Math.max(part.indexOf('='), 0));
      return name !== '' && secretName.test(decode(name)) ? `${name}=***` : part;
    });
  return `${pathAndQuery.slice(0, start + 1)}${masked.join('&')}`;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).trim();
  } catch {
    return name;
  }
}
