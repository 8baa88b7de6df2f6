import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema, JsonSchemas } from '../../../core/ports/json-schemas.ts';
import { type Compile, createCompile, type Patterns } from './compile.ts';
import { withoutBigints } from './plain.ts';

export type { Patterns } from './compile.ts';

/** A compiled schema, or why there is none. */
type Compiled = { readonly validate: ValidateFunction } | { readonly problem: string };

/** JSON Schemas by Ajv, which is loaded with the first schema. What was compiled lives as long as the schema object. */
export function createAjvSchemas(patterns: Patterns): JsonSchemas {
  const known = new WeakMap<JsonSchema, Compiled>();
  let compile: Compile | undefined;

  function compiled(schema: JsonSchema): Compiled {
    const found = known.get(schema);
    if (found !== undefined) return found;
    compile ??= createCompile(patterns);
    const made = attempt(compile, schema);
    known.set(schema, made);
    return made;
  }

  return {
    problem(schema) {
      const made = compiled(schema);
      return 'problem' in made ? made.problem : undefined;
    },
    matches(schema, value) {
      const made = compiled(schema);
      return 'validate' in made && holds(made.validate, value);
    },
  };
}

function attempt(compile: Compile, schema: JsonSchema): Compiled {
  try {
    return { validate: compile(schema) };
  } catch (error) {
    const text = error instanceof Error ? error.message : 'cannot be used';
    return { problem: text.slice(0, 300) };
  }
}

/** A schema that refers to itself without end exhausts the stack; nothing meets it. */
function holds(validate: ValidateFunction, value: unknown): boolean {
  try {
    return validate(withoutBigints(value)) === true;
  } catch {
    return false;
  }
}
