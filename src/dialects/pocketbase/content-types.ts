/** Types by extension that content alone does not tell (specs/pocketbase.md 7.1). */
const BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['svg', 'image/svg+xml'],
  ['css', 'text/css'],
  ['js', 'text/javascript'],
  ['mjs', 'text/javascript'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
]);

/** What a browser may show in place; by the sniffed type, never by name. */
const INLINE: ReadonlySet<string> = new Set([
  ...['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'x-icon', 'bmp'].map((name) => `image/${name}`),
  ...['webm', 'mp4', '3gpp', 'quicktime', 'x-ms-wmv'].map((name) => `video/${name}`),
  ...['basic', 'aiff', 'mpeg', 'midi', 'mp3', 'wave', 'wav', 'x-wav', 'x-mpeg', 'x-m4a', 'aac'].map(
    (name) => `audio/${name}`,
  ),
  'application/pdf',
  'application/x-pdf',
]);

/**
 * The Content-Type of a download. Text types say their charset (SECURITY-REQUIREMENTS 4.1). The name decides only what the
 * content leaves open: a picture that is called `x.js` or `x.svg` stays a picture, since what is shown in place must not
 * become something that runs.
 */
export function contentType(sniffed: string, name: string): string {
  if (isInline(sniffed)) return sniffed;
  const dot = name.lastIndexOf('.');
  const byName = dot < 0 ? undefined : BY_EXTENSION.get(name.slice(dot + 1).toLowerCase());
  const type = byName ?? (sniffed === '' ? 'application/octet-stream' : sniffed);
  return type.startsWith('text/') && !type.includes('charset') ? `${type}; charset=utf-8` : type;
}

/** Whether a file of this sniffed type may be shown in place. */
export function isInline(sniffed: string): boolean {
  return INLINE.has(sniffed);
}
