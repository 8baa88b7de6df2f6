import type { Options, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../../core/ports/json-schemas.ts';

/** Regular expressions that run in linear time, whatever the pattern. */
export interface Patterns {
  /** Why a pattern cannot be used; undefined when it can. */
  problem(pattern: string): string | undefined;
  /** Whether a text has a match in it. */
  matches(pattern: string, text: string): boolean;
}

/** Compiles a schema; throws an Error that says why it cannot. */
export type Compile = (schema: JsonSchema) => ValidateFunction;

/** Loads Ajv and makes a {@link Compile}. */
export function createCompile(patterns: Patterns): Compile {
  // Not imported at the top: it costs more than the rest of a start, and few ever need it.
  const { Ajv2020 }: typeof import('ajv/dist/2020.js') = require('ajv/dist/2020.js');
  const ajv = new Ajv2020({ ...OPTIONS, code: { regExp: engineOf(patterns) } });
  // Its own compares every item with every other.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: hasUniqueItems });
  return (schema) => {
    // Schemas of every draft are read as 2020-12; nothing is looked up elsewhere.
    const { $schema: _, ...own } = schema;
    try {
      const validate = ajv.compile(own);
      // It would answer with a promise, which is always true.
      if ('$async' in validate) throw new Error('$async is not supported');
      return validate;
    } finally {
      // What is compiled stands on its own. Kept, two schemas of one $id would be a conflict.
      ajv.removeSchema(own);
    }
  };
}

const OPTIONS: Options = {
  strict: false,
  logger: false,
  // As the draft has it: formats describe, and refuse nothing.
  validateFormats: false,
  // A property that every object inherits is none of the value's.
  ownProperties: true,
  inlineRefs: false,
};

/** The part of a RegExp that Ajv uses; it tells patterns apart by their text. */
interface Engine {
  (pattern: string, flags: string): { test(text: string): boolean; toString(): string };
  readonly code: string;
}

function engineOf({ problem, matches }: Patterns): Engine {
  const engine = (pattern: string) => {
    const error = problem(pattern);
    if (error !== undefined) throw new Error(`pattern ${JSON.stringify(pattern)}: ${error}`);
    return { test: (text: string) => matches(pattern, text), toString: () => pattern };
  };
  return Object.assign(engine, { code: 'linear' });
}

function hasUniqueItems(on: boolean, items: readonly unknown[]): boolean {
  return !on || new Set(items.map(canonical)).size === items.length;
}

/** Values that JSON Schema holds for equal have the same text. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
  return `{${members.sort().join()}}`;
}
