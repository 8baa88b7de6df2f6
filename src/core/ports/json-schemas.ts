/** A JSON Schema as it stands in a definition. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Checks values against JSON Schemas (draft 2020-12). Synchronous, so that it may be asked inside a transaction; a driver
 * loads its library when the first schema is compiled, and keeps what it compiled.
 */
export interface JsonSchemas {
  /** Why a schema cannot be used, in a few words without a path of this machine; undefined when it can. Never throws. */
  problem(schema: JsonSchema): string | undefined;
  /** Whether a value meets a schema; false when the schema has a problem. Never throws. */
  matches(schema: JsonSchema, value: unknown): boolean;
}
