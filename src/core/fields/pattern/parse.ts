/** A set of characters: inclusive code point ranges and Unicode properties. */
export interface CharSet {
  readonly kind: 'set';
  readonly ranges: readonly (readonly [number, number])[];
  /** Tests of `\p{…}` classes, each for one character. */
  readonly properties: readonly RegExp[];
  readonly negated: boolean;
  /** Letters match in either case. */
  readonly fold: boolean;
}

/** A parsed pattern. `concat` may be empty. */
export type PatternNode =
  | CharSet
  | { readonly kind: 'concat'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'alternate'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly at: 'start' | 'end' | 'lineStart' | 'lineEnd' | 'word' | 'notWord' };

/** A pattern that cannot be used; `message` says why. Thrown by {@link parsePattern} only. */
export class PatternError extends Error {}

const MAX_LENGTH = 1000;
const MAX_REPEAT = 1000;
const MAX_DEPTH = 50;
const LAST = 0x10ffff;

const DIGIT: CharSet['ranges'] = [[48, 57]];
const WORD: CharSet['ranges'] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: CharSet['ranges'] = [
  [9, 10],
  [12, 13],
  [32, 32],
];
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 };

interface Flags {
  readonly fold: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
}

/**
 * Parses a regular expression in the syntax of RE2 (what the wire's origin uses): literals, `.`, classes, groups,
 * alternation, greedy and lazy repeats up to 1000, anchors, `\b`, `\d \w \s`, `\p{…}`, flags `i s m`. Look-around and
 * back-references are refused: they have no linear-time matcher.
 */
export function parsePattern(text: string): PatternNode {
  if (text.length > MAX_LENGTH) throw new PatternError(`a pattern has at most ${MAX_LENGTH} characters`);
  const parser = new Parser(text);
  return parser.whole();
}

class Parser {
  private readonly chars: readonly string[];
  private at = 0;
  private depth = 0;
  private flags: Flags = { fold: false, dotAll: false, multiline: false };

  constructor(text: string) {
    this.chars = [...text];
  }

  whole(): PatternNode {
    const node = this.alternation();
    if (this.at < this.chars.length) throw new PatternError('unexpected )');
    return node;
  }

  private peek(): string | undefined {
    return this.chars[this.at];
  }

  private take(): string {
    const char = this.chars[this.at++];
    if (char === undefined) throw new PatternError('unexpected end of pattern');
    return char;
  }

