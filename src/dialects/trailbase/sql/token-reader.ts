import { type Place, SqlProblem, shown } from './problem.ts';
import type { Token } from './tokens.ts';

/** Words that are no names unless they are quoted, of those that the grammar knows. */
const RESERVED = new Set(
  `ALL AND AS BETWEEN CASE CHECK COLLATE CONSTRAINT CREATE DEFAULT DELETE DISTINCT ELSE ESCAPE EXISTS FOREIGN FROM GROUP
  HAVING IN INDEX INTO IS ISNULL JOIN LIMIT NOT NOTNULL NULL ON OR ORDER PRIMARY REFERENCES SELECT SET TABLE THEN UNION
  UNIQUE UPDATE USING VALUES WHEN WHERE`.split(/\s+/),
);

/** Reads tokens one after another. Everything it throws is a SqlProblem. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  /** `tokens` ends with the `end`. */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get position(): number {
    return this.#at;
  }

  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1;
    const token = this.#tokens[Math.min(this.#at + ahead, last)];
    if (token === undefined) throw new SqlProblem({ line: 1, column: 1 }, 'there is nothing to read.');
    return token;
  }

  get place(): Place {
    return this.peek().place;
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  isWord(...words: readonly string[]): boolean {
    return words.every((word, ahead) => this.peek(ahead).word === word);
  }

  /** Takes the words when they all follow. */
  acceptWord(...words: readonly string[]): boolean {
    if (!this.isWord(...words)) return false;
    this.#at += words.length;
    return true;
  }

  isSign(sign: string): boolean {
    const { kind, text } = this.peek();
    return kind === 'sign' && text === sign;
  }

  acceptSign(sign: string): boolean {
    if (!this.isSign(sign)) return false;
    this.#at++;
    return true;
  }

  expectWord(...words: readonly string[]): void {
    for (const word of words) if (!this.acceptWord(word)) throw this.unexpected(word);
  }

  expectSign(sign: string): void {
    if (!this.acceptSign(sign)) throw this.unexpected(shown(sign));
  }

  isName(ahead = 0): boolean {
    const { kind, word } = this.peek(ahead);
    return kind === 'name' || (kind === 'word' && !RESERVED.has(word));
  }

  /** A name, quoted or not; `what` says of what. */
  name(what: string): string {
    if (!this.isName()) throw this.unexpected(what);
    const { text, place } = this.take();
    if (text === '') throw new SqlProblem(place, `${what} is blank.`);
    return text;
  }

  isEnd(): boolean {
    return this.peek().kind === 'end';
  }

  /** Goes back to a {@link position}. */
  rewind(position: number): void {
    this.#at = position;
  }

  /** Goes on behind the end of the part that begins here: to a sign of those, outside of brackets, which is not taken. */
  skipTo(...signs: readonly string[]): void {
    for (let depth = 0; !this.isEnd(); this.take()) {
      if (depth === 0 && signs.some((sign) => this.isSign(sign))) return;
      if (this.isSign('(')) depth++;
      if (this.isSign(')')) depth--;
      if (depth < 0) return;
    }
  }

  /** What is wrong when something else was expected. */
  unexpected(expected: string): SqlProblem {
    const { kind, text, place } = this.peek();
    if (kind === 'end') return new SqlProblem(place, `the text ends where ${expected} is expected.`);
    return new SqlProblem(place, `${shown(text)} stands where ${expected} is expected.`);
  }
}
