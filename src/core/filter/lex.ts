import { FilterError } from './filter-error.ts';

/** What a token is. `call` is a function's name together with its opening parenthesis. */
export type TokenKind = 'name' | 'number' | 'text' | 'call' | 'op' | 'join' | '!' | '(' | ')' | ',';

/** A token; `value` is the text without quotes and escapes, the name, the number or the operator as written. */
export interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  readonly at: number;
}

const OPERATORS: ReadonlySet<string> = new Set(
  ['=', '!=', '~', '!~', '>', '>=', '<', '<=', '==', '!==', '~~', '!~~'].flatMap((op) => [op, `?${op}`]),
);

const NUMBER = /-?\d+(?:\.\d+)?/y;
const NUMBER_LIKE = /[-.\d]+/y;
const NAME = /[A-Za-z_@#][\w.:]*/y;
const SIGNS = /[=?!><~]+/y;
const JOINS = /[&|]+/y;

/**
 * Cuts filter text into tokens (specs/pocketbase.md 1.9). White space is space, tab and LF; a comment runs from `//` to
 * the end of its line.
 *
 * @throws FilterError for anything that is no token.
 */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === SPACE || code === TAB || code === LF) {
      at++;
    } else if (code === SLASH) {
      at = skipComment(text, at);
    } else {
      const token = code === SINGLE || code === DOUBLE ? readText(text, at, code) : readPlain(text, at, code);
      tokens.push(token.token);
      at = token.end;
    }
  }
  return tokens;
}

interface Read {
  readonly token: Token;
  readonly end: number;
}

const TAB = 9;
const LF = 10;
const SPACE = 32;
const DOUBLE = 34;
const SINGLE = 39;
const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const SLASH = 47;
const BACKSLASH = 92;

function skipComment(text: string, at: number): number {
  if (text.charCodeAt(at + 1) !== SLASH) throw new FilterError('unexpected character "/"', at);
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

/** Only the enclosing quote is escaped; a backslash before anything else stands for itself. */
function readText(text: string, at: number, quote: number): Read {
  let end = at + 1;
  let escaped = false;
  for (; end < text.length; end++) {
    if (text.charCodeAt(end) !== quote) continue;
    if (text.charCodeAt(end - 1) !== BACKSLASH) break;
    escaped = true;
  }
  if (end >= text.length) throw new FilterError('text without its closing quote', at);
  const raw = text.slice(at + 1, end);
  const mark = quote === SINGLE ? "'" : '"';
  const value = escaped ? raw.replaceAll(`\\${mark}`, mark) : raw;
  return { token: { kind: 'text', value, at }, end: end + 1 };
}

function readPlain(text: string, at: number, code: number): Read {
  if (code === OPEN) return { token: { kind: '(', value: '(', at }, end: at + 1 };
  if (code === CLOSE) return { token: { kind: ')', value: ')', at }, end: at + 1 };
  if (code === COMMA) return { token: { kind: ',', value: ',', at }, end: at + 1 };
  return (
    readName(text, at) ??
    readSigns(text, at) ??
    readNumber(text, at) ??
    readJoin(text, at) ??
    unexpected(text, at)
  );
}

function readName(text: string, at: number): Read | undefined {
  const value = matchAt(NAME, text, at);
  if (value === undefined) return undefined;
  const end = at + value.length;
  if (!/\w$/.test(value)) throw new FilterError(`invalid name "${value}"`, at);
  if (text.charCodeAt(end) === OPEN) return { token: { kind: 'call', value, at }, end: end + 1 };
  return { token: { kind: 'name', value, at }, end };
}

function readSigns(text: string, at: number): Read | undefined {
  const value = matchAt(SIGNS, text, at);
  if (value === undefined) return undefined;
  if (value === '!') return { token: { kind: '!', value, at }, end: at + 1 };
  if (!OPERATORS.has(value)) throw new FilterError(`unknown operator "${value}"`, at);
  return { token: { kind: 'op', value, at }, end: at + value.length };
}

function readNumber(text: string, at: number): Read | undefined {
  const run = matchAt(NUMBER_LIKE, text, at);
  if (run === undefined) return undefined;
  if (matchAt(NUMBER, text, at) !== run) throw new FilterError(`invalid number "${run}"`, at);
  return { token: { kind: 'number', value: run, at }, end: at + run.length };
}

function readJoin(text: string, at: number): Read | undefined {
  const value = matchAt(JOINS, text, at);
  if (value === undefined) return undefined;
  if (value !== '&&' && value !== '||') throw new FilterError(`unknown join "${value}"`, at);
  return { token: { kind: 'join', value, at }, end: at + 2 };
}

function unexpected(text: string, at: number): never {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  throw new FilterError(`unexpected character ${JSON.stringify(character)}`, at);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
