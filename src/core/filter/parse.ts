import type { CompareExpr, Expr, Operand, PathModifier } from './ast.ts';
import { FilterError } from './filter-error.ts';
import { lex, type Token } from './lex.ts';

/** Bounds of one text. Depth counts open parentheses; functions nest at most three deep in any case. */
export interface FilterLimits {
  readonly characters: number;
  readonly expressions: number;
  readonly depth: number;
}

/** What a caller's filter may be (specs/pocketbase.md 1.5). */
export const FILTER_LIMITS: FilterLimits = { characters: 3500, expressions: 200, depth: 32 };

/** What a stored rule may be: written by superusers, but still bounded. */
export const RULE_LIMITS: FilterLimits = { characters: 20_000, expressions: 400, depth: 64 };

const MAX_CALL_DEPTH = 3;
const MODIFIERS: ReadonlySet<string> = new Set<PathModifier>(['isset', 'changed', 'length', 'each', 'lower']);

/**
 * Reads text of the filter language (specs/pocketbase.md 1.9, and beyond it the strict operators `==`, `!==`, `~~`, `!~~`
 * and `!( … )`). `&&` binds tighter than `||`, as in SQL.
 *
 * @throws FilterError, and nothing else, for text that is empty, wrong or beyond the limits.
 */
export function parseFilter(text: string, limits: FilterLimits = FILTER_LIMITS): Expr {
  if (text.length > limits.characters) {
    throw new FilterError(`more than ${limits.characters} characters`, limits.characters);
  }
  return parseTokens(lex(text), limits);
}

/** {@link parseFilter} for text that was cut into tokens already. */
export function parseTokens(tokens: readonly Token[], limits: FilterLimits = FILTER_LIMITS): Expr {
  const parser = new Parser(tokens, limits);
  const expr = parser.parseOr(0);
  parser.finish();
  return expr;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #limits: FilterLimits;
  #next = 0;
  #expressions = 0;

  constructor(tokens: readonly Token[], limits: FilterLimits) {
    this.#tokens = tokens;
    this.#limits = limits;
  }

  parseOr(depth: number): Expr {
    return this.#joined('or', '||', () => this.#joined('and', '&&', () => this.#term(depth)));
  }

  finish(): void {
    const token = this.#peek();
    if (token) throw new FilterError(`unexpected "${token.value}"`, token.at);
  }

  #joined(kind: 'and' | 'or', join: string, term: () => Expr): Expr {
    const first = term();
    if (this.#peek()?.value !== join || this.#peek()?.kind !== 'join') return first;
    const terms = [first];
    while (this.#accept('join', join)) terms.push(term());
    return { kind, terms };
  }

  #term(depth: number): Expr {
    const not = this.#accept('!');
    const open = not ? this.#expect('(') : this.#accept('(');
    if (!open) return this.#comparison();
    if (depth >= this.#limits.depth) throw new FilterError('too many nested parentheses', open.at);
    const inner = this.parseOr(depth + 1);
    this.#expect(')');
    return not ? { kind: 'not', term: inner } : inner;
  }

  #comparison(): Expr {
    const left = this.#operand(0);
    const sign = this.#expect('op');
    const right = this.#operand(0);
    if (++this.#expressions > this.#limits.expressions) {
      throw new FilterError(`more than ${this.#limits.expressions} expressions`, sign.at);
    }
    const any = sign.value.startsWith('?');
    return {
      kind: 'compare',
      ...operator(any ? sign.value.slice(1) : sign.value, sign.at),
      any,
      left,
      right,
    };
  }

  #operand(callDepth: number): Operand {
    const token = this.#take();
    switch (token.kind) {
      case 'number':
        return { kind: 'number', text: token.value };
      case 'text':
        return { kind: 'text', value: token.value };
      case 'name':
        return pathOperand(token);
      case 'call':
        return this.#call(token, callDepth + 1);
      default:
        throw new FilterError(`unexpected "${token.value}"`, token.at);
    }
  }

  #call(name: Token, depth: number): Operand {
    if (depth > MAX_CALL_DEPTH) throw new FilterError('too many nested functions', name.at);
    const args: Operand[] = [];
    while (!this.#accept(')')) {
      args.push(this.#operand(depth));
      if (this.#accept(',')) continue;
      this.#expect(')');
      break;
    }
    return { kind: 'call', name: name.value, args };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(): Token {
    const token = this.#tokens[this.#next++];
    if (token) return token;
    const last = this.#tokens.at(-1);
    throw new FilterError(
      last ? 'unexpected end' : 'empty expression',
      last ? last.at + last.value.length : 0,
    );
  }

  #accept(kind: Token['kind'], value?: string): Token | undefined {
    const token = this.#peek();
    if (token?.kind !== kind || (value !== undefined && token.value !== value)) return undefined;
    this.#next++;
    return token;
  }

  #expect(kind: Token['kind']): Token {
    const token = this.#take();
    if (token.kind !== kind) throw new FilterError(`unexpected "${token.value}"`, token.at);
    return token;
  }
}

function operator(text: string, at: number): Pick<CompareExpr, 'op' | 'strict'> {
  switch (text) {
    case '=':
    case '!=':
    case '~':
    case '!~':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return { op: text };
    case '==':
      return { op: '=', strict: true };
    case '!==':
      return { op: '!=', strict: true };
    case '~~':
      return { op: '~', strict: true };
    case '!~~':
      return { op: '!~', strict: true };
    default:
      throw new FilterError(`unknown operator "${text}"`, at);
  }
}

function pathOperand(token: Token): Operand {
  const split = splitModifier(token.value);
  if (!split) throw new FilterError(`unknown modifier in "${token.value}"`, token.at);
  return { kind: 'path', ...split };
}

/** Splits `a.b:lower` into path and modifier; undefined when the modifier is unknown. */
export function splitModifier(text: string): { path: string; modifier?: PathModifier } | undefined {
  const colon = text.indexOf(':', text.lastIndexOf('.') + 1);
  if (colon === -1) return { path: text };
  const modifier = text.slice(colon + 1);
  return isModifier(modifier) ? { path: text.slice(0, colon), modifier } : undefined;
}

function isModifier(text: string): text is PathModifier {
  return MODIFIERS.has(text);
}
