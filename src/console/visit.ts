import type { AccountRef, Actor, PreferenceValues } from '../core/index.ts';
import type { Format } from './format.ts';
import type { Look } from './look.ts';
import type { Texts } from './texts/index.ts';

/** Whoever sent a request, and how they want to be answered. */
export interface Visitor {
  readonly request: Request;
  readonly url: URL;
  /** A guest, or the superuser of a {@link Visit}. */
  readonly actor: Actor;
  readonly texts: Texts;
  readonly format: Format;
  readonly look: Look;
  /** Where browsers reach the console, without a final slash. */
  readonly site: string;
  /** htmx asks for the content of one element; the address of its page is in the URL all the same. */
  readonly isPartial: boolean;
  /** htmx asks, for whatever. */
  readonly isHtmx: boolean;
}

/** A superuser's request. */
export interface Visit extends Visitor {
  readonly account: AccountRef;
  /** What their e-mail is. */
  readonly email: string;
  /** What they chose for themselves; {@link Visitor.look} follows it. */
  readonly preferences: PreferenceValues;
  /** The token of the session, as in its cookie. */
  readonly session: string;
  /** What forms carry as `csrf`. */
  readonly csrf: string;
}

/** The fields of a form as they were sent. */
export interface Form {
  /** The first value of that name, '' where there is none. */
  get(name: string): string;
  has(name: string): boolean;
  /** Every value of that name, in order. */
  all(name: string): readonly string[];
  /** Each name that there is, once. */
  names(): readonly string[];
}

/** Makes a {@link Form} of its pairs. */
export function createForm(pairs: readonly (readonly [string, string])[]): Form {
  return {
    get: (name) => pairs.find(([key]) => key === name)?.[1] ?? '',
    has: (name) => pairs.some(([key]) => key === name),
    all: (name) => pairs.filter(([key]) => key === name).map(([, value]) => value),
    names: () => [...new Set(pairs.map(([key]) => key))],
  };
}
