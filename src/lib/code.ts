/**
 * A value as source text of JavaScript: nothing in it can end the literal that it stands in, the line, or a script element
 * around it. Objects and arrays go over lines, `indent` spaces deep. A bigint is one; what has no literal is `undefined`.
 */
export function jsLiteral(value: unknown, indent = 0): string {
  if (typeof value === 'string') return jsText(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value !== 'object') return 'undefined';
  if (Array.isArray(value)) return `[${value.map((item) => jsLiteral(item, indent)).join(', ')}]`;
  return jsObject(
    Object.entries(value).map(([key, item]) => [key, jsLiteral(item, indent + 2)]),
    indent,
  );
}

/** An object literal of members whose values are source text already. */
export function jsObject(members: readonly (readonly [string, string])[], indent = 0): string {
  if (members.length === 0) return '{}';
  const lines = members.map(([key, code]) => `${' '.repeat(indent + 2)}${jsKey(key)}: ${code},\n`);
  return `{\n${lines.join('')}${' '.repeat(indent)}}`;
}

function jsText(text: string): string {
  return JSON.stringify(text).replace(/[<\u2028\u2029]/g, unicodeEscape);
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `__proto__` in brackets is a member like any other. */
function jsKey(key: string): string {
  if (key === '__proto__') return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : jsText(key);
}

/** A text as one word of a POSIX shell, in which nothing is expanded. What no argument can hold (NUL) is left out. */
export function shellWord(text: string): string {
  const word = text.replaceAll('\0', '');
  return /^[\w./:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
