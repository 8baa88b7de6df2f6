import { type Place, SqlProblem, shown } from '../sql/problem.ts';
import { endOfLine } from '../sql/tokens.ts';

/** A value of a message: text, a number or a name as written, or a message. */
export type ProtoValue =
  | { readonly kind: 'text' | 'scalar'; readonly at: Place; readonly text: string }
  | { readonly kind: 'message'; readonly at: Place; readonly message: ProtoMessage };

/** A message: the values of each key, in order. Repeated keys and lists are the same. */
export interface ProtoMessage {
  readonly fields: ReadonlyMap<string, readonly ProtoValue[]>;
}

/** UTF-16 units of a text, and how deep messages nest. */
const MAX_TEXT = 1024 * 1024;
const MAX_DEPTH = 16;
const SPACE = /(?:[ \t\r\n,;]+|#[^\n]*)+/y;
/** Between adjacent texts, which are one; those of a list have a comma between them. */
const GAP = /(?:[ \t\r\n]+|#[^\n]*)+/y;
const NAME = /[A-Za-z_][\w]*/y;
const SCALAR = /-?[\w.+-]+/y;
const PLAIN = /[^"'\\\n]+/y;
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' },
  ...{ '"': '"', "'": "'", '\\': '\\', '?': '?' },
};

/**
 * Reads protobuf's text format (specs/trailbase.md 14): `key: value`, messages in braces or angle brackets with or without a
 * colon, lists, C escapes in texts, adjacent texts, and `#` comments.
 *
 * @throws SqlProblem, and nothing else
 */
export function readTextproto(text: string): ProtoMessage {
  if (text.length > MAX_TEXT)
    throw new SqlProblem({ line: 1, column: 1 }, `the configuration is longer than ${MAX_TEXT} characters.`);
  return new Reader(text).message(undefined, 0);
}

class Reader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #lineEnd: number;

  constructor(text: string) {
    this.#text = text;
    this.#lineEnd = endOfLine(text, 0);
  }

  message(close: string | undefined, depth: number): ProtoMessage {
    if (depth > MAX_DEPTH) throw this.#problem(`messages are nested more than ${MAX_DEPTH} deep.`);
    const fields = new Map<string, ProtoValue[]>();
    for (;;) {
      this.#match(SPACE);
      const char = this.#text[this.#at];
      if (char === close) {
        if (char !== undefined) this.#at++;
        return { fields };
      }
      if (char === undefined) throw this.#problem(`the text ends where ${shown(close ?? '')} is expected.`);
      const key = this.#match(NAME);
      if (key === undefined) throw this.#problem(`a key is expected, not ${shown(char)}.`);
      const known = fields.get(key);
      if (known === undefined) fields.set(key, [...this.#values(depth)]);
      else for (const value of this.#values(depth)) known.push(value);
    }
  }

  #values(depth: number): readonly ProtoValue[] {
    this.#match(SPACE);
    const hasColon = this.#text[this.#at] === ':';
    if (hasColon) this.#at++;
    this.#match(SPACE);
    if (this.#text[this.#at] === '[') return this.#list(depth);
    const value = this.#value(depth);
    if (!hasColon && value.kind !== 'message')
      throw new SqlProblem(value.at, 'a colon is expected after the key.');
    return [value];
  }

  #list(depth: number): readonly ProtoValue[] {
    this.#at++;
    const values: ProtoValue[] = [];
    for (;;) {
      this.#match(SPACE);
      if (this.#text[this.#at] === ']') {
        this.#at++;
        return values;
      }
      values.push(this.#value(depth));
    }
  }

  #value(depth: number): ProtoValue {
    const at = this.#place();
    const char = this.#text[this.#at];
    if (char === '{' || char === '<') {
      this.#at++;
      return { kind: 'message', at, message: this.message(char === '{' ? '}' : '>', depth + 1) };
    }
    if (char === '"' || char === "'") return { kind: 'text', at, text: this.#texts() };
    const scalar = this.#match(SCALAR);
    if (scalar === undefined) throw this.#problem('a value is expected here.');
    return { kind: 'scalar', at, text: scalar };
  }

  /** Adjacent texts are one. Escapes may give bytes, which are UTF-8 together. */
  #texts(): string {
    const parts: Buffer[] = [];
    for (;;) {
      const quote = this.#text[this.#at];
      if (quote !== '"' && quote !== "'") break;
      this.#at++;
      this.#quoted(quote, parts);
      this.#match(GAP);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  #quoted(quote: string, parts: Buffer[]): void {
    for (;;) {
      const plain = this.#match(PLAIN);
      if (plain !== undefined) parts.push(Buffer.from(plain));
      const char = this.#text[this.#at++];
      if (char === quote) return;
      if (char === '"' || char === "'") parts.push(Buffer.from(char));
      else if (char === '\\') parts.push(this.#escape());
      else throw this.#problem('a text has no closing quote.');
    }
  }

  #escape(): Buffer {
    const rest = this.#text.slice(this.#at, this.#at + 10);
    const code = /^(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/.exec(rest);
    if (code !== null) {
      this.#at += code[0].length;
      const [, hex, octal, short, long] = code;
      if (hex !== undefined) return Buffer.from([Number.parseInt(hex, 16)]);
      if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8) % 256]);
      const point = Number.parseInt(short ?? long ?? '', 16);
      if (point > 0x10ffff) throw this.#problem('an escape stands for no character.');
      return Buffer.from(String.fromCodePoint(point));
    }
    const char = ESCAPES[rest[0] ?? ''];
    if (char === undefined) throw this.#problem('an escape is not known.');
    this.#at++;
    return Buffer.from(char);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #place(): Place {
    while (this.#lineEnd < this.#at) {
      this.#line++;
      this.#lineStart = this.#lineEnd + 1;
      this.#lineEnd = endOfLine(this.#text, this.#lineStart);
    }
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #problem(what: string): SqlProblem {
    return new SqlProblem(this.#place(), what);
  }
}
