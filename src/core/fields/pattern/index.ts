import { createLru } from '../../../lib/lru.ts';
import type { Ids } from '../../ports/ids.ts';
import { compileGenerator, type Generator } from './generate.ts';
import { compileMatcher, effortOf, type Matcher } from './match.ts';
import { PatternError, parsePattern } from './parse.ts';

/** A compiled thing, or why there is none. */
type Compiled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

// Memos of pure functions, bounded; patterns are few and asked for every value.
const matchers = createLru<string, Compiled<Matcher>>(500);
const generators = createLru<string, Compiled<Generator>>(500);

/** Why a pattern cannot be used for matching; undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  const compiled = matcherOf(pattern);
  return compiled.ok ? undefined : compiled.message;
}

/** Why nothing can be generated from a pattern; undefined when it can. */
export function generatorProblem(pattern: string): string | undefined {
  const compiled = generatorOf(pattern);
  return compiled.ok ? undefined : compiled.message;
}

/** Whether the text contains a match, in time linear in its length. False for a pattern that cannot be used. */
export function matchesPattern(pattern: string, text: string): boolean {
  const compiled = matcherOf(pattern);
  return compiled.ok && compiled.value(text);
}

/** What a character of a text costs a pattern that can be used, about, in states that look at it. */
export function patternEffort(pattern: string): number {
  return effortOf(parsePattern(pattern));
}

/** A text that the pattern describes; `''` for a pattern that cannot be generated. */
export function generateFrom(pattern: string, ids: Ids): string {
  const compiled = generatorOf(pattern);
  return compiled.ok ? compiled.value(ids) : '';
}

function matcherOf(pattern: string): Compiled<Matcher> {
  return remember(matchers, pattern, () => compileMatcher(parsePattern(pattern)));
}

function generatorOf(pattern: string): Compiled<Generator> {
  return remember(generators, pattern, () => compileGenerator(parsePattern(pattern)));
}

function remember<T>(
  memo: { get(key: string): Compiled<T> | undefined; set(key: string, value: Compiled<T>): void },
  pattern: string,
  compile: () => T,
): Compiled<T> {
  const known = memo.get(pattern);
  if (known !== undefined) return known;
  const compiled = attempt(compile);
  memo.set(pattern, compiled);
  return compiled;
}

function attempt<T>(compile: () => T): Compiled<T> {
  try {
    return { ok: true, value: compile() };
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, message: error.message };
    throw error;
  }
}
