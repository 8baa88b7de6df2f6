import { type Place, SqlProblem, shown } from './problem.ts';

/**
 * - `word`: a bare word, keyword or name.
 * - `name`: a name in `"`, `` ` `` or `[ ]`.
 * - `text`, `blob`, `number`: literals.
 * - `sign`: an operator or a bracket.
 * - `end`: after the last one.
 */
export type TokenKind = 'word' | 'name' | 'text' | 'blob' | 'number' | 'sign' | 'end';

/** A token. `text` is the word, name or literal without quotes, the hexadecimal digits of a blob, or the sign. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** `text` in upper case for words; '' for all else, so that a quoted name is never taken for a keyword. */
  readonly word: string;
  readonly place: Place;
}

/** UTF-16 units that a text may have. */
export const MAX_SQL = 256 * 1024;

const SPACE = /[ \t\n\f\r]+/y;
const LINE_COMMENT = /--[^\n]*/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /(?:0[xX][0-9A-Fa-f]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/y;
const SIGN = /<=|>=|<>|==|!=|\|\||<<|>>|->>|->|[(),.;+\-*/%=<>|&~?:@$#]/y;
const WORD_UNIT = /[\w$\u0080-\uffff]/;

/**
 * Cuts SQLite's SQL into tokens; comments and white space go. The last token is the `end`.
 *
 * @throws SqlProblem, and nothing else, for what is no token and for text beyond {@link MAX_SQL}.
 */
export function tokenize(text: string): readonly Token[] {
  if (text.length > MAX_SQL) {
    throw new SqlProblem({ line: 1, column: 1 }, `the text is longer than ${MAX_SQL} characters.`);
  }
  return new Tokenizer(text).all();
}

class Tokenizer {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  /** Where the line ends that {@link #line} counts; searched once a line. */
  #lineEnd: number;

  constructor(text: string) {
    this.#text = text;
    this.#lineEnd = endOfLine(text, 0);
  }

  all(): readonly Token[] {
    const tokens: Token[] = [];
    for (;;) {
      this.#skip();
      const token = this.#next();
      tokens.push(token);
      if (token.kind === 'end') return tokens;
    }
  }

  /** Where the next token starts; counts the lines since the last call. */
  #place(): Place {
    while (this.#lineEnd < this.#at) {
      this.#line++;
      this.#lineStart = this.#lineEnd + 1;
      this.#lineEnd = endOfLine(this.#text, this.#lineStart);
    }
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #skip(): void {
    for (;;) {
      if (this.#match(SPACE) !== undefined || this.#match(LINE_COMMENT) !== undefined) continue;
      // A byte order mark is white space where editors put it.
      if (this.#at === 0 && this.#text.startsWith('\ufeff')) this.#at = 1;
      else if (this.#text.startsWith('/*', this.#at)) this.#skipBlock();
      else return;
    }
  }

  #skipBlock(): void {
    const end = this.#text.indexOf('*/', this.#at + 2);
    if (end === -1) throw new SqlProblem(this.#place(), 'the comment has no end.');
    this.#at = end + 2;
  }

  #next(): Token {
    const place = this.#place();
    const char = this.#text[this.#at];
    switch (char) {
      case undefined:
        return { kind: 'end', text: '', word: '', place };
      case "'":
        return this.#quoted('text', "'", place);
      case '"':
      case '`':
        return this.#quoted('name', char, place);
      case '[':
        return this.#quoted('name', ']', place);
      default:
        return this.#blob(char, place) ?? this.#plain(place);
    }
  }

  /** Two closing quotes stand for one, but not in brackets. */
  #quoted(kind: 'text' | 'name', close: string, place: Place): Token {
    const start = this.#at + 1;
    let end = start;
    for (;;) {
      end = this.#text.indexOf(close, end);
      if (end === -1)
        throw new SqlProblem(place, `${kind === 'text' ? 'a text' : 'a name'} has no closing quote.`);
      if (close === ']' || this.#text[end + 1] !== close) break;
      end += 2;
    }
    this.#at = end + 1;
    const raw = this.#text.slice(start, end);
    const text = close === ']' ? raw : raw.replaceAll(close + close, close);
    if (text.includes('\0')) throw new SqlProblem(place, 'a quoted text has a NUL character.');
    return { kind, text, word: '', place };
  }

  #blob(char: string, place: Place): Token | undefined {
    if ((char !== 'x' && char !== 'X') || this.#text[this.#at + 1] !== "'") return undefined;
    this.#at++;
    const { text } = this.#quoted('text', "'", place);
    if (text.length % 2 === 1 || !/^[0-9A-Fa-f]*$/.test(text)) {
      throw new SqlProblem(place, `the blob x'…' has something else than pairs of hexadecimal digits.`);
    }
    return { kind: 'blob', text: text.toLowerCase(), word: '', place };
  }

  #plain(place: Place): Token {
    const word = this.#match(WORD);
    if (word !== undefined) return { kind: 'word', text: word, word: word.toUpperCase(), place };
    const number = this.#match(NUMBER);
    if (number !== undefined) return this.#number(number, place);
    const sign = this.#match(SIGN);
    if (sign !== undefined) return { kind: 'sign', text: sign, word: '', place };
    const strange = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    throw new SqlProblem(place, `the character ${shown(strange)} means nothing in SQL.`);
  }

  #number(text: string, place: Place): Token {
    if (WORD_UNIT.test(this.#text[this.#at] ?? ''))
      throw new SqlProblem(place, `the number ${shown(text)} goes on with letters.`);
    return { kind: 'number', text, word: '', place };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

/** Where the line ends that goes on at `from`; the end of the text for the last one. */
export function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? Number.POSITIVE_INFINITY : newline;
}
