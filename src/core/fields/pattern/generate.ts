import { ALPHANUMERIC, type Ids } from '../../ports/ids.ts';
import { type CharSet, PatternError, type PatternNode } from './parse.ts';

/** Makes a text that a pattern describes. */
export type Generator = (ids: Ids) => string;

/** What an unbounded repeat adds at most. */
const MAX_OPEN_REPEAT = 6;
const MAX_ALPHABET = 256;
const MAX_OUTPUT = 5000;

/**
 * A generator for `autogeneratePattern`. Character sets are drawn evenly; large and negated ones are narrowed to letters and
 * digits. Throws `PatternError` for what cannot be generated: anchors, Unicode properties, very long results.
 */
export function compileGenerator(node: PatternNode): Generator {
  if (longest(node) > MAX_OUTPUT) throw new PatternError('the generated text would be too long');
  return build(node);
}

function build(node: PatternNode): Generator {
  switch (node.kind) {
    case 'set': {
      const alphabet = alphabetOf(node);
      return (ids) => ids.random(1, alphabet);
    }
    case 'concat': {
      const parts = node.items.map(build);
      return (ids) => parts.map((part) => part(ids)).join('');
    }
    case 'alternate': {
      const options = node.options.map(build);
      return (ids) => options[below(ids, options.length)]?.(ids) ?? '';
    }
    case 'repeat':
      return buildRepeat(node);
    case 'assert':
      throw new PatternError('anchors cannot be generated');
  }
}

function buildRepeat(node: Extract<PatternNode, { kind: 'repeat' }>): Generator {
  const max = upperBound(node);
  const count = (ids: Ids) => (max === node.min ? max : node.min + below(ids, max - node.min + 1));
  if (node.item.kind === 'set') {
    const alphabet = alphabetOf(node.item);
    return (ids) => ids.random(count(ids), alphabet);
  }
  const item = build(node.item);
  return (ids) => Array.from({ length: count(ids) }, () => item(ids)).join('');
}

function upperBound(node: Extract<PatternNode, { kind: 'repeat' }>): number {
  return node.max === Number.POSITIVE_INFINITY ? Math.max(node.min, MAX_OPEN_REPEAT) : node.max;
}

function longest(node: PatternNode): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'assert':
      return 0;
    case 'concat':
      return node.items.reduce((sum, item) => sum + longest(item), 0);
    case 'alternate':
      return Math.max(...node.options.map(longest));
    case 'repeat':
      return upperBound(node) * longest(node.item);
  }
}

function alphabetOf(set: CharSet): string {
  if (set.properties.length > 0) throw new PatternError('Unicode classes cannot be generated');
  const inRanges = (code: number) => set.ranges.some(([low, high]) => code >= low && code <= high);
  const size = set.ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0);
  if (set.negated || size > MAX_ALPHABET) {
    const narrowed = [...ALPHANUMERIC].filter((char) => inRanges(char.charCodeAt(0)) !== set.negated);
    if (narrowed.length === 0) throw new PatternError('the character class is too large to be generated');
    return narrowed.join('');
  }
  const codes = new Set<number>();
  for (const [low, high] of set.ranges) for (let code = low; code <= high; code++) codes.add(code);
  if (codes.size === 0 || [...codes].some((code) => code > 0xffff || (code >= 0xd800 && code <= 0xdfff))) {
    throw new PatternError('the character class cannot be generated');
  }
  return String.fromCharCode(...codes);
}

/** A number from 0 to `count - 1`; uneven by less than `count` in 2^32. */
function below(ids: Ids, count: number): number {
  return Number.parseInt(ids.random(8, '0123456789abcdef'), 16) % count;
}
