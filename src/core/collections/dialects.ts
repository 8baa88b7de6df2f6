import type { Issue } from '../errors.ts';
import type { Collection } from './collection.ts';

type Kept = Collection['dialects'];

/** Characters of JSON text that one dialect may keep with a collection. */
const MAX_SIZE = 200_000;

/**
 * What dialects keep with a collection after an input: each value replaces its dialect's, null removes it, all others stay.
 * Issues are at `dialects` and `dialects.<name>`: `invalid_value`, `match_invalid` for a name, `size_limit` `{ max }`.
 */
export function readDialects(sent: unknown, before: Kept, issues: Issue[]): Kept {
  if (sent === undefined || sent === null) return before;
  if (typeof sent !== 'object' || Array.isArray(sent)) {
    issues.push({ path: 'dialects', code: 'invalid_value' });
    return before;
  }
  const kept = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(sent)) {
    const read = readValue(name, value);
    if ('issue' in read) issues.push(read.issue);
    else if (read.value === null) kept.delete(name);
    else kept.set(name, read.value);
  }
  return Object.fromEntries(kept);
}

/** A copy that is plain JSON, so that nothing the caller holds on to can change a definition. */
function readValue(name: string, value: unknown): { readonly value: unknown } | { readonly issue: Issue } {
  const path = `dialects.${name}`;
  if (!/^[a-z][a-z0-9]{0,31}$/.test(name)) return { issue: { path: 'dialects', code: 'match_invalid' } };
  const text = printed(value);
  if (text === undefined) return { issue: { path, code: 'invalid_value' } };
  if (text.length > MAX_SIZE) return { issue: { path, code: 'size_limit', params: { max: MAX_SIZE } } };
  return { value: JSON.parse(text) };
}

/** Undefined for what is no JSON. */
function printed(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
