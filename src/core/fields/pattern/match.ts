import { type CharSet, PatternError, type PatternNode } from './parse.ts';

/** Tells whether a text contains a match. */
export type Matcher = (text: string) => boolean;

type Instruction =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number }
  | { readonly kind: 'assert'; readonly at: Assertion }
  | { readonly kind: 'match' };
type Assertion = Extract<PatternNode, { kind: 'assert' }>['at'];

const MAX_PROGRAM = 3000;

/**
 * A matcher whose time grows with the length of the text, whatever the pattern (SECURITY-REQUIREMENTS 2.4): patterns come
 * from outside, and JavaScript's own RegExp tries every way to match. Simple patterns (anchored, one variable repeat of one
 * character set) cannot make it backtrack, and use it; all others are run as a set of states (Thompson's construction).
 * Throws `PatternError` when the pattern unrolls to too many states.
 */
export function compileMatcher(node: PatternNode): Matcher {
  const native = nativeSource(node);
  if (native !== undefined) {
    const regexp = new RegExp(native, 'u');
    return (text) => regexp.test(text);
  }
  // Counted before it is unrolled: nested repeats multiply.
  if (sizeOf(node) > MAX_PROGRAM) throw new PatternError('the pattern is too large');
  const program: Instruction[] = [];
  emit(node, program);
  program.push({ kind: 'match' });
  return (text) => run(program, text);
}

/** JavaScript source of a pattern that it matches in linear time; undefined for all others. */
function nativeSource(node: PatternNode): string | undefined {
  const items = node.kind === 'concat' ? node.items : [node];
  const [first] = items;
  if (first?.kind !== 'assert' || first.at !== 'start') return undefined;
  let source = '^';
  let variable = 0;
  for (const [index, item] of items.entries()) {
    if (index === 0) continue;
    if (item.kind === 'assert' && item.at === 'end' && index === items.length - 1) source += '$';
    else if (item.kind === 'set' && isPlain(item)) source += setSource(item);
    else if (item.kind === 'repeat' && item.item.kind === 'set' && isPlain(item.item)) {
      if (item.min !== item.max) variable++;
      const max = item.max === Number.POSITIVE_INFINITY ? '' : item.max;
      source += `${setSource(item.item)}{${item.min},${max}}`;
    } else return undefined;
  }
  return variable <= 1 ? source : undefined;
}

function isPlain(set: CharSet): boolean {
  return !set.fold && set.properties.length === 0;
}

function setSource(set: CharSet): string {
  const ranges = set.ranges.map(([low, high]) => `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`);
  return `[${set.negated ? '^' : ''}${ranges.join('')}]`;
}

/** What a character of a text costs, about, in states that look at it; some sets are more work than others. */
export function effortOf(node: PatternNode): number {
  return sizeOf(node, ({ ranges, properties, fold }) => {
    const looks = ranges.length / 16 + properties.length / 4;
    return 1 + Math.floor(fold ? 3 * looks : looks);
  });
}

/** States of the unrolled pattern, about; nested repeats multiply. */
function sizeOf(node: PatternNode, ofSet: (set: CharSet) => number = () => 1): number {
  switch (node.kind) {
    case 'set':
      return ofSet(node);
    case 'assert':
      return 1;
    case 'concat':
      return node.items.reduce((sum, item) => sum + sizeOf(item, ofSet), 1);
    case 'alternate':
      return node.options.reduce((sum, option) => sum + 2 + sizeOf(option, ofSet), 0);
    case 'repeat': {
      const times = node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max;
      return 1 + times * (1 + sizeOf(node.item, ofSet));
    }
  }
}

function emit(node: PatternNode, program: Instruction[]): void {
  switch (node.kind) {
    case 'set':
      program.push({ kind: 'set', set: node });
      return;
    case 'assert':
      program.push({ kind: 'assert', at: node.at });
      return;
    case 'concat':
      for (const item of node.items) emit(item, program);
      return;
    case 'alternate':
      emitAlternate(node.options, program);
      return;
    case 'repeat':
      emitRepeat(node, program);
  }
}

