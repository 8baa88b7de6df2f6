import { stringifyJson } from '../../lib/lossless-json.ts';
import type { Actor } from '../actor.ts';
import { AppError } from '../errors.ts';
import type { DbValue } from '../ports/database.ts';
import type { ConditionCall } from './condition.ts';
import { bindable } from './numbers.ts';

/** What a placeholder's value may be made of. */
export interface BindInput {
  readonly actor: Actor;
  readonly call: ConditionCall;
  /** Literals of a filter whose compiled form is shared by filters that differ in them only. */
  readonly literals: readonly Literal[];
}

/** A value that a filter spells out; integers that a double cannot hold are bigint. */
export type Literal = string | number | bigint;

/** Reads a value of the request at bind time; `undefined` when there is none. */
export type Read = (input: BindInput) => unknown;

/**
 * How a value reaches the statement:
 * - `plain`: as it is; lists and objects as JSON text; nothing as NULL.
 * - `coalesced`: the same, but nothing as `''`.
 * - `nullable`: the same, but `''` as NULL.
 * - `like`: as a LIKE pattern with `\` as escape character.
 * - `glob`: as a GLOB pattern, from a strict LIKE pattern: `%` and `_` are wildcards, and nothing escapes them.
 * - `list`: as a JSON array.
 * - `length`: the number of items.
 */
export type Form = 'plain' | 'coalesced' | 'nullable' | 'like' | 'glob' | 'list' | 'length';

/** Turns a value into what is bound. */
export const forms = {
  plain: toDbValue,
  coalesced: (value) => toDbValue(value) ?? '',
  nullable: (value) => {
    const plain = toDbValue(value);
    return plain === '' ? null : plain;
  },
  like: (value) => {
    const plain = toDbValue(value);
    return plain === null ? null : likePattern(String(plain));
  },
  glob: (value) => {
    const plain = toDbValue(value);
    return plain === null ? null : globPattern(String(plain));
  },
  list: (value) => stringifyJson(toList(value)) ?? '[]',
  length: (value) => toList(value).length,
} satisfies Record<Form, (value: unknown) => DbValue>;

function toDbValue(value: unknown): DbValue {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
      return bindable(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value ? 1 : 0;
    case 'object':
      return value === null || value instanceof Uint8Array ? value : (stringifyJson(value) ?? null);
    default:
      return null;
  }
}

function toList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === null || value === undefined || value === '' ? [] : [value];
}

/** SQLite refuses longer patterns. */
const MAX_PATTERN_BYTES = 50_000;

/**
 * A LIKE pattern for "contains": the text between two `%`, with `\`, `_` and `%` escaped unless they are already. Text
 * with an unescaped `%` is a pattern of its own (specs/pocketbase.md 1.9).
 */
function likePattern(text: string): string {
  return bounded(hasWildcard(text) ? text : `%${escapeLike(text)}%`);
}

const GLOBS: Readonly<Record<string, string>> = { '%': '*', _: '?', '*': '[*]', '?': '[?]', '[': '[[]' };

function globPattern(text: string): string {
  return bounded(text.replace(/[%_*?[]/g, (character) => GLOBS[character] ?? character));
}

function bounded(pattern: string): string {
  if (pattern.length > MAX_PATTERN_BYTES / 3 && Buffer.byteLength(pattern) > MAX_PATTERN_BYTES) {
    throw new AppError('invalid', { reason: 'bad_filter' });
  }
  return pattern;
}

function hasWildcard(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '%') return true;
  }
  return false;
}

function escapeLike(text: string): string {
  return text.replace(/\\[\\%_]|[\\%_]/g, (match) => (match.length === 2 ? match : `\\${match}`));
}

/** An own property or list element at a path of names; never reaches prototypes. */
export function readPath(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = Reflect.get(current, name);
  }
  return current;
}

/** Whether {@link readPath} leads to a property, whatever its value. */
export function hasPath(value: unknown, path: readonly string[]): boolean {
  const parent = readPath(value, path.slice(0, -1));
  const last = path.at(-1);
  return typeof parent === 'object' && parent !== null && last !== undefined && Object.hasOwn(parent, last);
}
