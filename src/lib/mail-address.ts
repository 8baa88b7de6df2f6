/**
 * Whether a text is one e-mail address and nothing else, however a mail library reads it: no list, no name, no route, no
 * comment, no quotes, no line break.
 */
export function isPlainAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s\p{C}<>()[\]\\,;:"@]+@[^\s\p{C}<>()[\]\\,;:"@]+$/u.test(text);
}

/** A text as one line of a header: control characters and line breaks of any kind become spaces. */
export function headerLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