  private accept(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.chars[this.at + i] !== text[i]) return false;
    this.at += text.length;
    return true;
  }

  private alternation(): PatternNode {
    if (++this.depth > MAX_DEPTH) throw new PatternError('groups are nested too deeply');
    const options = [this.sequence()];
    while (this.accept('|')) options.push(this.sequence());
    this.depth--;
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'alternate', options };
  }

  private sequence(): PatternNode {
    const items: PatternNode[] = [];
    for (let char = this.peek(); char !== undefined && char !== '|' && char !== ')'; char = this.peek()) {
      const atom = this.atom();
      if (atom !== undefined) items.push(this.quantified(atom));
    }
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'concat', items };
  }

  private quantified(atom: PatternNode): PatternNode {
    const bounds = this.bounds();
    if (bounds === undefined) return atom;
    this.accept('?');
    if (this.bounds() !== undefined) throw new PatternError('a repeat cannot be repeated without a group');
    return { kind: 'repeat', item: atom, min: bounds[0], max: bounds[1] };
  }

  private bounds(): readonly [number, number] | undefined {
    if (this.accept('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.accept('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.accept('?')) return [0, 1];
    if (this.peek() !== '{') return undefined;
    const close = this.chars.indexOf('}', this.at);
    const inside = close === -1 ? '' : this.chars.slice(this.at + 1, close).join('');
    const match = /^(\d{1,4})(?:(,)(\d{1,4})?)?$/.exec(inside);
    // As in RE2, a brace that is no repeat is an ordinary character.
    if (match === null) return undefined;
    this.at = close + 1;
    const min = Number(match[1]);
    const max =
      match[2] === undefined ? min : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && (max > MAX_REPEAT || max < min))) {
      throw new PatternError(`invalid repeat {${inside}}`);
    }
    return [min, max];
  }

  private atom(): PatternNode | undefined {
    const char = this.take();
    switch (char) {
      case '(':
        return this.group();
      case '[':
        return this.charClass();
      case '.':
        return this.set(this.flags.dotAll ? [] : [[10, 10]], true);
      case '^':
        return { kind: 'assert', at: this.flags.multiline ? 'lineStart' : 'start' };
      case '$':
        return { kind: 'assert', at: this.flags.multiline ? 'lineEnd' : 'end' };
      case '*':
      case '+':
      case '?':
        throw new PatternError(`nothing to repeat before ${char}`);
      case '\\':
        return this.escape();
      default:
        return this.literal(char);
    }
  }

  private group(): PatternNode | undefined {
    const outer = this.flags;
    if (this.accept('?')) {
      if (!this.accept(':') && !this.groupName()) {
        const scoped = this.setFlags();
        if (!scoped) return undefined;
      }
    }
    const node = this.alternation();
    if (!this.accept(')')) throw new PatternError('missing )');
    this.flags = outer;
    return node;
  }

  private groupName(): boolean {
    const start = this.at;
    this.accept('P');
    if (!this.accept('<')) {
      this.at = start;
      return false;
    }
    let name = '';
    while (this.peek() !== '>') name += this.take();
    this.at++;
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new PatternError('look-behind is not supported');
    return true;
  }

  /** `(?i)` changes the rest of the enclosing group (false); `(?i:` opens a group (true). */
  private setFlags(): boolean {
    let on = true;
    for (let char = this.take(); ; char = this.take()) {
      if (char === ')') return false;
      if (char === ':') return true;
      if (char === '-') on = false;
      else if (char === 'i') this.flags = { ...this.flags, fold: on };
      else if (char === 's') this.flags = { ...this.flags, dotAll: on };
      else if (char === 'm') this.flags = { ...this.flags, multiline: on };
      else throw new PatternError('look-around and this kind of group are not supported');
    }
  }

  private literal(char: string): CharSet {
    const code = char.codePointAt(0) ?? 0;
    return this.set([[code, code]]);
  }

  private set(ranges: CharSet['ranges'], negated = false, properties: readonly RegExp[] = []): CharSet {
    return { kind: 'set', ranges, properties, negated, fold: this.flags.fold };
  }

  private escape(): PatternNode {
    const char = this.take();
    if (char === 'b') return { kind: 'assert', at: 'word' };
    if (char === 'B') return { kind: 'assert', at: 'notWord' };
    if (char === 'A') return { kind: 'assert', at: 'start' };
    if (char === 'z') return { kind: 'assert', at: 'end' };
    const found = this.escapedClass(char) ?? this.escapedCode(char);
    if (typeof found === 'number') return this.set([[found, found]]);
    return this.set(found.ranges, false, found.properties);
  }

  /** `\d \w \s`, their opposites, and `\p{…}`. */
  private escapedClass(char: string): Pick<CharSet, 'ranges' | 'properties'> | undefined {
    const lower = char.toLowerCase();
    if (lower === 'p') return { ranges: [], properties: [this.property(char === 'P')] };
    const ranges = lower === 'd' ? DIGIT : lower === 'w' ? WORD : lower === 's' ? SPACE : undefined;
    if (ranges === undefined) return undefined;
    return { ranges: char === lower ? ranges : complement(ranges), properties: [] };
  }

  private property(negated: boolean): RegExp {
    let name = this.take();
    let inverse = negated;
    if (name === '{') {
      name = '';
      if (this.accept('^')) inverse = !inverse;
      while (this.peek() !== '}') name += this.take();
      this.at++;
    }
    if (!/^\w{1,40}$/.test(name)) throw new PatternError('unknown Unicode class');
    for (const form of [name, `Script=${name}`]) {
      try {
        return new RegExp(`^\\${inverse ? 'P' : 'p'}{${form}}$`, 'u');
      } catch {
        // Not the name of a category; perhaps of a script.
      }
    }
    throw new PatternError(`unknown Unicode class ${name}`);
  }

  private escapedCode(char: string): number {
    const control = Object.hasOwn(CONTROLS, char) ? CONTROLS[char] : undefined;
    if (control !== undefined) return control;
    if (char === 'x' || char === 'u') return this.hexCode(char === 'x' ? 2 : 4);
    if (/[A-Za-z0-9]/.test(char)) throw new PatternError(`\\${char} is not supported`);
    return char.codePointAt(0) ?? 0;
  }

  private hexCode(digits: number): number {
    let hex = '';
    if (this.accept('{')) {
      while (this.peek() !== '}') hex += this.take();
      this.at++;
    } else {
      for (let i = 0; i < digits; i++) hex += this.take();
    }
    const code = /^[0-9A-Fa-f]{1,6}$/.test(hex) ? Number.parseInt(hex, 16) : LAST + 1;
    if (code > LAST) throw new PatternError('invalid character code');
    return code;
  }

  private charClass(): CharSet {
    const negated = this.accept('^');
    const ranges: (readonly [number, number])[] = [];
    const properties: RegExp[] = [];
    for (let first = true; first || this.peek() !== ']'; first = false) {
      const low = this.classItem();
      if (typeof low !== 'number') {
        ranges.push(...low.ranges);
        properties.push(...low.properties);
        continue;
      }
      let high = low;
      if (this.peek() === '-' && this.chars[this.at + 1] !== ']') {
        this.at++;
        const end = this.classItem();
        if (typeof end !== 'number' || end < low) throw new PatternError('invalid range in a class');
        high = end;
      }
      ranges.push([low, high]);
    }
    this.at++;
    return this.set(ranges, negated, properties);
  }

  private classItem(): number | Pick<CharSet, 'ranges' | 'properties'> {
    const char = this.take();
    if (char === '[' && this.peek() === ':') throw new PatternError('POSIX classes are not supported');
    if (char !== '\\') return char.codePointAt(0) ?? 0;
    const escaped = this.take();
    return this.escapedClass(escaped) ?? (escaped === 'b' ? 8 : this.escapedCode(escaped));
  }
}

function complement(ranges: CharSet['ranges']): CharSet['ranges'] {
  const result: (readonly [number, number])[] = [];
  let next = 0;
  for (const [low, high] of ranges) {
    if (low > next) result.push([next, low - 1]);
    next = high + 1;
  }
  result.push([next, LAST]);
  return result;
}
