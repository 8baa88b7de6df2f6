import type { Bindings } from '../ports/database.ts';

/** Bound values as text in which no two different ones look alike: a key for answers that depend on them. */
export function bindingsKey(bindings: Bindings): string {
  let key = '';
  for (const name in bindings) {
    const value = bindings[name];
    const text = String(value);
    key += `${typeof value} ${text.length} ${text}\n`;
  }
  return key;
}
