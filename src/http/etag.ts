/**
 * The entity tags of an `If-Match` or `If-None-Match` value (RFC 9110, 8.8.3), as written, weak prefix included; `*` when
 * it is the wildcard. Tags may hold commas and spaces. What is not a tag ends the list, as it may mean anything.
 */
export function parseEtags(value: string): readonly string[] | '*' {
  if (value.trim() === '*') return '*';
  const tags: string[] = [];
  const tag = /[\t ,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff ,]*")(?=[\t ]*(?:,|$))/y;
  for (let match = tag.exec(value); match; match = tag.exec(value)) tags.push(match[1] ?? '');
  return tags;
}

/** Weak comparison, for `If-None-Match`: the same opaque tag, weak or not. */
export function matchesWeakly(value: string, etag: string): boolean {
  // Most clients send back exactly the one tag they got.
  if (value === etag) return true;
  const tags = parseEtags(value);
  return tags === '*' || tags.some((tag) => opaque(tag) === opaque(etag));
}

/** Strong comparison, for `If-Match` and `If-Range`: identical and both strong. */
export function matchesStrongly(value: string, etag: string): boolean {
  const tags = parseEtags(value);
  return tags === '*' || (!etag.startsWith('W/') && tags.includes(etag));
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
