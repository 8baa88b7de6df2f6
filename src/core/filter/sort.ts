import type { SortKey } from './ast.ts';
import { FilterError } from './filter-error.ts';

const MAX_KEYS = 8;
const MAX_KEY_CHARACTERS = 255;
const KEY = /^[A-Za-z_@#][\w.:]*$/;

/**
 * Reads a sort: a comma list of paths, `-` for descending, `+` or nothing for ascending (specs/pocketbase.md 1.8). Blank
 * text is no sort.
 *
 * @throws FilterError beyond 8 keys or 255 characters a key, and for keys that are no path.
 */
export function parseSort(text: string): readonly SortKey[] {
  if (text.trim() === '') return [];
  const parts = text.split(',', MAX_KEYS + 1);
  if (parts.length > MAX_KEYS) throw new FilterError(`more than ${MAX_KEYS} sort keys`, 0);
  return parts.map(parseKey);
}

function parseKey(part: string): SortKey {
  const key = part.trim();
  if (key.length > MAX_KEY_CHARACTERS) throw new FilterError('sort key too long', 0);
  const signed = key.startsWith('-') || key.startsWith('+');
  const path = signed ? key.slice(1).trim() : key;
  if (!KEY.test(path)) throw new FilterError(`invalid sort key "${key}"`, 0);
  return { path, descending: key.startsWith('-') };
}