function emitAlternate(options: readonly PatternNode[], program: Instruction[]): void {
  const exits: { kind: 'jump'; to: number }[] = [];
  for (const [index, option] of options.entries()) {
    if (index === options.length - 1) {
      emit(option, program);
      break;
    }
    const split: Instruction = { kind: 'split', first: program.length + 1, second: 0 };
    program.push(split);
    emit(option, program);
    const exit = { kind: 'jump' as const, to: 0 };
    program.push(exit);
    exits.push(exit);
    split.second = program.length;
  }
  for (const exit of exits) exit.to = program.length;
}

function emitRepeat(node: Extract<PatternNode, { kind: 'repeat' }>, program: Instruction[]): void {
  for (let i = 0; i < node.min; i++) emit(node.item, program);
  if (node.max === Number.POSITIVE_INFINITY) {
    const at = program.length;
    const split: Instruction = { kind: 'split', first: at + 1, second: 0 };
    program.push(split);
    emit(node.item, program);
    program.push({ kind: 'jump', to: at });
    split.second = program.length;
    return;
  }
  const splits: { kind: 'split'; first: number; second: number }[] = [];
  for (let i = node.min; i < node.max; i++) {
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 };
    program.push(split);
    splits.push(split);
    emit(node.item, program);
  }
  for (const split of splits) split.second = program.length;
}

function run(program: readonly Instruction[], text: string): boolean {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  const seen = new Int32Array(program.length).fill(-1);
  let reached: number[] = [];
  for (let at = 0; at <= codes.length; at++) {
    const waiting: Waiting[] = [];
    const code = codes[at];
    const place = { at, before: codes[at - 1], after: code };
    // A search: a match may begin at every place.
    for (const start of [0, ...reached]) if (follow(program, start, place, seen, waiting)) return true;
    if (code === undefined) return false;
    reached = waiting.filter((state) => contains(state.set, code)).map((state) => state.next);
  }
  return false;
}

/** A state that waits for a character of a set, and where it goes on. */
interface Waiting {
  readonly set: CharSet;
  readonly next: number;
}

/** A place in the text, between two characters. */
interface Place {
  readonly at: number;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Adds the waiting states reachable from `start` without reading; true when the end of the pattern is among them. */
function follow(
  program: readonly Instruction[],
  start: number,
  place: Place,
  seen: Int32Array,
  waiting: Waiting[],
): boolean {
  const stack = [start];
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    if (seen[index] === place.at) continue;
    seen[index] = place.at;
    const instruction = program[index];
    if (instruction === undefined) continue;
    if (instruction.kind === 'match') return true;
    if (instruction.kind === 'set') waiting.push({ set: instruction.set, next: index + 1 });
    else if (instruction.kind === 'jump') stack.push(instruction.to);
    else if (instruction.kind === 'split') stack.push(instruction.second, instruction.first);
    else if (holds(instruction.at, place)) stack.push(index + 1);
  }
  return false;
}

function holds(at: Assertion, { before, after }: Place): boolean {
  switch (at) {
    case 'start':
      return before === undefined;
    case 'end':
      return after === undefined;
    case 'lineStart':
      return before === undefined || before === 10;
    case 'lineEnd':
      return after === undefined || after === 10;
    case 'word':
      return isWord(before) !== isWord(after);
    case 'notWord':
      return isWord(before) === isWord(after);
  }
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && /^\w$/.test(String.fromCodePoint(code));
}

function contains(set: CharSet, code: number): boolean {
  if (!set.fold) return inSet(set, code) !== set.negated;
  const char = String.fromCodePoint(code);
  const lower = char.toLowerCase().codePointAt(0) ?? code;
  const upper = char.toUpperCase().codePointAt(0) ?? code;
  return (inSet(set, code) || inSet(set, lower) || inSet(set, upper)) !== set.negated;
}

function inSet(set: CharSet, code: number): boolean {
  for (const [low, high] of set.ranges) if (code >= low && code <= high) return true;
  if (set.properties.length === 0) return false;
  const char = String.fromCodePoint(code);
  return set.properties.some((property) => property.test(char));
}
