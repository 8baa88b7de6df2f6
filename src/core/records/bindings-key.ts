import type { Bindings } from '../ports/database.ts';

/** Longer keys are not made: callers choose the values, and what is kept under them must not fill the memory. */
const MAX_LENGTH = 300;

/**
 * Bound values as text in which no two different ones look alike: a key for answers that depend on them. Undefined when it
 * would be long; such an answer is not kept.
 */
export function bindingsKey(bindings: Bindings): string | undefined {
  let key = '';
  for (const name in bindings) {
    const value = bindings[name];
    // Before anything is copied: a bound body may have megabytes.
    if (typeof value === 'object' && value !== null) return undefined;
    if (typeof value === 'string' && value.length > MAX_LENGTH) return undefined;
    const text = String(value);
    key += `${typeof value} ${text.length} ${text}\n`;
  }
  return key.length > MAX_LENGTH ? undefined : key;
}
