const TOKEN = "[!#$%&'*+.^_`|~\\w-]+";
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?: *; *${TOKEN}=(?:${TOKEN}|"[\\w .:+-]*"))*$`);
const MAX_LENGTH = 255;

/**
 * A media type as somebody claims it, safe to be written into a header: lower case but for its parameters, at most 255
 * characters. '' for anything that does not look like one (RFC 9110, 8.3.1).
 */
export function cleanMediaType(claimed: string): string {
  const text = claimed.trim();
  if (text.length > MAX_LENGTH || !MEDIA_TYPE.test(text)) return '';
  const bare = bareMediaType(text);
  return bare + text.slice(bare.length);
}

/** The type without its parameters, lower case. */
export function bareMediaType(type: string): string {
  const semicolon = type.indexOf(';');
  return (semicolon === -1 ? type : type.slice(0, semicolon)).trim().toLowerCase();
}
