const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

/**
 * A `Content-Disposition` value (RFC 6266): `inline; filename=NAME` with the bare name when it is a token, quoted
 * otherwise, and `filename*=UTF-8''…` (RFC 8187) beside an ASCII stand-in when the name has other characters. Whatever
 * the name, the value is one line of ASCII: nothing in it can end the header or the parameter.
 */
export function contentDisposition(type: 'inline' | 'attachment', filename: string): string {
  if (TOKEN.test(filename)) return `${type}; filename=${filename}`;
  const clean = filename.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  const ascii = clean.replace(/[^\x20-\x7e]/gu, '_');
  const quoted = `${type}; filename="${ascii.replace(/["\\]/g, '\\$&')}"`;
  // A percent sign and two digits are decoded by some browsers even inside quotes; the extended form settles it.
  const isPlain = ascii === clean && !/%[0-9a-fA-F]{2}/.test(clean);
  return isPlain ? quoted : `${quoted}; filename*=UTF-8''${extended(clean)}`;
}

/** `attr-char` of RFC 8187 stays; `encodeURIComponent` leaves four characters that are not among them. */
function extended(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
