import { parseLossless } from '../../lib/lossless-json.ts';
import { MAX_ROW, unreadableFile } from './bounds.ts';

/** Deeper than anything that is stored; JSON is bounded everywhere. */
const MAX_DEPTH = 64;

/** Reads the values of a JSON array, or one after another, piece by piece. */
export interface JsonReader {
  /** The values that a piece of text completes. */
  push(text: string): readonly unknown[];
  /** Throws when something is not complete. */
  end(): void;
}

/** Makes a {@link JsonReader} of objects. Throws `bad_json` and `row_too_long` with the number of the value. */
export function createJsonReader(): JsonReader {
  let isArray: boolean | undefined;
  let isOver = false;
  let needsComma = false;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let parts = '';
  let count = 0;

  const bad = () => unreadableFile('bad_json', { row: count + 1 });

  function take(text: string): void {
    if (parts.length + text.length > MAX_ROW) throw unreadableFile('row_too_long', { row: count + 1 });
    parts += text;
  }

  function complete(): unknown {
    try {
      return parseLossless(parts);
    } catch {
      throw bad();
    } finally {
      count++;
      parts = '';
      needsComma = true;
    }
  }

  /** What stands between values; whether one begins. */
  function begins(char: string): boolean {
    if (/\s/.test(char)) return false;
    if (isOver) throw bad();
    if (char === '[' && isArray === undefined) isArray = true;
    else if (char === ']' && isArray) isOver = true;
    else if (char === ',' && isArray && needsComma) needsComma = false;
    else if (char === '{' && !(isArray && needsComma)) {
      isArray ??= false;
      depth = 1;
      return true;
    } else throw bad();
    return false;
  }

  /** Whether the value ends with this character. */
  function inside(char: string): boolean {
    if (escaped) escaped = false;
    else if (inString) {
      if (char === '\\') escaped = true;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      if (++depth > MAX_DEPTH) throw bad();
    } else if (char === '}' || char === ']') depth--;
    return depth === 0;
  }

  return {
    push(text) {
      const done: unknown[] = [];
      let from = 0;
      for (let at = 0; at < text.length; at++) {
        const char = text.charAt(at);
        if (depth === 0) {
          if (begins(char)) from = at;
        } else if (inside(char)) {
          take(text.slice(from, at + 1));
          done.push(complete());
        }
      }
      if (depth > 0) take(text.slice(from));
      return done;
    },
    end() {
      if (depth > 0 || (isArray && !isOver)) throw bad();
    },
  };
}
